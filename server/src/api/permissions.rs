//! What helpers ask people to allow.

use axum::Json;
use axum::extract::State;
use domain::page::check_limit;
use domain::{Permission, PermissionId};
use serde::{Deserialize, Serialize};
use store::Store;
use store::commands::{DecidePermission, RevokePermission};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, By, Named, Query, Seen};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Permissions";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_permissions))
        .routes(routes!(decide_permission))
        .routes(routes!(revoke_permission))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Permissions, newest first.
#[derive(Serialize, ToSchema)]
struct PermissionList {
    /// The permissions.
    items: Vec<Permission>,
}

/// What is answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// Whether it may.
    allow: bool,
    /// Whether it may from now on without asking: a rule of the project's policy. False unless told otherwise.
    #[serde(default)]
    always: bool,
}

/// List what helpers ask people to allow and nobody has answered yet, newest first.
#[utoipa::path(get, path = "/api/v1/permissions", tag = TAG, params(Wanted),
    responses((status = 200, description = "What is asked", body = PermissionList)))]
async fn list_permissions(Seen(view): Seen, Query(wanted): Query<Wanted>) -> Result<Json<PermissionList>> {
    let limit = check_limit(wanted.limit)?;
    Ok(Json(PermissionList { items: view.permissions_asked(limit).await? }))
}

/// Answer what a helper asks.
#[utoipa::path(post, path = "/api/v1/permissions/{id}/decide", tag = TAG, request_body = Answer,
    params(("id" = PermissionId, Path, description = "What is asked")),
    responses((status = 200, description = "It is answered", body = Permission)))]
async fn decide_permission(
    State(store): State<Store>,
    By(actor): By,
    Named(permission): Named<PermissionId>,
    Body(Answer { allow, always }): Body<Answer>,
) -> Result<Json<Permission>> {
    Ok(Json(store.run(&actor, DecidePermission { permission, allow, always }).await?))
}

/// Take back what a helper was allowed, and the rule that came of it.
#[utoipa::path(post, path = "/api/v1/permissions/{id}/revoke", tag = TAG,
    params(("id" = PermissionId, Path, description = "What was allowed")),
    responses((status = 200, description = "It is taken back", body = Permission)))]
async fn revoke_permission(
    State(store): State<Store>,
    By(actor): By,
    Named(permission): Named<PermissionId>,
) -> Result<Json<Permission>> {
    Ok(Json(store.run(&actor, RevokePermission { permission }).await?))
}
