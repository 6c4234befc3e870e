//! What server functions and rendering find around them on the server: the services, who asks, the request and the answer.
//!
//! Call these before the first `.await` that hands work to another task: they read the context of the request.

use accounts::{Accounts, Caller, Visit};
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use domain::{Actor, Error, ErrorCode, UserName};
use helpers::Helpers;
use identity::secret::Secret;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use projects::Projects;
use runs::Runs;
use sandbox::Sandboxes;
use store::Store;

use crate::error::AppError;
use crate::reached::Reached;

/// The store.
///
/// # Errors
/// `Internal` when the server did not provide it.
pub fn store() -> Result<Store, AppError> {
    provided("the store")
}

/// The supervisor of the helpers.
///
/// # Errors
/// `Internal` when the server did not provide it.
pub fn helpers() -> Result<Helpers, AppError> {
    provided("the helpers")
}

/// The projects on disk.
///
/// # Errors
/// `Internal` when the server did not provide it.
pub fn projects() -> Result<Projects, AppError> {
    provided("the projects")
}

/// Commands in the sandboxes of projects.
///
/// # Errors
/// `Internal` when the server did not provide them.
pub fn runs() -> Result<Runs, AppError> {
    provided("the runs")
}

/// Where helpers and commands run.
///
/// # Errors
/// `Internal` when the server did not provide them.
pub fn sandboxes() -> Result<Sandboxes, AppError> {
    provided("the sandboxes")
}

fn provided<T: Clone + 'static>(what: &'static str) -> Result<T, AppError> {
    use_context::<T>().ok_or_else(|| Error::internal(format!("{what} is not in the context of this request")).into())
}

/// The ways in.
///
/// # Errors
/// `Internal` when the server did not provide it.
pub fn accounts() -> Result<Accounts, AppError> {
    provided("the ways in")
}

/// Who asks.
///
/// # Errors
/// `Unauthorized` when nobody is signed in.
pub fn caller() -> Result<Caller, AppError> {
    let found = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Caller>().cloned());
    found.ok_or_else(|| Error::new(ErrorCode::Unauthorized, "Sign in first; then try again.").into())
}

/// Where the request comes from.
///
/// # Errors
/// `Internal` when the server did not say.
pub fn visit() -> Result<Visit, AppError> {
    let found = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Visit>().cloned());
    found.ok_or_else(|| Error::internal("where the request comes from is not in its context").into())
}

/// By which address the workshop was reached.
///
/// # Errors
/// `Internal` when the server did not say.
pub fn reached() -> Result<Reached, AppError> {
    let found = Reached::of_request();
    found.ok_or_else(|| Error::internal("by which address the workshop was reached is not in its context").into())
}

/// The person who looks.
///
/// # Errors
/// As [`caller`].
pub fn current_user() -> Result<UserName, AppError> {
    Ok(caller()?.user.name.clone())
}

/// The person who looks, as the one who acts.
///
/// # Errors
/// As [`caller`].
pub fn actor() -> Result<Actor, AppError> {
    Ok(caller()?.actor())
}

/// The workshop as the one who asks may see it.
///
/// # Errors
/// As [`current_user`].
pub fn view() -> Result<store::View, AppError> {
    Ok(store()?.view(&actor()?))
}

/// A header of the request being answered.
#[must_use]
pub fn header(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts.headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

/// Sets the HTTP status of the answer.
///
/// A form posted without JavaScript is answered by a redirect back to its page, which shows the error: its status stays.
pub fn set_status(status: u16) {
    if by_plain_form() {
        return;
    }
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        options.set_status(status);
    }
}

/// Adds a `Set-Cookie` header to the answer.
pub fn set_cookie(cookie: &str) {
    add_header(SET_COOKIE, cookie);
}

/// Has the browser show `secret` from now on: its session got a new one.
///
/// # Errors
/// As [`accounts`].
pub fn set_session_cookie(secret: &Secret) -> Result<(), AppError> {
    let accounts = accounts()?;
    set_cookie(&accounts.cookie().set(secret, accounts.lasting()));
    Ok(())
}

/// Keeps the answer out of every cache, the service worker's too: it is for one person, now.
pub fn keep_nowhere() {
    if let Some(options) = use_context::<ResponseOptions>() {
        options.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Where the workshop is, for links that are given to others: `https://workshop.example`.
///
/// # Errors
/// As [`reached`].
pub fn origin() -> Result<String, AppError> {
    Ok(reached()?.origin)
}

fn add_header(name: HeaderName, value: &str) {
    if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        options.append_header(name, value);
    }
}

/// Leads the browser to another page of the workshop after a form.
pub fn go_to(path: &str) {
    leptos_axum::redirect(path);
}

/// Leads a form that was posted without JavaScript to `path` (303 See Other). A page that is awake stays where it is.
pub fn back_to(path: &str) {
    if !by_plain_form() {
        return;
    }
    if let (Some(options), Ok(path)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        options.insert_header(LOCATION, path);
        options.set_status(StatusCode::SEE_OTHER);
    }
}

/// Whether the request comes from a form in a page without JavaScript.
pub(crate) fn by_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
        parts.method == Method::POST && accept.contains("text/html")
    })
}
