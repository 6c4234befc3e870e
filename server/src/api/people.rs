//! The people of the workshop, and those who are invited. For admins.

use ::accounts::Accounts;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{Action, Subject};
use domain::{Error, Invitation, InvitationId, ProjectId, Role, User, UserName};
use serde::{Deserialize, Serialize};
use store::Store;
use store::commands::{DisableUser, RemoveUser, RevokeInvitation, SetRole};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Located, OrNotFound};
use super::extract::{Body, By, Came, Named};
use crate::error::Result;
use crate::state::AppState;

pub(super) const TAG: &str = "People";
/// Seconds of a day.
const DAY: i64 = 24 * 3_600;
/// Invitations listed.
const NEWEST: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_users))
        .routes(routes!(change_user, remove_user))
        .routes(routes!(list_invitations, invite))
        .routes(routes!(revoke_invitation))
}

/// Users, by name.
#[derive(Serialize, ToSchema)]
struct UserList {
    /// The users.
    items: Vec<User>,
}

/// List the people of the workshop.
#[utoipa::path(get, path = "/api/v1/users", tag = TAG,
    responses((status = 200, description = "Everyone with an account, by name", body = UserList)))]
async fn list_users(State(store): State<Store>, By(actor): By) -> Result<Json<UserList>> {
    store.require(&actor, Action::ManagePeople, Subject::Workshop).await?;
    Ok(Json(UserList { items: store.users().await? }))
}

/// What is to change about someone; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChange {
    /// Their role for the whole workshop, or `none`.
    role: Option<RoleOrNone>,
    /// Whether they are shut out.
    disabled: Option<bool>,
}

/// A role, or none.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleOrNone {
    None,
    Viewer,
    Editor,
    Operator,
    Admin,
}

impl RoleOrNone {
    pub(super) const fn role(self) -> Option<Role> {
        match self {
            Self::None => None,
            Self::Viewer => Some(Role::Viewer),
            Self::Editor => Some(Role::Editor),
            Self::Operator => Some(Role::Operator),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// Change someone's role, shut them out, or let them in again.
///
/// Their sessions end, so that the change holds at once.
#[utoipa::path(patch, path = "/api/v1/users/{name}", tag = TAG, request_body = UserChange,
    params(("name" = UserName, Path, description = "Who")),
    responses((status = 200, description = "The user as they stand now", body = User)))]
async fn change_user(
    State(store): State<Store>,
    Came(caller): Came,
    Named(user): Named<UserName>,
    Body(change): Body<UserChange>,
) -> Result<Json<User>> {
    let actor = caller.actor();
    store.require(&actor, Action::ManagePeople, Subject::Workshop).await?;
    if let Some(role) = change.role {
        let keep = caller.session().filter(|session| session.user == user).map(|session| session.id);
        store.run(&actor, SetRole { user: user.clone(), project: None, role: role.role(), keep }).await?;
    }
    if let Some(disabled) = change.disabled {
        store.run(&actor, DisableUser { user: user.clone(), disabled }).await?;
    }
    Ok(Json(store.user(&user).await?.or_not_found("user")?))
}

/// Remove someone.
///
/// What they said stays, and so does their name.
#[utoipa::path(delete, path = "/api/v1/users/{name}", tag = TAG,
    params(("name" = UserName, Path, description = "Who")),
    responses((status = 204, description = "They have no account any more")))]
async fn remove_user(State(store): State<Store>, By(actor): By, Named(user): Named<UserName>) -> Result<StatusCode> {
    store.run(&actor, RemoveUser { user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invitations, newest first.
#[derive(Serialize, ToSchema)]
struct InvitationList {
    /// The invitations, those that were used or taken back as well.
    items: Vec<Invitation>,
}

/// List the newest invitations.
#[utoipa::path(get, path = "/api/v1/invitations", tag = TAG,
    responses((status = 200, description = "The newest invitations, without their links", body = InvitationList)))]
async fn list_invitations(State(store): State<Store>, By(actor): By) -> Result<Json<InvitationList>> {
    store.require(&actor, Action::ManagePeople, Subject::Workshop).await?;
    Ok(Json(InvitationList { items: store.invitations(NEWEST).await? }))
}

/// An invitation to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// The role that it gives.
    role: Role,
    /// For which project; none: for the whole workshop.
    project: Option<ProjectId>,
    /// For how many days it holds, 1 to 30.
    days: u8,
}

/// An invitation that was made just now.
#[derive(Serialize, ToSchema)]
struct MadeInvitation {
    /// The invitation.
    invitation: Invitation,
    /// The secret of its link, told this once: `/join?link=tai_…`.
    link: String,
}

/// Invite someone.
#[utoipa::path(post, path = "/api/v1/invitations", tag = TAG, request_body = NewInvitation,
    responses((status = 201, description = "Whoever has the link can join", body = MadeInvitation)))]
async fn invite(
    State(accounts): State<Accounts>,
    By(actor): By,
    Body(new): Body<NewInvitation>,
) -> Result<Located<MadeInvitation>> {
    if !(1..=30).contains(&new.days) {
        return Err(Error::invalid("days", "An invitation holds for 1 to 30 days.").into());
    }
    let (invitation, link) = accounts.invite(&actor, new.role, new.project, i64::from(new.days) * DAY).await?;
    let at = format!("/invitations/{}", invitation.id);
    Ok(Located::created(at, MadeInvitation { invitation, link: link.reveal().to_owned() }))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = TAG,
    params(("id" = InvitationId, Path, description = "The invitation")),
    responses((status = 200, description = "Nobody can join by it any more", body = Invitation)))]
async fn revoke_invitation(
    State(store): State<Store>,
    By(actor): By,
    Named(invitation): Named<InvitationId>,
) -> Result<Json<Invitation>> {
    Ok(Json(store.run(&actor, RevokeInvitation { invitation }).await?))
}
