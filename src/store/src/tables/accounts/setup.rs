//! `setup_links`: at most one, for a workshop that has no admin yet.

use domain::{Result, Timestamp};

use crate::Hash;
use crate::db::{Tx, execute, fetch_optional};

/// Puts a link in place of the one before.
pub(crate) async fn put(tx: &mut Tx, hash: &Hash, expires_at: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO setup_links (id, hash, expires_at) VALUES (1, $1, $2) \
         ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at",
        hash.as_slice(),
        expires_at.micros()
    )?;
    Ok(())
}

/// Whether the link holds at `now`.
pub(crate) async fn holds(tx: &mut Tx, hash: &Hash, now: Timestamp) -> Result<bool> {
    let sql = "SELECT id FROM setup_links WHERE hash = $1 AND expires_at > $2";
    Ok(fetch_optional!(tx, (i64,), sql, hash.as_slice(), now.micros())?.is_some())
}

/// Uses the link up; tells whether it held at `now`.
pub(crate) async fn take(tx: &mut Tx, hash: &Hash, now: Timestamp) -> Result<bool> {
    let sql = "DELETE FROM setup_links WHERE hash = $1 AND expires_at > $2";
    Ok(execute!(tx, sql, hash.as_slice(), now.micros())? > 0)
}

/// Takes away whatever link there is.
pub(crate) async fn clear(tx: &mut Tx) -> Result<()> {
    execute!(tx, "DELETE FROM setup_links")?;
    Ok(())
}
