//! What admins do with people. Each works as a plain form too and then leads back to the page.

use domain::{GroupName, Invitation, InvitationId, Role, UserName};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;
#[cfg(feature = "ssr")]
use crate::pages::account::typed;

/// Where the page is.
#[cfg(feature = "ssr")]
pub(super) const ADDRESS: &str = "/people";
/// The most days that an invitation holds.
pub(super) const MOST_DAYS: u32 = 30;

/// A new invitation with its link, which is given this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// Where whoever is invited joins.
    pub link: String,
}

/// The address at which someone joins by an invitation.
#[cfg(feature = "ssr")]
pub(super) fn join_address(secret: &str) -> Result<String, AppError> {
    Ok(format!("{}/join?link={secret}", crate::server::origin()?))
}

/// Gives someone a role for the whole workshop, or takes it away. Ends their sessions.
///
/// # Errors
/// `Conflict` when the workshop would be left without an admin.
#[server(prefix = "/api/fn", endpoint = "set_role", output = Json)]
pub async fn set_role(
    /// Whose.
    user: UserName,
    /// Which role; empty for none.
    #[server(default)]
    role: String,
) -> Result<(), AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    let keep = caller.session().map(|session| session.id);
    let set = store::commands::SetRole { user, project: None, role: typed::role(&role)?, keep };
    store.run(&caller.actor(), set).await?;
    crate::server::back_to(ADDRESS);
    Ok(())
}

/// Gives someone, or the members of a group, a role on one project, or takes it away. Ends their sessions.
///
/// # Errors
/// `Invalid`, naming `who`, `project` or `role`; `NotFound` when whom it is for is gone.
#[server(prefix = "/api/fn", endpoint = "set_project_role", output = Json)]
pub async fn set_project_role(
    /// Whose: `user:` or `group:` and the name.
    #[server(default)]
    who: String,
    /// On which project.
    #[server(default)]
    project: String,
    /// Which role; empty for none.
    #[server(default)]
    role: String,
) -> Result<(), AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    let (actor, keep) = (caller.actor(), caller.session().map(|session| session.id));
    let (project, role) = (Some(typed::project(&project)?), typed::role(&role)?);
    match typed::holder(&who)? {
        typed::Holder::User(user) => {
            store.run(&actor, store::commands::SetRole { user, project, role, keep }).await?;
        }
        typed::Holder::Group(group) => {
            store.run(&actor, store::commands::SetGroupRole { group, project, role, keep }).await?;
        }
    }
    crate::server::back_to(&format!("{ADDRESS}#project-roles"));
    Ok(())
}

/// Shuts someone out, or lets them in again.
///
/// # Errors
/// `Conflict` when the workshop would be left without an admin.
#[server(prefix = "/api/fn", endpoint = "disable_user", output = Json)]
pub async fn disable_user(
    /// Whom.
    user: UserName,
    /// Whether they are shut out.
    disabled: bool,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::DisableUser { user, disabled }).await?;
    crate::server::back_to(ADDRESS);
    Ok(())
}

/// Removes someone. What they said stays.
///
/// # Errors
/// `Conflict` when the workshop would be left without an admin.
#[server(prefix = "/api/fn", endpoint = "remove_user", output = Json)]
pub async fn remove_user(
    /// Whom.
    user: UserName,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::RemoveUser { user }).await?;
    crate::server::back_to(ADDRESS);
    Ok(())
}

/// Invites someone.
///
/// # Errors
/// `Invalid`, naming `days` or `project`.
#[server(prefix = "/api/fn", endpoint = "invite_person", output = Json)]
pub async fn invite_person(
    /// The role that they get.
    role: Role,
    /// For which project; empty for the whole workshop.
    #[server(default)]
    project: String,
    /// How many days it holds.
    days: String,
) -> Result<NewInvitation, AppError> {
    let (accounts, actor) = (crate::server::accounts()?, crate::server::actor()?);
    let lasts = typed::days(&days, MOST_DAYS.into())?;
    let project = if project.is_empty() { None } else { Some(project.parse()?) };
    let (invitation, secret) = accounts.invite(&actor, role, project, lasts).await?;
    crate::once::hand_over(ADDRESS, secret.reveal())?;
    crate::server::back_to(&format!("{ADDRESS}#invitations"));
    Ok(NewInvitation { invitation, link: join_address(secret.reveal())? })
}

/// Takes an invitation back.
///
/// # Errors
/// `Conflict` when someone came by it.
#[server(prefix = "/api/fn", endpoint = "revoke_invitation", output = Json)]
pub async fn revoke_invitation(
    /// Which one.
    invitation: InvitationId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::RevokeInvitation { invitation }).await?;
    crate::server::back_to(&format!("{ADDRESS}#invitations"));
    Ok(())
}

/// Makes a group, or changes who is in it and which role they have by it. Roles on single projects stay.
///
/// # Errors
/// `Invalid`, naming `group` or `members`; `Conflict` when a new one's name is taken.
#[server(prefix = "/api/fn", endpoint = "put_group", output = Json)]
pub async fn put_group(
    /// Its name.
    name: String,
    /// Whether it is a new one.
    new: bool,
    /// Who is in it.
    #[server(default)]
    members: Vec<UserName>,
    /// Their role for the whole workshop; empty for none.
    #[server(default)]
    role: String,
) -> Result<(), AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    let name: GroupName = name.trim().parse()?;
    let before = store.groups().await?.into_iter().find(|group| group.name == name);
    if new && before.is_some() {
        let taken = domain::Error::conflict(format!("There is a group called “{name}” already."));
        return Err(domain::Error { field: Some("group".into()), ..taken }.into());
    }
    let project_roles = before.map(|group| group.project_roles).unwrap_or_default();
    let group = domain::Group { name, members, role: typed::role(&role)?, project_roles };
    let keep = caller.session().map(|session| session.id);
    store.run(&caller.actor(), store::commands::PutGroup { group, keep }).await?;
    crate::server::back_to(&format!("{ADDRESS}#groups"));
    Ok(())
}

/// Removes a group. Its members stay.
///
/// # Errors
/// `NotFound` without such a group.
#[server(prefix = "/api/fn", endpoint = "remove_group", output = Json)]
pub async fn remove_group(
    /// Which group.
    name: GroupName,
) -> Result<(), AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    let keep = caller.session().map(|session| session.id);
    store.run(&caller.actor(), store::commands::RemoveGroup { name, keep }).await?;
    crate::server::back_to(&format!("{ADDRESS}#groups"));
    Ok(())
}
