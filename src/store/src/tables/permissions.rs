//! `permissions`.

use domain::access::Sight;
use domain::{
    ConversationId, DeliveryId, Error, Permission, PermissionId, PermissionState, Result, Timestamp, UserName,
};
use uuid::Uuid;

use super::{moment, parsed, seen, seen_by, word};
use crate::db::{Tx, execute, fetch_all, fetch_optional, fetch_value};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    helper: String,
    on_behalf_of: Option<String>,
    project: Option<Uuid>,
    conversation: Uuid,
    delivery: Uuid,
    message: Uuid,
    what: String,
    command: Option<String>,
    state: String,
    always: bool,
    rule: Option<String>,
    asked_at: i64,
    decided_at: Option<i64>,
    decided_by: Option<String>,
}

impl TryFrom<Row> for Permission {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let person = |column: &'static str, name: Option<String>| -> Result<Option<UserName>> {
            name.map(|name| parsed("permissions", column, &name)).transpose()
        };
        Ok(Self {
            id: row.id.into(),
            helper: parsed("permissions", "helper", &row.helper)?,
            on_behalf_of: person("on_behalf_of", row.on_behalf_of)?,
            project: row.project.map(Into::into),
            conversation: row.conversation.into(),
            delivery: row.delivery.into(),
            message: row.message.into(),
            what: row.what,
            command: row.command,
            state: word("permissions", "state", &row.state, PermissionState::from_name)?,
            always: row.always,
            rule: row.rule,
            asked_at: moment(row.asked_at),
            decided_at: row.decided_at.map(moment),
            decided_by: person("decided_by", row.decided_by)?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.helper, p.on_behalf_of, p.project, p.conversation, p.delivery, p.message, p.what, p.command, \
             p.state, p.always, p.rule, p.asked_at, p.decided_at, p.decided_by FROM permissions p ",
            $rest
        )
    };
}

pub(crate) async fn get(tx: &mut Tx, id: PermissionId) -> Result<Option<Permission>> {
    fetch_optional!(tx, Row, select!("WHERE p.id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

/// Like [`get`], holding the row to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: PermissionId) -> Result<Option<Permission>> {
    let sql = tx.dialect(select!("WHERE p.id = $1"), select!("WHERE p.id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

/// Those that nobody answered yet and that lie in `sight`, newest first.
pub(crate) async fn asked(tx: &mut Tx, sight: &Sight, limit: i64) -> Result<Vec<Permission>> {
    macro_rules! asked {
        ($engine:ident) => {
            concat!(
                select!("WHERE p.state = 'asked' AND "),
                seen!($engine, "p.project", "2"),
                " ORDER BY p.id DESC LIMIT $1"
            )
        };
    }
    let sql = tx.dialect(asked!(sqlite), asked!(postgres));
    super::all(fetch_all!(tx, Row, sql, limit, seen_by(sight))?)
}

pub(crate) async fn count_asked(tx: &mut Tx) -> Result<i64> {
    fetch_value!(tx, i64, "SELECT count(*) FROM permissions WHERE state = 'asked'")
}

/// What is still asked for a delivery, oldest first, held to the end of the transaction.
pub(crate) async fn asked_by_locked(tx: &mut Tx, delivery: DeliveryId) -> Result<Vec<Permission>> {
    let sql = tx.dialect(
        select!("WHERE p.delivery = $1 AND p.state = 'asked' ORDER BY p.id"),
        select!("WHERE p.delivery = $1 AND p.state = 'asked' ORDER BY p.id FOR UPDATE"),
    );
    super::all(fetch_all!(tx, Row, sql, delivery.0)?)
}

/// What was asked in a conversation, newest first.
pub(crate) async fn of_conversation(tx: &mut Tx, id: ConversationId, limit: i64) -> Result<Vec<Permission>> {
    super::all(fetch_all!(tx, Row, select!("WHERE p.conversation = $1 ORDER BY p.id DESC LIMIT $2"), id.0, limit)?)
}

/// What was asked about a conversation's messages between two positions, oldest first.
pub(crate) async fn of_messages(tx: &mut Tx, id: ConversationId, first: i64, last: i64) -> Result<Vec<Permission>> {
    super::all(fetch_all!(
        tx,
        Row,
        select!(
            "JOIN messages m ON m.id = p.message WHERE m.conversation = $1 AND m.position BETWEEN $2 AND $3 ORDER BY p.id"
        ),
        id.0,
        first,
        last
    )?)
}

pub(crate) async fn put(tx: &mut Tx, permission: &Permission) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO permissions (id, helper, on_behalf_of, project, conversation, delivery, message, what, command, state, \
         always, rule, asked_at, decided_at, decided_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO UPDATE SET \
         state = excluded.state, always = excluded.always, rule = excluded.rule, decided_at = excluded.decided_at, \
         decided_by = excluded.decided_by",
        permission.id.0,
        permission.helper.as_str(),
        permission.on_behalf_of.as_ref().map(UserName::as_str),
        permission.project.map(|id| id.0),
        permission.conversation.0,
        permission.delivery.0,
        permission.message.0,
        &permission.what,
        permission.command.as_deref(),
        permission.state.name(),
        permission.always,
        permission.rule.as_deref(),
        permission.asked_at.micros(),
        permission.decided_at.map(Timestamp::micros),
        permission.decided_by.as_ref().map(UserName::as_str),
    )?;
    Ok(())
}
