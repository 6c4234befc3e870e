//! Warm sandboxes: made before anyone asks, so that a run starts at once. Each is handed out once and never comes back.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::sandbox::{Preset, Profile};
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::rooms::Image;
use crate::{Fault, Sandbox};

/// How long to wait after a sandbox could not be made, at first and at most; doubled in between.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What a sandbox is wanted for. A warm one serves only who wants exactly what it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What for.
    pub preset: Preset,
    /// What its guests may have.
    pub profile: Profile,
    /// The image it is made from, where the room has images.
    pub image: Image,
    /// Folders of the host with tools to show inside.
    pub tools: Vec<PathBuf>,
}

/// Makes sandboxes: gives them their id and what their network needs, and opens them.
pub type Opener = Arc<dyn Fn(Wanted) -> BoxFuture<'static, Result<Sandbox, Fault>> + Send + Sync>;

/// Warm sandboxes. Dropping it ends those that nobody took.
pub struct Pool {
    shared: Arc<Shared>,
    end: CancellationToken,
}

struct Shared {
    open: Opener,
    shelves: Mutex<Vec<Shelf>>,
    /// Something is missing from a shelf.
    missing: Notify,
}

struct Shelf {
    wanted: Wanted,
    number: usize,
    warm: VecDeque<Sandbox>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool that keeps so many of each warm. It fills in the background.
    pub fn new(open: Opener, shelves: impl IntoIterator<Item = (Wanted, usize)>) -> Self {
        let shelf = |(wanted, number)| Shelf { wanted, number, warm: VecDeque::new() };
        let shelves = Mutex::new(shelves.into_iter().map(shelf).collect());
        let shared = Arc::new(Shared { open, shelves, missing: Notify::new() });
        let end = CancellationToken::new();
        tokio::spawn(end.clone().run_until_cancelled_owned(fill(shared.clone(), end.clone())));
        Self { shared, end }
    }

    /// A sandbox of that sort: a warm one where there is one, otherwise a new one.
    ///
    /// # Errors
    /// What making one says.
    pub async fn take(&self, wanted: &Wanted) -> Result<Sandbox, Fault> {
        match self.take_warm(wanted) {
            Some(sandbox) => Ok(sandbox),
            None => (self.shared.open)(wanted.clone()).await,
        }
    }

    /// A warm one, where there is one.
    pub fn take_warm(&self, wanted: &Wanted) -> Option<Sandbox> {
        let mut shelves = self.shared.shelves();
        let warm = &mut shelves.iter_mut().find(|shelf| shelf.wanted == *wanted)?.warm;
        // One that has just ended may not have been cleared away yet.
        let sandbox = std::iter::from_fn(|| warm.pop_front()).find(|sandbox| !sandbox.closed().is_cancelled());
        self.shared.missing.notify_one();
        sandbox
    }

    /// How many are warm, of all sorts.
    #[must_use]
    pub fn warm(&self) -> Vec<(Wanted, usize)> {
        self.shared.shelves().iter().map(|shelf| (shelf.wanted.clone(), shelf.warm.len())).collect()
    }

    /// The ids of the warm ones.
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.shared.shelves().iter().flat_map(|shelf| shelf.warm.iter().map(Sandbox::id)).collect()
    }

    /// Ends those that nobody took and makes no more. Done when nothing of them is left.
    pub async fn close(&self) {
        self.end.cancel();
        let left: Vec<Sandbox> = self.shared.shelves().iter_mut().flat_map(|shelf| shelf.warm.drain(..)).collect();
        for ended in join_all(left.iter().map(Sandbox::end)).await {
            if let Err(fault) = ended {
                tracing::warn!(error = &fault as &dyn std::error::Error, "a warm sandbox was not removed");
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.end.cancel();
        self.shared.shelves().clear();
    }
}

impl Shared {
    fn shelves(&self) -> MutexGuard<'_, Vec<Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is missing from the shelf that is the emptiest.
    fn wanting(&self) -> Option<Wanted> {
        let shelves = self.shelves();
        let missing = shelves.iter().filter(|shelf| shelf.warm.len() < shelf.number);
        missing.min_by_key(|shelf| shelf.warm.len()).map(|shelf| shelf.wanted.clone())
    }

    /// Puts one on its shelf, unless the pool has ended.
    fn put(&self, wanted: &Wanted, sandbox: Sandbox, end: &CancellationToken) {
        let mut shelves = self.shelves();
        if end.is_cancelled() {
            return;
        }
        if let Some(shelf) = shelves.iter_mut().find(|shelf| shelf.wanted == *wanted) {
            shelf.warm.push_back(sandbox);
        }
    }

    fn clear_away(&self, id: Uuid) {
        for shelf in self.shelves().iter_mut() {
            shelf.warm.retain(|sandbox| sandbox.id() != id);
        }
        self.missing.notify_one();
    }
}

/// Keeps the shelves full, one sandbox after the other, so that whoever runs something keeps most of the processors.
async fn fill(shared: Arc<Shared>, end: CancellationToken) {
    let mut pause = PAUSE.0;
    loop {
        let Some(wanted) = shared.wanting() else {
            shared.missing.notified().await;
            continue;
        };
        match (shared.open)(wanted.clone()).await {
            Ok(sandbox) => {
                pause = PAUSE.0;
                watch(&shared, &sandbox);
                shared.put(&wanted, sandbox, &end);
            }
            Err(fault) => {
                tracing::warn!(error = &fault as &dyn std::error::Error, ?pause, "no warm sandbox could be made");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
    }
}

/// Replaces it when it ends on the shelf.
fn watch(shared: &Arc<Shared>, sandbox: &Sandbox) {
    let (shared, id, closed) = (Arc::downgrade(shared), sandbox.id(), sandbox.closed());
    tokio::spawn(async move {
        closed.cancelled().await;
        if let Some(shared) = shared.upgrade() {
            shared.clear_away(id);
        }
    });
}
