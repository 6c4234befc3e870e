//! What the parts of the supervisor share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::sandbox::{Sandbox, Sandboxes};
use domain::stream::Measured;
use domain::{HelperName, Process};
use store::Store;
use store::commands::RecordProcess;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sessions::Sessions;
use crate::log::ProcessLog;
use crate::manifest::Home;
use crate::pace::Pace;
use crate::services::Services;

pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) services: Arc<Services>,
    pub(super) home: Home,
    pub(super) sandboxes: Sandboxes,
    pub(super) pace: Pace,
    /// Under whose name this server holds leases.
    pub(super) holder: Uuid,
    pub(super) shutdown: CancellationToken,
    parts: Mutex<HashMap<HelperName, Part>>,
}

/// What is known of one helper here.
pub(super) struct Part {
    pub(super) log: ProcessLog,
    /// Wakes the workers: there may be something to claim.
    pub(super) wake: watch::Sender<()>,
    pub(super) running: Option<Running>,
    pub(super) measured: Option<Measured>,
}

/// A process that runs here now.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) sandbox: Arc<Sandbox>,
    /// When it was ready.
    pub(super) since: Instant,
    pub(super) sessions: Arc<Sessions>,
}

impl Shared {
    pub(super) fn new(services: Arc<Services>, pace: Pace, shutdown: CancellationToken) -> Self {
        let store = services.store.clone();
        Self {
            holder: holder_of(store.node()),
            home: services.home.clone(),
            store,
            sandboxes: services.sandboxes.clone(),
            services,
            pace,
            shutdown,
            parts: Mutex::default(),
        }
    }

    /// Does something with what is known of `name`, which is made when it is new.
    pub(super) fn part<T>(&self, name: &HelperName, act: impl FnOnce(&mut Part) -> T) -> T {
        let mut parts = self.parts();
        let part = parts.entry(name.clone()).or_insert_with(|| Part {
            log: ProcessLog::open(name.clone(), &self.home.folder_of(name), self.store.clone()),
            wake: watch::Sender::new(()),
            running: None,
            measured: None,
        });
        act(part)
    }

    /// Does something with what is known of `name`, if anything is.
    pub(super) fn known_part<T>(&self, name: &HelperName, act: impl FnOnce(&Part) -> T) -> Option<T> {
        self.parts().get(name).map(act)
    }

    /// The helpers with a process here.
    pub(super) fn running(&self) -> Vec<(HelperName, Running)> {
        self.parts().iter().filter_map(|(name, part)| Some((name.clone(), part.running.clone()?))).collect()
    }

    pub(super) fn forget(&self, name: &HelperName) {
        self.parts().remove(name);
    }

    /// Records where a process stands, and tells whether that worked. A failure is logged.
    pub(super) async fn record(&self, process: &Process) -> bool {
        let command = RecordProcess { process: process.clone() };
        let recorded = self.store.run(&domain::Actor::system(), command).await;
        if let Err(error) = &recorded {
            tracing::error!(helper = %process.helper, error = ?error, "the state of a process could not be recorded");
        }
        recorded.is_ok()
    }

    fn parts(&self) -> MutexGuard<'_, HashMap<HelperName, Part>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same for every run of one server, so that after a crash it need not wait for its own lease to run out.
fn holder_of(node: &str) -> Uuid {
    Uuid::parse_str(node).unwrap_or_else(|_| {
        let half = |salt: u8| {
            // FNV-1a: stable over releases, which the standard hasher does not promise.
            node.bytes()
                .chain([salt])
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        };
        Uuid::from_u64_pair(half(0), half(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_name_again() {
        assert_eq!(holder_of("here"), holder_of("here"));
        assert_ne!(holder_of("here"), holder_of("there"));
        let id = Uuid::from_u128(7);
        assert_eq!(holder_of(&id.to_string()), id);
    }
}
