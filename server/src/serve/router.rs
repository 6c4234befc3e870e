//! Puts everything together: whom a request is meant for, what it may do, and which part answers.

use std::sync::Arc;
use std::time::Duration;

use app::reached::Reached;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::{Error, ErrorCode};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use super::host::{Addresses, Meant};
use super::request_id::{self, RequestIds};
use super::{cors, headers, health, key_set, origin, pages, runs};
use crate::error::ApiError;
use crate::state::AppState;
use crate::{api, assets, door, preview, stream};

/// Largest request, in bytes.
const MAX_REQUEST: usize = 1 << 20;
/// How long an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole server for `state`.
pub fn router(state: AppState) -> Router {
    let ids = Arc::new(RequestIds::new(state.store.new_id()));
    let routes = pages::routes(&state)
        .merge(door::routes())
        .merge(preview::routes())
        .nest(api::PREFIX, api::router())
        // Nesting gives its top only without the slash.
        .route("/api/v1/", get(api::document::readable))
        .route("/api/v1/events", get(stream::events))
        .route("/api/v1/runs/{id}/terminal", get(stream::terminal))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route(key_set::PATH, get(key_set::show))
        .route(runs::ROUTE, get(runs::lead))
        .fallback(other)
        .with_state(state.clone());
    // Around the router as a whole. Added to it, each would lie around every route, and every request would copy them all.
    let around = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(ids, request_id::layer))
        .layer(middleware::from_fn_with_state(state.clone(), gate))
        .layer(middleware::from_fn_with_state(state.clone(), headers::layer))
        .layer(middleware::from_fn_with_state(state.clone(), cors::layer))
        .layer(middleware::from_fn_with_state(state.clone(), own_pages_only))
        .layer(middleware::from_fn_with_state(state.clone(), door::layer))
        .layer(middleware::map_response(worded))
        .map_response(IntoResponse::into_response)
        .layer(RequestBodyTimeoutLayer::new(state.config.door.body_patience))
        .layer(RequestBodyLimitLayer::new(MAX_REQUEST))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PATIENCE))
        .layer(CatchPanicLayer::custom(panicked));
    Router::new().fallback_service(around.service(routes))
}

/// Lets requests to the workshop through, answers those to previews, and refuses the rest.
async fn gate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let addresses = Addresses::of(&state.config);
    match addresses.meant(&request) {
        Meant::Workshop(here) => {
            request.extensions_mut().insert(Reached {
                origin: state.config.server.public_url.as_ref().unwrap_or(&here).to_string(),
                shown: here.to_string(),
                above_previews: addresses.above_previews(&here).to_string(),
                in_the_clear: addresses.in_the_clear(&here),
            });
            request.extensions_mut().insert(Meant::Workshop(here));
            next.run(request).await
        }
        // Before it is set up, a workshop serves nothing.
        Meant::Preview(..) if !state.store.has_admin() => {
            ApiError::from(Error::new(ErrorCode::Forbidden, "This workshop is not set up yet.")).into_response()
        }
        Meant::Preview(slug, workshop) => preview::answer(&state, &slug, workshop, request).await,
        Meant::Stranger => {
            let public = state.config.public();
            let message = format!(
                "Nobody of this name lives here. The workshop is at {public}, and an app at {}.",
                addresses.above_previews(&public).below("NAME")
            );
            ApiError::from(Error::new(ErrorCode::Forbidden, message))
                .with_status(StatusCode::MISDIRECTED_REQUEST)
                .into_response()
        }
    }
}

/// Refuses what another page wants to do here.
async fn own_pages_only(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let allowed = match request.extensions().get() {
        _ if cors::acts_by_token(&request, &state.config.server.cors_origins) => Ok(()),
        Some(Meant::Workshop(here)) => origin::check(request.method(), request.headers(), here),
        _ => Err(Error::new(ErrorCode::Forbidden, "This was not meant for the workshop.")),
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => ApiError::from(error).into_response(),
    }
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

/// The layers above refuse without words; here they get some.
async fn worded(response: Response) -> Response {
    let spoken = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    let error = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if !spoken => {
            Error::new(ErrorCode::TooLarge, format!("The request is larger than {} KiB.", MAX_REQUEST / 1024))
        }
        StatusCode::GATEWAY_TIMEOUT if !spoken => {
            Error::new(ErrorCode::Unavailable, "This took too long and was given up. Try again in a moment.")
        }
        _ => return response,
    };
    ApiError::from(error).with_status(response.status()).into_response()
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let words =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    ApiError::from(Error::internal(format!("panicked: {}", words.unwrap_or_default()))).into_response()
}
