//! `oidc_identities`: who someone is at an OpenID provider.

use domain::{Result, Timestamp, UserName};

use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::parsed;

/// The user who is `subject` at `issuer`.
pub(crate) async fn user(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<UserName>> {
    let sql = "SELECT user_name FROM oidc_identities WHERE issuer = $1 AND subject = $2";
    let row = fetch_optional!(tx, (String,), sql, issuer, subject)?;
    row.map(|(name,)| parsed("oidc_identities", "user_name", &name)).transpose()
}

/// The issuers at which a user has an identity.
pub(crate) async fn issuers_of(tx: &mut Tx, user: &UserName) -> Result<Vec<String>> {
    let sql = "SELECT issuer FROM oidc_identities WHERE user_name = $1 ORDER BY issuer";
    Ok(fetch_all!(tx, (String,), sql, user.as_str())?.into_iter().map(|(issuer,)| issuer).collect())
}

pub(crate) async fn insert(tx: &mut Tx, issuer: &str, subject: &str, user: &UserName, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO oidc_identities (issuer, subject, user_name, linked_at) VALUES ($1, $2, $3, $4)";
    execute!(tx, sql, issuer, subject, user.as_str(), now.micros())?;
    Ok(())
}

/// Takes a user's identities at `issuer` away; tells whether there were any.
pub(crate) async fn delete(tx: &mut Tx, issuer: &str, user: &UserName) -> Result<bool> {
    let sql = "DELETE FROM oidc_identities WHERE issuer = $1 AND user_name = $2";
    Ok(execute!(tx, sql, issuer, user.as_str())? > 0)
}
