//! `messages`.

use domain::access::Sight;
use domain::{ConversationId, Cut, Error, Message, MessageId, Page, Result, Timestamp};
use uuid::Uuid;

use super::{messages_text, moment, parsed, seen, seen_by, small};
use crate::db::{Tx, fetch_all, fetch_optional};
use crate::ids;
use crate::rows::insert_all;
use crate::words::WordList;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    conversation: Uuid,
    position: i64,
    sender: String,
    recipient: Option<String>,
    body: String,
    reply_to: Option<Uuid>,
    root: Uuid,
    hops: i64,
    key: Option<String>,
    at: i64,
}

impl TryFrom<Row> for Message {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            conversation: row.conversation.into(),
            position: row.position,
            sender: parsed("messages", "sender", &row.sender)?,
            recipient: row.recipient.as_deref().map(|name| parsed("messages", "recipient", name)).transpose()?,
            html: domain::markdown::render(&row.body),
            body: row.body,
            reply_to: row.reply_to.map(Into::into),
            root: row.root.into(),
            hops: small("messages", "hops", row.hops)?,
            key: row.key,
            at: moment(row.at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, conversation, position, sender, recipient, body, reply_to, root, hops, key, at FROM messages ",
            $rest
        )
    };
}

pub(crate) async fn get(tx: &mut Tx, id: MessageId) -> Result<Option<Message>> {
    fetch_optional!(tx, Row, select!("WHERE id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

pub(crate) async fn by_key(tx: &mut Tx, sender: &str, key: &str) -> Result<Option<Message>> {
    fetch_optional!(tx, Row, select!("WHERE sender = $1 AND key = $2"), sender, key)?.map(TryInto::try_into).transpose()
}

/// A page of a conversation, oldest first.
pub(crate) async fn page(tx: &mut Tx, conversation: ConversationId, cut: Cut, limit: i64) -> Result<Page<Message>> {
    let (sql, from) = match cut {
        Cut::Newest => (select!("WHERE conversation = $1 AND position < $2 ORDER BY position DESC LIMIT $3"), i64::MAX),
        Cut::Before(p) => (select!("WHERE conversation = $1 AND position < $2 ORDER BY position DESC LIMIT $3"), p),
        Cut::After(p) => (select!("WHERE conversation = $1 AND position > $2 ORDER BY position LIMIT $3"), p),
    };
    // One more than asked for tells whether there is a next page.
    let mut rows = fetch_all!(tx, Row, sql, conversation.0, from, limit + 1)?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    if !matches!(cut, Cut::After(_)) {
        rows.reverse();
    }
    let first = rows.first().map(|row| row.position);
    let last = rows.last().map(|row| row.position);
    let (before, after) = match cut {
        Cut::Newest => (first.filter(|_| more), None),
        Cut::Before(_) => (first.filter(|_| more), last),
        Cut::After(p) => (first.filter(|_| p > 0), last.filter(|_| more)),
    };
    Ok(Page { items: super::all(rows)?, before, after })
}

/// The newest messages of a conversation in which `/word` stands, oldest first. Whether it is their command is not looked at.
pub(crate) async fn with_command(
    tx: &mut Tx,
    conversation: ConversationId,
    word: &str,
    limit: i64,
) -> Result<Vec<Message>> {
    let sql = select!("WHERE conversation = $1 AND body LIKE $2 ORDER BY position DESC LIMIT $3");
    let mut rows = fetch_all!(tx, Row, sql, conversation.0, format!("%/{word} %"), limit)?;
    rows.reverse();
    super::all(rows)
}

/// Writes messages.
pub(crate) async fn insert_all(tx: &mut Tx, messages: &[&Message]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    insert_all!(
        tx,
        "messages",
        "id, conversation, position, sender, recipient, body, reply_to, root, hops, key, at",
        messages,
        |message| [
            message.id.0,
            message.conversation.0,
            message.position,
            message.sender.to_string(),
            message.recipient.as_ref().map(|name| name.as_str()),
            &message.body,
            message.reply_to.map(|id| id.0),
            message.root.0,
            i64::from(message.hops),
            message.key.as_deref(),
            message.at.micros(),
        ],
        postgres "search" [WordList::of(&message.body)],
        ""
    )
    .await?;
    messages_text::catch_up(tx, messages_text::MOST).await
}

/// Messages per minute after `minute` that lie in `sight`, by minute.
pub(crate) async fn per_minute(tx: &mut Tx, sight: &Sight, minute: i64) -> Result<Vec<(i64, i64)>> {
    let from = Timestamp::from_micros((minute + 1) * 60_000_000);
    macro_rules! counted {
        ($engine:ident) => {
            concat!(
                "SELECT m.at / 60000000 AS minute, count(*) FROM messages m JOIN conversations c ON c.id = m.conversation \
                 WHERE m.id >= $1 AND m.at >= $2 AND ",
                seen!($engine, "c.project", "3"),
                " GROUP BY m.at / 60000000"
            )
        };
    }
    let sql = tx.dialect(counted!(sqlite), counted!(postgres));
    // What was brought in from elsewhere is older than its id.
    fetch_all!(tx, (i64, i64), sql, ids::earliest(from), from.micros(), seen_by(sight))
}
