//! Helpers: who there is, how they run, what they wrote down, who they are meant to be.

mod log;
mod operate;
mod persona;
mod show;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

const TAG: &str = "Helpers";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(show::list_helpers))
        .routes(routes!(show::get_helper))
        .routes(routes!(operate::start_helper))
        .routes(routes!(operate::stop_helper))
        .routes(routes!(operate::restart_helper))
        .routes(routes!(operate::pause_helper))
        .routes(routes!(operate::resume_helper))
        .routes(routes!(persona::get_persona, persona::put_persona))
        .routes(routes!(log::get_log))
        .routes(routes!(log::download_log))
}
