//! The forms at the door, as they are sent: in, or back to the form with what is wrong.

use accounts::{Caller, NewPerson, SignedIn, Visit};
use app::door::{Door, Offer, Typed, render};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::account::SessionEnd;
use domain::error::Problem;
use domain::{Error, ErrorCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use store::commands::EndSession;

use super::here::Here;
use super::{answers, next};
use crate::error::{ApiError, retry_after};
use crate::state::AppState;

/// What such a form holds.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    link: String,
    next: String,
    name: String,
    display_name: String,
    password: SecretString,
    password_again: SecretString,
}

impl Default for Fields {
    fn default() -> Self {
        let nothing = || SecretString::from("");
        Self {
            link: String::new(),
            next: String::new(),
            name: String::new(),
            display_name: String::new(),
            password: nothing(),
            password_again: nothing(),
        }
    }
}

impl Fields {
    fn new_person(&self) -> Result<NewPerson, Error> {
        if self.password.expose_secret() != self.password_again.expose_secret() {
            return Err(Error::invalid("password_again", "This is not the same as above. Type the password twice."));
        }
        Ok(NewPerson {
            name: self.name.clone(),
            display_name: self.display_name.clone(),
            password: self.password.clone(),
        })
    }

    fn typed(&self, error: &Error) -> Typed {
        Typed { name: self.name.clone(), display_name: self.display_name.clone(), problem: Some(Problem::from(error)) }
    }
}

type Sent = std::result::Result<Form<Fields>, FormRejection>;

/// `POST /set-up`.
pub(super) async fn set_up(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    parts: Parts,
    form: Sent,
) -> Response {
    let fields = match read(form) {
        Ok(fields) => fields,
        Err(error) => return error.into_response(),
    };
    if state.store.has_admin() {
        return answers::see("/sign-in");
    }
    let done = async { state.accounts.set_up(&fields.link, fields.new_person()?, &visit).await };
    match done.await {
        Ok(person) => let_in(&state, parts, person, "/"),
        Err(error) if error.code == ErrorCode::Conflict && state.store.has_admin() => answers::see("/sign-in"),
        Err(error) if error.code == ErrorCode::NotFound => super::pages::waiting(&state, parts, true),
        Err(error) => {
            let typed = fields.typed(&error);
            again(&state, parts, error, Door::SetUp { link: fields.link, typed })
        }
    }
}

/// `POST /sign-in`.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    here: Here,
    parts: Parts,
    form: Sent,
) -> Response {
    let fields = match read(form) {
        Ok(fields) => fields,
        Err(error) => return error.into_response(),
    };
    let next = next::checked(&fields.next);
    match state.accounts.sign_in(&fields.name, fields.password.clone(), &visit).await {
        Ok(person) => {
            end_session(&state, parts.extensions.get::<Caller>()).await;
            let_in(&state, parts, person, next)
        }
        Err(error) => {
            let ways = super::pages::other_ways(&state, &here);
            let door = Door::SignIn { next: next.to_owned(), typed: fields.typed(&error), ways };
            again(&state, parts, error, door)
        }
    }
}

/// `POST /join`.
pub(super) async fn join(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    parts: Parts,
    form: Sent,
) -> Response {
    let fields = match read(form) {
        Ok(fields) => fields,
        Err(error) => return error.into_response(),
    };
    let offer = match state.accounts.invitation(&fields.link).await {
        Ok(invitation) => Offer::from(&invitation),
        Err(error) => {
            let problem = Problem::from(&error);
            return again(&state, parts, error, Door::NoInvitation { problem });
        }
    };
    let done = async { state.accounts.join(&fields.link, fields.new_person()?, &visit).await };
    match done.await {
        Ok(person) => {
            end_session(&state, parts.extensions.get::<Caller>()).await;
            let_in(&state, parts, person, "/")
        }
        Err(error) => {
            let typed = fields.typed(&error);
            again(&state, parts, error, Door::Join { link: fields.link, offer, typed })
        }
    }
}

/// `POST /sign-out`.
pub(super) async fn sign_out(State(state): State<AppState>, caller: Option<Extension<Caller>>) -> Response {
    end_session(&state, caller.as_ref().map(|Extension(caller)| caller)).await;
    answers::forgetting(answers::see_with_cookie("/sign-in", &state.accounts.cookie().forget()))
}

fn read(form: Sent) -> std::result::Result<Fields, ApiError> {
    form.map(|Form(fields)| fields).map_err(|rejection| {
        let message = "The form could not be read. Load the page again and try once more.";
        Error::new(ErrorCode::Malformed, message).because(rejection).into()
    })
}

fn let_in(state: &AppState, request: Parts, person: SignedIn, next: &str) -> Response {
    let mut response = answers::onward(state, request, next);
    keep_session(state, &person, &mut response);
    response
}

/// Has the browser keep the session of someone who came in just now.
pub(super) fn keep_session(state: &AppState, person: &SignedIn, response: &mut Response) {
    let cookie = state.accounts.cookie().set(&person.secret, state.accounts.lasting());
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whoever comes in anew leaves the session that this browser had.
pub(super) async fn end_session(state: &AppState, caller: Option<&Caller>) {
    let Some((caller, session)) = caller.and_then(|caller| Some((caller, caller.session()?))) else { return };
    let end = EndSession { session: session.id, why: SessionEnd::SignedOut };
    match state.store.run(&caller.actor(), end).await {
        Ok(()) => {}
        // It ended in the meantime.
        Err(error) if matches!(error.code, ErrorCode::NotFound | ErrorCode::Unauthorized) => {}
        Err(error) => tracing::error!(cause = crate::error::causes(&error), "a session could not be ended"),
    }
}

/// The form once more, with what is wrong.
fn again(state: &AppState, parts: Parts, error: Error, door: Door) -> Response {
    if error.code.status() >= 500 {
        return ApiError::from(error).into_response();
    }
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = answers::page(status, render(&state.leptos_options, parts, door));
    if let Some(seconds) = retry_after(&error) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
