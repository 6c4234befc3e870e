//! What projects are made from.

use ::projects::{Listed, Projects};
use axum::Json;
use axum::extract::State;
use domain::access::{Action, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::extract::Seen;
use super::TAG;
use crate::error::Result;

/// What a project can be made from.
#[derive(Serialize, ToSchema)]
pub(super) struct Template {
    /// Its name.
    name: String,
    /// Its version.
    version: String,
    /// Its name for people.
    title: String,
    /// What it makes, in a sentence.
    description: String,
    /// Why nothing can be made from it here, and how to mend that.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

/// The templates.
#[derive(Serialize, ToSchema)]
pub(super) struct TemplateList {
    /// The first is the one taken unless told otherwise.
    items: Vec<Template>,
}

/// List templates.
#[utoipa::path(get, path = "/api/v1/templates", tag = TAG,
    responses((status = 200, description = "All templates", body = TemplateList)))]
pub(super) async fn list_templates(State(projects): State<Projects>, Seen(view): Seen) -> Result<Json<TemplateList>> {
    view.rights().allow(Action::Read, Subject::Anywhere)?;
    let items = projects.templates().await.into_iter().map(|Listed { template, missing }| Template {
        name: template.name.to_owned(),
        version: template.version.to_owned(),
        title: template.title.to_owned(),
        description: template.description.to_owned(),
        missing,
    });
    Ok(Json(TemplateList { items: items.collect() }))
}
