//! `leases`: who works on what, for how long. A token grows with every new holder, so that an old one is told apart.

use domain::{Result, Timestamp};
use uuid::Uuid;

use crate::db::{Tx, execute, fetch_optional};

/// Takes or renews a lease; none when another holds it. The token stays while the holder stays.
pub(crate) async fn take(
    tx: &mut Tx,
    name: &str,
    holder: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<i64>> {
    let row = fetch_optional!(
        tx,
        (i64,),
        "INSERT INTO leases (name, holder, token, until) VALUES ($1, $2, 1, $4) ON CONFLICT (name) DO UPDATE SET \
         token = CASE WHEN leases.holder = excluded.holder THEN leases.token ELSE leases.token + 1 END, \
         holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until < $3 \
         RETURNING token",
        name,
        holder,
        now.micros(),
        until.micros()
    )?;
    Ok(row.map(|(token,)| token))
}

/// Gives a lease back: it stays as a row, so that its token goes on growing.
pub(crate) async fn give_back(tx: &mut Tx, name: &str, holder: Uuid) -> Result<()> {
    execute!(tx, "UPDATE leases SET until = 0 WHERE name = $1 AND holder = $2", name, holder)?;
    Ok(())
}
