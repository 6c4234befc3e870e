//! Lists projects, and shows one.

use axum::Json;
use axum::extract::State;
use domain::{Project, Slug};
use serde::Serialize;
use store::Store;
use utoipa::ToSchema;

use super::super::answer::OrNotFound;
use super::super::extract::Named;
use super::TAG;
use crate::error::Result;
use crate::state::current_actor;

/// Projects, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectList {
    /// The projects.
    items: Vec<Project>,
}

/// List projects, newest first.
#[utoipa::path(get, path = "/projects", tag = TAG,
    responses((status = 200, description = "All projects", body = ProjectList)))]
pub(super) async fn list_projects(State(store): State<Store>) -> Result<Json<ProjectList>> {
    Ok(Json(ProjectList { items: store.view(&current_actor()).projects().await? }))
}

/// Show a project.
#[utoipa::path(get, path = "/projects/{name}", tag = TAG,
    params(("name" = Slug, Path, description = "The project's short name")),
    responses((status = 200, description = "The project", body = Project)))]
pub(super) async fn get_project(State(store): State<Store>, Named(name): Named<Slug>) -> Result<Json<Project>> {
    Ok(Json(store.view(&current_actor()).project(&name).await?.or_not_found("project")?))
}
