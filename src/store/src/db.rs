//! The two engines behind one pair of types: [`Db`], and [`Tx`] for one transaction. Every query stands once.

use std::str::FromStr;
use std::time::Duration;

use domain::{Error, ErrorCode, Result};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Postgres, Sqlite, Transaction};

use crate::error::from_db;
use crate::migrations;

/// The oldest SQLite without the WAL-reset corruption bug.
const OLDEST_SQLITE: &str = "3.51.3";
/// The oldest PostgreSQL that is tested and still maintained.
const OLDEST_POSTGRES: i64 = 140_000;

/// So many rows wait to be taken from SQLite's thread. When that is full the two threads wake each other for every few rows,
/// which costs more than reading them.
const ROWS_AT_ONCE: usize = 1000;

/// A database: SQLite with one writing connection and several reading ones, or PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// One transaction. Dropped without a commit, it is rolled back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs the same body on whichever engine the transaction has; `$c` is its connection.
macro_rules! each_db {
    ($tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::db::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::db::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}
pub(crate) use each_db;

/// Runs a statement with its arguments; tells how many rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::each_db!($tx, |c| sqlx::query($sql)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected()))
            .map_err($crate::error::from_db)
    };
}
pub(crate) use execute;

/// Fetches all rows of a query as `$row`.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::each_db!($tx, |c| sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(c).await)
            .map_err($crate::error::from_db)
    };
}
pub(crate) use fetch_all;

/// Fetches the row of a query as `$row`, if there is one.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::each_db!($tx, |c| sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(c).await)
            .map_err($crate::error::from_db)
    };
}
pub(crate) use fetch_optional;

/// Fetches one value.
macro_rules! fetch_value {
    ($tx:expr, $value:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::each_db!($tx, |c| sqlx::query_scalar::<_, $value>($sql)$(.bind($arg))*.fetch_one(c).await)
            .map_err($crate::error::from_db)
    };
}
pub(crate) use fetch_value;

impl Db {
    /// Opens the database that `url` names and brings its schema up to date.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let db = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Self::open_sqlite(url).await?,
            Some("postgres" | "postgresql") => Self::open_postgres(url).await?,
            _ => {
                return Err(Error::invalid(
                    "DATABASE_URL",
                    "The database's address must begin with sqlite:// or postgres://, for example sqlite:///var/lib/tatwats/tatwats.db",
                ));
            }
        };
        db.check_version().await?;
        db.migrate().await?;
        Ok(db)
    }

    async fn open_sqlite(url: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(from_db)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .row_buffer_size(ROWS_AT_ONCE);
        // A file does not go away as a server does: its thread need not be asked each time whether it is still there.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        // What a statement would put back if it failed is kept in memory, not in a file.
        let writing = options.clone().pragma("temp_store", "MEMORY");
        // On some failures, as when the disk is full, SQLite ends a transaction by itself, which sqlx does not know: it would begin no other.
        let write = pool().after_release(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
        let write = write.max_connections(1).connect_with(writing).await.map_err(from_db)?;
        let read = pool().max_connections(4).connect_with(options.pragma("query_only", "ON")).await.map_err(from_db)?;
        Ok(Self::Sqlite { write, read })
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(from_db)?.application_name("tatwats");
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(from_db)?;
        Ok(Self::Postgres(pool))
    }

    async fn check_version(&self) -> Result<()> {
        match self {
            Self::Sqlite { read, .. } => {
                let version: String =
                    sqlx::query_scalar("SELECT sqlite_version()").fetch_one(read).await.map_err(from_db)?;
                if numbers(&version) < numbers(OLDEST_SQLITE) {
                    return Err(too_old("SQLite", &version, OLDEST_SQLITE));
                }
            }
            Self::Postgres(pool) => {
                let version: i64 = sqlx::query_scalar("SELECT current_setting('server_version_num')::bigint")
                    .fetch_one(pool)
                    .await
                    .map_err(from_db)?;
                if version < OLDEST_POSTGRES {
                    return Err(too_old("PostgreSQL", &(version / 10_000).to_string(), "14"));
                }
            }
        }
        Ok(())
    }

    async fn migrate(&self) -> Result<()> {
        let done = match self {
            Self::Sqlite { write, .. } => migrations::sqlite().run(write).await,
            Self::Postgres(pool) => migrations::postgres().run(pool).await,
        };
        done.map_err(|error| {
            Error::new(
                ErrorCode::Unavailable,
                "The database's schema could not be brought up to date. Was it used by a newer version of TATWATS?",
            )
            .because(error)
        })
    }

    /// Begins a transaction that sees one moment of the database and changes nothing.
    pub(crate) async fn read(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { read, .. } => read.begin().await.map(Tx::Sqlite),
            Self::Postgres(pool) => {
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Tx::Postgres)
            }
        }
        .map_err(from_db)
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once.
    pub(crate) async fn write(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { write, .. } => write.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        }
        .map_err(from_db)
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes what was done last.
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
        .map_err(from_db)
    }

    /// Undoes what was done.
    pub(crate) async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
        .map_err(from_db)
    }

    /// Picks the text for the engine, where the two must differ.
    pub(crate) const fn dialect(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

fn too_old(engine: &str, found: &str, oldest: &str) -> Error {
    Error::new(
        ErrorCode::Unavailable,
        format!("{engine} {found} is too old: TATWATS needs {oldest} or newer. Update it, then start again."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sqlite_plans_a_statement_once_and_keeps_pages_without_a_lock() {
        let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
        let options: Vec<String> = sqlx::query_scalar("PRAGMA compile_options").fetch_all(&pool).await.unwrap();
        let has = |wanted| options.iter().any(|option| option == wanted);
        assert!(has("ENABLE_QPSG") && !has("ENABLE_MEMORY_MANAGEMENT"), "see .cargo/config.toml: {options:?}");
    }

    #[tokio::test]
    async fn a_disk_that_was_full_is_written_again_once_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}", folder.path().join("full.db").display())).await.unwrap();
        let mut tx = db.write().await.unwrap();
        execute!(&mut tx, "CREATE TABLE notes (text BLOB)").unwrap();
        tx.commit().await.unwrap();

        let write = "INSERT INTO notes VALUES (zeroblob(1000000))";
        let mut tx = db.write().await.unwrap();
        // No page more than there are. SQLite ends the transaction by itself then.
        execute!(&mut tx, "PRAGMA max_page_count = 1").unwrap();
        let full = execute!(&mut tx, write).unwrap_err();
        assert!(full.message.contains("disk is full"), "{full:?}");
        drop(tx);

        let mut tx = db.write().await.unwrap();
        execute!(&mut tx, write).unwrap();
        tx.commit().await.unwrap();
        db.close().await;
    }
}
