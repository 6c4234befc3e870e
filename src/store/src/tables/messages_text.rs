//! `messages_text`: SQLite's index of words, and how far it knows the messages. Each time it is told of some it begins a new piece of
//! itself, to be merged with the others later; so it is told of a thousand at once, or of fewer when someone looks for words. On PostgreSQL
//! the words come with the message.

use domain::Result;

use crate::db::{Tx, execute, fetch_value};

/// Most messages that it may not know while nobody looks for words.
pub(crate) const MOST: i64 = 1_024;

/// How many messages it does not know.
pub(crate) async fn unknown(tx: &mut Tx) -> Result<i64> {
    if let Tx::Postgres(_) = tx {
        return Ok(0);
    }
    let sql = "SELECT coalesce((SELECT max(number) FROM messages), 0) - number FROM messages_text_known";
    fetch_value!(tx, i64, sql)
}

/// Tells it of all messages, if it does not know more than `most`.
pub(crate) async fn catch_up(tx: &mut Tx, most: i64) -> Result<()> {
    if unknown(tx).await? > most {
        let sql = "INSERT INTO messages_text (rowid, body) SELECT number, body FROM messages \
                   WHERE number > (SELECT number FROM messages_text_known)";
        execute!(tx, sql)?;
        execute!(tx, "UPDATE messages_text_known SET number = (SELECT max(number) FROM messages)")?;
    }
    Ok(())
}
