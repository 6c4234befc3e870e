//! What is said in a conversation.

use axum::Json;
use axum::extract::State;
use domain::page::check_limit;
use domain::{ConversationId, Cut, Delivery, Error, HelperName, Message, MessageId, Page};
use serde::Deserialize;
use store::Store;
use store::commands::PostMessage;
use utoipa::{IntoParams, ToSchema};

use super::super::answer::{Answer, Located, OrNotFound};
use super::super::extract::{Body, By, IdempotencyKey, Named, Query, Seen};
use super::TAG;
use crate::error::Result;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only messages before this position. Not together with `after`.
    before: Option<i64>,
    /// Only messages after this position; 0 begins at the first.
    after: Option<i64>,
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Something to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    /// What to say, in Markdown, at most 64 KiB. `@the_author` brings it to that helper.
    #[schema(example = "@the_author /scaffold pod-tracker")]
    body: String,
    /// The helper it is meant for.
    recipient: Option<HelperName>,
    /// The message it answers, of the same conversation.
    reply_to: Option<MessageId>,
    /// Sent twice with the same key, it is kept once. The header `Idempotency-Key` does the same.
    key: Option<String>,
}

/// What came of it.
#[derive(ToSchema)]
pub(super) struct PostedMessage {
    /// The message as it is kept.
    message: Message,
    /// Its ways to helpers.
    deliveries: Vec<Delivery>,
    /// Whether it was there already, under the same key.
    repeated: bool,
}

impl Answer for PostedMessage {
    fn json(&self) -> serde_json::Result<Vec<u8>> {
        let Self { message, deliveries, repeated } = self;
        let mut json = String::with_capacity(message.body.len() + message.html.len() + 512);
        json.push_str("{\"message\":");
        message.write_json(&mut json);
        json.push_str(",\"deliveries\":");
        json.push_str(&serde_json::to_string(deliveries)?);
        json.push_str(if *repeated { ",\"repeated\":true}" } else { ",\"repeated\":false}" });
        Ok(json.into_bytes())
    }
}

/// List messages, oldest first.
///
/// The newest, when neither `before` nor `after` is given.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = TAG,
    params(("id" = ConversationId, Path, description = "The conversation"), Wanted),
    responses((status = 200, description = "A page of messages", body = Page<Message>)))]
pub(super) async fn list_messages(
    Seen(view): Seen,
    Named(id): Named<ConversationId>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Message>>> {
    let cut = Cut::from_params(wanted.before, wanted.after)?;
    let limit = check_limit(wanted.limit)?;
    view.conversation(id).await?.or_not_found("conversation")?;
    Ok(Json(view.messages(id, cut, limit).await?))
}

/// Say something.
///
/// The answer comes once the message is durable.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = TAG, request_body = NewMessage,
    params(
        ("id" = ConversationId, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters; sent twice with the same key, a message is kept once"),
    ),
    responses(
        (status = 201, description = "It is kept; `Location` leads to it", body = PostedMessage),
        (status = 200, description = "It was kept before, under the same key", body = PostedMessage),
    ))]
pub(super) async fn post_message(
    State(store): State<Store>,
    By(actor): By,
    Named(conversation): Named<ConversationId>,
    IdempotencyKey(header): IdempotencyKey,
    Body(new): Body<NewMessage>,
) -> Result<Located<PostedMessage>> {
    let NewMessage { body, recipient, reply_to, key } = new;
    let key = one_key(header, key)?;
    let posted = store.run(&actor, PostMessage { conversation, recipient, body, reply_to, key }).await?;
    let at = posted.message.id.behind("/messages/");
    let answer = PostedMessage { message: posted.message, deliveries: posted.deliveries, repeated: posted.repeated };
    Ok(if answer.repeated { Located::known(at, answer) } else { Located::created(at, answer) })
}

/// Show a message.
#[utoipa::path(get, path = "/api/v1/messages/{id}", tag = TAG,
    params(("id" = MessageId, Path, description = "The message")),
    responses((status = 200, description = "The message", body = Message)))]
pub(super) async fn get_message(Seen(view): Seen, Named(id): Named<MessageId>) -> Result<Json<Message>> {
    Ok(Json(view.message(id).await?.or_not_found("message")?))
}

fn one_key(header: Option<String>, field: Option<String>) -> Result<Option<String>, Error> {
    match (header, field) {
        (Some(header), Some(field)) if header != field => {
            Err(Error::invalid("key", "The header “Idempotency-Key” and the field “key” differ. Send one of them."))
        }
        (header, field) => Ok(header.or(field)),
    }
}
