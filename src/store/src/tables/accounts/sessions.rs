//! `sessions`.

use domain::{Error, Result, Session, SessionId, Timestamp, UserName};
use uuid::Uuid;

use crate::Hash;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::{moment, parsed};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_name: String,
    device: String,
    place: String,
    created_at: i64,
    used_at: i64,
    expires_at: i64,
}

impl TryFrom<Row> for Session {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            user: parsed("sessions", "user_name", &row.user_name)?,
            device: row.device,
            place: row.place,
            created_at: moment(row.created_at),
            used_at: moment(row.used_at),
            expires_at: moment(row.expires_at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, user_name, device, place, created_at, used_at, expires_at FROM sessions ", $rest)
    };
}

/// The session of that hash, if it is neither too old nor was unused for too long.
pub(crate) async fn by_hash(
    tx: &mut Tx,
    hash: &Hash,
    now: Timestamp,
    used_after: Timestamp,
) -> Result<Option<Session>> {
    let sql = select!("WHERE hash = $1 AND expires_at > $2 AND used_at > $3");
    fetch_optional!(tx, Row, sql, hash.as_slice(), now.micros(), used_after.micros())?
        .map(TryInto::try_into)
        .transpose()
}

pub(crate) async fn get(tx: &mut Tx, id: SessionId) -> Result<Option<Session>> {
    fetch_optional!(tx, Row, select!("WHERE id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

/// The hash of a session's secret.
pub(crate) async fn hash(tx: &mut Tx, id: SessionId) -> Result<Option<Hash>> {
    let row = fetch_optional!(tx, (Vec<u8>,), "SELECT hash FROM sessions WHERE id = $1", id.0)?;
    row.map(|(hash,)| hash.try_into().map_err(|_| Error::internal("a hash in sessions has another length"))).transpose()
}

/// A user's sessions, the one used last first.
pub(crate) async fn of_user(tx: &mut Tx, user: &UserName, now: Timestamp) -> Result<Vec<Session>> {
    let sql = select!("WHERE user_name = $1 AND expires_at > $2 ORDER BY used_at DESC, id DESC");
    crate::tables::all(fetch_all!(tx, Row, sql, user.as_str(), now.micros())?)
}

/// Every session and whose it is.
pub(crate) async fn owners(tx: &mut Tx) -> Result<Vec<(SessionId, UserName)>> {
    let rows = fetch_all!(tx, (Uuid, String), "SELECT id, user_name FROM sessions")?;
    rows.into_iter().map(|(id, user)| Ok((id.into(), parsed("sessions", "user_name", &user)?))).collect()
}

/// When each user's sessions were last used.
pub(crate) async fn last_used(tx: &mut Tx) -> Result<Vec<(UserName, Timestamp)>> {
    let rows = fetch_all!(tx, (String, i64), "SELECT user_name, max(used_at) FROM sessions GROUP BY user_name")?;
    rows.into_iter().map(|(user, at)| Ok((parsed("sessions", "user_name", &user)?, moment(at)))).collect()
}

/// Sessions that are too old, or were not used since `unused_since`.
pub(crate) async fn expired(tx: &mut Tx, now: Timestamp, unused_since: Timestamp) -> Result<Vec<Session>> {
    let sql = select!("WHERE expires_at <= $1 OR used_at <= $2 ORDER BY id LIMIT 500");
    crate::tables::all(fetch_all!(tx, Row, sql, now.micros(), unused_since.micros())?)
}

pub(crate) async fn insert(tx: &mut Tx, session: &Session, hash: &Hash) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO sessions (id, hash, user_name, device, place, created_at, used_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        session.id.0,
        hash.as_slice(),
        session.user.as_str(),
        &session.device,
        &session.place,
        session.created_at.micros(),
        session.used_at.micros(),
        session.expires_at.micros(),
    )?;
    Ok(())
}

/// Notes that a session is in use, from where; tells whether it is still there.
pub(crate) async fn touch(tx: &mut Tx, id: SessionId, place: &str, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE sessions SET used_at = $3, place = $2 WHERE id = $1";
    Ok(execute!(tx, sql, id.0, place, now.micros())? > 0)
}

/// Puts another hash in place of the one before; tells whether that was still the one.
pub(crate) async fn rotate(tx: &mut Tx, id: SessionId, from: &Hash, to: &Hash) -> Result<bool> {
    let sql = "UPDATE sessions SET hash = $3 WHERE id = $1 AND hash = $2";
    Ok(execute!(tx, sql, id.0, from.as_slice(), to.as_slice())? > 0)
}

/// Ends a session; tells whether it was there.
pub(crate) async fn delete(tx: &mut Tx, id: SessionId) -> Result<bool> {
    Ok(execute!(tx, "DELETE FROM sessions WHERE id = $1", id.0)? > 0)
}
