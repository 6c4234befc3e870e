//! Accounts: people, groups, and their ways in.

mod groups;
mod identities;
mod invitations;
mod passkeys;
mod refusals;
mod secrets;
mod sessions;
mod setup;
mod tokens;
mod users;

use domain::{Error, EventData, ProjectId, Result, User, UserName};

use crate::change::Change;
use crate::tables;

pub use groups::{PutGroup, RemoveGroup, SetGroupRole};
pub use identities::{AdmitOidc, LinkOidc, UnlinkOidc};
pub use invitations::{AcceptInvitation, Invite, RevokeInvitation};
pub use passkeys::{AddPasskey, RemovePasskey, UsePasskey};
pub use refusals::NoteRefusal;
pub use secrets::{PutSecret, PutSigningKey, RemoveSecret, Reseal, RetireSigningKey};
pub use sessions::{
    EndSession, EndSessions, MAX_SESSIONS, ReapSessions, RotateSession, StartSession, TOUCH_SECONDS, TouchSession,
};
pub use setup::{BeginSetup, CreateFirstAdmin, SETUP_SECONDS, UseSetupLink};
pub use tokens::{CreateToken, MAX_TOKEN_SECONDS, MAX_TOKENS, NoteTokenUse, RevokeToken, TOKEN_USE_SECONDS};
pub use users::{ChangeProfile, CreateUser, DisableUser, RemoveUser, SetPassword, SetRole};

async fn locked_user(change: &mut Change<'_>, name: &UserName) -> Result<User> {
    tables::accounts::users::get_locked(change.tx, name).await?.ok_or_else(|| Error::not_found("user"))
}

/// Records how a user stands now.
async fn user_changed(change: &mut Change<'_>, name: &UserName) -> Result<User> {
    let user = locked_user(change, name).await?;
    change.record(EventData::UserChanged(user.clone()));
    Ok(user)
}

async fn known_project(change: &mut Change<'_>, project: ProjectId) -> Result<()> {
    match tables::projects::get(change.tx, project).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("project", "There is no such project. Leave it out, or make the project first.")),
    }
}
