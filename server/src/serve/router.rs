//! Puts everything together: which part answers what.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::{Error, ErrorCode};

use super::around::Around;
use super::{health, key_set, pages, runs};
use crate::error::ApiError;
use crate::state::AppState;
use crate::{api, assets, door, preview, stream};

/// The whole server for `state`.
pub(super) fn router(state: AppState) -> Around {
    let routes = pages::routes(&state)
        .merge(door::routes())
        .merge(preview::routes())
        .merge(api::router())
        .route("/api/v1/events", get(stream::events))
        .route("/api/v1/runs/{id}/terminal", get(stream::terminal))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route(key_set::PATH, get(key_set::show))
        .route(runs::ROUTE, get(runs::lead))
        .fallback(other)
        .with_state(state.clone());
    Around::new(state, routes)
}

/// A file of the site, or the page that says that there is none.
async fn other(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        let message = format!("There is nothing at {path}. GET /api/v1/ lists what there is.");
        return ApiError::from(Error::new(ErrorCode::NotFound, message)).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let message = format!("{} does not go with {path}.", request.method());
        return ApiError::from(Error::new(ErrorCode::Malformed, message))
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .into_response();
    }
    match assets::find(&state.leptos_options, path, request.headers()).await {
        Ok(Some(file)) => file,
        Ok(None) => nothing_here(&state, request).await,
        Err(error) => ApiError::from(Error::internal(error)).into_response(),
    }
}

/// Says that there is nothing at this address: by a page, or by a problem for programs.
pub(crate) async fn nothing_here(state: &AppState, request: Request) -> Response {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return pages::not_found(state, request).await;
    }
    let message = format!("There is nothing at {}.", request.uri().path());
    ApiError::from(Error::new(ErrorCode::NotFound, message)).into_response()
}
