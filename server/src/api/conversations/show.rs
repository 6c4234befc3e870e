//! Lists conversations, and shows one.

use axum::Json;
use domain::page::check_limit;
use domain::{Conversation, ConversationId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::OrNotFound;
use super::super::extract::{Named, Query, Seen};
use super::TAG;
use crate::error::Result;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only conversations whose newest activity lies before this moment: the `before` of the page before.
    before: Option<Timestamp>,
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Conversations by their newest activity.
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationList {
    /// The conversations, newest activity first.
    items: Vec<Conversation>,
    /// Ask with `before` set to this for older ones; none: there are none.
    before: Option<Timestamp>,
}

/// List conversations, newest activity first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = TAG, params(Wanted),
    responses((status = 200, description = "A page of conversations", body = ConversationList)))]
pub(super) async fn list_conversations(
    Seen(view): Seen,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ConversationList>> {
    let limit = check_limit(wanted.limit)?;
    let mut items = view.conversations(wanted.before, limit + 1).await?;
    let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
    items.truncate(usize::try_from(limit).unwrap_or(0));
    let before = items.last().filter(|_| more).map(|last| last.active_at);
    Ok(Json(ConversationList { items, before }))
}

/// Show a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = TAG,
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation", body = Conversation)))]
pub(super) async fn get_conversation(Seen(view): Seen, Named(id): Named<ConversationId>) -> Result<Json<Conversation>> {
    Ok(Json(view.conversation(id).await?.or_not_found("conversation")?))
}
