//! Signing in at a provider elsewhere: the way there, and the way back.

use std::sync::Arc;

use accounts::{Caller, Ceremony, Elsewhere, Returned, Visit};
use app::door::{Door, Typed, render};
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Extension, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::error::Problem;
use domain::{Clock, Error, ErrorCode};
use identity::oidc::{Reply, Settings};
use serde::Deserialize;

use super::here::Here;
use super::{answers, forms, next, pages, passkey};
use crate::config::Oidc;
use crate::error::{ApiError, retry_after};
use crate::state::AppState;

/// Where the provider leads back to.
const RETURN: &str = "/sign-in/oidc/return";
/// The page on which a provider is let in.
const ACCOUNT: &str = "/account";

/// What the form holds that leads to the provider.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    next: String,
    /// Whether the account of the one who asks is to be linked.
    link: bool,
}

/// The provider of the settings.
pub(crate) fn elsewhere(oidc: &Oidc, clock: Arc<dyn Clock>) -> Result<Elsewhere, Error> {
    let settings = Settings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: oidc.client_secret.as_ref().map(|secret| secret.reveal().into()),
        scopes: Settings::SCOPES.map(str::to_owned).into(),
    };
    Elsewhere::new(settings, oidc.name.clone(), oidc.role, clock)
}

/// `POST /sign-in/oidc`: a page that leads to the provider.
///
/// It is no redirect: where a form may lead, the policy of the page says, and browsers hold every redirect on the way
/// through the provider to that.
pub(super) async fn leave(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    here: Here,
    parts: Parts,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    let Form(wish) = form.unwrap_or_default();
    let caller = parts.extensions.get::<Caller>().filter(|_| wish.link);
    if wish.link && caller.is_none() {
        return answers::see("/sign-in?next=%2Faccount");
    }
    let next = next::checked(&wish.next);
    let left = async { state.accounts.leave_for_provider(&here.at(RETURN)?, next, caller, &visit).await };
    match left.await {
        Ok((there, secret)) => {
            let name = state.accounts.elsewhere().map(|provider| provider.name().to_owned()).unwrap_or_default();
            let door = Door::Leaving { name, there: there.into() };
            let mut response = answers::page(StatusCode::OK, render(&state.leptos_options, parts, door));
            let cookie = Ceremony::Provider.set(&secret, state.accounts.cookie());
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => {
            let next = next.to_owned();
            failed(&state, &here, parts, error, wish.link, next)
        }
    }
}

/// `GET /sign-in/oidc/return`: in, or back to the sign-in with what is wrong.
pub(super) async fn come_back(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    here: Here,
    reply: Result<Query<Reply>, QueryRejection>,
    parts: Parts,
) -> Response {
    let Query(reply) = reply.unwrap_or_default();
    let caller = parts.extensions.get::<Caller>();
    let shown = passkey::shown(&state, Ceremony::Provider, &parts.headers).unwrap_or_default();
    let mut response = match state.accounts.return_from_provider(shown, &reply, caller, &visit).await {
        Ok(Returned::SignedIn { person, next }) => {
            forms::end_session(&state, caller).await;
            let mut response = answers::onward(&state, parts, &next);
            forms::keep_session(&state, &person, &mut response);
            response
        }
        Ok(Returned::Linked) => answers::see(ACCOUNT),
        Err(error) => {
            let linking = caller.is_some();
            failed(&state, &here, parts, error, linking, "/".to_owned())
        }
    };
    passkey::forget(&state, Ceremony::Provider, &mut response);
    response
}

/// The page with what is wrong: the sign-in, or for someone who is in, a way back to their account.
fn failed(state: &AppState, here: &Here, parts: Parts, error: Error, linking: bool, next: String) -> Response {
    let status = match error.code {
        ErrorCode::Internal => return ApiError::from(error).into_response(),
        // The workshop does answer; by 503 the service worker would take it for gone.
        ErrorCode::Unavailable => StatusCode::FAILED_DEPENDENCY,
        code => StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST),
    };
    if error.code == ErrorCode::Unavailable {
        tracing::warn!(cause = crate::error::causes(&error), "the provider cannot be used");
    }
    // What is wrong is not about a field of the form.
    let problem = Problem { field: None, ..Problem::from(&error) };
    let door = if linking {
        Door::NotLinked { problem }
    } else {
        let typed = Typed { problem: Some(problem), ..Typed::default() };
        Door::SignIn { next, typed, ways: pages::other_ways(state, here) }
    };
    let mut response = answers::page(status, render(&state.leptos_options, parts, door));
    if let Some(seconds) = retry_after(&error) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
