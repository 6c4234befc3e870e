//! Who a helper is meant to be, in Markdown.

use ::helpers::Helpers;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::HelperName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::answer::OrNotFound;
use super::super::extract::{Body, By, Named, Seen};
use super::TAG;
use crate::error::Result;

/// Who a helper is meant to be.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Persona {
    /// In Markdown.
    #[schema(example = "You are The Author. You write plainly.")]
    text: String,
}

/// Read a helper's persona.
#[utoipa::path(get, path = "/api/v1/helpers/{name}/persona", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 200, description = "Its persona", body = Persona)))]
pub(super) async fn get_persona(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    Named(name): Named<HelperName>,
) -> Result<Json<Persona>> {
    view.helper(&name).await?.or_not_found("helper")?;
    Ok(Json(Persona { text: helpers.persona(&name).await? }))
}

/// Write a helper's persona anew.
#[utoipa::path(put, path = "/api/v1/helpers/{name}/persona", tag = TAG, request_body = Persona,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 204, description = "It is kept; the helper goes by it from its next message on")))]
pub(super) async fn put_persona(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
    Body(Persona { text }): Body<Persona>,
) -> Result<StatusCode> {
    view.helper(&name).await?.or_not_found("helper")?;
    helpers.set_persona(&actor, &name, text).await?;
    Ok(StatusCode::NO_CONTENT)
}
