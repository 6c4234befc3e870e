//! `api_tokens`.

use domain::{ApiToken, Error, Result, Scope, Timestamp, TokenId, UserName};
use sqlx::types::Json;
use uuid::Uuid;

use crate::Hash;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::{moment, parsed};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_name: String,
    name: String,
    scope: Json<Scope>,
    expires_at: i64,
    created_at: i64,
    used_at: Option<i64>,
    revoked: bool,
}

impl TryFrom<Row> for ApiToken {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            user: parsed("api_tokens", "user_name", &row.user_name)?,
            name: row.name,
            scope: row.scope.0,
            expires_at: moment(row.expires_at),
            created_at: moment(row.created_at),
            used_at: row.used_at.map(moment),
            revoked: row.revoked,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, user_name, name, scope, expires_at, created_at, used_at, revoked FROM api_tokens ", $rest)
    };
}

/// All tokens, newest first.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<ApiToken>> {
    crate::tables::all(fetch_all!(tx, Row, select!("ORDER BY id DESC"))?)
}

/// A user's tokens, newest first.
pub(crate) async fn of_user(tx: &mut Tx, user: &UserName) -> Result<Vec<ApiToken>> {
    crate::tables::all(fetch_all!(tx, Row, select!("WHERE user_name = $1 ORDER BY id DESC"), user.as_str())?)
}

pub(crate) async fn by_hash(tx: &mut Tx, hash: &Hash) -> Result<Option<ApiToken>> {
    fetch_optional!(tx, Row, select!("WHERE hash = $1"), hash.as_slice())?.map(TryInto::try_into).transpose()
}

/// One token, held to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: TokenId) -> Result<Option<ApiToken>> {
    let sql = tx.dialect(select!("WHERE id = $1"), select!("WHERE id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

pub(crate) async fn insert(tx: &mut Tx, token: &ApiToken, hash: &Hash) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO api_tokens (id, hash, user_name, name, scope, expires_at, created_at, used_at, revoked) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, FALSE)",
        token.id.0,
        hash.as_slice(),
        token.user.as_str(),
        &token.name,
        Json(&token.scope),
        token.expires_at.micros(),
        token.created_at.micros(),
    )?;
    Ok(())
}

/// Writes when a token was used and whether it was taken back.
pub(crate) async fn update(tx: &mut Tx, token: &ApiToken) -> Result<()> {
    let sql = "UPDATE api_tokens SET used_at = $2, revoked = $3 WHERE id = $1";
    execute!(tx, sql, token.id.0, token.used_at.map(Timestamp::micros), token.revoked)?;
    Ok(())
}
