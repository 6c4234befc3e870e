//! Every request gets an id: in its answer, in its problems, and on every line it writes into the log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use crate::error::under_request_id;

/// Numbers the requests of one run of the server.
#[derive(Debug)]
pub(super) struct RequestIds {
    run: String,
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that begin with a part of `run`, so that those of two runs differ.
    #[must_use]
    pub(super) fn new(run: Uuid) -> Self {
        let digits = run.simple().to_string();
        Self { run: digits[digits.len() - 8..].to_owned(), next: AtomicU64::new(1) }
    }

    fn next(&self) -> String {
        format!("{}-{}", self.run, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Gives the request an id, and writes down how it went.
pub(super) async fn layer(State(ids): State<std::sync::Arc<RequestIds>>, request: Request, next: Next) -> Response {
    let id = ids.next();
    // The path without its query, which may hold what people look for.
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let work = async {
        let began = Instant::now();
        let response = next.run(request).await;
        let (status, micros) =
            (response.status().as_u16(), u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        if status >= 500 {
            tracing::warn!(status, micros, "answered");
        } else {
            tracing::debug!(status, micros, "answered");
        }
        response
    };
    let mut response = under_request_id(id.clone(), work.instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
