//! `secrets` and `signing_keys`: what was sealed before it came here.

use domain::{Error, Result, Timestamp};
use serde_json::Value;
use sqlx::types::Json;

use crate::accounts::SigningKey;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::moment;

#[derive(sqlx::FromRow)]
struct Row {
    kid: String,
    algorithm: String,
    sealed: Vec<u8>,
    public_jwk: Json<Value>,
    created_at: i64,
    retired_at: Option<i64>,
}

impl TryFrom<Row> for SigningKey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            kid: row.kid,
            algorithm: row.algorithm,
            sealed: row.sealed,
            public_jwk: row.public_jwk.0,
            created_at: moment(row.created_at),
            retired_at: row.retired_at.map(moment),
        })
    }
}

/// The signing keys, newest first.
pub(crate) async fn signing_keys(tx: &mut Tx) -> Result<Vec<SigningKey>> {
    crate::tables::all(fetch_all!(
        tx,
        Row,
        "SELECT kid, algorithm, sealed, public_jwk, created_at, retired_at FROM signing_keys \
         ORDER BY created_at DESC, kid DESC"
    )?)
}

pub(crate) async fn insert_key(tx: &mut Tx, key: &SigningKey) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO signing_keys (kid, algorithm, sealed, public_jwk, created_at, retired_at) \
         VALUES ($1, $2, $3, $4, $5, NULL)",
        &key.kid,
        &key.algorithm,
        &key.sealed[..],
        Json(&key.public_jwk),
        key.created_at.micros(),
    )?;
    Ok(())
}

/// Retires a key; tells whether it was in use.
pub(crate) async fn retire_key(tx: &mut Tx, kid: &str, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE signing_keys SET retired_at = $2 WHERE kid = $1 AND retired_at IS NULL";
    Ok(execute!(tx, sql, kid, now.micros())? > 0)
}

/// Puts the same key, sealed anew, in its place; tells whether there is such a key.
pub(crate) async fn reseal_key(tx: &mut Tx, kid: &str, sealed: &[u8]) -> Result<bool> {
    Ok(execute!(tx, "UPDATE signing_keys SET sealed = $2 WHERE kid = $1", kid, sealed)? > 0)
}

/// The secrets, sealed, by name.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<(String, Vec<u8>)>> {
    fetch_all!(tx, (String, Vec<u8>), "SELECT name, sealed FROM secrets ORDER BY name")
}

pub(crate) async fn get(tx: &mut Tx, name: &str) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(tx, (Vec<u8>,), "SELECT sealed FROM secrets WHERE name = $1", name)?;
    Ok(row.map(|(sealed,)| sealed))
}

pub(crate) async fn put(tx: &mut Tx, name: &str, sealed: &[u8], now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO secrets (name, sealed, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, changed_at = excluded.changed_at",
        name,
        sealed,
        now.micros()
    )?;
    Ok(())
}

/// Removes a secret; tells whether it was there.
pub(crate) async fn delete(tx: &mut Tx, name: &str) -> Result<bool> {
    Ok(execute!(tx, "DELETE FROM secrets WHERE name = $1", name)? > 0)
}
