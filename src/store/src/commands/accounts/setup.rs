//! The first admin: by a one-time link, or from the command line.

use domain::access::Action;
use domain::{Error, ErrorCode, Result, Role, Timestamp, User, UserName};
use secrecy::SecretString;

use super::CreateUser;
use super::users::{create, has_admin};
use crate::Hash;
use crate::change::{Change, Command};
use crate::tables::accounts::setup;

/// How long a set-up link holds, in seconds.
pub const SETUP_SECONDS: i64 = 30 * 60;

/// Makes the first admin of a workshop that has none.
#[derive(Debug, Clone)]
pub struct CreateFirstAdmin {
    /// Their name.
    pub name: UserName,
    /// Their name for people.
    pub display_name: String,
    /// What the hash function made of their password (a PHC string), if they get one.
    pub password: Option<SecretString>,
}

impl Command for CreateFirstAdmin {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        if has_admin(change).await? {
            return Err(has_one());
        }
        let admin = CreateUser {
            name: self.name.clone(),
            display_name: self.display_name.clone(),
            role: Some(Role::Admin),
            password: self.password.clone(),
        };
        setup::clear(change.tx).await?;
        create(change, &admin, None).await
    }
}

/// Puts a set-up link in place of the one before. Tells until when it holds.
#[derive(Debug, Clone)]
pub struct BeginSetup {
    /// The hash of the link's secret.
    pub hash: Hash,
}

impl Command for BeginSetup {
    const ACTION: Action = Action::ManagePeople;
    type Output = Timestamp;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Timestamp> {
        if has_admin(change).await? {
            return Err(has_one());
        }
        let expires_at = change.now.plus_seconds(SETUP_SECONDS);
        setup::put(change.tx, &self.hash, expires_at).await?;
        Ok(expires_at)
    }
}

/// Uses a set-up link up, and makes the first admin.
#[derive(Debug, Clone)]
pub struct UseSetupLink {
    /// The hash of the link's secret.
    pub hash: Hash,
    /// Who they are.
    pub admin: CreateFirstAdmin,
}

impl Command for UseSetupLink {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        if !setup::take(change.tx, &self.hash, change.now).await? {
            return Err(Error::new(
                ErrorCode::NotFound,
                "This link does not hold any more. Restart the server: it prints a new one.",
            ));
        }
        self.admin.apply(change).await
    }
}

fn has_one() -> Error {
    Error::conflict("The workshop has an admin. Sign in, or ask them for an invitation.")
}
