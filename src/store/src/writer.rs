//! Group commit: one task applies the commands that have piled up in one transaction, and makes them last with one commit.
//! Every caller gets its own result, and only after that commit. A command that is refused undoes none but itself: the
//! batch is then applied again, each command behind a savepoint. Most batches need none, and a savepoint costs two
//! statements each, and PostgreSQL a good deal more.
//!
//! What is said together is heard together: live readers are woken when no more waits to be written, or soon after. To wake a
//! thousand of them takes longer than to write what they are woken for.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, Clock, Error, ErrorCode, Event, Result};
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use crate::change::{Change, Command};
use crate::db::{Db, Tx, execute};
use crate::gate::Gate;
use crate::gathered::Gathered;
use crate::ids::Ids;
use crate::log::Log;
use crate::{feed, tables};

/// Most commands in one transaction.
const MAX_BATCH: usize = 512;
/// Commands that may wait; past it callers wait for a place.
const QUEUE: usize = 4_096;
/// How long live readers are not woken for what was written while more is.
const UNHEARD: Duration = Duration::from_millis(5);

/// What keeps the commands of a batch apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// Nothing: when one is refused, the batch is undone.
    Nothing,
    /// A savepoint each: who is refused undoes itself only.
    Savepoints,
}

/// What became of a batch.
enum Batch {
    /// It lasts: every command's own outcome.
    Written(Vec<Result<()>>),
    /// It was undone for one command's refusal.
    Undone(Error),
}

type Applied<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A command on its way, whatever its output is.
trait Job: Send {
    fn actor(&self) -> Actor;
    fn gathers(&self) -> bool;
    fn apply<'a>(&'a mut self, change: &'a mut Change<'_>) -> Applied<'a>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Waiting<C: Command> {
    command: C,
    actor: Actor,
    output: Option<C::Output>,
    reply: oneshot::Sender<Result<C::Output>>,
}

impl<C: Command> Job for Waiting<C> {
    fn actor(&self) -> Actor {
        self.actor.clone()
    }

    fn gathers(&self) -> bool {
        C::GATHERS
    }

    fn apply<'a>(&'a mut self, change: &'a mut Change<'_>) -> Applied<'a> {
        Box::pin(async move {
            let subject = self.command.subject();
            if let Some(subject) = subject {
                // Rights may have changed while it waited.
                change.rights_of(&self.actor).allow(C::ACTION, subject)?;
            }
            let output = self.command.apply(change).await?;
            if subject.is_none() && !change.checked {
                return Err(Error::internal(format!("{} checked no right", std::any::type_name::<C>())));
            }
            self.output = Some(output);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { output, reply, .. } = *self;
        let result = outcome.and_then(|()| output.ok_or_else(|| Error::internal("a command ended without an output")));
        // The caller may have gone; the change stands all the same.
        let _ = reply.send(result);
    }
}

/// Where commands are handed in.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

/// What the writing task works with.
pub(crate) struct Desk {
    pub(crate) db: Db,
    pub(crate) log: Log,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) node: Arc<str>,
    pub(crate) gate: Gate,
}

impl Writer {
    /// Starts the writing task. It ends when every `Writer` is gone and the queue is empty.
    pub(crate) fn start(desk: Desk) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, inbox) = mpsc::channel(QUEUE);
        (Self { queue }, tokio::spawn(desk.work(inbox)))
    }

    /// Hands in a command and waits until it is durable.
    pub(crate) async fn run<C: Command>(&self, actor: &Actor, command: C) -> Result<C::Output> {
        let (reply, result) = oneshot::channel();
        let job = Waiting { command, actor: actor.clone(), output: None, reply };
        let closed = || Error::new(ErrorCode::Unavailable, "The workshop is shutting down. Try again when it is back.");
        self.queue.send(Box::new(job)).await.map_err(|_| closed())?;
        result.await.map_err(|_| closed())?
    }
}

impl Desk {
    async fn work(self, mut inbox: mpsc::Receiver<Box<dyn Job>>) {
        let mut batch = Vec::new();
        let mut wake_at = None;
        while inbox.recv_many(&mut batch, MAX_BATCH).await > 0 {
            let mut writing = pin!(self.write(std::mem::take(&mut batch)));
            let in_time = match wake_at {
                Some(then) => timeout_at(then, writing.as_mut()).await.is_ok(),
                None => false,
            };
            if !in_time {
                self.log.wake();
                wake_at = None;
                writing.await;
            }
            // Those who are at the door already come first: once to see them, once to let them in.
            for _ in 0..2 {
                if inbox.is_empty() {
                    yield_now().await;
                }
            }
            if inbox.is_empty() {
                self.log.wake();
                wake_at = None;
            } else {
                wake_at.get_or_insert_with(|| Instant::now() + UNHEARD);
            }
        }
    }

    /// Writes a batch; when the transaction as a whole fails, once more one by one, so that a clash with another
    /// node, or one bad command, does not take the others with it.
    async fn write(&self, mut jobs: Vec<Box<dyn Job>>) {
        match self.apply_all(&mut jobs).await {
            Ok(outcomes) => answer(jobs, outcomes),
            Err(failure) => {
                tracing::warn!(error = %failure, commands = jobs.len(), "a batch was rolled back; trying its commands one by one");
                for job in jobs {
                    let mut alone = vec![job];
                    match self.apply_all(&mut alone).await {
                        Ok(outcomes) => answer(alone, outcomes),
                        Err(failure) => answer(alone, vec![Err(failure)]),
                    }
                }
            }
        }
    }

    /// Applies them in one transaction, which lasts then: every job's own outcome, or the failure of them all.
    async fn apply_all(&self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Result<()>>> {
        match self.commit(jobs, Apart::Nothing).await? {
            Batch::Written(outcomes) => Ok(outcomes),
            Batch::Undone(refused) if jobs.len() == 1 => Ok(vec![Err(refused)]),
            Batch::Undone(_) => match self.commit(jobs, Apart::Savepoints).await? {
                Batch::Written(outcomes) => Ok(outcomes),
                Batch::Undone(refused) => Err(refused),
            },
        }
    }

    /// One transaction; an error is the failure of all.
    async fn commit(&self, jobs: &mut [Box<dyn Job>], apart: Apart) -> Result<Batch> {
        let mut tx = self.db.write().await?;
        let mut outcomes = Vec::with_capacity(jobs.len());
        // Nearly all commands make one.
        let mut happened = Vec::with_capacity(jobs.len());
        let mut gathered = Gathered::default();
        for job in jobs.iter_mut() {
            if apart == Apart::Savepoints {
                execute!(&mut tx, "SAVEPOINT command")?;
            }
            let before = happened.len();
            match self.apply(job.as_mut(), &mut tx, &mut gathered, &mut happened, apart).await {
                Ok(()) => {
                    if apart == Apart::Savepoints {
                        execute!(&mut tx, "RELEASE SAVEPOINT command")?;
                    }
                    outcomes.push(Ok(()));
                }
                Err(refused) if apart == Apart::Nothing => {
                    tx.rollback().await?;
                    return Ok(Batch::Undone(refused));
                }
                Err(refused) => {
                    happened.truncate(before);
                    gathered = Gathered::default();
                    execute!(&mut tx, "ROLLBACK TO SAVEPOINT command")?;
                    execute!(&mut tx, "RELEASE SAVEPOINT command")?;
                    outcomes.push(Err(refused));
                }
            }
        }
        gathered.settle(&mut tx, &happened).await?;
        if !happened.is_empty() {
            number(&mut tx, &mut happened).await?;
        }
        tx.commit().await?;
        let accounts = happened.iter().any(|event| event.what.is_about_accounts());
        if !self.log.publish(happened) && accounts {
            // Whoever changed what someone may do is answered only once that holds here.
            feed::catch_up(&self.db, &self.log).await;
        }
        Ok(Batch::Written(outcomes))
    }

    async fn apply(
        &self,
        job: &mut dyn Job,
        tx: &mut Tx,
        gathered: &mut Gathered,
        happened: &mut Vec<Event>,
        apart: Apart,
    ) -> Result<()> {
        let by_itself = !job.gathers() || apart == Apart::Savepoints;
        if by_itself {
            gathered.settle(tx, happened).await?;
        }
        let actor = job.actor();
        let mut change = Change {
            tx,
            actor: &actor,
            now: self.clock.now(),
            node: &self.node,
            ids: &self.ids,
            gate: &self.gate,
            gathered,
            happened,
            checked: false,
        };
        job.apply(&mut change).await?;
        if by_itself {
            change.settle().await?;
        }
        Ok(())
    }
}

/// Gives the events their numbers, under the log's lock, and writes them.
async fn number(tx: &mut Tx, happened: &mut [Event]) -> Result<()> {
    let before = tables::events::reserve(tx, i64::try_from(happened.len()).unwrap_or(i64::MAX)).await?;
    for (event, seq) in happened.iter_mut().zip(before + 1..) {
        event.seq = seq;
    }
    tables::events::insert_all(tx, happened).await
}

fn answer(jobs: Vec<Box<dyn Job>>, outcomes: Vec<Result<()>>) {
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        job.answer(outcome);
    }
}
