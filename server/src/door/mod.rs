//! The door: finds out who makes each request, turns strangers away, and lets people in.

mod admit;
mod answers;
mod elsewhere;
mod forms;
mod here;
mod next;
mod pages;
mod passkey;
mod reap;
mod visit;

use axum::Router;
use axum::routing::{get, post};
use domain::{Error, ErrorCode};

pub(crate) use admit::admit;
pub(crate) use elsewhere::elsewhere;
pub(crate) use here::Here;
pub(crate) use next::is_local;
pub(crate) use passkey::{cookie as ceremony_cookie, shown as shown_ceremony};
pub(crate) use reap::reap;
pub(crate) use visit::of as visit;

use crate::state::AppState;

/// The pages at the door.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/set-up", get(pages::set_up).post(forms::set_up))
        .route("/sign-in", get(pages::sign_in).post(forms::sign_in))
        .route("/sign-in/passkey/begin", post(passkey::begin))
        .route("/sign-in/passkey/finish", post(passkey::finish))
        .route("/sign-in/oidc", post(elsewhere::leave))
        .route("/sign-in/oidc/return", get(elsewhere::come_back))
        .route("/join", get(pages::join).post(forms::join))
        .route("/sign-out", post(forms::sign_out))
}

/// What someone hears who is not signed in.
pub(crate) fn stranger() -> Error {
    Error::new(ErrorCode::Unauthorized, "Sign in first; programs show a token: “Authorization: Bearer tat_…”.")
}
