//! The service: takes runs, and lets people look on, type and stop.

mod turns;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::access::{Action, Subject};
use domain::sandbox::Verdict;
use domain::{Actor, Error, ErrorCode, Result, Run, RunId, RunState};
use sandbox::{Sandboxes, Size};
use store::Store;
use store::commands::{CancelRun, InterruptRuns, QueueRun};
use tokio::runtime::Handle;
use tokio::sync::{RwLock, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::job::{Ending, Job};
use crate::live::{Live, Now, Stop, over};
use crate::new::{NewRun, Work};
use crate::profile::profile;
use crate::queue::{Queue, who};
use crate::shelf::Shelf;
use crate::watch::Watch;

/// Most runs of one person at once.
pub const MOST_EACH: usize = 2;

/// How runs are run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder for what they write.
    pub folder: PathBuf,
    /// Most runs at once, of everyone together.
    pub at_once: usize,
}

impl Settings {
    /// As many at once as there are processors, and at least two.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self { folder, at_once: processors.max(2) }
    }
}

/// Commands in the sandboxes of projects. Cheap to clone.
#[derive(Clone)]
pub struct Runs {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    sandboxes: Sandboxes,
    shelf: Shelf,
    desk: Mutex<Desk>,
    /// Held while a run is on its way from the database to the desk.
    beginning: RwLock<()>,
    tracker: TaskTracker,
    runtime: Handle,
    shutdown: CancellationToken,
}

struct Desk {
    queue: Queue<Job>,
    live: HashMap<RunId, Arc<Live>>,
    closed: bool,
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs").finish_non_exhaustive()
    }
}

impl Runs {
    /// Tells every run that an earlier server left behind that it was interrupted, and takes new ones until `shutdown`.
    /// Those that are there then are stopped, and told so; `tracker` has whoever does that.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start(
        store: Store,
        sandboxes: Sandboxes,
        settings: Settings,
        shutdown: CancellationToken,
        tracker: TaskTracker,
    ) -> Result<Self> {
        let interrupted = store.run(&Actor::system(), InterruptRuns).await?;
        if !interrupted.is_empty() {
            tracing::warn!(number = interrupted.len(), "runs were interrupted when the server ended");
        }
        let queue = Queue::new(settings.at_once, MOST_EACH);
        let desk = Mutex::new(Desk { queue, live: HashMap::new(), closed: false });
        let shelf = Shelf::new(settings.folder);
        let (beginning, runtime) = (RwLock::default(), Handle::current());
        let shared = Shared { store, sandboxes, shelf, desk, beginning, tracker, runtime, shutdown };
        let runs = Self { shared: Arc::new(shared) };
        let closing = runs.clone();
        runs.spawn(async move {
            closing.shared.shutdown.cancelled().await;
            closing.close().await;
        });
        Ok(runs)
    }

    /// Takes a run into the queue; when its turn comes it is run by itself.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` for a command or for seconds that no run may have: more than the preset allows, or than it
    /// was tightened to; `TooMany` when the queue is full; `Unavailable` when the server ends.
    pub async fn begin(&self, actor: &Actor, new: NewRun, work: Work) -> Result<Run> {
        let NewRun { project, command, preset, terminal, seconds, task, conversation } = new;
        self.shared.store.require(actor, Action::Run, Subject::Project(project)).await?;
        let settings = self.shared.sandboxes.limits(preset);
        profile(&self.shared.store, actor, project, preset, &settings, seconds).await?;
        let _beginning = self.shared.beginning.read().await;
        if self.desk().closed {
            return Err(closing());
        }
        let queue = QueueRun { id: None, project, command, preset, terminal: terminal.is_some(), task, conversation };
        let run = self.shared.store.run(actor, queue).await?;
        let live = Arc::new(Live::new(run.clone(), terminal));
        let job = Job { live: live.clone(), actor: actor.clone(), work, seconds };
        let late = {
            let mut desk = self.desk();
            desk.live.insert(run.id, live.clone());
            if !desk.closed {
                desk.queue.push(run.id, who(actor), job);
            }
            desk.closed
        };
        if late {
            // In between the server has begun to end.
            self.end(&live, Ending::shutdown()).await;
        }
        self.give_turns();
        Ok(run)
    }

    /// The place of a run in the queue, from 1 on, while it waits there.
    #[must_use]
    pub fn position(&self, run: RunId) -> Option<u32> {
        self.live(run).and_then(|live| live.now().place)
    }

    /// Stops a run: one that waits ends at once, one at work is killed. Answers how it stands now.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`; `Conflict` when it is over; `Unavailable` when it is at work on another server.
    pub async fn cancel(&self, actor: &Actor, run: RunId) -> Result<Run> {
        let (row, live) = self.reach(actor, run).await?;
        if row.is_over() {
            return Err(over());
        }
        let row = self.shared.store.run(actor, CancelRun { run }).await?;
        let Some(live) = live else { return if row.is_over() { Ok(row) } else { Err(elsewhere()) } };
        live.stop(Stop::By(actor.clone()));
        let waited = self.desk().queue.remove(run).is_some();
        if row.is_over() {
            self.forget(&live, row.clone());
        }
        if waited {
            self.tell_places();
        }
        Ok(row)
    }

    /// Waits until a run is over.
    ///
    /// # Errors
    /// `NotFound`; when the database does not answer.
    pub async fn finished(&self, run: RunId) -> Result<Run> {
        let mut now = self.now(run).await?;
        let ended = now.wait_for(|now| now.run.is_over()).await.map_err(|_| closing())?;
        Ok(Run::clone(&ended.run))
    }

    /// Looks at a run: what it wrote from the byte `after` on, then what it writes, then how it ended. Whoever asks must
    /// have been found to be allowed to see it.
    ///
    /// # Errors
    /// `NotFound`; when the database does not answer.
    pub async fn watch(&self, run: RunId, after: u64) -> Result<Watch> {
        Ok(Watch::new(self.now(run).await?, self.shared.shelf.clone(), after))
    }

    /// What a run has written so far, from the byte `after` on. Whoever asks must have been found to be allowed to see
    /// it.
    ///
    /// # Errors
    /// `NotFound`, also when what it wrote is not kept any more; when the database or the disk does not answer.
    pub async fn output(&self, run: RunId, after: u64) -> Result<Bytes> {
        let now = self.now(run).await?.borrow().clone();
        if now.written <= after {
            return Ok(Bytes::new());
        }
        self.shared.shelf.open(&now.run).await?.all(after, now.written).await
    }

    /// Types into the terminal of a run. Waits until the command has begun and has room for it, at most 10 seconds each.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`; `Conflict` when it has no terminal, does not begin, is over, or reads nothing.
    pub async fn input(&self, actor: &Actor, run: RunId, bytes: &[u8]) -> Result<()> {
        self.at_work(actor, run).await?.hands().await?.type_in(bytes).await
    }

    /// Tells the terminal of a run that it has another size; one that has not begun begins with it.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`; `Conflict` when it has no terminal or is over.
    pub async fn resize(&self, actor: &Actor, run: RunId, size: Size) -> Result<()> {
        self.at_work(actor, run).await?.resize(size)
    }

    /// Sends a signal, by its number, to what a run with a terminal started first; 9 to all of it.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`; `Conflict` when it has no terminal, does not begin, or is over.
    pub async fn signal(&self, actor: &Actor, run: RunId, signal: i32) -> Result<()> {
        self.at_work(actor, run).await?.hands().await?.signal(signal);
        Ok(())
    }

    /// The sandboxes that they run in.
    #[must_use]
    pub fn sandboxes(&self) -> &Sandboxes {
        &self.shared.sandboxes
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shared.shelf
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self, run: RunId) -> Option<Arc<Live>> {
        self.desk().live.get(&run).cloned()
    }

    /// The run if it is here, also when it has just been recorded and is on its way.
    async fn settled(&self, run: RunId) -> Option<Arc<Live>> {
        match self.live(run) {
            Some(live) => Some(live),
            None => {
                let _begun = self.shared.beginning.write().await;
                self.live(run)
            }
        }
    }

    /// The run on which `actor` may act.
    async fn reach(&self, actor: &Actor, run: RunId) -> Result<(Run, Option<Arc<Live>>)> {
        let row = self.shared.store.view(actor).run_by_id(run).await?.ok_or_else(|| Error::not_found("run"))?;
        self.shared.store.require(actor, Action::Run, Subject::Project(row.project)).await?;
        let live = if row.is_over() { None } else { self.settled(run).await };
        Ok((row, live))
    }

    async fn at_work(&self, actor: &Actor, run: RunId) -> Result<Arc<Live>> {
        match self.reach(actor, run).await? {
            (row, _) if row.is_over() => Err(over()),
            (_, live) => live.ok_or_else(elsewhere),
        }
    }

    /// How a run stands, as it moves on.
    async fn now(&self, run: RunId) -> Result<watch::Receiver<Now>> {
        if let Some(live) = self.live(run) {
            return Ok(live.watch());
        }
        let row = self.row(run).await?;
        if !row.is_over() {
            return Ok(match self.settled(run).await {
                Some(live) => live.watch(),
                None => self.follow(row),
            });
        }
        let kept = self.shared.shelf.length(&row).await?;
        // What was written and is gone is told when it is asked for.
        let written = kept.unwrap_or_else(|| u64::try_from(row.output_bytes).unwrap_or(0));
        Ok(watch::channel(Now { run: Arc::new(row), place: None, written }).1)
    }

    pub(crate) async fn row(&self, run: RunId) -> Result<Run> {
        self.shared.store.run_by_id(run).await?.ok_or_else(|| Error::not_found("run"))
    }

    /// Follows a run that another server has, by the log. What it writes is there.
    fn follow(&self, row: Run) -> watch::Receiver<Now> {
        let id = row.id;
        let (sender, receiver) = watch::channel(Now { run: Arc::new(row), place: None, written: 0 });
        let runs = self.clone();
        self.spawn(async move {
            let mut log = runs.shared.store.log().watch();
            while let Ok(row) = runs.row(id).await {
                let ended = row.is_over();
                sender.send_modify(|now| now.run = Arc::new(row));
                let grown = tokio::select! {
                    grown = log.changed() => grown.is_ok(),
                    () = sender.closed() => false,
                    () = runs.shared.shutdown.cancelled() => false,
                };
                if ended || !grown {
                    break;
                }
            }
        });
        receiver
    }

    /// Also from where there is no runtime around, as when the last of it is dropped.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.tracker.spawn_on(task, &self.shared.runtime);
    }

    /// Records how a run ended, and lets everyone know who looks on.
    pub(crate) async fn end(&self, live: &Live, ending: Ending) {
        let run = live.run();
        match self.shared.store.run(&Actor::system(), ending.command(&run)).await {
            Ok(run) => self.forget(live, run),
            Err(error) => {
                tracing::error!(run = %run.id, error = ?error, "how a run ended could not be recorded; the next start tells that it was interrupted");
                let reason = Some("How it ended could not be recorded. The log says why.".into());
                let (verdict, state) = (Some(Verdict::Infrastructure), RunState::Ended);
                self.forget(live, Run { verdict, reason, state, ..Run::clone(&run) });
            }
        }
    }

    /// It is over.
    pub(crate) fn forget(&self, live: &Live, run: Run) {
        self.desk().live.remove(&run.id);
        live.became(run);
    }
}

fn elsewhere() -> Error {
    let message = "This command runs on another server of the workshop. Ask there.";
    Error::new(ErrorCode::Unavailable, message)
}

fn closing() -> Error {
    Error::new(ErrorCode::Unavailable, "The server is stopping. Try again when it is back.")
}
