//! What a run wrote, and what it writes.

use accounts::Visit;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::answer::OrNotFound;
use super::super::extract::{Came, Named, Query, Seen};
use super::TAG;
use crate::error::Result;
use crate::state::AppState;
use crate::stream;

/// What a command writes is hostile: it is shown as it is, and never taken for a page.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
];

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Begin after so many bytes.
    after: Option<u64>,
    /// Whether to go on with what it still writes, until it is over. False unless told otherwise.
    follow: Option<bool>,
}

/// Read what a run wrote, from any byte on.
///
/// Both its outputs, in the order in which they came. Whoever follows it and loses the connection goes on by asking again
/// with `after`. What the newest 200 runs of a project wrote is kept.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output", tag = TAG,
    params(("id" = RunId, Path, description = "The run"), Wanted),
    responses((status = 200, description = "The bytes as they are", content((String = "text/plain; charset=utf-8")))))]
pub(super) async fn get_run_output(
    State(state): State<AppState>,
    Seen(view): Seen,
    Came(caller): Came,
    Extension(visit): Extension<Visit>,
    Named(id): Named<RunId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let run = view.run_by_id(id).await?.or_not_found("run")?;
    let after = wanted.after.unwrap_or(0);
    if !wanted.follow.unwrap_or(false) {
        return Ok((HEADERS, state.runs.output(id, after).await?).into_response());
    }
    let body = stream::follow_output(&state, caller, &visit, &run, after).await?;
    // A proxy that gathers the answer before passing it on would make it anything but live.
    let at_once = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok((HEADERS, [at_once], body).into_response())
}
