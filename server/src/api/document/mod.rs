//! The documents for other programs, made from the code: OpenAPI for REST, AsyncAPI for the live stream.
//!
//! `docs/openapi.json` and `docs/asyncapi.json` are checked-in copies; `tatwats docs DIR` writes them, and
//! `tatwats docs --check DIR` and a test tell when they have drifted.

mod asyncapi;
pub mod cli;
pub mod files;
mod openapi;
mod page;
mod style;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

pub use asyncapi::asyncapi;
pub use openapi::openapi;

use crate::state::AppState;

/// Where the documents are served.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1", get(readable))
        .route("/api/v1/", get(readable))
        .route("/api/v1/openapi.json", get(openapi_json))
        .route("/api/v1/asyncapi.json", get(asyncapi_json))
}

async fn openapi_json() -> impl IntoResponse {
    json(files::openapi_text())
}

async fn asyncapi_json() -> impl IntoResponse {
    json(files::asyncapi_text())
}

fn json(text: &'static str) -> ([(HeaderName, HeaderValue); 1], &'static str) {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text)
}

/// Answers with the OpenAPI document as a page for people.
async fn readable() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        // The page runs nothing and fetches nothing.
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            ),
        ),
    ];
    (headers, page::html())
}
