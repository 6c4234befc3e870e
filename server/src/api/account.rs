//! The caller's own account: who they are, their tokens, their sessions.

use ::accounts::{AccessTokens, Accounts};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderName};
use domain::access::{Action, Grants, Scope, Subject};
use domain::account::SessionEnd;
use domain::{ApiToken, Error, Session, SessionId, TokenId, User};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use store::Store;
use store::commands::{EndSession, RevokeToken};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Located, OrNotFound};
use super::extract::{Body, By, Came, Named};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Account";
/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get_account))
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(revoke_token))
        .routes(routes!(create_access_token))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
}

/// Who makes the request, and what they may do.
#[derive(Serialize, ToSchema)]
struct Account {
    /// The person.
    user: User,
    /// The roles that count: their own and those of their groups, as far as the token goes.
    grants: Grants,
    /// The session by which they came in.
    session: Option<Session>,
    /// The token by which they came in.
    token: Option<ApiToken>,
}

/// Show who you are.
#[utoipa::path(get, path = "/api/v1/account", tag = TAG,
    responses((status = 200, description = "Who makes this request, by which way in, and what they may do", body = Account)))]
async fn get_account(State(store): State<Store>, Came(caller): Came) -> Result<Json<Account>> {
    let held = store.accounts().grants(&caller.user.name).unwrap_or_default();
    let grants = caller.token().map_or_else(|| held.clone(), |token| held.capped_by(&token.scope));
    let (session, token) = (caller.session().cloned(), caller.token().cloned());
    Ok(Json(Account { user: User::clone(&caller.user), grants, session, token }))
}

/// Tokens, newest first.
#[derive(Serialize, ToSchema)]
struct TokenList {
    /// The tokens, those that do not hold any more as well.
    items: Vec<ApiToken>,
}

/// List your tokens, newest first.
#[utoipa::path(get, path = "/api/v1/account/tokens", tag = TAG,
    responses((status = 200, description = "Your tokens, without their secrets", body = TokenList)))]
async fn list_tokens(State(store): State<Store>, Came(caller): Came) -> Result<Json<TokenList>> {
    Ok(Json(TokenList { items: store.tokens_of(&caller.user.name).await? }))
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What it is for, at most 60 characters.
    name: String,
    /// How far it goes. It never goes further than you may.
    scope: Scope,
    /// For how many days it holds, 1 to 366.
    days: u16,
}

/// A token that was made just now.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    /// The token.
    token: ApiToken,
    /// Its secret, told this once: `Authorization: Bearer tat_…`.
    secret: String,
}

/// Make a token.
///
/// Takes a session: a token cannot make tokens.
#[utoipa::path(post, path = "/api/v1/account/tokens", tag = TAG, request_body = NewToken,
    responses((status = 201, description = "It holds from now on", body = MadeToken)))]
async fn create_token(
    State(accounts): State<Accounts>,
    Came(caller): Came,
    Body(new): Body<NewToken>,
) -> Result<Located<MadeToken>> {
    if !(1..=366).contains(&new.days) {
        return Err(Error::invalid("days", "A token holds for 1 to 366 days.").into());
    }
    let lasts = i64::from(new.days) * DAY;
    let (token, secret) =
        accounts.create_token(&caller.actor(), &caller.user.name, &new.name, new.scope, lasts).await?;
    let at = format!("/account/tokens/{}", token.id);
    Ok(Located::created(at, MadeToken { token, secret: secret.reveal().to_owned() }))
}

/// Take a token back.
#[utoipa::path(delete, path = "/api/v1/account/tokens/{id}", tag = TAG,
    params(("id" = TokenId, Path, description = "The token")),
    responses((status = 200, description = "It does not hold any more", body = ApiToken)))]
async fn revoke_token(
    State(store): State<Store>,
    By(actor): By,
    Named(token): Named<TokenId>,
) -> Result<Json<ApiToken>> {
    Ok(Json(store.run(&actor, RevokeToken { token }).await?))
}

/// For whom an access token is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Audience {
    /// The service that is to accept it, by the name or address that it knows itself by.
    audience: String,
}

/// An access token (RFC 9068), answered as RFC 6749 has it.
#[derive(Serialize, ToSchema)]
struct AccessToken {
    /// The token: a JSON Web Token.
    access_token: String,
    /// How it is shown: `Bearer`.
    token_type: &'static str,
    /// For how many seconds it holds. Nothing takes it back before.
    expires_in: i64,
}

/// Make an access token for another service.
///
/// It says who you are and what your role is, for ten minutes. The service verifies it by itself, with the keys at
/// `/.well-known/jwks.json`. It opens nothing in the workshop.
#[utoipa::path(post, path = "/api/v1/account/access-token", tag = TAG, request_body = Audience,
    responses((status = 200, description = "The token", body = AccessToken)))]
async fn create_access_token(
    State(store): State<Store>,
    State(tokens): State<AccessTokens>,
    Came(caller): Came,
    Body(wanted): Body<Audience>,
) -> Result<([(HeaderName, &'static str); 1], Json<AccessToken>)> {
    store.require(&caller.actor(), Action::Read, Subject::Anywhere).await?;
    let issued = tokens.issue(&caller, &wanted.audience)?;
    let answer = AccessToken {
        access_token: issued.token.expose_secret().to_owned(),
        token_type: "Bearer",
        expires_in: issued.claims.expires - issued.claims.issued,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

/// Sessions, the one used last first.
#[derive(Serialize, ToSchema)]
struct SessionList {
    /// The sessions.
    items: Vec<Session>,
}

/// List your sessions: the browsers in which you are signed in.
#[utoipa::path(get, path = "/api/v1/account/sessions", tag = TAG,
    responses((status = 200, description = "Your sessions, the one used last first", body = SessionList)))]
async fn list_sessions(State(store): State<Store>, Came(caller): Came) -> Result<Json<SessionList>> {
    Ok(Json(SessionList { items: store.sessions_of(&caller.user.name).await? }))
}

/// Sign a browser of yours out.
#[utoipa::path(delete, path = "/api/v1/account/sessions/{id}", tag = TAG,
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "It is signed out")))]
async fn end_session(
    State(store): State<Store>,
    Came(caller): Came,
    Named(session): Named<SessionId>,
) -> Result<StatusCode> {
    let own = store.sessions_of(&caller.user.name).await?;
    own.iter().find(|own| own.id == session).or_not_found("session")?;
    store.run(&caller.actor(), EndSession { session, why: SessionEnd::Revoked }).await?;
    Ok(StatusCode::NO_CONTENT)
}
