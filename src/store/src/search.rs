//! Full-text search over messages: FTS5 on SQLite, tsvector on PostgreSQL.

use domain::{Actor, ConversationId, Error, MessageId, Party, Result, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::commands::IndexWords;
use crate::db::{Tx, fetch_all};
use crate::tables::{self, moment, parsed, seen, seen_by};
use crate::view::View;
use crate::words;

/// Where a found word begins and ends in a raw snippet. No text may contain them: they are stripped before.
pub(crate) const MARK: char = '\u{2}';
pub(crate) const END: char = '\u{3}';
/// Most words that are looked for at once.
const MAX_WORDS: usize = 16;

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The conversation's title.
    pub title: String,
    /// The message's place in it.
    pub position: i64,
    /// Who said it.
    pub sender: Party,
    /// When.
    pub at: Timestamp,
    /// Part of its text as safe HTML, with what was found in `<mark>`.
    pub snippet: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    conversation: Uuid,
    title: String,
    position: i64,
    sender: String,
    at: i64,
    snippet: String,
}

impl TryFrom<Row> for SearchHit {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            message: row.id.into(),
            conversation: row.conversation.into(),
            title: row.title,
            position: row.position,
            sender: parsed("messages", "sender", &row.sender)?,
            at: moment(row.at),
            snippet: marked(&row.snippet),
        })
    }
}

impl View {
    /// The newest messages that contain all the words; the last one may be only begun. No words find nothing.
    ///
    /// # Errors
    /// When the database does not answer, or SQLite's index of words cannot be written.
    pub async fn search(&self, words: &str, limit: i64) -> Result<Vec<SearchHit>> {
        let words: Vec<&str> = words::words(words).take(MAX_WORDS).collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.store.db().read().await?;
        if tables::messages_text::unknown(&mut tx).await? > 0 {
            drop(tx);
            self.store.run(&Actor::system(), IndexWords).await?;
            tx = self.store.db().read().await?;
        }
        let sql = tx.dialect(
            concat!(
                "SELECT m.id, m.conversation, c.title, m.position, m.sender, m.at, \
                 snippet(messages_text, 0, char(2), char(3), '…', 24) AS snippet FROM messages_text \
                 JOIN messages m ON m.number = messages_text.rowid JOIN conversations c ON c.id = m.conversation \
                 WHERE messages_text MATCH $1 AND ",
                seen!(sqlite, "c.project", "3"),
                " ORDER BY m.number DESC LIMIT $2"
            ),
            concat!(
                "SELECT m.id, m.conversation, c.title, m.position, m.sender, m.at, m.body AS snippet FROM messages m \
                 JOIN conversations c ON c.id = m.conversation WHERE m.search @@ $1::tsquery AND ",
                seen!(postgres, "c.project", "3"),
                " ORDER BY m.number DESC LIMIT $2"
            ),
        );
        let wanted = match &tx {
            Tx::Sqlite(_) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ") + "*",
            Tx::Postgres(_) => words::query(&words),
        };
        let mut rows = fetch_all!(&mut tx, Row, sql, &wanted, limit, seen_by(&self.sight))?;
        if matches!(tx, Tx::Postgres(_)) {
            for row in &mut rows {
                row.snippet = words::snippet(&row.snippet, &words);
            }
        }
        tables::all(rows)
    }
}

/// Escapes a raw snippet and puts `<mark>` where the engine set its marks.
fn marked(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 32);
    let mut open = false;
    for c in raw.chars() {
        match c {
            MARK if !open => {
                out.push_str("<mark>");
                open = true;
            }
            END if open => {
                out.push_str("</mark>");
                open = false;
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    if open {
        out.push_str("</mark>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_escaped_and_its_marks_always_close() {
        assert_eq!(marked("<b> \u{2}pod\u{3}"), "&lt;b&gt; <mark>pod</mark>");
        assert_eq!(marked("\u{2}\u{2}pod"), "<mark> pod</mark>");
    }
}
