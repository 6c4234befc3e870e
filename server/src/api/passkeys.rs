//! The caller's own passkeys. Adding one is a ceremony with a browser: its options first, then what it answered.

use ::accounts::{Ceremony, Visit};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use domain::access::{Action, Subject};
use domain::{Passkey, PasskeyId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Store;
use store::commands::RemovePasskey;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Located, OrNotFound};
use super::extract::{Body, Came, Named};
use crate::door::{Here, ceremony_cookie, shown_ceremony};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Account";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_passkeys))
        .routes(routes!(begin_passkey))
        .routes(routes!(finish_passkey))
        .routes(routes!(remove_passkey))
}

/// Passkeys, oldest first.
#[derive(Serialize, ToSchema)]
struct PasskeyList {
    /// The passkeys.
    items: Vec<Passkey>,
}

/// List your passkeys.
#[utoipa::path(get, path = "/api/v1/account/passkeys", tag = TAG,
    responses((status = 200, description = "Your passkeys, oldest first", body = PasskeyList)))]
async fn list_passkeys(State(store): State<Store>, Came(caller): Came) -> Result<Json<PasskeyList>> {
    store.require(&caller.actor(), Action::OwnAccount, Subject::Workshop).await?;
    let stored = store.passkeys_of(&caller.user.name).await?;
    Ok(Json(PasskeyList { items: stored.into_iter().map(|stored| stored.passkey).collect() }))
}

/// Options for `navigator.credentials.create`, as `PublicKeyCredential.parseCreationOptionsFromJSON` reads them.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
#[serde(transparent)]
struct PasskeyOptions(Value);

/// Begin to add a passkey.
///
/// Takes a session, and the workshop opened by its name: passkeys belong to a host name. Sets a cookie that the second
/// step shows, within five minutes.
#[utoipa::path(post, path = "/api/v1/account/passkeys/begin", tag = TAG,
    responses((status = 200, description = "What the browser is asked for", body = PasskeyOptions)))]
async fn begin_passkey(
    State(state): State<AppState>,
    Came(caller): Came,
    Extension(visit): Extension<Visit>,
    Here(here): Here,
) -> Result<([(HeaderName, HeaderValue); 1], Json<PasskeyOptions>)> {
    let (options, secret) = state.accounts.begin_adding_passkey(&caller, &here, &visit).await?;
    Ok((ceremony_cookie(&state, &secret)?, Json(PasskeyOptions(options))))
}

/// A passkey that a browser made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MadePasskey {
    /// What to call it, at most 60 characters.
    name: String,
    /// What the browser answered, as `PublicKeyCredential.toJSON()` gives it.
    #[schema(value_type = Object)]
    answer: Value,
}

/// Add the passkey that the browser made.
#[utoipa::path(post, path = "/api/v1/account/passkeys/finish", tag = TAG, request_body = MadePasskey,
    responses((status = 201, description = "You can sign in with it from now on", body = Passkey)))]
async fn finish_passkey(
    State(state): State<AppState>,
    Came(caller): Came,
    Here(here): Here,
    headers: HeaderMap,
    Body(made): Body<MadePasskey>,
) -> Result<Located<Passkey>> {
    let shown = shown_ceremony(&state, Ceremony::Passkey, &headers).unwrap_or_default();
    let passkey = state.accounts.finish_adding_passkey(&caller, &here, shown, &made.name, &made.answer).await?;
    Ok(Located::created(format!("/account/passkeys/{}", passkey.id), passkey))
}

/// Remove a passkey of yours.
///
/// The last way in cannot be removed: set a password first.
#[utoipa::path(delete, path = "/api/v1/account/passkeys/{id}", tag = TAG,
    params(("id" = PasskeyId, Path, description = "The passkey")),
    responses((status = 204, description = "Nobody can sign in with it any more")))]
async fn remove_passkey(
    State(store): State<Store>,
    Came(caller): Came,
    Named(passkey): Named<PasskeyId>,
) -> Result<StatusCode> {
    let own = store.passkeys_of(&caller.user.name).await?;
    own.iter().find(|own| own.passkey.id == passkey).or_not_found("passkey")?;
    store.run(&caller.actor(), RemovePasskey { passkey }).await?;
    Ok(StatusCode::NO_CONTENT)
}
