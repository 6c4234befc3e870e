//! `passkeys`.

use domain::{Error, Passkey, PasskeyId, Result, Timestamp, UserName};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::accounts::StoredPasskey;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::{moment, parsed};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_name: String,
    name: String,
    credential: Vec<u8>,
    public_key: Json<Value>,
    counter: i64,
    created_at: i64,
    used_at: Option<i64>,
}

impl TryFrom<Row> for StoredPasskey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            passkey: Passkey {
                id: row.id.into(),
                user: parsed("passkeys", "user_name", &row.user_name)?,
                name: row.name,
                created_at: moment(row.created_at),
                used_at: row.used_at.map(moment),
            },
            credential: row.credential,
            public_key: row.public_key.0,
            counter: row.counter,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_name, name, credential, public_key, counter, created_at, used_at FROM passkeys ",
            $rest
        )
    };
}

/// A user's passkeys, oldest first.
pub(crate) async fn of_user(tx: &mut Tx, user: &UserName) -> Result<Vec<StoredPasskey>> {
    crate::tables::all(fetch_all!(tx, Row, select!("WHERE user_name = $1 ORDER BY id"), user.as_str())?)
}

pub(crate) async fn by_credential(tx: &mut Tx, credential: &[u8]) -> Result<Option<StoredPasskey>> {
    fetch_optional!(tx, Row, select!("WHERE credential = $1"), credential)?.map(TryInto::try_into).transpose()
}

/// One passkey, held to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: PasskeyId) -> Result<Option<StoredPasskey>> {
    let sql = tx.dialect(select!("WHERE id = $1"), select!("WHERE id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

pub(crate) async fn insert(tx: &mut Tx, stored: &StoredPasskey) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO passkeys (id, user_name, name, credential, public_key, counter, created_at, used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
        stored.passkey.id.0,
        stored.passkey.user.as_str(),
        &stored.passkey.name,
        &stored.credential[..],
        Json(&stored.public_key),
        stored.counter,
        stored.passkey.created_at.micros(),
    )?;
    Ok(())
}

/// Notes that someone signed in with it, and what it says of itself now.
pub(crate) async fn used(tx: &mut Tx, id: PasskeyId, counter: i64, public_key: &Value, now: Timestamp) -> Result<()> {
    let sql = "UPDATE passkeys SET counter = $2, public_key = $3, used_at = $4 WHERE id = $1";
    execute!(tx, sql, id.0, counter, Json(public_key), now.micros())?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: PasskeyId) -> Result<()> {
    execute!(tx, "DELETE FROM passkeys WHERE id = $1", id.0)?;
    Ok(())
}
