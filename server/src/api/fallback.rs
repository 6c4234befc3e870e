//! Wrong paths and wrong methods, as problem documents.

use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode};
use domain::{Error, ErrorCode};

use crate::error::ApiError;

/// 404 for a path that leads nowhere.
pub(super) async fn not_found(OriginalUri(uri): OriginalUri) -> ApiError {
    let path = uri.path();
    Error::new(ErrorCode::NotFound, format!("There is nothing at {path}. GET /api/v1/ lists what there is.")).into()
}

/// 405 for a method that does not go with the path; axum adds the header `Allow`.
pub(super) async fn method_not_allowed(method: Method, OriginalUri(uri): OriginalUri) -> ApiError {
    let path = uri.path();
    let error = Error::new(
        ErrorCode::Malformed,
        format!("{method} does not go with {path}. The header “Allow” names the methods that do."),
    );
    ApiError::from(error).with_status(StatusCode::METHOD_NOT_ALLOWED)
}
