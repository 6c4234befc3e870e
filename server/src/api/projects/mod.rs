//! Projects, what is in them, and the templates they are made from.

mod content;
mod make;
mod show;
mod templates;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

const TAG: &str = "Projects";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(show::list_projects, make::make_project))
        .routes(routes!(show::get_project))
        .routes(routes!(content::list_files))
        .routes(routes!(content::get_file))
        .routes(routes!(content::list_commits))
        .routes(routes!(templates::list_templates))
}
