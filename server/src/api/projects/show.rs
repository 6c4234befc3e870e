//! Lists projects, and shows one.

use axum::Json;
use domain::{Project, Slug};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::answer::OrNotFound;
use super::super::extract::{Named, Seen};
use super::TAG;
use crate::error::Result;

/// Projects, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectList {
    /// The projects.
    items: Vec<Project>,
}

/// List projects, newest first.
#[utoipa::path(get, path = "/api/v1/projects", tag = TAG,
    responses((status = 200, description = "All projects", body = ProjectList)))]
pub(super) async fn list_projects(Seen(view): Seen) -> Result<Json<ProjectList>> {
    Ok(Json(ProjectList { items: view.projects().await? }))
}

/// Show a project.
#[utoipa::path(get, path = "/api/v1/projects/{name}", tag = TAG,
    params(("name" = Slug, Path, description = "The project's short name")),
    responses((status = 200, description = "The project", body = Project)))]
pub(super) async fn get_project(Seen(view): Seen, Named(name): Named<Slug>) -> Result<Json<Project>> {
    Ok(Json(view.project(&name).await?.or_not_found("project")?))
}
