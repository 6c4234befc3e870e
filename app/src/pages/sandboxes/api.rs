//! What is asked of the server about runs, policies and the kind of sandbox.

use std::collections::BTreeMap;

use domain::RunId;
use domain::policy::{Policy, PolicySubject};
use domain::run::Run;
use domain::sandbox::{Preset, Profile};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;

/// A policy, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// The policy, as it was set.
    pub policy: Policy,
    /// What sandboxes may have by it and by what stands above it.
    pub profiles: BTreeMap<Preset, Profile>,
}

/// What a run has written, as text without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The run.
    pub run: Run,
    /// Its output.
    pub text: String,
}

/// A run and what it has written; none: there is no such run.
///
/// # Errors
/// When the database or the disk does not answer.
#[server(prefix = "/api/fn", endpoint = "load_run", input = GetUrl, output = Json)]
pub async fn load_run(
    /// Which.
    run: RunId,
) -> Result<Option<Written>, AppError> {
    let (view, runs) = (crate::server::view()?, crate::server::runs()?);
    let Some(found) = view.run_by_id(run).await? else { return Ok(None) };
    let bytes = runs.output(run, 0).await?;
    Ok(Some(Written { run: found, text: domain::output::plain(&bytes) }))
}

/// A policy, and what comes of it.
///
/// # Errors
/// `NotFound` when its subject is out of sight.
#[server(prefix = "/api/fn", endpoint = "load_policy", input = Json, output = Json)]
pub async fn load_policy(
    /// Whose.
    subject: PolicySubject,
) -> Result<PolicyView, AppError> {
    let view = crate::server::view()?;
    policy_view(&view, &subject).await?.ok_or_else(|| AppError::not_found("policy"))
}

/// A policy, and what comes of it; none: its subject is out of sight of `view`.
#[cfg(feature = "ssr")]
pub async fn policy_view(view: &store::View, subject: &PolicySubject) -> Result<Option<PolicyView>, AppError> {
    let sandboxes = crate::server::sandboxes()?;
    let Some(policy) = view.policy(subject).await? else { return Ok(None) };
    let workshop = crate::server::store()?.policy(&PolicySubject::Workshop).await?;
    let above = [&workshop, &policy];
    let policies = if *subject == PolicySubject::Workshop { &above[1..] } else { &above[..] };
    let profile = |preset| (preset, domain::policy::effective(preset, &sandboxes.limits(preset), policies));
    Ok(Some(PolicyView { profiles: Preset::ALL.map(profile).into(), policy: policy.clone() }))
}
