//! What people who are in make for themselves and for others: passwords, tokens, invitations, accounts.

use domain::access::Scope;
use domain::{Actor, ApiToken, Error, Invitation, ProjectId, Result, Role, User, UserName};
use identity::limit::Key;
use identity::password::Verdict;
use identity::secret::{Kind, Secret};
use secrecy::{ExposeSecret as _, SecretString};
use store::commands::{CreateFirstAdmin, CreateToken, CreateUser, Invite, RotateSession, SetPassword};

use crate::arrive::{Checked, NewPerson};
use crate::caller::{Caller, Way};
use crate::service::Accounts;

impl Accounts {
    /// Changes the caller's own password, which ends their other sessions. Gives the new secret of the session in which
    /// they did it; the old one opens nothing any more.
    ///
    /// # Errors
    /// `Invalid`, naming `current` or `password`; `TooMany` after too many wrong guesses.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: SecretString,
        new: SecretString,
    ) -> Result<Option<Secret>> {
        let user = &caller.user.name;
        let attempt = self.guesses.attempt(&[Key::Account(user.as_str())])?;
        if let Some(kept) = self.store.password(user).await? {
            match self.passwords.verify(current, Some(kept.expose_secret())).await {
                Ok(Verdict::Right { .. }) => {}
                Ok(Verdict::Wrong) => return Err(Error::invalid("current", "This is not your present password.")),
                Err(error) => {
                    attempt.take_back();
                    return Err(error);
                }
            }
        }
        attempt.succeeded();
        let password = self.passwords.accept(new, user, &caller.user.display_name).await?.into();
        let keep = caller.session().map(|session| session.id);
        self.store.run(&caller.actor(), SetPassword { user: user.clone(), password, keep }).await?;
        let Way::Session { session, shown } = &caller.way else { return Ok(None) };
        let secret = Secret::generate(Kind::Session)?;
        let rotate = RotateSession { session: session.id, from: *shown, to: secret.hash() };
        self.store.run(&caller.actor(), rotate).await?;
        Ok(Some(secret))
    }

    /// Sets someone's password, who has shown no other one: by the command line, or an admin. Ends their sessions.
    ///
    /// # Errors
    /// `Invalid`, naming `password`; `NotFound` without such a user; `Forbidden` when `actor` may not.
    pub async fn set_password(&self, actor: &Actor, user: &UserName, new: SecretString) -> Result<User> {
        // Who does not exist is refused below, by those who may know.
        let display_name = self.store.user(user).await?.map(|user| user.display_name).unwrap_or_default();
        let password = self.passwords.accept(new, user, &display_name).await?.into();
        self.store.run(actor, SetPassword { user: user.clone(), password, keep: None }).await
    }

    /// Makes an account. The first one that is made is an admin's.
    ///
    /// # Errors
    /// `Invalid`, naming the field; `Conflict` when the name is taken; `Forbidden` when `actor` may not.
    pub async fn create_user(&self, actor: &Actor, who: NewPerson, role: Option<Role>) -> Result<User> {
        let Checked { name, display_name, password } = self.checked(who).await?;
        let password = Some(password);
        if self.store.has_admin() {
            self.store.run(actor, CreateUser { name, display_name, role, password }).await
        } else if role == Some(Role::Admin) {
            self.store.run(actor, CreateFirstAdmin { name, display_name, password }).await
        } else {
            Err(Error::invalid("role", "The workshop has no admin yet. Make one first."))
        }
    }

    /// Makes a token for `user`. Its secret is given this once.
    ///
    /// # Errors
    /// `Invalid`, naming the field; `Forbidden` when `actor` may not.
    pub async fn create_token(
        &self,
        actor: &Actor,
        user: &UserName,
        name: &str,
        scope: Scope,
        lasts_seconds: i64,
    ) -> Result<(ApiToken, Secret)> {
        let secret = Secret::generate(Kind::ApiToken)?;
        let create = CreateToken {
            hash: secret.hash(),
            user: user.clone(),
            name: name.to_owned(),
            scope,
            expires_at: self.store.now().plus_seconds(lasts_seconds),
        };
        Ok((self.store.run(actor, create).await?, secret))
    }

    /// Invites someone to the workshop or to one project. The link's secret is given this once.
    ///
    /// # Errors
    /// `Invalid`, naming the field; `Forbidden` when `actor` may not.
    pub async fn invite(
        &self,
        actor: &Actor,
        role: Role,
        project: Option<ProjectId>,
        lasts_seconds: i64,
    ) -> Result<(Invitation, Secret)> {
        let secret = Secret::generate(Kind::Invitation)?;
        let expires_at = self.store.now().plus_seconds(lasts_seconds);
        let invitation = self.store.run(actor, Invite { hash: secret.hash(), role, project, expires_at }).await?;
        Ok((invitation, secret))
    }
}
