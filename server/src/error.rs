//! How a failure leaves the server: as a problem document (RFC 9457) that carries the request's id.
//!
//! Handlers return [`Result<T>`]; `?` turns a [`domain::Error`] into an [`ApiError`]. This is the one place where an
//! inner cause is logged, once, under the request's id; the wire never sees it.

use std::future::Future;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::error::Problem;
use domain::{Error, ErrorCode};
use identity::limit::Wait;

/// What a handler returns.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A [`domain::Error`] on its way out.
#[derive(Debug)]
pub struct ApiError {
    error: Error,
    status: StatusCode,
}

tokio::task_local! {
    static REQUEST_ID: String;
}

/// Runs `work` as the answer to the request `id`, so that its problems name it.
pub(crate) fn under_request_id<F: Future>(id: String, work: F) -> impl Future<Output = F::Output> {
    REQUEST_ID.scope(id, work)
}

/// The id of the request that is being answered.
pub(crate) fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

impl ApiError {
    /// The same failure with another status, where HTTP has a more exact one (405, 415, …).
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        let error = error.into();
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { error, status }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { error, status } = self;
        log(&error);
        let mut problem = Problem::from(&error);
        problem.status = status.as_u16();
        problem.request_id = request_id();
        let json = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after(&error) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// After how many seconds it is worth trying again, when it is.
pub(crate) fn retry_after(error: &Error) -> Option<u64> {
    let wait = error.cause.as_ref().and_then(|cause| cause.downcast_ref::<Wait>());
    match error.code {
        ErrorCode::TooMany | ErrorCode::Unavailable => Some(wait.map_or(1, |wait| wait.retry_after())),
        _ => None,
    }
}

/// Writes the cause down: loudly when it is our fault, quietly when it is the request's.
fn log(error: &Error) {
    let cause = error.cause.as_deref().map(|cause| causes(cause)).unwrap_or_default();
    match error.code {
        ErrorCode::Internal | ErrorCode::Unavailable => {
            tracing::error!(code = error.code.name(), cause, "{}", error.message);
        }
        _ => tracing::debug!(code = error.code.name(), field = error.field, cause, "{}", error.message),
    }
}

/// The whole chain of causes in one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_problem_names_its_request_and_keeps_its_cause_to_itself() {
        let answer = under_request_id("r-7".into(), async {
            ApiError::from(Error::internal("disk 3 is on fire")).into_response()
        })
        .await;
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body = String::from_utf8(to_bytes(answer.into_body(), 10_000).await.unwrap().to_vec()).unwrap();
        assert!(body.contains(r#""request_id":"r-7""#), "{body}");
        assert!(!body.contains("fire"), "{body}");
    }

    #[tokio::test]
    async fn every_code_answers_with_its_status() {
        for code in [ErrorCode::Malformed, ErrorCode::Forbidden, ErrorCode::NotFound, ErrorCode::TooMany] {
            assert_eq!(ApiError::from(Error::new(code, "no")).into_response().status(), code.status());
        }
        let other = ApiError::from(Error::new(ErrorCode::Malformed, "no")).with_status(StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(other.into_response().status(), 405);
    }
}
