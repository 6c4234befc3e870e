//! Reads a part of a conversation from the store, with all that stands beside it.

use std::collections::BTreeSet;

use domain::{ConversationId, Cut, MessageId, Result};
use store::View as Reader;
use uuid::Uuid;

use super::model::{Part, Quote, View, Window, is_decision};

/// Messages shown at once.
const SHOWN: i64 = 50;
/// Decisions listed.
const DECISIONS: i64 = 50;

/// A part of a conversation as `reader` sees it; none: there is no such conversation.
pub(super) async fn view(reader: &Reader, form_key: Uuid, id: ConversationId, window: Window) -> Result<Option<View>> {
    // Read first: the stream goes on from here, and what happens while the rest is read is heard again.
    let limit = if window == Window::Newest { SHOWN } else { 1 };
    let Some(mut thread) = reader.thread(id, limit).await? else { return Ok(None) };
    let (older, newer, quotes) = if window == Window::Newest {
        let older = thread.messages.first().map(|first| first.position).filter(|first| *first > 1);
        (older, None, quotes_for(reader, &thread.messages).await?)
    } else {
        let part = part(reader, id, window).await?;
        thread.messages = part.messages;
        thread.deliveries = part.deliveries;
        thread.tasks = part.tasks;
        thread.permissions = part.permissions;
        (part.older, part.newer, part.quotes)
    };
    let decisions = reader.commanded(id, "decide", DECISIONS).await?;
    let form_key = form_key.to_string();
    let decisions = decisions.iter().filter(|message| is_decision(message)).map(Quote::of).collect();
    Ok(Some(View { thread, older, newer, quotes, decisions, form_key }))
}

/// A part of a conversation.
pub(super) async fn part(reader: &Reader, id: ConversationId, window: Window) -> Result<Part> {
    let found = match window {
        Window::Newest => vec![reader.window(id, Cut::Newest, SHOWN).await?],
        Window::Before(position) => vec![reader.window(id, Cut::Before(position), SHOWN).await?],
        Window::After(position) => vec![reader.window(id, Cut::After(position), SHOWN).await?],
        Window::Around(position) => vec![
            reader.window(id, Cut::Before(position), SHOWN / 2).await?,
            reader.window(id, Cut::After(position.saturating_sub(1)), SHOWN / 2).await?,
        ],
    };
    let mut part = Part {
        messages: Vec::new(),
        deliveries: Vec::new(),
        tasks: Vec::new(),
        permissions: Vec::new(),
        quotes: Vec::new(),
        older: found.first().and_then(|window| window.messages.before),
        newer: found.last().and_then(|window| window.messages.after),
    };
    for window in found {
        part.messages.extend(window.messages.items);
        part.deliveries.extend(window.deliveries);
        part.tasks.extend(window.tasks);
        part.permissions.extend(window.permissions);
    }
    // The first message has no older neighbour, whatever the cursor says.
    part.older = part.older.filter(|_| part.messages.first().is_none_or(|first| first.position > 1));
    part.quotes = quotes_for(reader, &part.messages).await?;
    Ok(part)
}

/// The messages that `messages` answer and that are not among them.
async fn quotes_for(reader: &Reader, messages: &[domain::Message]) -> Result<Vec<Quote>> {
    let elsewhere: BTreeSet<MessageId> = messages
        .iter()
        .filter_map(|message| message.reply_to)
        .filter(|id| messages.iter().all(|message| message.id != *id))
        .collect();
    let mut quotes = Vec::with_capacity(elsewhere.len());
    for id in elsewhere {
        quotes.extend(reader.message(id).await?.as_ref().map(Quote::of));
    }
    Ok(quotes)
}
