//! What people do with their own account. Each works as a plain form too and then leads back to the page.

use domain::{ApiToken, PasskeyId, ProjectId, Role, SessionId, TokenId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::hidden::Hidden;
use crate::error::AppError;
use crate::json::Json;

/// Where the page is.
#[cfg(feature = "ssr")]
pub(super) const ADDRESS: &str = "/account";
/// The most days that a token lasts.
pub(super) const MOST_DAYS: u32 = 365;

/// A new token with its secret, which is given this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The token.
    pub token: ApiToken,
    /// What a program shows.
    pub secret: Hidden,
}

/// Changes what the viewer is called, and where they live.
///
/// # Errors
/// `Invalid`, naming `display_name` or `time_zone`.
#[server(prefix = "/api/fn", endpoint = "save_profile", output = Json)]
pub async fn save_profile(
    /// Their name for people.
    display_name: String,
    /// Their time zone.
    time_zone: String,
) -> Result<(), AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    let change = store::commands::ChangeProfile {
        user: caller.user.name.clone(),
        display_name: Some(display_name),
        time_zone: Some(time_zone.trim().to_owned()),
    };
    store.run(&caller.actor(), change).await?;
    crate::server::back_to(ADDRESS);
    Ok(())
}

/// Changes the viewer's password, which ends their other sessions.
///
/// # Errors
/// `Invalid`, naming `current`, `password` or `password_again`; `TooMany` after too many wrong guesses.
#[server(prefix = "/api/fn", endpoint = "change_password", output = Json)]
pub async fn change_password(
    /// The present one; empty for those who have none yet.
    #[server(default)]
    current: Hidden,
    /// The new one.
    password: Hidden,
    /// The new one, again.
    password_again: Hidden,
) -> Result<(), AppError> {
    let (accounts, caller) = (crate::server::accounts()?, crate::server::caller()?);
    if password != password_again {
        return Err(domain::Error::invalid("password_again", "The two are not the same. Write it once more.").into());
    }
    let changed = accounts.change_password(&caller, current.0.into(), password.0.into()).await?;
    if let Some(secret) = changed {
        crate::server::set_session_cookie(&secret)?;
    }
    crate::server::back_to(ADDRESS);
    Ok(())
}

/// Ends one of the viewer's sessions.
///
/// # Errors
/// `NotFound` without such a session.
#[server(prefix = "/api/fn", endpoint = "end_session", output = Json)]
pub async fn end_session(
    /// Which session.
    session: SessionId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let why = domain::account::SessionEnd::Revoked;
    store.run(&actor, store::commands::EndSession { session, why }).await?;
    crate::server::back_to(ADDRESS);
    Ok(())
}

/// Ends all of the viewer's sessions but the one that asks. Tells how many.
///
/// # Errors
/// `Unauthorized` for nobody.
#[server(prefix = "/api/fn", endpoint = "end_other_sessions", output = Json)]
pub async fn end_other_sessions() -> Result<u32, AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    let except = caller.session().map(|session| session.id);
    let end = store::commands::EndSessions { user: caller.user.name.clone(), except };
    let ended = store.run(&caller.actor(), end).await?;
    crate::server::back_to(ADDRESS);
    Ok(ended)
}

/// Makes a token of the viewer's.
///
/// # Errors
/// `Invalid`, naming `name` or `days`; `Conflict` when there are too many.
#[server(prefix = "/api/fn", endpoint = "create_token", output = Json)]
pub async fn create_token(
    /// What it is for.
    name: String,
    /// The most it may be.
    role: Role,
    /// The projects it is for; none: wherever the viewer may.
    #[server(default)]
    projects: Vec<ProjectId>,
    /// How many days it lasts.
    days: String,
) -> Result<NewToken, AppError> {
    let (accounts, caller) = (crate::server::accounts()?, crate::server::caller()?);
    let lasts = super::typed::days(&days, MOST_DAYS.into())?;
    let scope = domain::Scope { role, projects: Some(projects).filter(|projects| !projects.is_empty()) };
    let (token, secret) = accounts.create_token(&caller.actor(), &caller.user.name, &name, scope, lasts).await?;
    crate::once::hand_over(ADDRESS, secret.reveal())?;
    crate::server::back_to(&format!("{ADDRESS}#tokens"));
    Ok(NewToken { token, secret: Hidden(secret.reveal().to_owned()) })
}

/// Takes one of the viewer's tokens back.
///
/// # Errors
/// `NotFound` without such a token.
#[server(prefix = "/api/fn", endpoint = "revoke_token", output = Json)]
pub async fn revoke_token(
    /// Which token.
    token: TokenId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::RevokeToken { token }).await?;
    crate::server::back_to(&format!("{ADDRESS}#tokens"));
    Ok(())
}

/// Removes one of the viewer's passkeys, unless it is their last way in.
///
/// # Errors
/// `NotFound` without such a passkey; `Conflict` for the last way in.
#[server(prefix = "/api/fn", endpoint = "remove_passkey", output = Json)]
pub async fn remove_passkey(
    /// Which passkey.
    passkey: PasskeyId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::RemovePasskey { passkey }).await?;
    crate::server::back_to(&format!("{ADDRESS}#passkeys"));
    Ok(())
}

/// Takes the viewer's way in by the provider away, unless it is their last one.
///
/// # Errors
/// `NotFound` without a provider; `Conflict` for the last way in.
#[server(prefix = "/api/fn", endpoint = "unlink_provider", output = Json)]
pub async fn unlink_provider() -> Result<(), AppError> {
    let (store, accounts, caller) = (crate::server::store()?, crate::server::accounts()?, crate::server::caller()?);
    let provider = accounts.elsewhere().ok_or_else(|| AppError::not_found("provider"))?;
    let unlink = store::commands::UnlinkOidc { user: caller.user.name.clone(), issuer: provider.issuer().to_owned() };
    store.run(&caller.actor(), unlink).await?;
    crate::server::back_to(&format!("{ADDRESS}#provider"));
    Ok(())
}
