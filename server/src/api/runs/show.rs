//! Lists runs, and shows one.

use axum::Json;
use axum::extract::State;
use domain::page::check_limit;
use domain::{Run, RunId, Slug};
use runs::Runs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::OrNotFound;
use super::super::extract::{Named, Query, Seen};
use super::{RunInQueue, TAG};
use crate::error::Result;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Runs, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct RunList {
    /// The runs.
    items: Vec<Run>,
}

/// List the runs of a project, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{name}/runs", tag = TAG,
    params(("name" = Slug, Path, description = "The project's short name"), Wanted),
    responses((status = 200, description = "Its newest runs", body = RunList)))]
pub(super) async fn list_runs(
    Seen(view): Seen,
    Named(name): Named<Slug>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<RunList>> {
    let limit = check_limit(wanted.limit)?;
    let project = view.project(&name).await?.or_not_found("project")?;
    Ok(Json(RunList { items: view.runs_of_project(project.id, limit).await? }))
}

/// Show a run, and its place in the queue while it waits there.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = TAG,
    params(("id" = RunId, Path, description = "The run")),
    responses((status = 200, description = "The run", body = RunInQueue)))]
pub(super) async fn get_run(
    State(runs): State<Runs>,
    Seen(view): Seen,
    Named(id): Named<RunId>,
) -> Result<Json<RunInQueue>> {
    let run = view.run_by_id(id).await?.or_not_found("run")?;
    Ok(Json(RunInQueue { run, position: runs.position(id) }))
}
