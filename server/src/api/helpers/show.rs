//! Lists helpers, and shows one with its processes.

use ::helpers::Helpers;
use axum::Json;
use axum::extract::State;
use domain::projection::HelperEntry;
use domain::stream::Measured;
use domain::{Helper, HelperName, Process};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::answer::OrNotFound;
use super::super::extract::{Named, Seen};
use super::TAG;
use crate::error::Result;

/// How many of a helper's runs are shown.
const RUNS: i64 = 20;

/// The helpers, by name.
#[derive(Serialize, ToSchema)]
pub(super) struct HelperList {
    /// Each with its newest process.
    items: Vec<HelperEntry>,
}

/// A helper and how it runs.
#[derive(Serialize, ToSchema)]
pub(super) struct HelperDetail {
    /// The helper.
    helper: Helper,
    /// Its newest runs, newest first, at most 20.
    processes: Vec<Process>,
    /// What it uses right now; none while it does not run here.
    measured: Option<Measured>,
}

/// List helpers.
#[utoipa::path(get, path = "/api/v1/helpers", tag = TAG,
    responses((status = 200, description = "All helpers, by name", body = HelperList)))]
pub(super) async fn list_helpers(Seen(view): Seen) -> Result<Json<HelperList>> {
    Ok(Json(HelperList { items: view.helpers().await? }))
}

/// Show a helper, its runs, and what it uses.
#[utoipa::path(get, path = "/api/v1/helpers/{name}", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 200, description = "The helper", body = HelperDetail)))]
pub(super) async fn get_helper(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    Named(name): Named<HelperName>,
) -> Result<Json<HelperDetail>> {
    let HelperEntry { helper, .. } = view.helper(&name).await?.or_not_found("helper")?;
    let processes = view.processes(&name, RUNS).await?;
    Ok(Json(HelperDetail { helper, processes, measured: helpers.measured(&name) }))
}
