//! `invitations`.

use domain::{Error, Invitation, InvitationId, Result, Timestamp, UserName};
use uuid::Uuid;

use super::role;
use crate::Hash;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::{moment, parsed};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    role: String,
    project: Option<Uuid>,
    created_by: Option<String>,
    created_at: i64,
    expires_at: i64,
    used_by: Option<String>,
    revoked: bool,
}

impl TryFrom<Row> for Invitation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let user =
            |column, name: Option<String>| name.as_deref().map(|name| parsed("invitations", column, name)).transpose();
        Ok(Self {
            id: row.id.into(),
            role: role("invitations", &row.role)?,
            project: row.project.map(Into::into),
            created_by: user("created_by", row.created_by)?,
            created_at: moment(row.created_at),
            expires_at: moment(row.expires_at),
            used_by: user("used_by", row.used_by)?,
            revoked: row.revoked,
        })
    }
}

macro_rules! columns {
    () => {
        "id, role, project, created_by, created_at, expires_at, used_by, revoked"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM invitations ", $rest)
    };
}

/// The newest invitations, newest first.
pub(crate) async fn newest(tx: &mut Tx, limit: i64) -> Result<Vec<Invitation>> {
    crate::tables::all(fetch_all!(tx, Row, select!("ORDER BY id DESC LIMIT $1"), limit)?)
}

pub(crate) async fn by_hash(tx: &mut Tx, hash: &Hash) -> Result<Option<Invitation>> {
    fetch_optional!(tx, Row, select!("WHERE hash = $1"), hash.as_slice())?.map(TryInto::try_into).transpose()
}

/// One invitation, held to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: InvitationId) -> Result<Option<Invitation>> {
    let sql = tx.dialect(select!("WHERE id = $1"), select!("WHERE id = $1 FOR UPDATE"));
    fetch_optional!(tx, Row, sql, id.0)?.map(TryInto::try_into).transpose()
}

/// Takes an open invitation for `user`, who must be the first; none when it does not hold any more.
pub(crate) async fn take(tx: &mut Tx, hash: &Hash, user: &UserName, now: Timestamp) -> Result<Option<Invitation>> {
    let sql = concat!(
        "UPDATE invitations SET used_by = $2 WHERE hash = $1 AND used_by IS NULL AND revoked = FALSE AND expires_at > $3 \
         RETURNING ",
        columns!()
    );
    fetch_optional!(tx, Row, sql, hash.as_slice(), user.as_str(), now.micros())?.map(TryInto::try_into).transpose()
}

/// Takes back what is still open of a user's invitations.
pub(crate) async fn revoke_open_of(tx: &mut Tx, user: &UserName) -> Result<Vec<Invitation>> {
    let sql = concat!(
        "UPDATE invitations SET revoked = TRUE WHERE created_by = $1 AND used_by IS NULL AND revoked = FALSE RETURNING ",
        columns!()
    );
    crate::tables::all(fetch_all!(tx, Row, sql, user.as_str())?)
}

pub(crate) async fn insert(tx: &mut Tx, invitation: &Invitation, hash: &Hash) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO invitations (id, hash, role, project, created_by, created_at, expires_at, used_by, revoked) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, FALSE)",
        invitation.id.0,
        hash.as_slice(),
        invitation.role.name(),
        invitation.project.map(|id| id.0),
        invitation.created_by.as_ref().map(|name| name.as_str()),
        invitation.created_at.micros(),
        invitation.expires_at.micros(),
    )?;
    Ok(())
}

pub(crate) async fn revoke(tx: &mut Tx, id: InvitationId) -> Result<()> {
    execute!(tx, "UPDATE invitations SET revoked = TRUE WHERE id = $1", id.0)?;
    Ok(())
}
