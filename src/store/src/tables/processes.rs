//! `processes`.

use domain::sandbox::RoomKind;
use domain::{Error, HelperName, Process, ProcessStatus, Result, Timestamp};
use uuid::Uuid;

use super::{moment, parsed, small, word};
use crate::db::{Tx, execute, fetch_all};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    helper: String,
    status: String,
    pid: Option<i64>,
    started_at: i64,
    ended_at: Option<i64>,
    restarts: i64,
    next_start_at: Option<i64>,
    reason: Option<String>,
    room: Option<String>,
}

impl TryFrom<Row> for Process {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            helper: parsed("processes", "helper", &row.helper)?,
            status: word("processes", "status", &row.status, ProcessStatus::from_name)?,
            pid: row.pid.map(|pid| small("processes", "pid", pid)).transpose()?,
            started_at: moment(row.started_at),
            ended_at: row.ended_at.map(moment),
            restarts: small("processes", "restarts", row.restarts)?,
            next_start_at: row.next_start_at.map(moment),
            reason: row.reason,
            room: row.room.map(|room| word("processes", "room", &room, RoomKind::from_name)).transpose()?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, helper, status, pid, started_at, ended_at, restarts, next_start_at, reason, room FROM processes ",
            $rest
        )
    };
}

/// The runs of a helper, newest first.
pub(crate) async fn of_helper(tx: &mut Tx, helper: &HelperName, limit: i64) -> Result<Vec<Process>> {
    super::all(fetch_all!(tx, Row, select!("WHERE helper = $1 ORDER BY id DESC LIMIT $2"), helper.as_str(), limit)?)
}

/// The newest run of each helper.
pub(crate) async fn newest(tx: &mut Tx) -> Result<Vec<Process>> {
    super::all(fetch_all!(
        tx,
        Row,
        select!(
            "WHERE id IN (SELECT (SELECT p.id FROM processes p WHERE p.helper = h.name ORDER BY p.id DESC LIMIT 1) FROM helpers h)"
        )
    )?)
}

/// The runs that a node began and that have not ended.
pub(crate) async fn open_on(tx: &mut Tx, node: &str) -> Result<Vec<Process>> {
    super::all(fetch_all!(tx, Row, select!("WHERE node = $1 AND ended_at IS NULL ORDER BY id"), node)?)
}

pub(crate) async fn put(tx: &mut Tx, process: &Process, node: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO processes (id, helper, node, status, pid, started_at, ended_at, restarts, next_start_at, reason, room) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE SET status = excluded.status, \
         pid = excluded.pid, ended_at = excluded.ended_at, restarts = excluded.restarts, \
         next_start_at = excluded.next_start_at, reason = excluded.reason, room = excluded.room",
        process.id.0,
        process.helper.as_str(),
        node,
        process.status.name(),
        process.pid.map(i64::from),
        process.started_at.micros(),
        process.ended_at.map(Timestamp::micros),
        i64::from(process.restarts),
        process.next_start_at.map(Timestamp::micros),
        process.reason.as_deref(),
        process.room.map(RoomKind::name),
    )?;
    Ok(())
}
