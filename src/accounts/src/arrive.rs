//! Arriving: with the set-up link, with a name and password, or by an invitation. Each ends in a session.

use std::net::IpAddr;

use domain::account::check_display_name;
use domain::{Actor, Error, ErrorCode, Invitation, Party, Result, Session, User, UserName};
use identity::limit::Key;
use identity::password::Verdict;
use identity::secret::{Kind, Secret};
use secrecy::SecretString;
use store::commands::{
    AcceptInvitation, BeginSetup, CreateFirstAdmin, NoteRefusal, SetPassword, StartSession, UseSetupLink,
};

use crate::service::Accounts;

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The device in short, like `Firefox on Linux`.
    pub device: String,
    /// The network address.
    pub address: IpAddr,
}

/// What someone says of themselves to get an account.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The name they want, for ever.
    pub name: String,
    /// Their name for people; empty: the name.
    pub display_name: String,
    /// Their password.
    pub password: SecretString,
}

/// Someone who came in just now.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Their session.
    pub session: Session,
    /// What their browser shows from now on.
    pub secret: Secret,
}

impl Accounts {
    /// A new one-time link for setting the workshop up, in place of the one before; `None` once there is an admin.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn offer_set_up(&self) -> Result<Option<Secret>> {
        if self.store.has_admin() {
            return Ok(None);
        }
        let link = Secret::generate(Kind::SetUp)?;
        match self.store.run(&Actor::system(), BeginSetup { hash: link.hash() }).await {
            Ok(_) => Ok(Some(link)),
            // Another server was faster.
            Err(error) if error.code == ErrorCode::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a set-up link holds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_up_link_holds(&self, link: &str) -> Result<bool> {
        match Secret::parse(Kind::SetUp, link) {
            Some(link) => self.store.setup_link_holds(&link.hash()).await,
            None => Ok(false),
        }
    }

    /// Makes the first admin by the set-up link, and signs them in.
    ///
    /// # Errors
    /// `NotFound` when the link does not hold; `Invalid`, naming the field; `Conflict` when there is an admin.
    pub async fn set_up(&self, link: &str, who: NewPerson, visit: &Visit) -> Result<SignedIn> {
        let hash = match Secret::parse(Kind::SetUp, link) {
            Some(link) if self.store.setup_link_holds(&link.hash()).await? => link.hash(),
            _ => return Err(no_link("Restart the server: it prints a new one.")),
        };
        let Checked { name, display_name, password } = self.checked(who).await?;
        let admin = CreateFirstAdmin { name, display_name, password: Some(password) };
        let user = self.store.run(&Actor::system(), UseSetupLink { hash, admin }).await?;
        self.begin_session(user, visit).await
    }

    /// The invitation behind a link.
    ///
    /// # Errors
    /// `NotFound` when the link does not hold.
    pub async fn invitation(&self, link: &str) -> Result<Invitation> {
        let found = match Secret::parse(Kind::Invitation, link) {
            Some(link) => self.store.invitation_by_hash(&link.hash()).await?,
            None => None,
        };
        found.ok_or_else(|| no_link("Ask the admin who invited you for a new one."))
    }

    /// Makes an account by an invitation, and signs its person in.
    ///
    /// # Errors
    /// `NotFound` when the link does not hold; `Invalid`, naming the field; `Conflict` when the name is taken.
    pub async fn join(&self, link: &str, who: NewPerson, visit: &Visit) -> Result<SignedIn> {
        self.invitation(link).await?;
        let Some(link) = Secret::parse(Kind::Invitation, link) else { return Err(no_link("Ask for a new one.")) };
        let Checked { name, display_name, password } = self.checked(who).await?;
        let accept = AcceptInvitation { hash: link.hash(), name, display_name, password: Some(password) };
        let user = self.store.run(&Actor::system(), accept).await?;
        self.begin_session(user, visit).await
    }

    /// Signs someone in. Whether the name or the password is wrong cannot be told, neither by the words nor by the time.
    ///
    /// # Errors
    /// `Unauthorized` when they are not right; `TooMany` when there were too many guesses.
    pub async fn sign_in(&self, name: &str, password: SecretString, visit: &Visit) -> Result<SignedIn> {
        let claimed = name.trim().to_lowercase();
        let attempt = match self.guesses.attempt(&[Key::Account(&claimed), Key::Address(visit.address)]) {
            Ok(attempt) => attempt,
            Err(wait) => {
                self.note_refusal(&claimed, "too many attempts", visit).await;
                return Err(wait.into());
            }
        };
        let user = match claimed.parse::<UserName>() {
            Ok(name) => self.store.user(&name).await?.filter(|user| !user.disabled),
            Err(_) => None,
        };
        let kept = match &user {
            Some(user) => self.store.password(&user.name).await?,
            None => None,
        };
        let kept = kept.as_ref().map(secrecy::ExposeSecret::expose_secret);
        let verdict = match self.passwords.verify(password.clone(), kept).await {
            Ok(verdict) => verdict,
            Err(error) => {
                attempt.take_back();
                return Err(error);
            }
        };
        match (user, verdict) {
            (Some(user), Verdict::Right { needs_rehash }) => {
                attempt.succeeded();
                if needs_rehash {
                    self.rehash(&user, password).await;
                }
                self.begin_session(user, visit).await
            }
            _ => {
                self.note_refusal(&claimed, "wrong name or password", visit).await;
                Err(Error::new(ErrorCode::Unauthorized, "The name or the password is not right."))
            }
        }
    }

    /// Begins a session of `user`, who has shown who they are.
    pub(crate) async fn begin_session(&self, user: User, visit: &Visit) -> Result<SignedIn> {
        let secret = Secret::generate(Kind::Session)?;
        let start = StartSession {
            hash: secret.hash(),
            user: user.name.clone(),
            device: visit.device.clone(),
            place: visit.address.to_string(),
            lasts_seconds: self.lasting.session_seconds,
        };
        let session = self.store.run(&Actor::user(user.name.clone()), start).await?;
        Ok(SignedIn { user, session, secret })
    }

    /// What a new person says, checked, with the password hashed.
    pub(crate) async fn checked(&self, who: NewPerson) -> Result<Checked> {
        let name: UserName = who.name.trim().to_lowercase().parse()?;
        let called = who.display_name.trim();
        let display_name = check_display_name(if called.is_empty() { name.as_str() } else { called })?;
        let password = self.passwords.accept(who.password, &name, &display_name).await?.into();
        Ok(Checked { name, display_name, password })
    }

    /// Keeps the password hashed at the present cost. That it could not be done keeps nobody out.
    async fn rehash(&self, user: &User, password: SecretString) {
        let done = async {
            let password = self.passwords.hash(password).await?.into();
            let set = SetPassword { user: user.name.clone(), password, keep: None };
            self.store.run(&Actor::user(user.name.clone()), set).await
        };
        if let Err(error) = done.await {
            tracing::warn!(user = %user.name, %error, "a password could not be hashed anew");
        }
    }

    pub(crate) async fn note_refusal(&self, claimed: &str, reason: &str, visit: &Visit) {
        let note = NoteRefusal {
            who: claimed.parse().ok().map(Party::User),
            action: "sign_in".into(),
            subject: "workshop".into(),
            reason: reason.into(),
            place: Some(visit.address.to_string()),
        };
        if let Err(error) = self.store.run(&Actor::system(), note).await {
            tracing::warn!(%error, "a refusal could not be noted");
        }
    }
}

/// What a new person said, as it is kept.
pub(crate) struct Checked {
    pub(crate) name: UserName,
    pub(crate) display_name: String,
    pub(crate) password: SecretString,
}

fn no_link(what_now: &str) -> Error {
    Error::new(ErrorCode::NotFound, format!("This link does not hold: it was used, or is too old. {what_now}"))
}
