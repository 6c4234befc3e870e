//! Snapshots to start from before following the live stream.

use axum::Json;
use domain::ConversationId;
use domain::page::check_limit;
use domain::projection::{Thread, Workshop};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::OrNotFound;
use super::extract::{Named, Query, Seen};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Events";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_workshop)).routes(routes!(get_thread))
}

/// Show the workshop at a glance.
///
/// With the cursor (`epoch`, `seq`) to follow the live stream from.
#[utoipa::path(get, path = "/api/v1/workshop", tag = TAG,
    responses((status = 200, description = "A snapshot of the workshop", body = Workshop)))]
async fn get_workshop(Seen(view): Seen) -> Result<Json<Workshop>> {
    Ok(Json(view.workshop().await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// How many of the newest messages, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Show a conversation with its newest messages, deliveries and tasks.
///
/// With the cursor (`epoch`, `seq`) to follow the live stream from.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/thread", tag = TAG,
    params(("id" = ConversationId, Path, description = "The conversation"), Wanted),
    responses((status = 200, description = "A snapshot of the conversation", body = Thread)))]
async fn get_thread(
    Seen(view): Seen,
    Named(id): Named<ConversationId>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Thread>> {
    let limit = check_limit(wanted.limit)?;
    Ok(Json(view.thread(id, limit).await?.or_not_found("conversation")?))
}
