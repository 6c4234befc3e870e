//! Marks a conversation as read.

use axum::extract::State;
use axum::http::StatusCode;
use domain::ConversationId;
use serde::Deserialize;
use store::Store;
use store::commands::MarkRead;
use utoipa::ToSchema;

use super::super::extract::{Body, By, Named};
use super::TAG;
use crate::error::Result;

/// How far you have read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadMark {
    /// The position of the newest message you have read. The mark only ever moves on.
    position: i64,
}

/// Mark a conversation as read up to a position.
#[utoipa::path(put, path = "/api/v1/conversations/{id}/read", tag = TAG, request_body = ReadMark,
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses((status = 204, description = "It is marked")))]
pub(super) async fn mark_read(
    State(store): State<Store>,
    By(actor): By,
    Named(conversation): Named<ConversationId>,
    Body(ReadMark { position }): Body<ReadMark>,
) -> Result<StatusCode> {
    store.run(&actor, MarkRead { conversation, position }).await?;
    Ok(StatusCode::NO_CONTENT)
}
