//! Holds one sandbox: watches over bubblewrap, kills everything when it is time, and clears up.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::cgroups::Group;
use super::processes;
use crate::Fault;
use crate::rooms::ended::ended;
use crate::rooms::haste::{Haste, Pace};
use crate::rooms::mounts::Mounts;
use crate::rooms::users::User;
use crate::rooms::{Bounds, Hold, Over};

/// Most bytes of what bubblewrap and the program inside complained of last that are kept.
const COMPLAINT: usize = 4096;
/// How long bubblewrap may take to tell what it made, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long its last words are waited for once it has ended: something that was not its own may hold their pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Holds one sandbox.
#[derive(Debug)]
pub(super) struct Held {
    shared: Arc<Shared>,
    bounds: Bounds,
}

#[derive(Debug)]
struct Shared {
    /// The number of bubblewrap's process.
    bwrap: i32,
    group: Group,
    haste: Haste,
    /// Cancelled when it is to end.
    end: CancellationToken,
    first: watch::Sender<First>,
    mounts: Mounts,
    over: watch::Sender<Option<Ended>>,
    complaint: Mutex<Vec<u8>>,
}

/// The first process inside.
#[derive(Debug, Clone, Default)]
enum First {
    #[default]
    NotYet,
    There(i32, Arc<OwnedFd>),
    /// It never was, or nobody could tell.
    Never,
}

#[derive(Debug, Clone)]
struct Ended {
    over: Over,
    peak: Option<u64>,
    /// What is left of it, and why.
    left: Option<Arc<std::io::Error>>,
}

/// Ends a sandbox whose runtime ends before it has: nobody else will.
struct Last(Option<Arc<Shared>>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            shared.kill();
            shared.group.end_now();
        }
    }
}

/// What bubblewrap tells of what it made.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "child-pid")]
    child: i32,
}

impl Held {
    /// Watches over a sandbox from now on.
    pub(super) fn new(mut child: Child, group: Group, user: Option<User>, bounds: Bounds) -> Self {
        let shared = Arc::new(Shared {
            bwrap: child.id().and_then(|id| id.try_into().ok()).unwrap_or_default(),
            haste: group.haste(),
            group,
            end: CancellationToken::new(),
            first: watch::Sender::default(),
            mounts: Mounts::default(),
            over: watch::Sender::default(),
            complaint: Mutex::default(),
        });
        let listening = child.stderr.take().map(|stderr| tokio::spawn(listen(shared.clone(), stderr)));
        let watching = shared.clone();
        tokio::spawn(async move {
            let mut last = Last(Some(watching.clone()));
            tokio::select! {
                _ = child.wait() => {}
                () = watching.end.cancelled() => {}
            }
            // What it has begun, only its word tells; killed before that, it would leave it behind.
            watching.told().await;
            watching.kill();
            // Bubblewrap ends when the first process inside has, and that when all others have.
            if watching.first_pid().is_none() {
                child.start_kill().ok();
            }
            child.wait().await.ok();
            if let Some(listening) = listening {
                timeout(LAST_WORDS, listening).await.ok();
            }
            let memory = watching.group.memory_kills() > 0;
            let peak = watching.group.peak_memory_bytes();
            watching.mounts.let_go().await;
            let left = watching.group.end().await.err().map(Arc::new);
            let over = Over { memory, complaint: watching.complaint() };
            last.0 = None;
            watching.over.send_replace(Some(Ended { over, peak, left }));
            drop(user);
        });
        Self { shared, bounds }
    }
}

impl Shared {
    fn first_pid(&self) -> Option<i32> {
        match &*self.first.borrow() {
            First::There(pid, _) => Some(*pid),
            First::NotYet | First::Never => None,
        }
    }

    /// Waits until bubblewrap has told of the first process inside, or will not any more. False when that took too long.
    async fn told(&self) -> bool {
        let mut first = self.first.subscribe();
        let in_time = timeout(PATIENCE, first.wait_for(|first| !matches!(first, First::NotYet))).await.is_ok();
        self.never();
        in_time
    }

    /// Nothing will be told any more, if it was not.
    fn never(&self) {
        self.first.send_if_modified(|first| {
            let never = matches!(first, First::NotYet);
            if never {
                *first = First::Never;
            }
            never
        });
    }

    /// Kills the first process inside, and with it, by the kernel, all others.
    fn kill(&self) {
        if let First::There(pid, held) = &*self.first.borrow() {
            self.mounts.hold(*pid);
            processes::kill(held);
            self.haste.set(Pace::BeforeOthers);
        }
    }

    fn complaint(&self) -> Option<String> {
        let complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&complaint).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn complain(&self, bytes: &[u8]) {
        let mut complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        complaint.extend_from_slice(bytes);
        let over = complaint.len().saturating_sub(COMPLAINT);
        complaint.drain(..over);
    }

    /// The process that bubblewrap reported, held, if it is its child.
    fn begun(&self, report: &[u8]) -> First {
        let Ok(Report { child }) = serde_json::from_slice(report) else { return First::Never };
        match processes::hold(child) {
            Some(held) if processes::parent(child) == Some(self.bwrap) => First::There(child, Arc::new(held)),
            _ => First::Never,
        }
    }
}

/// Reads standard error: at first bubblewrap's report, in braces; what else comes is a complaint.
async fn listen(shared: Arc<Shared>, mut stderr: impl AsyncRead + Unpin) {
    let mut bytes = [0; 1024];
    let mut report = Vec::new();
    let mut reported = false;
    while let Ok(length @ 1..) = stderr.read(&mut bytes).await {
        let mut rest = &bytes[..length];
        if !reported && (!report.is_empty() || rest.starts_with(b"{")) {
            let end = rest.iter().position(|byte| *byte == b'}').map_or(length, |at| at + 1);
            report.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            if report.ends_with(b"}") {
                reported = true;
                shared.first.send_replace(shared.begun(&report));
                if shared.end.is_cancelled() {
                    shared.kill();
                }
            }
        }
        shared.complain(rest);
    }
    shared.never();
}

impl Hold for Held {
    fn name(&self) -> String {
        self.shared.bwrap.to_string()
    }

    fn pid(&self) -> Option<i32> {
        self.shared.first_pid()
    }

    fn begun(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async {
            let otherwise = match (self.shared.told().await, self.shared.first_pid()) {
                (true, Some(_)) => return Ok(()),
                (true, None) => "no word why",
                (false, _) => "no word in time",
            };
            // It may go on by itself, and nobody could end it later.
            self.shared.end.cancel();
            let why = self.over().await.complaint.unwrap_or_else(|| otherwise.into());
            Err(Fault::infrastructure(format!("its namespaces could not be made: {why}."), why))
        }
        .boxed()
    }

    fn hurry(&self, hurry: bool) {
        self.shared.haste.set(if hurry { Pace::Unlimited } else { Pace::Usual });
    }

    fn kill(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async move {
            self.shared.end.cancel();
            let first = match &*self.shared.first.borrow() {
                First::There(_, held) => held.try_clone().ok(),
                First::NotYet | First::Never => None,
            };
            self.shared.kill();
            match first {
                Some(first) => {
                    ended(first).await.map_err(|error| Fault::infrastructure("its end cannot be seen.", error))
                }
                None => self.end().await,
            }
        }
        .boxed()
    }

    fn end(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async move {
            self.shared.end.cancel();
            match self.shared.over().await.left {
                None => Ok(()),
                Some(error) => Err(Fault::infrastructure("something of it is left.", error.to_string())),
            }
        }
        .boxed()
    }

    fn over(&self) -> BoxFuture<'_, Over> {
        async move { self.shared.over().await.over }.boxed()
    }

    fn memory_ran_out(&self) -> BoxFuture<'_, bool> {
        let over = self.shared.over.borrow().as_ref().map(|ended| ended.over.memory);
        let ran_out = over.unwrap_or_else(|| self.shared.group.memory_kills() > 0);
        std::future::ready(ran_out).boxed()
    }

    fn peak_memory_bytes(&self) -> BoxFuture<'_, Option<u64>> {
        let over = self.shared.over.borrow().as_ref().map(|ended| ended.peak);
        std::future::ready(over.unwrap_or_else(|| self.shared.group.peak_memory_bytes())).boxed()
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }
}

impl Shared {
    async fn over(&self) -> Ended {
        let mut over = self.over.subscribe();
        match over.wait_for(Option::is_some).await.map(|ended| ended.clone()) {
            Ok(Some(ended)) => ended,
            // The runtime is ending, and takes whoever watches along.
            _ => Ended { over: Over::default(), peak: None, left: None },
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.end.cancel();
    }
}
