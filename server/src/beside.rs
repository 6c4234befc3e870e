//! The database for a command that does its work without the server.

use std::sync::Arc;

use domain::Result;
use store::Store;
use store::clock::SystemClock;

use crate::config::{Config, Database};
use crate::serve::lock::{self, Lock};

/// What such a command is called where servers have a name of their own.
const NODE: &str = "command";

/// The open database, and with SQLite the data folder's lock.
pub(crate) struct Beside {
    pub(crate) store: Store,
    _lock: Option<Lock>,
}

impl Beside {
    /// Opens it to write, and makes it where there is none.
    ///
    /// # Errors
    /// `Conflict` when a server works on the same SQLite file: two writers would not see each other's events. A
    /// PostgreSQL tells its servers itself.
    pub(crate) async fn to_write(config: &Config) -> Result<Self> {
        let lock = match config.database {
            Database::Sqlite(_) => {
                lock::make_folder(config)?;
                Some(lock::take(config)?)
            }
            Database::Postgres(_) => None,
        };
        Ok(Self { store: open(config).await?, _lock: lock })
    }

    /// Opens it to read, also while a server works on it. None when there is none yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn to_read(config: &Config) -> Result<Option<Self>> {
        match &config.database {
            Database::Sqlite(path) if !path.exists() => Ok(None),
            _ => Ok(Some(Self { store: open(config).await?, _lock: None })),
        }
    }

    /// Finishes what was handed in and lets go.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}

async fn open(config: &Config) -> Result<Store> {
    let options = store::Options { url: config.database.url(), clock: Arc::new(SystemClock), node: NODE.into() };
    Store::open(options).await
}
