//! Holds a container.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::WaitContainerOptionsBuilder;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::timeout;

use super::engine::{Engine, Trouble};
use super::first::First;
use super::memory::{self, Watch};
use super::remove::{remove, remove_behind};
use super::streams::Complaint;
use crate::Fault;
use crate::rooms::users::User;
use crate::rooms::{Hold, Over};

/// How long to wait for a container's end before asking whether the engine is still there.
const SLICE: Duration = Duration::from_secs(20);
/// The status of a first process that was killed.
const KILLED: i64 = 137;

/// Holds a container. Dropped, it removes it in the background.
pub(super) struct Container {
    pub(super) engine: Arc<Engine>,
    pub(super) id: String,
    /// Its first process, where that is one of this machine.
    pub(super) first: Option<First>,
    pub(super) memory: Watch,
    pub(super) complaint: Complaint,
    pub(super) runtime: Handle,
    pub(super) over: OnceCell<Over>,
    /// Whether it was us who killed it.
    pub(super) killed: AtomicBool,
    /// Whether it was removed already. Held by who removes it.
    pub(super) gone: Mutex<bool>,
    /// Whom its guests are, and nobody else meanwhile.
    pub(super) _user: User,
}

impl Container {
    /// Waits until it does not run any more, or until the engine is gone: says what is amiss with the engine, if so.
    async fn wait(&self) -> Option<String> {
        let docker = &self.engine.docker;
        loop {
            let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
            let mut waited = docker.wait_container(&self.id, Some(options)).boxed();
            match timeout(SLICE, waited.next()).await {
                // Its status comes as an error unless it is 0.
                Ok(Some(Ok(_) | Err(Error::DockerContainerWaitError { .. }))) => return None,
                Ok(Some(Err(Error::DockerResponseServerError { status_code: 404, .. }))) => return None,
                Ok(Some(Err(error))) => {
                    return Some(self.engine.fault("waiting for a container", Trouble::from(error)).to_string());
                }
                Ok(None) => return Some(format!("The engine at {} broke off.", self.engine.address())),
                Err(_) => match self.engine.inspect(&self.id).await {
                    Ok(_) => {}
                    Err(trouble) if trouble.status() == Some(404) => return None,
                    Err(trouble) => return Some(self.engine.fault("waiting for a container", trouble).to_string()),
                },
            }
        }
    }

    async fn look(&self) -> Over {
        let amiss = self.wait().await;
        let mut over = Over { memory: false, complaint: self.complaint.text() };
        if amiss.is_some() {
            over.complaint = over.complaint.or(amiss);
            return over;
        }
        // One that was removed meanwhile was ended by us, and tells nothing more.
        if let Ok(state) = self.engine.inspect(&self.id).await {
            // An engine may hear of the end before it hears why.
            let killed_by_others = state.exit_code == KILLED && !self.killed.load(Ordering::Relaxed);
            over.memory = state.oom_killed || (killed_by_others && memory::was_told(&self.engine, &self.id).await);
            over.complaint = over.complaint.or(state.error.filter(|error| !error.is_empty()));
        }
        over
    }
}

impl Hold for Container {
    fn name(&self) -> String {
        self.id.clone()
    }

    fn pid(&self) -> Option<i32> {
        self.first.as_ref().map(First::pid)
    }

    fn hurry(&self, hurry: bool) {
        if let Some(first) = &self.first {
            first.hurry(hurry);
        }
    }

    fn kill(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.killed.store(true, Ordering::Relaxed);
        async {
            match &self.first {
                Some(first) if first.kill() => {
                    first.ended().await.map_err(|error| Fault::infrastructure("its end cannot be seen.", error))
                }
                _ => self.end().await,
            }
        }
        .boxed()
    }

    fn end(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.killed.store(true, Ordering::Relaxed);
        async {
            // At once, as far as we may: the engine takes its time.
            if let Some(first) = &self.first {
                first.kill();
            }
            // Asked twice at once, engines trip over themselves.
            let mut gone = self.gone.lock().await;
            if !*gone {
                if let Some(first) = &self.first {
                    first.ended().await.ok();
                    first.let_go().await;
                }
                remove(&self.engine, &self.id).await?;
                *gone = true;
            }
            Ok(())
        }
        .boxed()
    }

    fn over(&self) -> BoxFuture<'_, Over> {
        self.over.get_or_init(|| self.look()).map(Clone::clone).boxed()
    }

    fn memory_ran_out(&self) -> BoxFuture<'_, bool> {
        async {
            match self.over.get() {
                Some(over) if over.memory => true,
                _ => self.memory.ran_out().await,
            }
        }
        .boxed()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if !*self.gone.get_mut() {
            remove_behind(&self.runtime, Arc::clone(&self.engine), self.id.clone());
        }
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({})", self.id)
    }
}
