//! What sandboxes may have, and which commands helpers may run in them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::policy::effective;
use domain::sandbox::{Limits, Preset, Profile};
use domain::{Policy, PolicySubject, Rule};
use sandbox::Sandboxes;
use serde::{Deserialize, Serialize};
use store::commands::SetPolicy;
use store::{Store, View};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::OrNotFound;
use super::extract::{Body, By, Named, Seen};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Permissions";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_policy, set_policy))
}

/// A policy to be set, in place of the one there is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPolicy {
    /// The limits it puts in place of the presets' own, by preset.
    #[schema(value_type = BTreeMap<String, Limits>)]
    #[serde(default)]
    limits: BTreeMap<Preset, Limits>,
    /// Its rules. Their order does not matter: the strictest that fits counts.
    #[serde(default)]
    rules: Vec<Rule>,
}

/// A policy, and what comes of it.
#[derive(Serialize, ToSchema)]
struct PolicyInEffect {
    /// The policy, as it was set.
    policy: Policy,
    /// What sandboxes may have by it, the settings, and the workshop's policy, by preset.
    #[schema(value_type = BTreeMap<String, Profile>)]
    profiles: BTreeMap<Preset, Profile>,
}

impl PolicyInEffect {
    async fn of(policy: Policy, store: &Store, sandboxes: &Sandboxes) -> Result<Self> {
        let workshop = match policy.subject {
            PolicySubject::Workshop => policy.clone(),
            _ => store.policy(&PolicySubject::Workshop).await?,
        };
        let holding = match policy.subject {
            PolicySubject::Workshop => vec![&policy],
            _ => vec![&workshop, &policy],
        };
        let profile = |preset| (preset, effective(preset, &sandboxes.limits(preset), &holding));
        Ok(Self { profiles: Preset::ALL.map(profile).into(), policy: policy.clone() })
    }
}

/// Show the policy for a subject: the workshop, a project or a helper.
#[utoipa::path(get, path = "/api/v1/policies/{subject}", tag = TAG,
    params(("subject" = PolicySubject, Path, description = "`workshop`, `project:ID` or `helper:NAME`")),
    responses((status = 200, description = "The policy; an empty one when none was set", body = PolicyInEffect)))]
async fn get_policy(
    State(store): State<Store>,
    State(sandboxes): State<Sandboxes>,
    Seen(view): Seen,
    Named(subject): Named<PolicySubject>,
) -> Result<Json<PolicyInEffect>> {
    let policy = seen(&view, &subject).await?;
    Ok(Json(PolicyInEffect::of(policy, &store, &sandboxes).await?))
}

/// Set the policy for a subject, in place of the one there is.
///
/// Operators may tighten; letting sandboxes have more than they would have without it takes an admin.
#[utoipa::path(put, path = "/api/v1/policies/{subject}", tag = TAG, request_body = NewPolicy,
    params(("subject" = PolicySubject, Path, description = "`workshop`, `project:ID` or `helper:NAME`")),
    responses((status = 200, description = "It holds from now on", body = PolicyInEffect)))]
async fn set_policy(
    State(store): State<Store>,
    State(sandboxes): State<Sandboxes>,
    Seen(view): Seen,
    By(actor): By,
    Named(subject): Named<PolicySubject>,
    Body(NewPolicy { limits, rules }): Body<NewPolicy>,
) -> Result<Json<PolicyInEffect>> {
    seen(&view, &subject).await?;
    let settings = Preset::ALL.map(|preset| (preset, sandboxes.limits(preset))).into();
    let policy = store.run(&actor, SetPolicy { subject, limits, rules, settings }).await?;
    Ok(Json(PolicyInEffect::of(policy, &store, &sandboxes).await?))
}

/// What is out of sight is not there.
async fn seen(view: &View, subject: &PolicySubject) -> Result<Policy> {
    Ok(view.policy(subject).await?.or_not_found("policy")?)
}
