//! Stops a run, types into it, resizes its terminal.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use domain::{Error, ErrorCode, Run, RunId};
use runs::Runs;

use super::super::extract::{Body, By, Named};
use super::{TAG, TerminalSize};
use crate::error::Result;

/// Most bytes that are typed at once.
const MAX_TYPED: usize = 64 * 1024;

/// Stop a run.
///
/// One that waits ends at once; one at work is killed, with everything it started.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", tag = TAG,
    params(("id" = RunId, Path, description = "The run")),
    responses((status = 202, description = "It is stopped", body = Run)))]
pub(super) async fn cancel_run(
    State(runs): State<Runs>,
    By(actor): By,
    Named(id): Named<RunId>,
) -> Result<(StatusCode, Json<Run>)> {
    Ok((StatusCode::ACCEPTED, Json(runs.cancel(&actor, id).await?)))
}

/// Type into the terminal of a run.
///
/// The body is taken as it is, at most 64 KiB. The answer comes when the command has room for it.
#[utoipa::path(post, path = "/api/v1/runs/{id}/input", tag = TAG,
    params(("id" = RunId, Path, description = "The run")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "It was typed")))]
pub(super) async fn type_into_run(
    State(runs): State<Runs>,
    By(actor): By,
    Named(id): Named<RunId>,
    typed: Bytes,
) -> Result<StatusCode> {
    if typed.len() > MAX_TYPED {
        let message = format!("At most {} KiB can be typed at once. Send it in pieces.", MAX_TYPED / 1024);
        return Err(Error::new(ErrorCode::TooLarge, message).into());
    }
    runs.input(&actor, id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give the terminal of a run another size.
#[utoipa::path(post, path = "/api/v1/runs/{id}/resize", tag = TAG, request_body = TerminalSize,
    params(("id" = RunId, Path, description = "The run")),
    responses((status = 204, description = "It has that size")))]
pub(super) async fn resize_run(
    State(runs): State<Runs>,
    By(actor): By,
    Named(id): Named<RunId>,
    Body(size): Body<TerminalSize>,
) -> Result<StatusCode> {
    runs.resize(&actor, id, size.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
