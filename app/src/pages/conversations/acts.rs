//! What people do in conversations. Each works as a plain form too and then leads back to where it was sent from.

use domain::{ConversationId, DeliveryId, HelperName, MessageId, TaskId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;

/// Where a message was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The message.
    pub id: MessageId,
    /// Its place in the conversation.
    pub position: i64,
}

/// Says something in a conversation. Sent twice with the same key, it is kept once.
///
/// # Errors
/// `Invalid` or `TooLarge` with the reason, `NotFound` without such a conversation, `TooMany` when a queue is full.
#[server(prefix = "/api/fn", endpoint = "post_message", output = Json)]
pub async fn post_message(
    /// Which conversation.
    conversation: ConversationId,
    /// What to say, in Markdown.
    body: String,
    /// The message it answers; empty for none.
    #[server(default)]
    reply_to: String,
    /// The idempotency key; empty for none.
    #[server(default)]
    key: String,
) -> Result<Kept, AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let reply_to = if reply_to.is_empty() { None } else { Some(reply_to.parse()?) };
    // Forms send line ends as CR LF (HTML standard, "normalize newlines"); everyone else as LF.
    let body = body.replace("\r\n", "\n");
    let key = Some(key).filter(|key| !key.is_empty());
    let command = store::commands::PostMessage { conversation, recipient: None, body, reply_to, key };
    let message = store.run(&actor, command).await?.message;
    crate::server::back_to(&format!("/conversations/{conversation}#m{}", message.position));
    Ok(Kept { id: message.id, position: message.position })
}

/// Opens a conversation with the helpers invited to it, and leads there.
///
/// # Errors
/// `Invalid` when the title is missing or too long, or a helper is unknown.
#[server(prefix = "/api/fn", endpoint = "open_conversation", output = Json)]
pub async fn open_conversation(
    /// Its title.
    title: String,
    /// The helpers to invite.
    #[server(default)]
    helpers: Vec<HelperName>,
) -> Result<ConversationId, AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let participants = helpers.into_iter().map(domain::Party::Helper).collect();
    let command = store::commands::OpenConversation { title, participants, project: None };
    let conversation = store.run(&actor, command).await?;
    crate::server::go_to(&format!("/conversations/{}", conversation.id));
    Ok(conversation.id)
}

/// Gives a conversation another title.
///
/// # Errors
/// `Invalid` when the title is missing or too long.
#[server(prefix = "/api/fn", endpoint = "rename_conversation", output = Json)]
pub async fn rename_conversation(
    /// Which conversation.
    conversation: ConversationId,
    /// Its new title.
    title: String,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let command = store::commands::ChangeConversation { conversation, title: Some(title), join: Vec::new() };
    store.run(&actor, command).await?;
    crate::server::back_to(&format!("/conversations/{conversation}?panel=info"));
    Ok(())
}

/// Invites a helper into a conversation.
///
/// # Errors
/// `Invalid` when there is no such helper.
#[server(prefix = "/api/fn", endpoint = "invite_helper", output = Json)]
pub async fn invite_helper(
    /// Which conversation.
    conversation: ConversationId,
    /// Whom to invite.
    helper: HelperName,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let join = vec![domain::Party::Helper(helper)];
    let command = store::commands::ChangeConversation { conversation, title: None, join };
    store.run(&actor, command).await?;
    crate::server::back_to(&format!("/conversations/{conversation}?panel=info"));
    Ok(())
}

/// Notes that the viewer has read a conversation up to a position.
///
/// # Errors
/// `NotFound` without such a conversation.
#[server(prefix = "/api/fn", endpoint = "mark_read", output = Json)]
pub async fn mark_read(
    /// Which conversation.
    conversation: ConversationId,
    /// The position of the newest message read.
    position: i64,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::MarkRead { conversation, position }).await?;
    crate::server::back_to(&format!("/conversations/{conversation}"));
    Ok(())
}

/// Puts a delivery that was given up back into the queue.
///
/// # Errors
/// `Conflict` when it was not given up.
#[server(prefix = "/api/fn", endpoint = "requeue_delivery", output = Json)]
pub async fn requeue_delivery(
    /// Which delivery.
    delivery: DeliveryId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let delivery = store.run(&actor, store::commands::RequeueDelivery { delivery }).await?;
    crate::server::back_to(&format!("/conversations/{}", delivery.conversation));
    Ok(())
}

/// Asks for a task to be canceled.
///
/// # Errors
/// `Conflict` when it is over.
#[server(prefix = "/api/fn", endpoint = "cancel_task", output = Json)]
pub async fn cancel_task(
    /// Which task.
    task: TaskId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    store.run(&actor, store::commands::CancelTask { task }).await?;
    Ok(())
}
