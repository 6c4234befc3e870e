//! The store: opens the database, starts the writing task, and runs commands.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::{Action, Subject};
use domain::{Actor, Clock, Error, ErrorCode, Result, Rights, Timestamp};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::change::Command;
use crate::commands::NoteRefusal;
use crate::db::Db;
use crate::gate::{self, Gate};
use crate::ids::Ids;
use crate::log::Log;
use crate::refusals::Refusals;
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
    gate: Gate,
    refusals: Refusals,
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
        begin_log(&db, &ids, options.clock.now()).await?;
        let (epoch, seq, gate) = gate::begin(&mut db.read().await?).await?;
        let log = Log::new(db.clone(), gate.clone(), epoch, seq);
        let node: Arc<str> = options.node.into();
        let desk = Desk {
            db: db.clone(),
            log: log.clone(),
            clock: options.clock.clone(),
            ids: ids.clone(),
            node: node.clone(),
            gate: gate.clone(),
        };
        let (writer, writing) = Writer::start(desk);
        let stop = CancellationToken::new();
        let following = tokio::spawn(feed::follow(db.clone(), log.clone(), stop.clone()));
        let shared = Shared {
            db,
            log,
            gate,
            refusals: Refusals::default(),
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
    /// answers once that is durable. Many commands share one commit. That someone was refused is an event too.
    ///
    /// # Errors
    /// `Unauthorized`, `Forbidden`, whatever the command's rules refuse, or a database failure. Then nothing was written.
    pub async fn run<C: Command>(&self, actor: &Actor, command: C) -> Result<C::Output> {
        let subject = command.subject();
        let allowed = subject.map_or(Ok(()), |subject| self.rights(actor).allow(C::ACTION, subject));
        let outcome = match allowed {
            Ok(()) => self.writer()?.run(actor, command).await,
            Err(refused) => Err(refused),
        };
        if let Err(error) = &outcome {
            Box::pin(self.note_refusal(actor, C::ACTION, subject.unwrap_or(Subject::Anywhere), error)).await;
        }
        outcome
    }

    /// What `actor` may do now.
    #[must_use]
    pub fn rights(&self, actor: &Actor) -> Rights {
        self.shared.gate.rights(actor, self.now())
    }

    /// Checks that `actor` may do `action` to `subject`: for what is no command, like reading a file. That someone was
    /// refused is an event.
    ///
    /// # Errors
    /// `Unauthorized`, `Forbidden`.
    pub async fn require(&self, actor: &Actor, action: Action, subject: Subject) -> Result<()> {
        let allowed = self.rights(actor).allow(action, subject);
        if let Err(error) = &allowed {
            Box::pin(self.note_refusal(actor, action, subject, error)).await;
        }
        allowed
    }

    /// Notes that someone known was refused, the same thing at most once a minute.
    async fn note_refusal(&self, actor: &Actor, action: Action, subject: Subject, error: &Error) {
        let by_someone = actor.by != domain::Party::System && error.code == ErrorCode::Forbidden;
        if !by_someone || !self.shared.refusals.is_news(actor, action, self.now()) {
            return;
        }
        let refusal = NoteRefusal {
            who: Some(actor.by.clone()),
            action: action.name().into(),
            subject: subject.to_string(),
            reason: error.message.clone(),
            place: None,
        };
        // Past `run`, which would come back here.
        let noted = match self.writer() {
            Ok(writer) => writer.run(&Actor::system(), refusal).await,
            Err(closing) => Err(closing),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "a refusal could not be noted");
        }
    }

    fn writer(&self) -> Result<Writer> {
        let writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let message = "The workshop is shutting down. Try again when it is back.";
        writer.ok_or_else(|| Error::new(ErrorCode::Unavailable, message))
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
            true => Err(Error::new(ErrorCode::Unavailable, "The writing task has ended. Restart the server.")),
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

    pub(crate) fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }
}

async fn begin_log(db: &Db, ids: &Ids, now: Timestamp) -> Result<()> {
    let mut tx = db.write().await?;
    tables::events::begin(&mut tx, ids.next(now)).await?;
    tx.commit().await
}
