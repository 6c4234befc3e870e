//! Makes a project.

use ::projects::{Origin, Projects};
use axum::extract::State;
use domain::{Project, Task};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::answer::Located;
use super::super::extract::{Body, By};
use super::TAG;
use crate::error::Result;

/// A project to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProject {
    /// Its short name: 2 to 40 small letters, digits and dashes. Its name for people is made from it.
    #[schema(example = "pod-tracker")]
    name: String,
    /// The template to make it from; none: the first of those there are.
    template: Option<String>,
}

/// A project in the making.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectInTheMaking {
    /// The task that makes it; the live stream and `/tasks/{id}` tell how far it is.
    task: Task,
    /// The project, `making` until the task is done.
    project: Project,
}

/// Make a project.
///
/// The answer comes once its name is reserved; the task goes on.
#[utoipa::path(post, path = "/api/v1/projects", tag = TAG, request_body = NewProject,
    responses((status = 202, description = "It is being made; `Location` leads to the task", body = ProjectInTheMaking)))]
pub(super) async fn make_project(
    State(projects): State<Projects>,
    By(actor): By,
    Body(new): Body<NewProject>,
) -> Result<Located<ProjectInTheMaking>> {
    let begun = projects.make(&actor, &new.name, new.template.as_deref(), Origin::default()).await?;
    let at = format!("/tasks/{}", begun.task.id);
    Ok(Located::accepted(at, ProjectInTheMaking { task: begun.task, project: begun.project }))
}
