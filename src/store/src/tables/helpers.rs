//! `helpers`.

use domain::helper::RestartPolicy;
use domain::{Error, Helper, HelperCommand, HelperName, Result, Timestamp};
use sqlx::types::Json;

use super::{moment, parsed, word};
use crate::db::{Tx, execute, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    description: String,
    version: String,
    built_in: bool,
    wanted: bool,
    paused: bool,
    restart: String,
    commands: Json<Vec<HelperCommand>>,
    waiting: i64,
    active_at: Option<i64>,
}

impl TryFrom<Row> for Helper {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            name: parsed("helpers", "name", &row.name)?,
            description: row.description,
            version: row.version,
            built_in: row.built_in,
            wanted: row.wanted,
            paused: row.paused,
            restart: word("helpers", "restart", &row.restart, RestartPolicy::from_name)?,
            commands: row.commands.0,
            waiting: row.waiting,
            active_at: row.active_at.map(moment),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT name, description, version, built_in, wanted, paused, restart, commands, waiting, active_at FROM helpers ",
            $rest
        )
    };
}

pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<Helper>> {
    super::all(fetch_all!(tx, Row, select!("ORDER BY name"))?)
}

pub(crate) async fn get(tx: &mut Tx, name: &HelperName) -> Result<Option<Helper>> {
    fetch_optional!(tx, Row, select!("WHERE name = $1"), name.as_str())?.map(TryInto::try_into).transpose()
}

/// Like [`get`], holding the row to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, name: &HelperName) -> Result<Option<Helper>> {
    let sql = tx.dialect(select!("WHERE name = $1"), select!("WHERE name = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, name.as_str())?.map(TryInto::try_into).transpose()
}

pub(crate) async fn put(tx: &mut Tx, helper: &Helper) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO helpers (name, description, version, built_in, wanted, paused, restart, commands, waiting, active_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (name) DO UPDATE SET description = excluded.description, \
         version = excluded.version, built_in = excluded.built_in, wanted = excluded.wanted, paused = excluded.paused, \
         restart = excluded.restart, commands = excluded.commands",
        helper.name.as_str(),
        &helper.description,
        &helper.version,
        helper.built_in,
        helper.wanted,
        helper.paused,
        helper.restart.name(),
        Json(&helper.commands),
        helper.waiting,
        helper.active_at.map(Timestamp::micros),
    )?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, name: &HelperName) -> Result<()> {
    execute!(tx, "DELETE FROM helpers WHERE name = $1", name.as_str())?;
    Ok(())
}

pub(crate) async fn set_active(tx: &mut Tx, name: &HelperName, at: Timestamp) -> Result<()> {
    execute!(tx, "UPDATE helpers SET active_at = $2 WHERE name = $1", name.as_str(), at.micros())?;
    Ok(())
}

/// Adds to the count of waiting deliveries; tells the new count, 0 for a helper that is gone.
pub(crate) async fn add_waiting(tx: &mut Tx, name: &HelperName, change: i64) -> Result<i64> {
    let row = fetch_optional!(
        tx,
        (i64,),
        "UPDATE helpers SET waiting = waiting + $2 WHERE name = $1 RETURNING waiting",
        name.as_str(),
        change
    )?;
    Ok(row.map_or(0, |(waiting,)| waiting))
}
