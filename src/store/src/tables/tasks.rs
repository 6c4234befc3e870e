//! `tasks`.

use domain::access::Sight;
use domain::{Actor, Error, MessageId, ProjectId, Result, Step, Task, TaskId, TaskState, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::{moment, seen, seen_by, word};
use crate::db::{Tx, execute, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    title: String,
    state: String,
    steps: Json<Vec<Step>>,
    owner: Json<Actor>,
    project: Option<Uuid>,
    conversation: Option<Uuid>,
    message: Option<Uuid>,
    error: Option<String>,
    cancel_requested: bool,
    created_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Task {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            title: row.title,
            state: word("tasks", "state", &row.state, TaskState::from_name)?,
            steps: row.steps.0,
            owner: row.owner.0,
            project: row.project.map(Into::into),
            conversation: row.conversation.map(Into::into),
            message: row.message.map(Into::into),
            error: row.error,
            cancel_requested: row.cancel_requested,
            created_at: moment(row.created_at),
            ended_at: row.ended_at.map(moment),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.title, t.state, t.steps, t.owner, t.project, t.conversation, t.message, t.error, \
             t.cancel_requested, t.created_at, t.ended_at FROM tasks t ",
            $rest
        )
    };
}

/// The newest tasks that lie in `sight`, newest first.
pub(crate) async fn newest(tx: &mut Tx, sight: &Sight, limit: i64) -> Result<Vec<Task>> {
    macro_rules! newest {
        ($engine:ident) => {
            concat!(select!("WHERE "), seen!($engine, "t.project", "2"), " ORDER BY t.id DESC LIMIT $1")
        };
    }
    let sql = tx.dialect(newest!(sqlite), newest!(postgres));
    super::all(fetch_all!(tx, Row, sql, limit, seen_by(sight))?)
}

pub(crate) async fn get(tx: &mut Tx, id: TaskId) -> Result<Option<Task>> {
    fetch_optional!(tx, Row, select!("WHERE t.id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

/// Like [`get`], holding the row to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: TaskId) -> Result<Option<Task>> {
    let sql = tx.dialect(select!("WHERE t.id = $1"), select!("WHERE t.id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

/// The tasks that concern a project, newest first.
pub(crate) async fn of_project(tx: &mut Tx, project: ProjectId) -> Result<Vec<Task>> {
    super::all(fetch_all!(tx, Row, select!("WHERE t.project = $1 ORDER BY t.id DESC"), project.0)?)
}

/// The tasks set off by a conversation's messages between two positions, oldest first.
pub(crate) async fn of_messages(tx: &mut Tx, conversation: Uuid, first: i64, last: i64) -> Result<Vec<Task>> {
    super::all(fetch_all!(
        tx,
        Row,
        select!(
            "JOIN messages m ON m.id = t.message WHERE m.conversation = $1 AND m.position BETWEEN $2 AND $3 ORDER BY t.id"
        ),
        conversation,
        first,
        last
    )?)
}

/// The task that a message set off with this title, if any: a delivery tried again must not begin its work twice.
pub(crate) async fn of_message(tx: &mut Tx, message: MessageId, title: &str) -> Result<Option<Task>> {
    fetch_optional!(
        tx,
        Row,
        select!("WHERE t.message = $1 AND t.title = $2 ORDER BY t.id DESC LIMIT 1"),
        message.0,
        title
    )?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn put(tx: &mut Tx, task: &Task) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO tasks (id, title, state, steps, owner, project, conversation, message, error, cancel_requested, \
         created_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET \
         state = excluded.state, steps = excluded.steps, error = excluded.error, \
         cancel_requested = excluded.cancel_requested, ended_at = excluded.ended_at",
        task.id.0,
        &task.title,
        task.state.name(),
        Json(&task.steps),
        Json(&task.owner),
        task.project.map(|id| id.0),
        task.conversation.map(|id| id.0),
        task.message.map(|id| id.0),
        task.error.as_deref(),
        task.cancel_requested,
        task.created_at.micros(),
        task.ended_at.map(Timestamp::micros),
    )?;
    Ok(())
}
