//! Commands in the sandboxes of projects.

mod act;
mod begin;
mod output;
mod show;

use domain::Run;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

const TAG: &str = "Runs";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(show::list_runs, begin::begin_run))
        .routes(routes!(show::get_run))
        .routes(routes!(output::get_run_output))
        .routes(routes!(act::cancel_run))
        .routes(routes!(act::type_into_run))
        .routes(routes!(act::resize_run))
}

/// How large a terminal is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerminalSize {
    /// Characters in a line.
    #[schema(value_type = u16, minimum = 1)]
    columns: std::num::NonZeroU16,
    /// Lines.
    #[schema(value_type = u16, minimum = 1)]
    rows: std::num::NonZeroU16,
}

impl From<TerminalSize> for runs::Size {
    fn from(size: TerminalSize) -> Self {
        Self { columns: size.columns.get(), rows: size.rows.get() }
    }
}

/// A run, and its place in the queue.
#[derive(Serialize, ToSchema)]
struct RunInQueue {
    /// The run.
    #[serde(flatten)]
    run: Run,
    /// Its place in the queue, from 1 on, while it waits there.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
}
