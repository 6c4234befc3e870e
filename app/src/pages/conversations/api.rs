//! What the page asks the server: a part of a conversation, a quote, who is at work, where words are found.

use domain::{ConversationId, Delivery, MessageId, Party, Timestamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Part, Quote, View, Window};
use crate::error::AppError;
use crate::json::Json;

/// Deliveries that helpers have in hand, as of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtWork {
    /// The last event that is certainly in it.
    pub seq: i64,
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
}

/// A message that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The conversation it stands in.
    pub conversation: ConversationId,
    /// That conversation's title.
    pub title: String,
    /// The message's place in it.
    pub position: i64,
    /// Who said it.
    pub sender: Party,
    /// When.
    pub at: Timestamp,
    /// The words around what was found, as safe HTML with `<mark>`.
    pub snippet: String,
}

/// A part of a conversation with all that stands beside it; none: there is no such conversation.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "conversation_view", input = Json, output = Json)]
pub async fn load_view(
    /// Which conversation.
    id: ConversationId,
    /// Which part.
    window: Window,
) -> Result<Option<View>, AppError> {
    let form_key = crate::server::store()?.new_id();
    Ok(super::load::view(&crate::server::view()?, form_key, id, window).await?)
}

/// More of a conversation.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "conversation_part", input = Json, output = Json)]
pub async fn load_part(
    /// Which conversation.
    id: ConversationId,
    /// Which part.
    window: Window,
) -> Result<Part, AppError> {
    Ok(super::load::part(&crate::server::view()?, id, window).await?)
}

/// A message in short; none: there is no such message.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "message_quote", input = Json, output = Json)]
pub async fn load_quote(
    /// Which message.
    id: MessageId,
) -> Result<Option<Quote>, AppError> {
    Ok(crate::server::view()?.message(id).await?.as_ref().map(Quote::of))
}

/// Which deliveries helpers have in hand right now.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "deliveries_at_work", input = Json, output = Json)]
pub async fn load_at_work() -> Result<AtWork, AppError> {
    let store = crate::server::store()?;
    // Read first: what happens while the list is read is heard again, which does no harm.
    let seq = store.log().head().seq;
    let filter = store::DeliveryFilter { status: Some(domain::DeliveryStatus::Delivered), ..Default::default() };
    Ok(AtWork { seq, deliveries: crate::server::view()?.deliveries(&filter, 200).await? })
}

/// The messages in which `words` stand, best first.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "search_messages", input = Json, output = Json)]
pub async fn search_messages(
    /// What to look for.
    words: String,
) -> Result<Vec<Hit>, AppError> {
    if words.trim().is_empty() {
        return Ok(Vec::new());
    }
    let found = crate::server::view()?.search(&words, 50).await?;
    let hit = |found: store::SearchHit| Hit {
        conversation: found.conversation,
        title: found.title,
        position: found.position,
        sender: found.sender,
        at: found.at,
        snippet: found.snippet,
    };
    Ok(found.into_iter().map(hit).collect())
}
