//! Several servers on one PostgreSQL: tells the others of new events, hears of theirs, and looks by itself as a fall-back.

use std::time::Duration;

use domain::Result;
use sqlx::postgres::{PgListener, PgPool};
use tokio_util::sync::CancellationToken;

use crate::db::Db;
use crate::log::Log;
use crate::tables;

/// The channel that wakes the other servers. It carries no data: they read the log.
const CHANNEL: &str = "tatwats_events";
/// How often to look when nothing wakes us: a notification can be lost with its connection.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Events fetched at once.
const PAGE: i64 = 512;

/// Keeps the log in step until `stop`. On SQLite there is one server, and only its own holes to fill.
pub(crate) async fn follow(db: Db, log: Log, stop: CancellationToken) {
    match &db {
        Db::Sqlite { .. } => {
            while stop.run_until_cancelled(log.behind()).await.is_some() {
                catch_up(&db, &log).await;
            }
        }
        Db::Postgres(pool) => {
            let told = tokio::spawn(tell(pool.clone(), log.clone(), stop.clone()));
            hear(pool, &db, &log, &stop).await;
            let _ = told.await;
        }
    }
}

/// Wakes the other servers: once per burst of commits, outside any transaction.
async fn tell(pool: PgPool, log: Log, stop: CancellationToken) {
    while stop.run_until_cancelled(log.committed()).await.is_some() {
        if let Err(error) = sqlx::query("SELECT pg_notify('tatwats_events', '')").execute(&pool).await {
            tracing::warn!(%error, "other servers could not be told of new events; they will look by themselves");
        }
    }
}

async fn hear(pool: &PgPool, db: &Db, log: &Log, stop: &CancellationToken) {
    let mut listener = listening(pool).await;
    loop {
        let heard = async {
            match &mut listener {
                Some(ears) => ears.recv().await.is_ok(),
                None => std::future::pending().await,
            }
        };
        let deaf = tokio::select! {
            () = stop.cancelled() => return,
            () = log.behind() => false,
            heard = heard => !heard,
            () = tokio::time::sleep(LOOK_EVERY) => listener.is_none(),
        };
        if deaf {
            listener = listening(pool).await;
        }
        catch_up(db, log).await;
    }
}

async fn listening(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

/// Fetches whatever the log has beyond what we know.
pub(crate) async fn catch_up(db: &Db, log: &Log) {
    loop {
        match missing(db, log).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = ?error, "the log could not be read; trying again");
                return;
            }
        }
    }
}

/// Fetches what the log has beyond what we know; tells how much it was.
async fn missing(db: &Db, log: &Log) -> Result<usize> {
    let events = tables::events::after(&mut db.read().await?, log.last_taken(), PAGE).await?;
    let count = events.len();
    log.take(events);
    log.wake();
    Ok(count)
}
