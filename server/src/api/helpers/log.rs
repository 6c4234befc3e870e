//! What a helper's process wrote to its error output.

use std::fmt::Write as _;

use ::helpers::Helpers;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use domain::stream::LogLine;
use domain::{Error, HelperName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::{OrNotFound, download};
use super::super::extract::{Named, Query, Seen};
use super::TAG;
use crate::error::Result;

/// The lines that are kept of each log.
const KEPT: usize = 10_000;
/// The lines that are shown unless told otherwise.
const SHOWN: usize = 200;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many of the last lines, 1 to 10000; 200 unless told otherwise.
    #[param(value_type = Option<i64>)]
    lines: Option<usize>,
}

/// The end of a process log.
#[derive(Serialize, ToSchema)]
pub(super) struct LogTail {
    /// The lines, oldest first.
    items: Vec<LogLine>,
}

/// Show the last lines of a helper's process log.
///
/// The topic `log:NAME` of the live stream has those to come.
#[utoipa::path(get, path = "/api/v1/helpers/{name}/log", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper"), Wanted),
    responses((status = 200, description = "The last lines", body = LogTail)))]
pub(super) async fn get_log(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    Named(name): Named<HelperName>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<LogTail>> {
    let lines = match wanted.lines.unwrap_or(SHOWN) {
        lines @ 1..=KEPT => lines,
        lines => return Err(Error::invalid("lines", format!("“lines” must be 1 to {KEPT}; it is {lines}.")).into()),
    };
    view.helper(&name).await?.or_not_found("helper")?;
    Ok(Json(LogTail { items: helpers.log_tail(&name, lines) }))
}

/// Download a helper's process log as text.
#[utoipa::path(get, path = "/api/v1/helpers/{name}/log.txt", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 200, description = "The last 10,000 lines", body = String, content_type = "text/plain")))]
pub(super) async fn download_log(
    State(helpers): State<Helpers>,
    Seen(view): Seen,
    Named(name): Named<HelperName>,
) -> Result<([(HeaderName, HeaderValue); 4], String)> {
    view.helper(&name).await?.or_not_found("helper")?;
    let mut text = String::new();
    for line in helpers.log_tail(&name, KEPT) {
        writeln!(text, "{} {}", line.at, line.text).map_err(Error::internal)?;
    }
    Ok((download(&format!("{name}.log.txt"), "text/plain; charset=utf-8"), text))
}
