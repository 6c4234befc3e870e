//! `/.well-known/jwks.json`: the public keys by which other services verify the workshop's access tokens (RFC 7517).

use accounts::AccessTokens;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Where they are looked for.
pub(super) const PATH: &str = "/.well-known/jwks.json";

/// A new key signs at once, so this is how long a service may refuse its first tokens.
const KEPT: &str = "public, max-age=60";

/// Shows them to everyone.
pub(super) async fn show(State(tokens): State<AccessTokens>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, KEPT)];
    (headers, Json(tokens.key_set())).into_response()
}
