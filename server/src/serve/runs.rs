//! The address of a run by its id alone, for those who know no more: it leads to the run on its project's page.

use accounts::Caller;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::RunId;

use super::nothing_here;
use crate::error::Result;
use crate::state::AppState;

/// The route.
pub(super) const ROUTE: &str = "/runs/{id}";

/// `GET /runs/{id}`: on to the run, for whoever may see it.
pub(super) async fn lead(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response> {
    let found = match id.parse::<RunId>() {
        Ok(id) => state.store.view(&caller.actor()).run_by_id(id).await?,
        Err(_) => None,
    };
    let Some(run) = found else { return Ok(nothing_here(&state, request).await) };
    let Some(project) = state.store.project_by_id(run.project).await? else {
        return Ok(nothing_here(&state, request).await);
    };
    let place = format!("/projects/{}?run={}", project.slug, run.id);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}
