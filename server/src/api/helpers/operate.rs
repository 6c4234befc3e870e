//! Starts, stops, restarts helpers, and holds their deliveries back.

use ::helpers::Helpers;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::projection::HelperEntry;
use domain::{Actor, HelperName};
use store::View;

use super::super::answer::OrNotFound;
use super::super::extract::{By, Named, Seen};
use super::TAG;
use crate::error::Result;

type Accepted = (StatusCode, Json<HelperEntry>);

/// The helper as it stands right after the order was taken.
async fn standing(view: &View, name: &HelperName) -> Result<HelperEntry> {
    Ok(view.helper(name).await?.or_not_found("helper")?)
}

/// Start a helper.
///
/// The live stream tells when it runs.
#[utoipa::path(post, path = "/api/v1/helpers/{name}/start", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 202, description = "It is being started", body = HelperEntry)))]
pub(super) async fn start_helper(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
) -> Result<Accepted> {
    helpers.start_helper(&actor, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(standing(&view, &name).await?)))
}

/// Stop a helper.
///
/// Its deliveries wait until it is started again.
#[utoipa::path(post, path = "/api/v1/helpers/{name}/stop", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 202, description = "It is being stopped", body = HelperEntry)))]
pub(super) async fn stop_helper(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
) -> Result<Accepted> {
    helpers.stop_helper(&actor, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(standing(&view, &name).await?)))
}

/// Stop a helper and start it again.
#[utoipa::path(post, path = "/api/v1/helpers/{name}/restart", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 202, description = "It is being restarted", body = HelperEntry)))]
pub(super) async fn restart_helper(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
) -> Result<Accepted> {
    helpers.restart_helper(&actor, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(standing(&view, &name).await?)))
}

/// Hold a helper's deliveries back.
///
/// It finishes what it has.
#[utoipa::path(post, path = "/api/v1/helpers/{name}/pause", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 200, description = "Its deliveries wait", body = HelperEntry)))]
pub(super) async fn pause_helper(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
) -> Result<Json<HelperEntry>> {
    paused(&actor, &view, &helpers, &name, true).await
}

/// Let a helper's deliveries go on.
#[utoipa::path(post, path = "/api/v1/helpers/{name}/resume", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 200, description = "Its deliveries go on", body = HelperEntry)))]
pub(super) async fn resume_helper(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
) -> Result<Json<HelperEntry>> {
    paused(&actor, &view, &helpers, &name, false).await
}

async fn paused(
    actor: &Actor,
    view: &View,
    helpers: &Helpers,
    name: &HelperName,
    paused: bool,
) -> Result<Json<HelperEntry>> {
    helpers.pause_helper(actor, name, paused).await?;
    Ok(Json(standing(view, name).await?))
}
