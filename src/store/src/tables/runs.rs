//! `runs`.

use domain::access::Sight;
use domain::sandbox::{Preset, RoomKind, Verdict};
use domain::{Actor, AskedHost, Error, ProjectId, Result, Run, RunId, RunState, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::{moment, seen, seen_by, small, word};
use crate::db::{Tx, execute, fetch_all, fetch_optional, fetch_value};
use crate::error::corrupt;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    project: Uuid,
    command: String,
    preset: String,
    terminal: bool,
    state: String,
    room: Option<String>,
    verdict: Option<String>,
    exit_status: Option<i64>,
    reason: Option<String>,
    owner: Json<Actor>,
    task: Option<Uuid>,
    conversation: Option<Uuid>,
    output_bytes: i64,
    cut: bool,
    peak_memory_bytes: Option<i64>,
    cpu_micros: Option<i64>,
    hosts: Json<Vec<AskedHost>>,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Run {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let status = row.exit_status.map(|status| small("runs", "exit_status", status)).transpose()?;
        let verdict = |word: String| {
            Verdict::from_parts(&word, status)
                .ok_or_else(|| corrupt("runs", "verdict", format_args!("{word} {status:?}")))
        };
        Ok(Self {
            id: row.id.into(),
            project: row.project.into(),
            command: row.command,
            preset: word("runs", "preset", &row.preset, Preset::from_name)?,
            terminal: row.terminal,
            state: word("runs", "state", &row.state, RunState::from_name)?,
            room: row.room.map(|room| word("runs", "room", &room, RoomKind::from_name)).transpose()?,
            verdict: row.verdict.map(verdict).transpose()?,
            reason: row.reason,
            owner: row.owner.0,
            task: row.task.map(Into::into),
            conversation: row.conversation.map(Into::into),
            output_bytes: row.output_bytes,
            cut: row.cut,
            peak_memory_bytes: row.peak_memory_bytes,
            cpu_micros: row.cpu_micros,
            hosts: row.hosts.0,
            created_at: moment(row.created_at),
            started_at: row.started_at.map(moment),
            ended_at: row.ended_at.map(moment),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, project, command, preset, terminal, state, room, verdict, exit_status, reason, owner, task, \
             conversation, output_bytes, cut, peak_memory_bytes, cpu_micros, hosts, created_at, started_at, ended_at \
             FROM runs ",
            $rest
        )
    };
}

pub(crate) async fn get(tx: &mut Tx, id: RunId) -> Result<Option<Run>> {
    fetch_optional!(tx, Row, select!("WHERE id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

/// Like [`get`], holding the row to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: RunId) -> Result<Option<Run>> {
    let sql = tx.dialect(select!("WHERE id = $1"), select!("WHERE id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

/// The newest runs that lie in `sight`, newest first.
pub(crate) async fn newest(tx: &mut Tx, sight: &Sight, limit: i64) -> Result<Vec<Run>> {
    macro_rules! newest {
        ($engine:ident) => {
            concat!(select!("WHERE "), seen!($engine, "project", "2"), " ORDER BY id DESC LIMIT $1")
        };
    }
    let sql = tx.dialect(newest!(sqlite), newest!(postgres));
    super::all(fetch_all!(tx, Row, sql, limit, seen_by(sight))?)
}

/// The runs of a project, newest first.
pub(crate) async fn of_project(tx: &mut Tx, project: ProjectId, limit: i64) -> Result<Vec<Run>> {
    super::all(fetch_all!(tx, Row, select!("WHERE project = $1 ORDER BY id DESC LIMIT $2"), project.0, limit)?)
}

/// The runs that wait for their turn, oldest first.
pub(crate) async fn queued(tx: &mut Tx) -> Result<Vec<Run>> {
    super::all(fetch_all!(tx, Row, select!("WHERE state = 'queued' ORDER BY id"))?)
}

pub(crate) async fn count_queued(tx: &mut Tx) -> Result<i64> {
    fetch_value!(tx, i64, "SELECT count(*) FROM runs WHERE state = 'queued'")
}

/// The runs that a node has and that have not ended, oldest first.
pub(crate) async fn open_on(tx: &mut Tx, node: &str) -> Result<Vec<Run>> {
    let sql = select!("WHERE state IN ('queued', 'running') AND node = $1 ORDER BY id");
    super::all(fetch_all!(tx, Row, sql, node)?)
}

pub(crate) async fn put(tx: &mut Tx, run: &Run, node: &str) -> Result<()> {
    let verdict = run.verdict.map(Verdict::parts);
    execute!(
        tx,
        "INSERT INTO runs (id, node, project, command, preset, terminal, state, room, verdict, exit_status, reason, owner, \
         task, conversation, output_bytes, cut, peak_memory_bytes, cpu_micros, hosts, created_at, started_at, ended_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) \
         ON CONFLICT (id) DO UPDATE SET node = excluded.node, state = excluded.state, room = excluded.room, \
         verdict = excluded.verdict, exit_status = excluded.exit_status, reason = excluded.reason, \
         output_bytes = excluded.output_bytes, cut = excluded.cut, peak_memory_bytes = excluded.peak_memory_bytes, \
         cpu_micros = excluded.cpu_micros, hosts = excluded.hosts, started_at = excluded.started_at, \
         ended_at = excluded.ended_at",
        run.id.0,
        node,
        run.project.0,
        &run.command,
        run.preset.name(),
        run.terminal,
        run.state.name(),
        run.room.map(RoomKind::name),
        verdict.map(|(word, _)| word),
        verdict.and_then(|(_, status)| status.map(i64::from)),
        run.reason.as_deref(),
        Json(&run.owner),
        run.task.map(|id| id.0),
        run.conversation.map(|id| id.0),
        run.output_bytes,
        run.cut,
        run.peak_memory_bytes,
        run.cpu_micros,
        Json(&run.hosts),
        run.created_at.micros(),
        run.started_at.map(Timestamp::micros),
        run.ended_at.map(Timestamp::micros),
    )?;
    Ok(())
}
