//! Passkeys: added by someone who is in, and shown by someone who wants to be.
//!
//! A passkey belongs to the host name under which the workshop was opened, so each step is told that address. What is
//! under way between two steps waits in memory, and is used once.

use domain::access::{Action, Subject};
use domain::{Actor, Error, ErrorCode, Passkey, Result, SessionId, UserName};
use identity::limit::Key;
use identity::passkey::{self, Answer, Passkeys, Registering, SigningIn};
use identity::secret::Secret;
use serde_json::Value;
use store::accounts::StoredPasskey;
use store::commands::{AddPasskey, UsePasskey};
use url::Url;

use crate::arrive::{SignedIn, Visit};
use crate::caller::Caller;
use crate::service::Accounts;

/// A passkey on its way into an account.
#[derive(Debug)]
pub(crate) struct Adding {
    session: SessionId,
    registering: Registering,
}

/// A passkey that someone was asked to show.
#[derive(Debug)]
pub(crate) struct Showing(SigningIn);

impl Accounts {
    /// Whether passkeys can be used where the workshop was opened, an address like `http://localhost:3000`.
    ///
    /// # Errors
    /// `Invalid`, with what would have to be otherwise.
    pub fn passkeys_at(&self, address: &str) -> Result<()> {
        let address: Url = address.parse().map_err(|error| {
            Error::invalid("address", format!("Passkeys need an address; “{address}” is none")).because(error)
        })?;
        self.relying_party(&address).map(drop)
    }

    /// Begins to add a passkey to the caller's account: the options for their browser, and what it shows with the answer.
    ///
    /// # Errors
    /// `Forbidden` for a program with a token; `Invalid` where passkeys cannot be used.
    pub async fn begin_adding_passkey(&self, caller: &Caller, address: &Url, visit: &Visit) -> Result<(Value, Secret)> {
        let session = self.own_session(caller).await?;
        let relying_party = self.relying_party(address)?;
        let user = &caller.user;
        let present = self.store.passkeys_of(&user.name).await?;
        let present = present.iter().map(kept).collect::<Result<Vec<_>>>()?;
        let (options, registering) = relying_party.begin_registration(&user.name, &user.display_name, &present)?;
        let until = registering.until();
        let secret = self.adding.keep(Adding { session, registering }, visit.address, self.store.now(), until)?;
        Ok((options, secret))
    }

    /// Adds the passkey that the browser made, under a name for people.
    ///
    /// # Errors
    /// `Invalid` when the answer does not fit or was not asked for in this session; `Conflict` when it is there already.
    pub async fn finish_adding_passkey(
        &self,
        caller: &Caller,
        address: &Url,
        shown: &str,
        name: &str,
        answer: &Value,
    ) -> Result<Passkey> {
        let session = self.own_session(caller).await?;
        let adding = self.adding.take(shown, self.store.now()).filter(|adding| adding.session == session);
        let adding = adding.ok_or_else(|| Error::invalid("passkey", NOT_BEGUN))?;
        let made = self.relying_party(address)?.finish_registration(&adding.registering, &bytes(answer)?)?;
        let add = AddPasskey {
            user: caller.user.name.clone(),
            name: name.to_owned(),
            credential: made.id().to_vec(),
            counter: made.counter()?,
            public_key: serde_json::to_value(&made).map_err(Error::internal)?,
        };
        self.store.run(&caller.actor(), add).await.map_err(|error| match error.code {
            ErrorCode::Conflict if error.cause.is_some() => {
                Error { cause: error.cause, ..Error::conflict("This passkey is in use here already.") }
            }
            _ => error,
        })
    }

    /// Begins a sign-in with a passkey: the options for the browser, and what it shows with the answer.
    ///
    /// # Errors
    /// `Invalid` where passkeys cannot be used.
    pub fn begin_passkey_sign_in(&self, address: &Url, visit: &Visit) -> Result<(Value, Secret)> {
        let (options, signing_in) = self.relying_party(address)?.begin_sign_in()?;
        let until = signing_in.until();
        let secret = self.showing.keep(Showing(signing_in), visit.address, self.store.now(), until)?;
        Ok((options, secret))
    }

    /// Signs in whoever showed a passkey of theirs.
    ///
    /// # Errors
    /// `Unauthorized` when it was not accepted; `TooMany` after too many that were not.
    pub async fn finish_passkey_sign_in(
        &self,
        address: &Url,
        shown: &str,
        answer: &Value,
        visit: &Visit,
    ) -> Result<SignedIn> {
        let attempt = match self.guesses.attempt(&[Key::Address(visit.address)]) {
            Ok(attempt) => attempt,
            Err(wait) => {
                self.note_refusal("", "too many attempts", visit).await;
                return Err(wait.into());
            }
        };
        match self.shown_passkey(address, shown, answer).await {
            Ok(user) => {
                attempt.succeeded();
                let user = self.store.user(&user).await?.ok_or_else(|| Error::not_found("user"))?;
                self.begin_session(user, visit).await
            }
            Err((_, error)) if error.code.status() >= 500 => {
                attempt.take_back();
                Err(error)
            }
            Err((whose, error)) => {
                let claimed = whose.as_ref().map_or("", UserName::as_str);
                self.note_refusal(claimed, "a passkey was not accepted", visit).await;
                Err(Error { code: ErrorCode::Unauthorized, field: None, ..error })
            }
        }
    }

    /// Whose passkey was shown, or why it does not count and whose it would have been.
    async fn shown_passkey(
        &self,
        address: &Url,
        shown: &str,
        answer: &Value,
    ) -> Result<UserName, (Option<UserName>, Error)> {
        let nobodys = |error| (None, error);
        let Showing(signing_in) = self
            .showing
            .take(shown, self.store.now())
            .ok_or_else(|| nobodys(Error::new(ErrorCode::Unauthorized, NOT_BEGUN)))?;
        let relying_party = self.relying_party(address).map_err(nobodys)?;
        let answer = bytes(answer).and_then(|bytes| Answer::read(&bytes)).map_err(nobodys)?;
        let found = self.store.passkey_by_credential(answer.passkey_id()).await.map_err(nobodys)?;
        let stored = found.ok_or_else(|| nobodys(not_accepted()))?;
        let whose = stored.passkey.user.clone();
        let done = async {
            let user = self.store.user(&whose).await?.filter(|user| !user.disabled).ok_or_else(not_accepted)?;
            let moved = relying_party.finish_sign_in(&signing_in, &answer, &user.name, &kept(&stored)?)?;
            let used = UsePasskey {
                passkey: stored.passkey.id,
                counter: moved.counter()?,
                public_key: serde_json::to_value(&moved).map_err(Error::internal)?,
            };
            self.store.run(&Actor::system(), used).await?;
            Ok(user.name)
        };
        done.await.map_err(|error| (Some(whose.clone()), error))
    }

    /// The caller's session, if they came by one and may manage their account.
    pub(crate) async fn own_session(&self, caller: &Caller) -> Result<SessionId> {
        self.store.require(&caller.actor(), Action::OwnAccount, Subject::Workshop).await?;
        let session = caller.session().map(|session| session.id);
        session.ok_or_else(|| Error::new(ErrorCode::Forbidden, "Sign in with a browser for this."))
    }

    fn relying_party(&self, address: &Url) -> Result<Passkeys> {
        Passkeys::new(address, std::sync::Arc::clone(&self.clock))
    }
}

const NOT_BEGUN: &str = "This was not begun in this browser, was used already, or took too long. Please try again.";

/// In the words for all that are not.
fn not_accepted() -> Error {
    let words = "This passkey was not accepted. Please try again, or sign in another way.";
    Error::new(ErrorCode::Unauthorized, words)
}

/// What the relying party kept of it.
fn kept(stored: &StoredPasskey) -> Result<passkey::Passkey> {
    serde_json::from_value(stored.public_key.clone()).map_err(Error::internal)
}

fn bytes(answer: &Value) -> Result<Vec<u8>> {
    serde_json::to_vec(answer).map_err(Error::internal)
}
