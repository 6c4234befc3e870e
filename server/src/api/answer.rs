//! The few shapes of answers besides plain JSON.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Error;
use serde::Serialize;

use super::PREFIX;
use crate::error::ApiError;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// JSON with a status and the address of what it is about.
pub(super) struct Located<T> {
    status: StatusCode,
    /// From [`PREFIX`] on.
    at: String,
    what: T,
}

impl<T> Located<T> {
    /// 201: it was made and lies at `at`.
    pub(super) fn created(at: impl Into<String>, what: T) -> Self {
        Self { status: StatusCode::CREATED, at: at.into(), what }
    }

    /// 202: it is being made and will lie at `at`.
    pub(super) fn accepted(at: impl Into<String>, what: T) -> Self {
        Self { status: StatusCode::ACCEPTED, at: at.into(), what }
    }

    /// 200: it was there already, at `at`.
    pub(super) fn known(at: impl Into<String>, what: T) -> Self {
        Self { status: StatusCode::OK, at: at.into(), what }
    }
}

/// What is answered as JSON.
pub(super) trait Answer {
    /// The JSON.
    ///
    /// # Errors
    /// What cannot be written.
    fn json(&self) -> serde_json::Result<Vec<u8>>;
}

impl<T: Serialize> Answer for T {
    fn json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

impl<T: Answer> IntoResponse for Located<T> {
    fn into_response(self) -> Response {
        let Self { status, at, what } = self;
        let location = match HeaderValue::try_from([PREFIX, &at].concat()) {
            Ok(location) => location,
            Err(error) => return ApiError::from(Error::internal(error)).into_response(),
        };
        match what.json() {
            Ok(json) => (status, [(header::CONTENT_TYPE, JSON), (header::LOCATION, location)], json).into_response(),
            Err(error) => ApiError::from(Error::internal(error)).into_response(),
        }
    }
}

/// Turns “not found” into a failure.
pub(super) trait OrNotFound<T> {
    /// What is there.
    ///
    /// # Errors
    /// `NotFound`, naming `what` was looked for.
    fn or_not_found(self, what: &str) -> Result<T, Error>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, what: &str) -> Result<T, Error> {
        self.ok_or_else(|| Error::not_found(what))
    }
}

/// The headers of a download called `name`, of that media type; browsers neither guess another nor run anything in it.
pub(super) fn download(name: &str, media_type: &'static str) -> [(header::HeaderName, HeaderValue); 4] {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{plain}\""));
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ]
}
