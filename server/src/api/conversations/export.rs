//! A whole conversation as a file, streamed page by page so that its size does not matter.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::page::MAX_LIMIT;
use domain::{Conversation, ConversationId, Cut, Error, Message, Party};
use futures_util::stream;
use serde::Deserialize;
use store::Store;
use utoipa::{IntoParams, ToSchema};

use super::super::answer::{OrNotFound, download};
use super::super::extract::{Named, Query, Seen};
use super::TAG;
use crate::error::Result;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The form of the file; `json` unless told otherwise.
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// One object: `conversation`, and `messages` in order.
    #[default]
    Json,
    /// Markdown, a heading for each message.
    Md,
}

/// A conversation with everything that was said in it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is written piece by piece, and described as a whole")]
pub(super) struct ExportedConversation {
    /// The conversation.
    conversation: Conversation,
    /// Its messages, in order; without their HTML, which can be made again.
    messages: Vec<Message>,
}

/// Download a whole conversation as JSON or Markdown.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/export", tag = TAG,
    params(("id" = ConversationId, Path, description = "The conversation"), Wanted),
    responses((status = 200, description = "The file", content((ExportedConversation = "application/json"), (String = "text/markdown")))))]
pub(super) async fn export_conversation(
    State(store): State<Store>,
    Seen(view): Seen,
    Named(id): Named<ConversationId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let conversation = view.conversation(id).await?.or_not_found("conversation")?;
    let format = wanted.format.unwrap_or_default();
    let headers = match format {
        Format::Json => download(&format!("{}.json", conversation.title), "application/json"),
        Format::Md => download(&format!("{}.md", conversation.title), "text/markdown; charset=utf-8"),
    };
    let first = Step::Head(Box::new(conversation));
    let pieces = stream::try_unfold(first, move |step| {
        let store = store.clone();
        async move { step.write(&store, id, format).await }
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// How far the file is written.
enum Step {
    /// Nothing yet.
    Head(Box<Conversation>),
    /// Up to this position; the export ends at the message that was newest when it began.
    Messages { after: i64, last: i64 },
    /// All but the end.
    Tail,
    /// Everything.
    Done,
}

impl Step {
    async fn write(self, store: &Store, id: ConversationId, format: Format) -> Result<Option<(Bytes, Self)>, Error> {
        let mut piece = String::new();
        let next = match self {
            Self::Head(conversation) => {
                head(&mut piece, &conversation, format)?;
                Self::Messages { after: 0, last: conversation.message_count }
            }
            Self::Messages { after, last } => {
                let page = store.messages(id, Cut::After(after), MAX_LIMIT).await?;
                let mut reached = last;
                for message in page.items.into_iter().filter(|message| message.position <= last) {
                    reached = message.position;
                    body(&mut piece, message, format)?;
                }
                if reached < last { Self::Messages { after: reached, last } } else { Self::Tail }
            }
            Self::Tail => {
                piece.push_str(if format == Format::Json { "\n]}\n" } else { "\n" });
                Self::Done
            }
            Self::Done => return Ok(None),
        };
        Ok(Some((piece.into(), next)))
    }
}

fn head(out: &mut String, conversation: &Conversation, format: Format) -> Result<(), Error> {
    match format {
        Format::Json => {
            let json = serde_json::to_string(conversation).map_err(Error::internal)?;
            write!(out, "{{\"conversation\":{json},\n\"messages\":[").map_err(Error::internal)
        }
        Format::Md => {
            let names: Vec<&str> = conversation.participants.iter().map(Party::name).collect();
            writeln!(out, "# {}\n\n{} · {} messages", conversation.title, names.join(", "), conversation.message_count)
                .map_err(Error::internal)
        }
    }
}

fn body(out: &mut String, mut message: Message, format: Format) -> Result<(), Error> {
    match format {
        Format::Json => {
            // The HTML can be made again from the body, and would double the size.
            message.html.clear();
            let json = serde_json::to_string(&message).map_err(Error::internal)?;
            write!(out, "{}\n{json}", if message.position > 1 { "," } else { "" }).map_err(Error::internal)
        }
        Format::Md => {
            let to = message.recipient.as_ref().map(|name| format!(" to {name}")).unwrap_or_default();
            writeln!(
                out,
                "\n## {}. {}{to}, {}\n\n{}",
                message.position,
                message.sender.name(),
                message.at,
                message.body.trim_end()
            )
            .map_err(Error::internal)
        }
    }
}
