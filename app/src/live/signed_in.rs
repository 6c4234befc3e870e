//! Whether the viewer is still signed in: asked when the live stream is refused, which does not say why.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use crate::error::AppError;
use crate::json::Json;

/// Answers if the viewer is signed in.
///
/// # Errors
/// `Unauthorized` when they are not.
#[server(prefix = "/api/fn", endpoint = "still_signed_in", input = GetUrl, output = Json)]
pub async fn still_signed_in() -> Result<(), AppError> {
    crate::server::caller().map(drop)
}
