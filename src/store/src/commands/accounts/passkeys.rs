//! Passkeys: added, used and removed.

use domain::access::{Action, Subject};
use domain::{Error, ErrorCode, Passkey, PasskeyId, Result, UserName, account};
use serde_json::Value;

use super::{locked_user, user_changed};
use crate::accounts::StoredPasskey;
use crate::change::{Change, Command};
use crate::tables::accounts::{passkeys, users};

/// Most passkeys of one user.
const MAX_PASSKEYS: usize = 20;
/// Longest credential id, in bytes, as WebAuthn has it.
const MAX_CREDENTIAL: usize = 1_023;

/// Adds a passkey to one's own account.
#[derive(Debug, Clone)]
pub struct AddPasskey {
    /// Whose.
    pub user: UserName,
    /// What people call it.
    pub name: String,
    /// Its credential id.
    pub credential: Vec<u8>,
    /// What the relying party keeps of it, its public key above all.
    pub public_key: Value,
    /// How often it says it was used.
    pub counter: u32,
}

impl Command for AddPasskey {
    const ACTION: Action = Action::OwnAccount;
    type Output = Passkey;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Passkey> {
        change.require_account(&self.user, Action::Observe)?;
        let name = account::check_label(&self.name)?;
        if self.credential.is_empty() || self.credential.len() > MAX_CREDENTIAL {
            return Err(Error::invalid("credential", format!("A credential id has 1 to {MAX_CREDENTIAL} bytes.")));
        }
        locked_user(change, &self.user).await?;
        if passkeys::of_user(change.tx, &self.user).await?.len() >= MAX_PASSKEYS {
            return Err(Error::conflict(format!(
                "{MAX_PASSKEYS} passkeys are the most. Remove one that is not needed."
            )));
        }
        let passkey =
            Passkey { id: change.new_id(), user: self.user.clone(), name, created_at: change.now, used_at: None };
        let stored = StoredPasskey {
            passkey: passkey.clone(),
            credential: self.credential.clone(),
            public_key: self.public_key.clone(),
            counter: i64::from(self.counter),
        };
        passkeys::insert(change.tx, &stored).await?;
        user_changed(change, &self.user).await?;
        Ok(passkey)
    }
}

/// Removes a passkey: one's own, unless it is the last way in, or as an admin anyone's.
#[derive(Debug, Clone)]
pub struct RemovePasskey {
    /// Which passkey.
    pub passkey: PasskeyId,
}

impl Command for RemovePasskey {
    const ACTION: Action = Action::OwnAccount;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        change.checked = true;
        let missing = || Error::not_found("passkey");
        let owner = passkeys::get_locked(change.tx, self.passkey).await?.ok_or_else(missing)?.passkey.user;
        change.require_account(&owner, Action::ManagePeople).map_err(|error| match error.code {
            ErrorCode::Forbidden => missing(),
            _ => error,
        })?;
        let user = locked_user(change, &owner).await?;
        let own = change.actor.by.user() == Some(&owner);
        if own && !user.has_password && user.passkeys == 1 && users::identities(change.tx, &owner).await? == 0 {
            return Err(Error::conflict("This is your last way to sign in. Set a password first."));
        }
        passkeys::delete(change.tx, self.passkey).await?;
        user_changed(change, &owner).await.map(drop)
    }
}

/// Notes that someone showed a passkey. One whose counter did not grow may be a copy, and is refused.
#[derive(Debug, Clone)]
pub struct UsePasskey {
    /// Which passkey.
    pub passkey: PasskeyId,
    /// How often it says it was used; 0 when it does not count.
    pub counter: u32,
    /// What the relying party keeps of it from now on.
    pub public_key: Value,
}

impl Command for UsePasskey {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let stored = passkeys::get_locked(change.tx, self.passkey).await?;
        let stored = stored.ok_or_else(|| Error::not_found("passkey"))?;
        let counter = i64::from(self.counter);
        if counter <= stored.counter && (counter, stored.counter) != (0, 0) {
            return Err(Error::new(
                ErrorCode::Unauthorized,
                "This passkey may have been copied: it was used before with a higher count. Sign in another way and remove it.",
            ));
        }
        passkeys::used(change.tx, self.passkey, counter, &self.public_key, change.now).await
    }
}
