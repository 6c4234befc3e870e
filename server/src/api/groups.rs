//! Groups: users who share roles. For admins.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{Action, Subject};
use domain::{Group, GroupName, UserName};
use serde::{Deserialize, Serialize};
use store::Store;
use store::commands::{PutGroup, RemoveGroup};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, By, Came, Named};
use super::people::{RoleOrNone, TAG};
use crate::error::Result;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_groups)).routes(routes!(put_group, remove_group))
}

/// Groups, by name.
#[derive(Serialize, ToSchema)]
struct GroupList {
    /// The groups.
    items: Vec<Group>,
}

/// List the groups.
#[utoipa::path(get, path = "/api/v1/groups", tag = TAG,
    responses((status = 200, description = "The groups, by name", body = GroupList)))]
async fn list_groups(State(store): State<Store>, By(actor): By) -> Result<Json<GroupList>> {
    store.require(&actor, Action::ManagePeople, Subject::Workshop).await?;
    Ok(Json(GroupList { items: store.groups().await? }))
}

/// A group as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GroupAsked {
    /// Who is in it, by name.
    #[serde(default)]
    members: Vec<UserName>,
    /// Their role for the whole workshop, or `none`.
    role: Option<RoleOrNone>,
}

/// Make a group, or change who is in it and which role they have by it.
///
/// Its roles on single projects stay. The sessions of those whose rights change by it end.
#[utoipa::path(put, path = "/api/v1/groups/{name}", tag = TAG, request_body = GroupAsked,
    params(("name" = GroupName, Path, description = "The group")),
    responses((status = 200, description = "The group as it stands now", body = Group)))]
async fn put_group(
    State(store): State<Store>,
    Came(caller): Came,
    Named(name): Named<GroupName>,
    Body(asked): Body<GroupAsked>,
) -> Result<Json<Group>> {
    let actor = caller.actor();
    store.require(&actor, Action::ManagePeople, Subject::Workshop).await?;
    let before = store.groups().await?.into_iter().find(|group| group.name == name);
    let project_roles = before.map(|group| group.project_roles).unwrap_or_default();
    let role = asked.role.and_then(RoleOrNone::role);
    let group = Group { name, members: asked.members, role, project_roles };
    let keep = caller.session().map(|session| session.id);
    Ok(Json(store.run(&actor, PutGroup { group, keep }).await?))
}

/// Remove a group.
///
/// Its members stay, without the roles they had by it.
#[utoipa::path(delete, path = "/api/v1/groups/{name}", tag = TAG,
    params(("name" = GroupName, Path, description = "The group")),
    responses((status = 204, description = "There is no such group any more")))]
async fn remove_group(
    State(store): State<Store>,
    Came(caller): Came,
    Named(name): Named<GroupName>,
) -> Result<StatusCode> {
    let keep = caller.session().map(|session| session.id);
    store.run(&caller.actor(), RemoveGroup { name, keep }).await?;
    Ok(StatusCode::NO_CONTENT)
}
