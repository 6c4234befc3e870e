//! People: made, changed, disabled and removed. The last admin stays one.

use domain::access::{Action, Subject};
use domain::account::{self, DEFAULT_TIME_ZONE, SessionEnd};
use domain::{Error, EventData, ProjectId, Result, Role, SessionId, User, UserName, zone};
use secrecy::{ExposeSecret, SecretString};

use super::sessions::end_all;
use super::{known_project, locked_user, user_changed};
use crate::change::{Change, Command};
use crate::tables;
use crate::tables::accounts::{groups, invitations, users};

/// Makes a user.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// Their name, which nobody may have had before.
    pub name: UserName,
    /// Their name for people.
    pub display_name: String,
    /// Their role for the whole workshop.
    pub role: Option<Role>,
    /// What the hash function made of their password (a PHC string), if they get one.
    pub password: Option<SecretString>,
}

impl Command for CreateUser {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        create(change, self, None).await
    }
}

/// Makes a user, with a role on one project too.
pub(super) async fn create(
    change: &mut Change<'_>,
    new: &CreateUser,
    local: Option<(ProjectId, Role)>,
) -> Result<User> {
    if users::ever_was(change.tx, &new.name).await? {
        return Err(Error {
            field: Some("name".into()),
            ..Error::conflict(format!(
                "There is, or was, someone called “{}”, and what they said stands under that name. Choose another.",
                new.name
            ))
        });
    }
    let user = User {
        name: new.name.clone(),
        display_name: account::check_display_name(&new.display_name)?,
        role: new.role,
        project_roles: local.into_iter().collect(),
        time_zone: DEFAULT_TIME_ZONE.into(),
        disabled: false,
        created_at: change.now,
        has_password: false,
        passkeys: 0,
    };
    users::insert(change.tx, &user).await?;
    if let Some(phc) = &new.password {
        users::set_password(change.tx, &user.name, phc.expose_secret(), change.now).await?;
    }
    user_changed(change, &user.name).await
}

/// Changes what someone is called and where they live. What is `None` stays.
#[derive(Debug, Clone)]
pub struct ChangeProfile {
    /// Who.
    pub user: UserName,
    /// Their new name for people.
    pub display_name: Option<String>,
    /// Their new time zone.
    pub time_zone: Option<String>,
}

impl Command for ChangeProfile {
    const ACTION: Action = Action::OwnAccount;
    type Output = User;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        change.require_account(&self.user, Action::ManagePeople)?;
        let mut user = locked_user(change, &self.user).await?;
        if let Some(name) = &self.display_name {
            user.display_name = account::check_display_name(name)?;
        }
        if let Some(text) = &self.time_zone {
            user.time_zone = zone::named(text)?;
        }
        users::update(change.tx, &user).await?;
        user_changed(change, &self.user).await
    }
}

/// Sets someone's password, and ends their sessions.
#[derive(Debug, Clone)]
pub struct SetPassword {
    /// Whose.
    pub user: UserName,
    /// What the hash function made of it (a PHC string).
    pub password: SecretString,
    /// The session to leave alone: the one in which the person themselves does it.
    pub keep: Option<SessionId>,
}

impl Command for SetPassword {
    const ACTION: Action = Action::OwnAccount;
    type Output = User;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        change.require_account(&self.user, Action::ManagePeople)?;
        locked_user(change, &self.user).await?;
        users::set_password(change.tx, &self.user, self.password.expose_secret(), change.now).await?;
        end_all(change, &self.user, self.keep, SessionEnd::PasswordChanged).await?;
        user_changed(change, &self.user).await
    }
}

/// Sets the role that someone holds by themselves, for the whole workshop or for one project, and ends their sessions.
#[derive(Debug, Clone)]
pub struct SetRole {
    /// Whose.
    pub user: UserName,
    /// For which project; none: for the whole workshop.
    pub project: Option<ProjectId>,
    /// Which role; none takes it away.
    pub role: Option<Role>,
    /// The session to leave alone: the one in which the person themselves does it.
    pub keep: Option<SessionId>,
}

impl Command for SetRole {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::of(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        if self.project.is_none() && self.role != Some(Role::Admin) {
            leave_an_admin(change, &self.user).await?;
        }
        let mut user = locked_user(change, &self.user).await?;
        let held = self.project.map_or(user.role, |project| user.project_roles.get(&project).copied());
        if held == self.role {
            return Ok(user);
        }
        match self.project {
            Some(project) => {
                known_project(change, project).await?;
                users::set_project_role(change.tx, &self.user, project, self.role).await?;
            }
            None => {
                user.role = self.role;
                users::update(change.tx, &user).await?;
            }
        }
        if self.role < held {
            revoke_invitations(change, &self.user).await?;
        }
        end_all(change, &self.user, self.keep, SessionEnd::RightsChanged).await?;
        user_changed(change, &self.user).await
    }
}

/// Shuts someone out, or lets them in again.
#[derive(Debug, Clone)]
pub struct DisableUser {
    /// Who.
    pub user: UserName,
    /// Whether they are shut out.
    pub disabled: bool,
}

impl Command for DisableUser {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        if self.disabled {
            leave_an_admin(change, &self.user).await?;
        }
        let mut user = locked_user(change, &self.user).await?;
        if user.disabled == self.disabled {
            return Ok(user);
        }
        user.disabled = self.disabled;
        users::update(change.tx, &user).await?;
        if self.disabled {
            revoke_invitations(change, &self.user).await?;
            end_all(change, &self.user, None, SessionEnd::AccountClosed).await?;
        }
        user_changed(change, &self.user).await
    }
}

/// Removes someone with their password, sessions, tokens and passkeys. What they said stays, and so does their name:
/// nobody can take it.
#[derive(Debug, Clone)]
pub struct RemoveUser {
    /// Who.
    pub user: UserName,
}

impl Command for RemoveUser {
    const ACTION: Action = Action::ManagePeople;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        leave_an_admin(change, &self.user).await?;
        let user = locked_user(change, &self.user).await?;
        revoke_invitations(change, &self.user).await?;
        end_all(change, &self.user, None, SessionEnd::AccountClosed).await?;
        for name in groups::of_user(change.tx, &self.user).await? {
            if let Some(mut group) = groups::get_locked(change.tx, &name).await? {
                group.members.retain(|member| *member != self.user);
                groups::put(change.tx, &group).await?;
                change.record(EventData::GroupChanged(group));
            }
        }
        users::delete(change.tx, &self.user).await?;
        change.record(EventData::UserRemoved(user));
        Ok(())
    }
}

/// Refuses what would leave the workshop without an admin who is one by themselves.
async fn leave_an_admin(change: &mut Change<'_>, without: &UserName) -> Result<()> {
    let admins = users::admins_locked(change.tx).await?;
    if admins.iter().any(|name| name == without.as_str()) && admins.len() == 1 {
        return Err(Error::conflict(format!("{without} is the last admin. Make someone else an admin first.")));
    }
    Ok(())
}

/// An invitation holds as long as the one who made it may make it.
async fn revoke_invitations(change: &mut Change<'_>, user: &UserName) -> Result<()> {
    for invitation in invitations::revoke_open_of(change.tx, user).await? {
        change.record(EventData::InvitationChanged(invitation));
    }
    Ok(())
}

/// Whether there is an admin yet; holds that to the end of the transaction.
pub(super) async fn has_admin(change: &mut Change<'_>) -> Result<bool> {
    Ok(!tables::accounts::users::admins_locked(change.tx).await?.is_empty())
}
