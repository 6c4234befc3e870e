//! The log, page by page, for readers that come by now and then; the live stream is for those who stay.

use axum::Json;
use axum::extract::State;
use domain::page::check_limit;
use domain::stream::Cursor;
use domain::{Error, Event};
use serde::{Deserialize, Serialize};
use store::Store;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Query, Seen};
use crate::error::Result;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_events))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only events after this number; 0, the default, begins at the oldest there is.
    after: Option<i64>,
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// A page of the log.
#[derive(Serialize, ToSchema)]
struct EventPage {
    /// The events, oldest first.
    items: Vec<Event>,
    /// Ask with `after` set to this for the next page; the number of the last event looked at.
    after: i64,
    /// The log as it stands. Another epoch than before means that the log was restored: begin anew.
    head: Cursor,
}

/// List events, oldest first.
#[utoipa::path(get, path = "/api/v1/events/page", tag = "Events", params(Wanted),
    responses((status = 200, description = "A page of events", body = EventPage)))]
async fn list_events(
    State(store): State<Store>,
    Seen(view): Seen,
    Query(wanted): Query<Wanted>,
) -> Result<Json<EventPage>> {
    let limit = check_limit(wanted.limit)?;
    let after = match wanted.after.unwrap_or(0) {
        after @ 0.. => after,
        after => return Err(Error::invalid("after", format!("“after” must be 0 or more; it is {after}.")).into()),
    };
    let head = store.log().head();
    let (items, after) = view.events(after, limit).await?;
    Ok(Json(EventPage { items, after, head }))
}
