//! The pages at the door, as they are first seen.

use accounts::Caller;
use app::door::{Door, Offer, OtherWays, Typed, render};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use domain::error::Problem;
use serde::Deserialize;

use super::here::Here;
use super::{answers, next};
use crate::error::{ApiError, Result};
use crate::state::AppState;

/// What stands in the address of a page at the door.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    link: String,
    next: String,
}

/// The page that says that the workshop waits for its first admin.
pub(super) fn waiting(state: &AppState, parts: Parts, stale: bool) -> Response {
    let status = if stale { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
    answers::page(status, render(&state.leptos_options, parts, Door::Waiting { stale }))
}

/// `GET /set-up`.
pub(super) async fn set_up(
    State(state): State<AppState>,
    Query(Address { link, .. }): Query<Address>,
    request: Request,
) -> Result<Response> {
    if state.store.has_admin() {
        return Ok(answers::see("/"));
    }
    let parts = request.into_parts().0;
    if !state.accounts.set_up_link_holds(&link).await? {
        return Ok(waiting(&state, parts, !link.is_empty()));
    }
    let door = Door::SetUp { link, typed: Typed::default() };
    Ok(answers::page(StatusCode::OK, render(&state.leptos_options, parts, door)))
}

/// `GET /sign-in`.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    Query(Address { next, .. }): Query<Address>,
    here: Here,
    request: Request,
) -> Response {
    let next = next::checked(&next);
    if request.extensions().get::<Caller>().is_some() {
        return answers::see(next);
    }
    let ways = other_ways(&state, &here);
    let door = Door::SignIn { next: next.to_owned(), typed: Typed::default(), ways };
    answers::page(StatusCode::OK, render(&state.leptos_options, request.into_parts().0, door))
}

/// The ways to sign in besides a password, where the workshop was opened.
pub(super) fn other_ways(state: &AppState, Here(here): &Here) -> OtherWays {
    OtherWays {
        no_passkeys: state.accounts.passkeys_at(here.as_str()).err().map(|error| error.message),
        provider: state.accounts.elsewhere().map(|provider| provider.name().to_owned()),
    }
}

/// `GET /join`.
pub(super) async fn join(
    State(state): State<AppState>,
    Query(Address { link, .. }): Query<Address>,
    request: Request,
) -> Response {
    let (status, door) = match state.accounts.invitation(&link).await {
        Ok(invitation) => {
            (StatusCode::OK, Door::Join { link, offer: Offer::from(&invitation), typed: Typed::default() })
        }
        Err(error) if error.code.status() >= 500 => return ApiError::from(error).into_response(),
        Err(error) => (StatusCode::NOT_FOUND, Door::NoInvitation { problem: Problem::from(&error) }),
    };
    answers::page(status, render(&state.leptos_options, request.into_parts().0, door))
}
