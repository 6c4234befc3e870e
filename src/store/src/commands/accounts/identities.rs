//! Who someone is at an OpenID provider.

use domain::access::{Action, Subject};
use domain::{Error, Result, UserName};

use super::{locked_user, user_changed};
use crate::change::{Change, Command};
use crate::tables::accounts::{identities, users};

/// Lets someone sign in as who they are at an OpenID provider.
#[derive(Debug, Clone)]
pub struct LinkOidc {
    /// Who.
    pub user: UserName,
    /// The provider.
    pub issuer: String,
    /// Who they are there.
    pub subject: String,
}

impl Command for LinkOidc {
    const ACTION: Action = Action::OwnAccount;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        change.require_account(&self.user, Action::Observe)?;
        locked_user(change, &self.user).await?;
        match identities::user(change.tx, &self.issuer, &self.subject).await? {
            Some(user) if user == self.user => Ok(()),
            Some(_) => Err(Error::conflict("This identity belongs to another account here.")),
            None => {
                identities::insert(change.tx, &self.issuer, &self.subject, &self.user, change.now).await?;
                user_changed(change, &self.user).await.map(drop)
            }
        }
    }
}

/// Takes someone's identity at a provider away again, unless it is their last way in.
#[derive(Debug, Clone)]
pub struct UnlinkOidc {
    /// Who.
    pub user: UserName,
    /// The provider.
    pub issuer: String,
}

impl Command for UnlinkOidc {
    const ACTION: Action = Action::OwnAccount;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        change.require_account(&self.user, Action::ManagePeople)?;
        let user = locked_user(change, &self.user).await?;
        if !identities::delete(change.tx, &self.issuer, &self.user).await? {
            return Ok(());
        }
        let left = users::identities(change.tx, &self.user).await?;
        if change.actor.by.user() == Some(&self.user) && !user.has_password && user.passkeys == 0 && left == 0 {
            return Err(Error::conflict("This is your last way to sign in. Set a password first."));
        }
        user_changed(change, &self.user).await.map(drop)
    }
}
