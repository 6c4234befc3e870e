//! Signing in with a passkey, as the script `public/passkey.js` asks for it.

use accounts::{Caller, Ceremony, Visit};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorCode};
use identity::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::here::Here;
use super::{forms, next};
use crate::error::{ApiError, Result};
use crate::state::AppState;

/// What the browser answered, and where to go then.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    answer: Value,
    #[serde(default)]
    next: String,
}

/// Where to go.
#[derive(Debug, Serialize)]
struct Next<'a> {
    next: &'a str,
}

/// `POST /sign-in/passkey/begin`: the options for the browser.
pub(super) async fn begin(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    Here(here): Here,
) -> Result<Response> {
    let (options, secret) = state.accounts.begin_passkey_sign_in(&here, &visit)?;
    Ok(uncached((cookie(&state, &secret)?, Json(options))))
}

/// `POST /sign-in/passkey/finish`: a session, and where to go.
pub(super) async fn finish(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    caller: Option<Extension<Caller>>,
    Here(here): Here,
    headers: HeaderMap,
    body: std::result::Result<Json<Answered>, JsonRejection>,
) -> Result<Response> {
    let Json(Answered { answer, next }) = body.map_err(|rejection| {
        ApiError::from(Error::new(ErrorCode::Malformed, "The answer could not be read.").because(rejection))
    })?;
    let shown = shown(&state, Ceremony::Passkey, &headers).unwrap_or_default();
    let person = state.accounts.finish_passkey_sign_in(&here, shown, &answer, &visit).await?;
    forms::end_session(&state, caller.as_ref().map(|Extension(caller)| caller)).await;
    let mut response = uncached(Json(Next { next: next::checked(&next) }));
    forms::keep_session(&state, &person, &mut response);
    forget(&state, Ceremony::Passkey, &mut response);
    Ok(response)
}

/// The header that has the browser keep `secret` for a ceremony with a passkey.
pub(crate) fn cookie(state: &AppState, secret: &Secret) -> Result<[(header::HeaderName, HeaderValue); 1]> {
    let text = Ceremony::Passkey.set(secret, state.accounts.cookie());
    Ok([(header::SET_COOKIE, HeaderValue::try_from(text).map_err(Error::internal)?)])
}

/// What the browser shows of `ceremony`.
pub(crate) fn shown<'a>(state: &AppState, ceremony: Ceremony, headers: &'a HeaderMap) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    ceremony.read(state.accounts.cookie(), cookies)
}

/// Has the browser forget `ceremony`.
pub(super) fn forget(state: &AppState, ceremony: Ceremony, response: &mut Response) {
    if let Ok(cookie) = HeaderValue::try_from(ceremony.forget(state.accounts.cookie())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn uncached(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
