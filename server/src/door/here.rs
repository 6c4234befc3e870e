//! Under which address the workshop was opened: passkeys belong to it, and providers lead back to it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Error;
use url::Url;

use crate::error::ApiError;
use crate::serve::Meant;

/// The address under which the workshop was opened, like `http://localhost:3000/`. It is one of its own: the gate lets
/// no other through.
#[derive(Debug, Clone)]
pub(crate) struct Here(pub(crate) Url);

impl Here {
    /// The address of `path` there.
    pub(super) fn at(&self, path: &str) -> Result<Url, Error> {
        self.0.join(path).map_err(Error::internal)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Here {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(Meant::Workshop(origin)) = parts.extensions.get() else {
            return Err(Error::internal("the gate did not say whom the request is meant for").into());
        };
        Ok(Self(origin.to_string().parse().map_err(Error::internal)?))
    }
}
