//! Units of work with steps.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::page::check_limit;
use domain::{Task, TaskId};
use serde::{Deserialize, Serialize};
use store::Store;
use store::commands::CancelTask;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::OrNotFound;
use super::extract::{By, Named, Query, Seen};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Tasks";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_tasks)).routes(routes!(get_task)).routes(routes!(cancel_task))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Tasks, newest first.
#[derive(Serialize, ToSchema)]
struct TaskList {
    /// The tasks.
    items: Vec<Task>,
}

/// List tasks, newest first.
#[utoipa::path(get, path = "/api/v1/tasks", tag = TAG, params(Wanted),
    responses((status = 200, description = "The newest tasks", body = TaskList)))]
async fn list_tasks(Seen(view): Seen, Query(wanted): Query<Wanted>) -> Result<Json<TaskList>> {
    Ok(Json(TaskList { items: view.tasks(check_limit(wanted.limit)?).await? }))
}

/// Show a task and its steps.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", tag = TAG,
    params(("id" = TaskId, Path, description = "The task")),
    responses((status = 200, description = "The task", body = Task)))]
async fn get_task(Seen(view): Seen, Named(id): Named<TaskId>) -> Result<Json<Task>> {
    Ok(Json(view.task(id).await?.or_not_found("task")?))
}

/// Cancel a task.
///
/// It ends at its next step, and leaves nothing half made.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/cancel", tag = TAG,
    params(("id" = TaskId, Path, description = "The task")),
    responses((status = 202, description = "It is asked for", body = Task)))]
async fn cancel_task(
    State(store): State<Store>,
    By(actor): By,
    Named(task): Named<TaskId>,
) -> Result<(StatusCode, Json<Task>)> {
    Ok((StatusCode::ACCEPTED, Json(store.run(&actor, CancelTask { task }).await?)))
}
