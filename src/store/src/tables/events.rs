//! `events` and `log_state`: the append-only log.

use std::sync::LazyLock;

use domain::access::Sight;
use domain::event::NOTABLE_KINDS;
use domain::{Actor, Event, EventData, Excerpt, Message, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{moment, seen, seen_by};
use crate::db::{Tx, execute, fetch_all, fetch_optional, fetch_value};
use crate::error::corrupt;
use crate::rows::insert_all;

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    id: Uuid,
    at: i64,
    actor: String,
    kind: String,
    project: Option<Uuid>,
    data: String,
}

impl TryFrom<Row> for Event {
    type Error = domain::Error;

    fn try_from(row: Row) -> Result<Self> {
        let broken = |column, error| corrupt("events", column, format_args!("{error} (seq {})", row.seq));
        let mut what = EventData::read(&row.kind, &row.data).map_err(|error| broken("data", error))?;
        if let EventData::MessagePosted(posted) = &mut what {
            let Message { sender, body, html, .. } = &mut posted.message;
            *html = domain::markdown::render(body);
            posted.conversation.last = Some(Excerpt::of(sender.clone(), body));
        }
        Ok(Self {
            seq: row.seq,
            id: row.id.into(),
            at: moment(row.at),
            actor: serde_json::from_str::<Actor>(&row.actor).map_err(|error| broken("actor", error))?,
            project: row.project.map(Into::into),
            what,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT seq, id, at, actor, kind, project, data FROM events ", $rest)
    };
}

/// The log's epoch and newest number; makes the state row when the log is new.
pub(crate) async fn state(tx: &mut Tx) -> Result<Option<(Uuid, i64)>> {
    fetch_optional!(tx, (Uuid, i64), "SELECT epoch, seq FROM log_state WHERE id = 1")
}

/// The same, with when the newest event happened.
pub(crate) async fn state_and_moment(tx: &mut Tx) -> Result<Option<(Uuid, i64, Option<i64>)>> {
    let sql = "SELECT epoch, seq, (SELECT at FROM events ORDER BY seq DESC LIMIT 1) FROM log_state WHERE id = 1";
    fetch_optional!(tx, (Uuid, i64, Option<i64>), sql)
}

pub(crate) async fn begin(tx: &mut Tx, epoch: Uuid) -> Result<()> {
    execute!(tx, "INSERT INTO log_state (id, epoch, seq) VALUES (1, $1, 0) ON CONFLICT (id) DO NOTHING", epoch)?;
    Ok(())
}

/// Reserves `count` numbers and holds the log's row until the transaction ends, so that numbers are handed out in
/// commit order. Must be the last lock that a transaction takes. Gives the number before the first reserved one.
pub(crate) async fn reserve(tx: &mut Tx, count: i64) -> Result<i64> {
    let last = fetch_value!(tx, i64, "UPDATE log_state SET seq = seq + $1 WHERE id = 1 RETURNING seq", count)?;
    Ok(last - count)
}

/// Writes events, which have their numbers.
pub(crate) async fn insert_all(tx: &mut Tx, events: &[Event]) -> Result<()> {
    let written = |event: &Event| -> serde_json::Result<_> { Ok((event.actor.to_json(), stored_data(&event.what)?)) };
    let json = events.iter().map(written).collect::<serde_json::Result<Vec<_>>>().map_err(domain::Error::internal)?;
    let rows: Vec<_> = events.iter().zip(json).collect();
    insert_all!(
        tx,
        "events",
        "seq, id, at, actor, kind, subject, project, data",
        &rows,
        |(event, (actor, data))| [
            event.seq,
            event.id.0,
            event.at.micros(),
            actor,
            event.what.kind(),
            event.what.subject(),
            event.project.map(|id| id.0),
            data,
        ],
        ""
    )
    .await?;
    Ok(())
}

/// The data as it is stored: what is made from a message's body whenever an event is read is left out.
fn stored_data(what: &EventData) -> serde_json::Result<String> {
    #[derive(Deserialize)]
    struct Tagged {
        data: Option<Box<RawValue>>,
    }
    match what {
        // Most events are these.
        EventData::MessagePosted(posted) => Ok(posted.to_stored_json()),
        _ => {
            let Tagged { data } = serde_json::from_str(&serde_json::to_string(what)?)?;
            Ok(data.map_or_else(|| "null".to_owned(), |data| data.get().to_owned()))
        }
    }
}

/// The events after `after`, oldest first.
pub(crate) async fn after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Event>> {
    super::all(fetch_all!(tx, Row, select!("WHERE seq > $1 ORDER BY seq LIMIT $2"), after, limit)?)
}

/// The oldest number that is still there; one past the newest when the log is empty.
pub(crate) async fn oldest(tx: &mut Tx) -> Result<i64> {
    let row = fetch_optional!(tx, (i64,), "SELECT seq FROM events ORDER BY seq LIMIT 1")?;
    match row {
        Some((seq,)) => Ok(seq),
        None => Ok(state(tx).await?.map_or(0, |(_, seq)| seq) + 1),
    }
}

/// The newest notable events before `before` that lie in `sight`, newest first. What processes do is no project's, and
/// seen by all.
pub(crate) async fn newest_notable(tx: &mut Tx, sight: &Sight, before: i64, limit: i64) -> Result<Vec<Event>> {
    static SQLITE: LazyLock<String> = LazyLock::new(|| notable(seen!(sqlite, "project", "3")));
    static POSTGRES: LazyLock<String> = LazyLock::new(|| notable(seen!(postgres, "project", "3")));
    let sql = tx.dialect(&SQLITE, &POSTGRES);
    super::all(fetch_all!(tx, Row, sql, before, limit, seen_by(sight))?)
}

/// Of each kind the newest numbers, by the index that has them in order; of all those the newest; and of these the events.
fn notable(seen: &str) -> String {
    let of_kind = |kind| {
        let seen = if kind == "process.status_changed" { "TRUE" } else { seen };
        format!(
            "SELECT seq FROM \
             (SELECT seq FROM events WHERE kind = '{kind}' AND seq < $1 AND {seen} ORDER BY seq DESC LIMIT $2) AS of_kind"
        )
    };
    let numbers = NOTABLE_KINDS.map(of_kind).join(" UNION ALL ");
    format!(
        "{} (SELECT seq FROM ({numbers}) AS numbers ORDER BY seq DESC LIMIT $2) ORDER BY seq DESC",
        select!("WHERE seq IN")
    )
}
