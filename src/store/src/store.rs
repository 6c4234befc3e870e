//! The store: opens the database, starts the writing task, and runs commands.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Actor, Clock, Result, Timestamp, access};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::change::Command;
use crate::db::Db;
use crate::ids::Ids;
use crate::log::Log;
use crate::writer::{Desk, Writer};
use crate::{feed, tables};

/// What it takes to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database's address: `sqlite:///path/to/tatwats.db` or `postgres://…`.
    pub url: String,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// This server's stable name, by which it finds what it left behind after a crash.
    pub node: String,
}

/// The workshop's memory. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    log: Log,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    node: Arc<str>,
    writer: Mutex<Option<Writer>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    stop: CancellationToken,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("node", &self.shared.node).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database, brings its schema up to date, and starts the writing task.
    ///
    /// # Errors
    /// `Invalid` for an address without a known scheme, `Unavailable` when the database does not answer or is too old.
    pub async fn open(options: Options) -> Result<Self> {
        let db = Db::open(&options.url).await?;
        let ids = Arc::new(Ids::default());
        let (epoch, seq) = begin_log(&db, &ids, options.clock.now()).await?;
        let log = Log::new(db.clone(), epoch, seq);
        let node: Arc<str> = options.node.into();
        let desk = Desk {
            db: db.clone(),
            log: log.clone(),
            clock: options.clock.clone(),
            ids: ids.clone(),
            node: node.clone(),
        };
        let (writer, writing) = Writer::start(desk);
        let stop = CancellationToken::new();
        let following = tokio::spawn(feed::follow(db.clone(), log.clone(), stop.clone()));
        let shared = Shared {
            db,
            log,
            clock: options.clock,
            ids,
            node,
            writer: Mutex::new(Some(writer)),
            tasks: Mutex::new(vec![writing, following]),
            stop,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The write path: checks that `actor` may do this, applies the command and its events in one transaction, and
    /// answers once that is durable. Many commands share one commit.
    ///
    /// # Errors
    /// `Forbidden`, whatever the command's rules refuse, or a database failure. Then nothing was written.
    pub async fn run<C: Command>(&self, actor: &Actor, command: C) -> Result<C::Output> {
        access::check(actor, C::ACTION)?;
        let writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match writer {
            Some(writer) => writer.run(actor, command).await,
            None => Err(domain::Error::new(
                domain::ErrorCode::Unavailable,
                "The workshop is shutting down. Try again when it is back.",
            )),
        }
    }

    /// The live hub.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// The clock that everything here goes by.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// This server's stable name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.shared.node
    }

    /// A new id: UUID version 7 by the injected clock.
    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        self.shared.ids.next(self.now()).into()
    }

    /// Whether the database answers and the writing task is at work.
    ///
    /// # Errors
    /// `Unavailable`, in words.
    pub async fn ready(&self) -> Result<()> {
        tables::events::state(&mut self.db().read().await?).await?;
        let tasks = self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        match tasks.iter().any(JoinHandle::is_finished) {
            true => Err(domain::Error::new(
                domain::ErrorCode::Unavailable,
                "The writing task has ended. Restart the server.",
            )),
            false => Ok(()),
        }
    }

    /// Finishes what was handed in, then closes the database. Commands that come later are refused.
    pub async fn close(&self) {
        self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.stop.cancel();
        let tasks = std::mem::take(&mut *self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            let _ = task.await;
        }
        self.shared.db.close().await;
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }
}

async fn begin_log(db: &Db, ids: &Ids, now: Timestamp) -> Result<(Uuid, i64)> {
    let mut tx = db.write().await?;
    tables::events::begin(&mut tx, ids.next(now)).await?;
    let state = tables::events::state(&mut tx).await?;
    tx.commit().await?;
    state.ok_or_else(|| domain::Error::internal("the log has no state row"))
}
