//! What the page asks the server: the viewer's own account as it stands.

use domain::access::Subject;
use domain::{ApiToken, Grants, Passkey, Role, Session, SessionId, Timestamp, User};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::roles::{ProjectName, in_words};
use crate::error::AppError;
use crate::json::Json;

/// The viewer's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The last event known when this was read.
    pub seq: i64,
    /// When it was read.
    pub at: Timestamp,
    /// The viewer.
    pub user: User,
    /// Their roles, and those of their groups.
    pub grants: Grants,
    /// Where they are signed in, the session used last first.
    pub sessions: Vec<Session>,
    /// The session that asks.
    pub this: Option<SessionId>,
    /// Their tokens that were not taken back, newest first.
    pub tokens: Vec<ApiToken>,
    /// Their passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// Why no passkey can be added where the workshop was opened, if none can.
    pub no_passkeys: Option<String>,
    /// What the provider is called at which people can sign in, if there is one.
    pub provider: Option<String>,
    /// Whether they can sign in there.
    pub linked: bool,
    /// The projects that they see.
    pub projects: Vec<ProjectName>,
    /// The secret of a token that a form without a script made just now.
    pub secret: Option<String>,
}

impl AccountView {
    /// What their roles come to, in words.
    #[must_use]
    pub fn roles(&self) -> String {
        in_words(&self.grants, &self.projects)
    }

    /// The most that a token of theirs can be.
    #[must_use]
    pub fn most(&self) -> Option<Role> {
        self.grants.role_on(Subject::Anywhere)
    }
}

/// Reads the viewer's own account.
///
/// # Errors
/// `Unauthorized` for nobody, `Forbidden` for a program with a token.
#[server(prefix = "/api/fn", endpoint = "load_account", input = GetUrl, output = Json)]
pub async fn load_account() -> Result<AccountView, AppError> {
    let (store, caller, view) = (crate::server::store()?, crate::server::caller()?, crate::server::view()?);
    crate::server::keep_nowhere();
    let (accounts, here) = (crate::server::accounts()?, crate::server::reached()?.shown);
    let secret = crate::once::take(super::acts::ADDRESS, identity::secret::Kind::ApiToken.prefix())?;
    store.require(&caller.actor(), domain::access::Action::OwnAccount, Subject::Workshop).await?;
    // Taken first: what happens while the rest is read comes again over the stream.
    let (seq, at, name) = (store.log().head().seq, store.now(), &caller.user.name);
    let user = store.user(name).await?.ok_or_else(|| AppError::not_found("user"))?;
    let mut tokens = store.tokens_of(name).await?;
    tokens.retain(|token| !token.revoked);
    let projects = view.projects().await?;
    let passkeys = store.passkeys_of(name).await?;
    let provider = accounts.elsewhere();
    let issuers = store.issuers_of(name).await?;
    Ok(AccountView {
        seq,
        at,
        grants: view.rights().grants(),
        sessions: store.sessions_of(name).await?,
        this: caller.session().map(|session| session.id),
        tokens,
        passkeys: passkeys.into_iter().map(|stored| stored.passkey).collect(),
        no_passkeys: accounts.passkeys_at(&here).err().map(|error| error.message),
        provider: provider.map(|provider| provider.name().to_owned()),
        linked: provider.is_some_and(|provider| issuers.iter().any(|issuer| issuer == provider.issuer())),
        projects: projects.into_iter().map(|project| ProjectName { id: project.id, slug: project.slug }).collect(),
        secret,
        user,
    })
}

/// The time zones that can be chosen, by name.
///
/// # Errors
/// `Unauthorized` for nobody.
#[server(prefix = "/api/fn", endpoint = "load_time_zones", input = GetUrl, output = Json)]
pub async fn load_time_zones() -> Result<Vec<String>, AppError> {
    crate::server::caller()?;
    Ok(domain::zone::names())
}
