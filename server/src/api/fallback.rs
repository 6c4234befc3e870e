//! Wrong methods, as problem documents.

use axum::http::{Method, StatusCode, Uri};
use domain::{Error, ErrorCode};

use crate::error::ApiError;

/// 405 for a method that does not go with the path; axum adds the header `Allow`.
pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    let path = uri.path();
    let error = Error::new(
        ErrorCode::Malformed,
        format!("{method} does not go with {path}. The header “Allow” names the methods that do."),
    );
    ApiError::from(error).with_status(StatusCode::METHOD_NOT_ALLOWED)
}
