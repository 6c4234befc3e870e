//! `conversations` and `reads`.

use domain::access::Sight;
use domain::{Conversation, ConversationId, Error, Excerpt, Party, Result, Timestamp, UserName};
use sqlx::types::Json;
use uuid::Uuid;

use super::{moment, parsed, seen, seen_by};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::rows::insert_all;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    title: String,
    project: Option<Uuid>,
    participants: Json<Vec<Party>>,
    message_count: i64,
    last_sender: Option<String>,
    last_text: Option<String>,
    created_at: i64,
    active_at: i64,
}

impl TryFrom<Row> for Conversation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let last = match (row.last_sender, row.last_text) {
            (Some(sender), Some(text)) => {
                Some(Excerpt { sender: parsed("conversations", "last_sender", &sender)?, text })
            }
            _ => None,
        };
        Ok(Self {
            id: row.id.into(),
            title: row.title,
            project: row.project.map(Into::into),
            participants: row.participants.0,
            message_count: row.message_count,
            last,
            created_at: moment(row.created_at),
            active_at: moment(row.active_at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, title, project, participants, message_count, last_sender, last_text, created_at, active_at \
             FROM conversations ",
            $rest
        )
    };
}

pub(crate) async fn get(tx: &mut Tx, id: ConversationId) -> Result<Option<Conversation>> {
    fetch_optional!(tx, Row, select!("WHERE id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

/// Like [`get`], holding the row to the end of the transaction, so that positions are handed out one at a time.
pub(crate) async fn get_locked(tx: &mut Tx, id: ConversationId) -> Result<Option<Conversation>> {
    let sql = tx.dialect(select!("WHERE id = $1"), select!("WHERE id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

pub(crate) async fn by_pair(tx: &mut Tx, pair: &str) -> Result<Option<Conversation>> {
    fetch_optional!(tx, Row, select!("WHERE pair = $1"), pair)?.map(TryInto::try_into).transpose()
}

/// The conversations with the newest activity before `before` that lie in `sight`, newest first.
pub(crate) async fn newest(tx: &mut Tx, sight: &Sight, before: Timestamp, limit: i64) -> Result<Vec<Conversation>> {
    macro_rules! newest {
        ($engine:ident) => {
            concat!(
                select!("WHERE active_at < $1 AND "),
                seen!($engine, "project", "3"),
                " ORDER BY active_at DESC, id DESC LIMIT $2"
            )
        };
    }
    let sql = tx.dialect(newest!(sqlite), newest!(postgres));
    super::all(fetch_all!(tx, Row, sql, before.micros(), limit, seen_by(sight))?)
}

pub(crate) async fn insert(tx: &mut Tx, conversation: &Conversation, pair: Option<&str>) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO conversations (id, title, project, pair, participants, message_count, created_at, active_at) \
         VALUES ($1, $2, $3, $4, $5, 0, $6, $6)",
        conversation.id.0,
        &conversation.title,
        conversation.project.map(|id| id.0),
        pair,
        Json(&conversation.participants),
        conversation.created_at.micros(),
    )?;
    Ok(())
}

/// Writes how conversations stand that are there already.
pub(crate) async fn update(tx: &mut Tx, conversations: &[&Conversation]) -> Result<()> {
    insert_all!(
        tx,
        "conversations",
        "id, title, project, participants, message_count, last_sender, last_text, created_at, active_at",
        conversations,
        |conversation| [
            conversation.id.0,
            &conversation.title,
            conversation.project.map(|id| id.0),
            Json(&conversation.participants),
            conversation.message_count,
            conversation.last.as_ref().map(|last| last.sender.to_string()),
            conversation.last.as_ref().map(|last| &last.text),
            conversation.created_at.micros(),
            conversation.active_at.micros(),
        ],
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, participants = excluded.participants, \
         message_count = excluded.message_count, last_sender = excluded.last_sender, last_text = excluded.last_text, \
         active_at = excluded.active_at"
    )
    .await?;
    Ok(())
}

/// How far `reader` has read, by conversation.
pub(crate) async fn reads(tx: &mut Tx, reader: &UserName) -> Result<Vec<(Uuid, i64)>> {
    fetch_all!(tx, (Uuid, i64), "SELECT conversation, position FROM reads WHERE reader = $1", reader.as_str())
}

pub(crate) async fn read_position(tx: &mut Tx, reader: &UserName, id: ConversationId) -> Result<i64> {
    let row = fetch_optional!(
        tx,
        (i64,),
        "SELECT position FROM reads WHERE reader = $1 AND conversation = $2",
        reader.as_str(),
        id.0
    )?;
    Ok(row.map_or(0, |(position,)| position))
}

/// How far someone has read in a conversation.
pub(crate) type Read = (UserName, ConversationId, i64);

/// Moves marks forward, each reader's in each conversation once; tells how many moved.
pub(crate) async fn mark_read(tx: &mut Tx, reads: &[Read]) -> Result<u64> {
    insert_all!(
        tx,
        "reads",
        "reader, conversation, position",
        reads,
        |(reader, id, position)| [reader.as_str(), id.0, position],
        " ON CONFLICT (reader, conversation) DO UPDATE SET position = excluded.position \
         WHERE reads.position < excluded.position"
    )
    .await
}
