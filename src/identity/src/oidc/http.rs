//! How the provider is asked: by the workspace's HTTP client, without following redirects, in bounded time and size.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use domain::Error;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, RequestTokenError, StandardErrorResponse};

/// Why no tokens were given.
pub(super) type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

/// Most bytes of an answer.
const LARGEST: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Http(reqwest::Client);

#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("the provider cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the provider's answer has more than {LARGEST} bytes")]
    TooLarge,
    #[error("the provider's answer cannot be read")]
    Unreadable(#[source] openidconnect::http::Error),
}

impl Http {
    pub(super) fn new() -> Result<Self, Error> {
        // Someone else may have installed a provider already; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(20))
            // A redirect could lead into the network around the server.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self(client))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // Addresses may hold a code or a token, so they stay out of errors.
        let unreachable = |error: reqwest::Error| HttpError::Unreachable(error.without_url());
        let mut answer = self.0.execute(request.try_into().map_err(unreachable)?).await.map_err(unreachable)?;
        let mut response = openidconnect::http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(HttpError::Unreadable)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
