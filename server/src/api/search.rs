//! Full-text search over messages.

use axum::Json;
use domain::page::check_limit;
use domain::{ConversationId, Error, MessageId, Party, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Query, Seen};
use crate::error::Result;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(search_messages))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Words that must all occur; the last one may be only begun.
    q: String,
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// A message that was found.
#[derive(Serialize, ToSchema)]
struct FoundMessage {
    /// The message.
    message: MessageId,
    /// Its conversation.
    conversation: ConversationId,
    /// The conversation's title.
    title: String,
    /// The message's place in it.
    position: i64,
    /// Who said it.
    sender: Party,
    /// When.
    at: Timestamp,
    /// Part of its text as safe HTML, with what was found in `<mark>`.
    snippet: String,
}

/// What was found.
#[derive(Serialize, ToSchema)]
struct Findings {
    /// The messages, newest first.
    items: Vec<FoundMessage>,
}

/// Find messages by their words.
#[utoipa::path(get, path = "/api/v1/search", tag = "Conversations", params(Wanted),
    responses((status = 200, description = "What was found", body = Findings)))]
async fn search_messages(Seen(view): Seen, Query(wanted): Query<Wanted>) -> Result<Json<Findings>> {
    let limit = check_limit(wanted.limit)?;
    if !wanted.q.chars().any(char::is_alphanumeric) {
        return Err(Error::invalid("q", "Give at least one word to look for, like “?q=pods”.").into());
    }
    let hits = view.search(&wanted.q, limit).await?;
    let items = hits.into_iter().map(|hit| FoundMessage {
        message: hit.message,
        conversation: hit.conversation,
        title: hit.title,
        position: hit.position,
        sender: hit.sender,
        at: hit.at,
        snippet: hit.snippet,
    });
    Ok(Json(Findings { items: items.collect() }))
}
