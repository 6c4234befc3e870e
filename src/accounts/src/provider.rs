//! Signing in elsewhere, at a provider that says who someone is (OpenID Connect).
//!
//! Someone is known again by the provider and who they are there, never by a mail address or a name: those anyone may
//! have there. Who signs in and is already known there, links the two accounts on their own page.

use std::sync::Arc;

use domain::{Clock, Error, ErrorCode, Result, Role, SessionId, UserName};
use identity::oidc::{self, Person, Provider, Reply, Settings};
use identity::secret::Secret;
use store::commands::{AdmitOidc, LinkOidc};
use url::Url;

use crate::arrive::{SignedIn, Visit};
use crate::caller::Caller;
use crate::newcomer;
use crate::service::Accounts;

/// A provider at which people can sign in.
#[derive(Debug)]
pub struct Elsewhere {
    name: String,
    role: Option<Role>,
    provider: Provider,
}

/// Someone who was sent to the provider.
#[derive(Debug)]
pub(crate) struct Visiting {
    pending: oidc::Pending,
    next: String,
    /// Whose account it is to be linked to, and in which session that was asked for.
    link: Option<(UserName, SessionId)>,
}

/// How someone came back from the provider.
#[derive(Debug)]
pub enum Returned {
    /// They are in.
    SignedIn {
        /// Who, with their new session.
        person: Box<SignedIn>,
        /// Where they wanted to go.
        next: String,
    },
    /// They were in, and can sign in there from now on.
    Linked,
}

impl Elsewhere {
    /// The provider of `settings`, called `name`. Newcomers get `role`; none: nobody new gets in.
    ///
    /// # Errors
    /// `Invalid`, naming the setting.
    pub fn new(settings: Settings, name: String, role: Option<Role>, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { name, role, provider: Provider::new(settings, clock)? })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider, as it names itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.provider.issuer()
    }
}

impl Accounts {
    /// The provider at which people can sign in, if there is one.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&Elsewhere> {
        self.elsewhere.as_deref()
    }

    /// Sends someone to the provider: where to, and what their browser shows when it comes back to `redirect`. With
    /// `linking`, to link their account; else to sign in and go to `next`.
    ///
    /// # Errors
    /// `NotFound` without a provider; `Unavailable` when it does not answer; `Forbidden` to link with a token.
    pub async fn leave_for_provider(
        &self,
        redirect: &Url,
        next: &str,
        linking: Option<&Caller>,
        visit: &Visit,
    ) -> Result<(Url, Secret)> {
        let link = match linking {
            Some(caller) => Some((caller.user.name.clone(), self.own_session(caller).await?)),
            None => None,
        };
        let (there, pending) = self.provider()?.provider.begin(redirect).await?;
        let until = pending.until();
        let visiting = Visiting { pending, next: next.to_owned(), link };
        let secret = self.visiting.keep(visiting, visit.address, self.store.now(), until)?;
        Ok((there, secret))
    }

    /// Takes up someone who comes back from the provider with `reply`. `caller` is who their browser was before.
    ///
    /// # Errors
    /// `Unauthorized` when it proves nothing; `Forbidden` when they have no account here and get none; `Conflict` when
    /// what is to be linked is another account's; `Unavailable` when the provider does not answer.
    pub async fn return_from_provider(
        &self,
        shown: &str,
        reply: &Reply,
        caller: Option<&Caller>,
        visit: &Visit,
    ) -> Result<Returned> {
        let elsewhere = self.provider()?;
        let Some(visiting) = self.visiting.take(shown, self.store.now()) else {
            return Err(self.refused("", NOT_BEGUN, visit).await);
        };
        let person = match elsewhere.provider.finish(&visiting.pending, reply).await {
            Ok(person) => person,
            Err(error) if error.code == ErrorCode::Invalid => {
                self.note_refusal("", "the provider did not prove who it is", visit).await;
                return Err(Error { code: ErrorCode::Unauthorized, field: None, ..error });
            }
            Err(error) => return Err(error),
        };
        match visiting.link {
            None => {
                let person = Box::new(self.signed_in_elsewhere(elsewhere, person, visit).await?);
                Ok(Returned::SignedIn { person, next: visiting.next })
            }
            Some((user, session)) => {
                let same = |caller: &&Caller| caller.session().is_some_and(|now| now.id == session);
                let Some(caller) = caller.filter(same) else {
                    return Err(self.refused(user.as_str(), NOT_BEGUN, visit).await);
                };
                let link = LinkOidc { user, issuer: person.issuer, subject: person.subject };
                self.store.run(&caller.actor(), link).await?;
                Ok(Returned::Linked)
            }
        }
    }

    async fn signed_in_elsewhere(&self, elsewhere: &Elsewhere, person: Person, visit: &Visit) -> Result<SignedIn> {
        let known = self.store.user_by_oidc(&person.issuer, &person.subject).await?;
        let user = match (known, elsewhere.role) {
            (Some(name), _) => self.store.user(&name).await?,
            (None, Some(role)) => {
                let admit = AdmitOidc {
                    name: newcomer::name(&person)?,
                    display_name: newcomer::display_name(&person),
                    role,
                    issuer: person.issuer,
                    subject: person.subject,
                };
                Some(self.store.run(&domain::Actor::system(), admit).await?)
            }
            (None, None) => {
                self.note_refusal("", "known to the provider, but without an account here", visit).await;
                return Err(Error::new(
                    ErrorCode::Forbidden,
                    format!(
                        "{0} knows you, but you have no account here yet. Ask an admin for an invitation. If you have one, \
                         sign in another way first, and let {0} in on your account's page.",
                        elsewhere.name
                    ),
                ));
            }
        };
        match user.filter(|user| !user.disabled) {
            Some(user) => self.begin_session(user, visit).await,
            None => Err(self.refused("", "This account is disabled. Ask an admin.", visit).await),
        }
    }

    fn provider(&self) -> Result<&Elsewhere> {
        let none = || Error::new(ErrorCode::NotFound, "This workshop knows no other place to sign in at.");
        self.elsewhere().ok_or_else(none)
    }

    async fn refused(&self, claimed: &str, words: &str, visit: &Visit) -> Error {
        self.note_refusal(claimed, words, visit).await;
        Error::new(ErrorCode::Unauthorized, words)
    }
}

const NOT_BEGUN: &str =
    "This sign-in was not begun in this browser, was used already, or took too long. Please try again.";

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use domain::{Timestamp, User};
    use identity::limit::Patience;
    use store::commands::{CreateUser, DisableUser};
    use store::testing::{HandClock, TestStore, owner};

    use super::*;
    use crate::{Lasting, SessionCookie};

    const ISSUER: &str = "https://accounts.example";

    async fn hall(role: Option<Role>) -> (TestStore, Accounts) {
        let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
        let test = TestStore::sqlite_with(clock.clone()).await;
        let cookie = SessionCookie { over_tls: false };
        let accounts =
            Accounts::new(test.store.clone(), Lasting::default(), Patience::default(), cookie, clock.clone()).unwrap();
        let settings = Settings {
            issuer: ISSUER.into(),
            client_id: "workshop".into(),
            client_secret: None,
            scopes: Settings::SCOPES.map(str::to_owned).into(),
        };
        let elsewhere = Elsewhere::new(settings, "Example".into(), role, clock).unwrap();
        (test, accounts.with_provider(elsewhere))
    }

    fn person(subject: &str, name: &str) -> Person {
        Person {
            issuer: ISSUER.into(),
            subject: subject.into(),
            preferred_name: Some(name.into()),
            display_name: None,
            email: Some("owner@example.org".into()),
            email_verified: true,
        }
    }

    async fn comes(accounts: &Accounts, person: Person) -> Result<User> {
        let visit = Visit { device: "Firefox on Linux".into(), address: IpAddr::from([192, 0, 2, 1]) };
        let elsewhere = accounts.provider()?;
        accounts.signed_in_elsewhere(elsewhere, person, &visit).await.map(|signed_in| signed_in.user)
    }

    #[tokio::test]
    async fn newcomers_get_a_name_and_the_role_and_are_known_again() {
        let (test, accounts) = hall(Some(Role::Viewer)).await;
        let first = comes(&accounts, person("1", "owner")).await.unwrap();
        assert_eq!((first.name.as_str(), first.role), ("owner-2", Some(Role::Viewer)), "it is not the owner");
        let again = comes(&accounts, person("1", "renamed since")).await.unwrap();
        assert_eq!(again.name, first.name);
        let other = comes(&accounts, person("2", "owner")).await.unwrap();
        assert_eq!(other.name.as_str(), "owner-3");

        let disable = DisableUser { user: first.name, disabled: true };
        test.store.run(&owner(), disable).await.unwrap();
        let refused = comes(&accounts, person("1", "owner")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unauthorized);
        test.finish().await;
    }

    #[tokio::test]
    async fn without_a_role_only_those_get_in_who_are_linked() {
        let (test, accounts) = hall(None).await;
        let refused = comes(&accounts, person("1", "ada")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(refused.message.contains("Example knows you"), "{}", refused.message);
        let user: UserName = "ada".parse().unwrap();
        let create = CreateUser { name: user.clone(), display_name: "Ada".into(), role: None, password: None };
        test.store.run(&owner(), create).await.unwrap();
        let link = LinkOidc { user: user.clone(), issuer: ISSUER.into(), subject: "1".into() };
        test.store.run(&domain::Actor::user(user.clone()), link).await.unwrap();
        assert_eq!(comes(&accounts, person("1", "x")).await.unwrap().name, user);
        test.finish().await;
    }
}
