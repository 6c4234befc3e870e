//! Who someone is at an OpenID provider.

use domain::access::{Action, Subject};
use domain::{Error, Result, Role, User, UserName};

use super::users::create;
use super::{CreateUser, locked_user, user_changed};
use crate::change::{Change, Command};
use crate::tables::accounts::{identities, users};

/// Longest user name, in characters, all of which are ASCII.
const MAX_NAME: usize = 40;
/// Most people who are told apart by a number.
const MAX_NAMESAKES: usize = 1_000;

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

/// Makes an account for someone who comes from an OpenID provider for the first time. Whoever came before is that user
/// still. Run by the workshop, for whoever the provider vouches for.
#[derive(Debug, Clone)]
pub struct AdmitOidc {
    /// The provider.
    pub issuer: String,
    /// Who they are there.
    pub subject: String,
    /// The name that they would have; with a number behind it, if there is or was someone of that name.
    pub name: UserName,
    /// Their name for people.
    pub display_name: String,
    /// The role that they get.
    pub role: Role,
}

impl Command for AdmitOidc {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        if let Some(user) = identities::user(change.tx, &self.issuer, &self.subject).await? {
            return locked_user(change, &user).await;
        }
        let new = CreateUser {
            name: free_name(change, &self.name).await?,
            display_name: self.display_name.clone(),
            role: Some(self.role),
            password: None,
        };
        let user = create(change, &new, None).await?;
        identities::insert(change.tx, &self.issuer, &self.subject, &user.name, change.now).await?;
        Ok(user)
    }
}

/// `wished`, or the first of `wished-2`, `wished-3`, … that nobody ever had.
async fn free_name(change: &mut Change<'_>, wished: &UserName) -> Result<UserName> {
    let mut name = wished.clone();
    for number in 2..MAX_NAMESAKES {
        if !users::ever_was(change.tx, &name).await? {
            return Ok(name);
        }
        let ending = format!("-{number}");
        let stem: String = wished.as_str().chars().take(MAX_NAME - ending.len()).collect();
        name = format!("{stem}{ending}").parse()?;
    }
    Err(Error::conflict(format!(
        "Too many people here are, or were, called “{wished}”. Ask an admin for an invitation."
    )))
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
