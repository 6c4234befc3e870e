//! What every request passes: who makes it is found out, and strangers get no further than the door.

use accounts::{Caller, Visit};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorCode};
use identity::limit::Key;

use super::{answers, next, visit};
use crate::error::ApiError;
use crate::state::AppState;

/// The files that everyone may have: the look, the icons, and what makes the workshop an app. They say nothing about
/// anyone. Health is for whoever watches the server.
const OPEN: [&str; 11] = [
    "/pkg/",
    "/icons/",
    "/fonts/",
    "/screenshots/",
    "/manifest.webmanifest",
    "/offline.css",
    "/offline.html",
    "/pwa.js",
    "/passkey.js",
    "/sw.js",
    "/favicon.ico",
];
/// The pages at the door itself, health, and the keys by which other services verify access tokens.
const DOOR: [&str; 10] = [
    "/sign-in",
    "/sign-in/passkey/begin",
    "/sign-in/passkey/finish",
    "/sign-in/oidc",
    "/sign-in/oidc/return",
    "/sign-out",
    "/join",
    "/healthz",
    "/readyz",
    "/.well-known/jwks.json",
];
/// The page that makes the first admin.
const SET_UP: &str = "/set-up";

/// Who a request is let through for.
#[derive(Debug, PartialEq, Eq)]
enum For {
    /// Everyone, always.
    Everyone,
    /// Everyone, once the workshop is set up.
    Strangers,
    /// Everyone, to set the workshop up or to hear that it is.
    SetUp,
    /// Those who are in.
    Insiders,
}

fn meant_for(path: &str) -> For {
    let open = |known: &str| if known.ends_with('/') { path.starts_with(known) } else { path == known };
    match path {
        "/healthz" | "/readyz" => For::Everyone,
        SET_UP => For::SetUp,
        _ if OPEN.iter().any(|known| open(known)) => For::Everyone,
        _ if DOOR.contains(&path) => For::Strangers,
        _ => For::Insiders,
    }
}

/// Lets a request through with its [`Visit`] and, where it is known, its [`Caller`].
///
/// # Errors
/// The answer to one that is turned away.
pub(crate) async fn admit(state: &AppState, mut request: Request) -> Result<Request, Box<Response>> {
    let visit = visit::of(&request, &state.config.server.trusted_proxies);
    let whom = meant_for(request.uri().path());
    if whom == For::Everyone {
        return Ok(request);
    }
    // By address before anything is looked up, by account once it is known.
    let counted = ["/api/", "/sign-in/"].iter().any(|part| request.uri().path().starts_with(part));
    if counted && let Err(wait) = state.rates.take(&[Key::Address(visit.address)]) {
        return Err(refused(Error::from(wait).into()));
    }
    if whom != For::SetUp && !state.store.has_admin() {
        return Err(Box::new(not_set_up(state, request)));
    }
    let caller = recognised(state, request.headers(), &visit).await.map_err(refused)?;
    let known = caller.is_some();
    if counted
        && let Some(caller) = &caller
        && let Err(wait) = state.rates.take(&[Key::Account(caller.user.name.as_str())])
    {
        return Err(refused(Error::from(wait).into()));
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    request.extensions_mut().insert(visit);
    if known || whom != For::Insiders {
        return Ok(request);
    }
    if wants_page(&request) {
        return Err(Box::new(answers::see(&next::sign_in_and_back(&way_back(&request)))));
    }
    Err(refused(super::stranger().into()))
}

/// Who shows what in `headers`. A token that does not hold is an error; a session that is over is just nobody's.
async fn recognised(state: &AppState, headers: &HeaderMap, visit: &Visit) -> Result<Option<Caller>, ApiError> {
    if let Some(shown) = headers.get(header::AUTHORIZATION) {
        let token = shown.to_str().ok().and_then(|text| text.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let caller = match token {
            Some(token) => state.accounts.by_token(token, visit).await?,
            None => None,
        };
        return match caller {
            Some(caller) => Ok(Some(caller)),
            None => Err(Error::new(
                ErrorCode::Unauthorized,
                "This token does not hold: it is wrong, expired or revoked. Make a new one on your account's page.",
            )
            .into()),
        };
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    match state.accounts.cookie().read(cookies) {
        Some(shown) => Ok(state.accounts.by_cookie(shown, visit).await?),
        None => Ok(None),
    }
}

fn not_set_up(state: &AppState, request: Request) -> Response {
    if wants_page(&request) {
        return super::pages::waiting(state, request.into_parts().0, false);
    }
    let message = "This workshop is not set up yet. Open the link that the server printed when it started.";
    ApiError::from(Error::new(ErrorCode::Forbidden, message)).into_response()
}

/// A refusal for programs, who learn how to show who they are.
fn refused(error: ApiError) -> Box<Response> {
    let mut response = error.into_response();
    if response.status() == axum::http::StatusCode::UNAUTHORIZED {
        let how = axum::http::HeaderValue::from_static("Bearer realm=\"TATWATS\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
    }
    Box::new(response)
}

fn wants_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !request.headers().contains_key(header::UPGRADE)
}

/// The page that someone wanted to see, or on which they sent a form.
fn way_back(request: &Request) -> axum::http::Uri {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return request.uri().clone();
    }
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let page = referer.and_then(|text| url::Url::parse(text).ok()).and_then(|page| {
        let query = page.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", page.path()).parse().ok()
    });
    page.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_for_strangers() {
        for path in ["/pkg/tatwats.js", "/icons/sigil.svg", "/sw.js", "/healthz", "/readyz"] {
            assert_eq!(meant_for(path), For::Everyone, "{path}");
        }
        for path in ["/sign-in", "/sign-in/passkey/begin", "/sign-in/oidc/return", "/join", "/.well-known/jwks.json"] {
            assert_eq!(meant_for(path), For::Strangers, "{path}");
        }
        for path in ["/", "/pkg", "/sw.jsx", "/sign-in/", "/api/v1/", "/api/v1/events", "/api/fn/load_workshop", "/x"] {
            assert_eq!(meant_for(path), For::Insiders, "{path}");
        }
        assert_eq!(meant_for("/set-up"), For::SetUp);
    }
}
