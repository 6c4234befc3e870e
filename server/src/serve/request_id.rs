//! Every request gets an id: in its answer, in its problems, and on every line it writes into the log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use crate::error::under_request_id;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
        Self { run: digits[digits.len() - 8..].to_owned() + "-", next: AtomicU64::new(1) }
    }

    fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        [&self.run, number.to_string().as_str()].concat()
    }

    /// Gives `request` an id, lets `answer` answer it, and writes down how it went.
    pub(super) async fn give<F>(&self, request: Request, answer: impl FnOnce(Request) -> F) -> Response
    where
        F: Future<Output = Response>,
    {
        let id = self.next();
        // The path without its query, which may hold what people look for.
        let span = tracing::info_span!("request", id, method = request.method().as_str(), path = request.uri().path());
        let value = HeaderValue::from_str(&id);
        // Made and waited for in one go: put aside before, it would take its room twice.
        let mut response = under_request_id(
            id,
            async {
                let began = Instant::now();
                let response = answer(request).await;
                note(response.status().as_u16(), began);
                response
            }
            .instrument(span),
        )
        .await;
        if let Ok(value) = value {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
}

fn note(status: u16, began: Instant) {
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(status, micros, "answered");
    } else {
        tracing::debug!(status, micros, "answered");
    }
}
