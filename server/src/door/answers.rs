//! How the door answers: pages that nobody keeps, and where to go next.

use app::door::{Door, render};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::preview::leads_to_app;
use crate::state::AppState;

/// What makes a browser forget everything that the workshop left in it: kept pages, drafts, the service worker.
const FORGET: (HeaderName, &str) = (HeaderName::from_static("clear-site-data"), "\"storage\"");

/// A page at the door. Its address may hold a secret, so nobody is told more of it than the host. Not `no-referrer`:
/// with that browsers do not even say to the workshop that its form comes from its own page.
pub(super) fn page(status: StatusCode, html: String) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "strict-origin")];
    (status, headers, Html(html)).into_response()
}

/// Leads to another page of the workshop.
pub(super) fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Leads on from a form, or from a provider. The way to an app leaves the workshop, and browsers hold every step that
/// follows a form to what its page may send to (`form-action`), so that way begins anew, with a page.
pub(super) fn onward(state: &AppState, request: Parts, next: &str) -> Response {
    if !leads_to_app(next) {
        return see(next);
    }
    page(StatusCode::OK, render(&state.leptos_options, request, Door::GoOn { there: next.to_owned() }))
}

/// Leads to another page, with a cookie.
pub(super) fn see_with_cookie(path: &str, cookie: &str) -> Response {
    let mut response = see(path);
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Has the browser forget what it kept.
pub(super) fn forgetting(mut response: Response) -> Response {
    response.headers_mut().insert(FORGET.0, HeaderValue::from_static(FORGET.1));
    response
}
