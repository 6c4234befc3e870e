//! Roles on single projects, of people and of groups. For admins, and for those of the project.

use ::accounts::Caller;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{GroupName, Project, Role, Slug, UserName};
use serde::Deserialize;
use store::Store;
use store::commands::{SetGroupRole, SetRole};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::OrNotFound;
use super::extract::{Body, Came, Pair};
use super::people::TAG;
use crate::error::Result;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(set_user_role, remove_user_role))
        .routes(routes!(set_group_role, remove_group_role))
}

/// A role to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GivenRole {
    /// The role.
    role: Role,
}

/// Give someone a role on one project.
///
/// What counts there is the highest of their roles. Their sessions end, so that the change holds at once.
#[utoipa::path(put, path = "/api/v1/users/{name}/projects/{project}/role", tag = TAG, request_body = GivenRole,
    params(
        ("name" = UserName, Path, description = "Who"),
        ("project" = Slug, Path, description = "The project's short name"),
    ),
    responses((status = 204, description = "They have that role on the project")))]
async fn set_user_role(
    State(store): State<Store>,
    Came(caller): Came,
    Pair(user, project): Pair<UserName, Slug>,
    Body(given): Body<GivenRole>,
) -> Result<StatusCode> {
    user_role(&store, &caller, user, &project, Some(given.role)).await
}

/// Take someone's role on one project away.
///
/// Their sessions end, so that the change holds at once.
#[utoipa::path(delete, path = "/api/v1/users/{name}/projects/{project}/role", tag = TAG,
    params(
        ("name" = UserName, Path, description = "Who"),
        ("project" = Slug, Path, description = "The project's short name"),
    ),
    responses((status = 204, description = "They have no role of their own on the project")))]
async fn remove_user_role(
    State(store): State<Store>,
    Came(caller): Came,
    Pair(user, project): Pair<UserName, Slug>,
) -> Result<StatusCode> {
    user_role(&store, &caller, user, &project, None).await
}

/// Give the members of a group a role on one project.
///
/// What counts there is the highest of their roles. Their sessions end, so that the change holds at once.
#[utoipa::path(put, path = "/api/v1/groups/{name}/projects/{project}/role", tag = TAG, request_body = GivenRole,
    params(
        ("name" = GroupName, Path, description = "The group"),
        ("project" = Slug, Path, description = "The project's short name"),
    ),
    responses((status = 204, description = "Its members have that role on the project")))]
async fn set_group_role(
    State(store): State<Store>,
    Came(caller): Came,
    Pair(group, project): Pair<GroupName, Slug>,
    Body(given): Body<GivenRole>,
) -> Result<StatusCode> {
    group_role(&store, &caller, group, &project, Some(given.role)).await
}

/// Take the role of a group on one project away.
///
/// The sessions of its members end, so that the change holds at once.
#[utoipa::path(delete, path = "/api/v1/groups/{name}/projects/{project}/role", tag = TAG,
    params(
        ("name" = GroupName, Path, description = "The group"),
        ("project" = Slug, Path, description = "The project's short name"),
    ),
    responses((status = 204, description = "Its members have no role on the project by it")))]
async fn remove_group_role(
    State(store): State<Store>,
    Came(caller): Came,
    Pair(group, project): Pair<GroupName, Slug>,
) -> Result<StatusCode> {
    group_role(&store, &caller, group, &project, None).await
}

async fn user_role(
    store: &Store,
    caller: &Caller,
    user: UserName,
    project: &Slug,
    role: Option<Role>,
) -> Result<StatusCode> {
    let project = Some(seen(store, caller, project).await?.id);
    let keep = caller.session().map(|session| session.id);
    store.run(&caller.actor(), SetRole { user, project, role, keep }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn group_role(
    store: &Store,
    caller: &Caller,
    group: GroupName,
    project: &Slug,
    role: Option<Role>,
) -> Result<StatusCode> {
    let project = Some(seen(store, caller, project).await?.id);
    let keep = caller.session().map(|session| session.id);
    store.run(&caller.actor(), SetGroupRole { group, project, role, keep }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The project of that name, as far as the caller sees it.
async fn seen(store: &Store, caller: &Caller, project: &Slug) -> Result<Project> {
    Ok(store.view(&caller.actor()).project(project).await?.or_not_found("project")?)
}
