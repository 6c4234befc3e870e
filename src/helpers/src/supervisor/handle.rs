//! The handle: what the rest of the server asks of the supervisor.

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ::sandbox::Sandboxes;
use domain::access::{Action, Subject};
use domain::helper::RestartPolicy;
use domain::stream::{LogLine, Measured};
use domain::{Actor, Error, EventData, HelperName, Result};
use projects::Projects;
use store::Store;
use store::commands::{DropLease, NotePersona, RegisterHelper, RemoveHelper, SetPaused, SetWanted, TakeLease};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::keeper::{Keeper, Order, register};
use super::shared::Shared;
use super::{leftovers, measure, patrol};
use crate::manifest::{Home, built_in};
use crate::pace::Pace;
use crate::services::Services;
use crate::services::model::{Model, ModelSettings};

/// Events looked at in one go.
const BATCH: usize = 256;

/// What the helpers need to know of the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder; helpers live in `helpers/<name>` below it.
    pub data: PathBuf,
    /// Where helpers run.
    pub sandboxes: Sandboxes,
    /// The language model that personas answer with, when there is one.
    pub model: Option<ModelSettings>,
}

/// A handle to the supervisor. Cheap to clone.
#[derive(Clone)]
pub struct Helpers {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    keepers: Mutex<HashMap<HelperName, mpsc::UnboundedSender<Order>>>,
    tracker: TaskTracker,
    /// Held as long as the server lives, so that no second one works in the same folder.
    _lock: File,
}

impl std::fmt::Debug for Helpers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Helpers").finish_non_exhaustive()
    }
}

impl Helpers {
    /// Clears away what an earlier run of this server left behind, finds the helpers, and keeps them as people want
    /// them until `shutdown`. Everything runs on `tracker`.
    ///
    /// # Errors
    /// When the helpers' folder cannot be used, another server works in it, or the database does not answer.
    pub async fn start(
        store: Store,
        projects: Projects,
        settings: Settings,
        shutdown: CancellationToken,
        tracker: TaskTracker,
    ) -> Result<Self> {
        Self::start_at(Pace::default(), store, projects, settings, shutdown, tracker).await
    }

    /// As [`Helpers::start`], at a pace of one's own.
    ///
    /// # Errors
    /// As [`Helpers::start`].
    pub async fn start_at(
        pace: Pace,
        store: Store,
        projects: Projects,
        settings: Settings,
        shutdown: CancellationToken,
        tracker: TaskTracker,
    ) -> Result<Self> {
        let home = Home::new(&settings.data);
        home.prepare()?;
        let lock = home.lock()?;
        let model = settings.model.map(Model::new).transpose()?;
        let sandboxes = settings.sandboxes;
        let services = Services { store, projects, sandboxes, model, home, stalled_after: pace.stalled_after };
        let shared = Arc::new(Shared::new(Arc::new(services), pace, shutdown));
        leftovers::clear(&shared, shared.store.open_processes().await?).await;
        let inner = Inner { shared: shared.clone(), keepers: Mutex::default(), tracker: tracker.clone(), _lock: lock };
        let helpers = Self { inner: Arc::new(inner) };
        let seq = shared.store.log().head().seq;
        helpers.rescan().await?;
        helpers.forget_removed().await?;
        tracker.spawn(helpers.clone().follow(seq));
        tracker.spawn(measure::measure(shared.clone()));
        tracker.spawn(patrol::patrol(shared));
        Ok(helpers)
    }

    /// Wants a helper to run, and starts it now whatever failed before. New manifests are found first.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn start_helper(&self, actor: &Actor, name: &HelperName) -> Result<()> {
        self.inner.shared.store.require(actor, Action::Operate, Subject::Workshop).await?;
        self.rescan().await?;
        self.inner.shared.store.run(actor, SetWanted { helper: name.clone(), wanted: true }).await?;
        self.order(name, Order::Start);
        Ok(())
    }

    /// Wants a helper to rest. What it works on goes back into its queue.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn stop_helper(&self, actor: &Actor, name: &HelperName) -> Result<()> {
        self.inner.shared.store.run(actor, SetWanted { helper: name.clone(), wanted: false }).await.map(drop)
    }

    /// Stops a helper and starts it again, with its manifest as it stands now.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn restart_helper(&self, actor: &Actor, name: &HelperName) -> Result<()> {
        self.stop_helper(actor, name).await?;
        self.rescan().await?;
        self.inner.shared.store.run(actor, SetWanted { helper: name.clone(), wanted: true }).await?;
        Ok(())
    }

    /// Holds a helper's deliveries back, or lets them go on.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn pause_helper(&self, actor: &Actor, name: &HelperName, paused: bool) -> Result<()> {
        self.inner.shared.store.run(actor, SetPaused { helper: name.clone(), paused }).await.map(drop)
    }

    /// The persona of a helper, in Markdown; empty when it has none.
    ///
    /// # Errors
    /// `NotFound`; `Internal` when it cannot be read.
    pub async fn persona(&self, name: &HelperName) -> Result<String> {
        self.known(name).await?;
        Home::persona(&self.persona_path(name))
    }

    /// Replaces the persona of a helper. It holds from the next message on.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `TooLarge` past 64 KiB; `Internal` when it cannot be written.
    pub async fn set_persona(&self, actor: &Actor, name: &HelperName, text: String) -> Result<()> {
        self.inner.shared.store.require(actor, Action::Operate, Subject::Workshop).await?;
        self.known(name).await?;
        Home::set_persona(&self.persona_path(name), &text)?;
        let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
        self.inner.shared.store.run(actor, NotePersona { helper: name.clone(), bytes }).await?;
        if let Some(running) = self.inner.shared.known_part(name, |part| part.running.clone()).flatten() {
            running.sessions.forget().await;
        }
        Ok(())
    }

    /// The last `lines` lines of a helper's process log, oldest first. At most 10,000 are kept.
    #[must_use]
    pub fn log_tail(&self, name: &HelperName, lines: usize) -> Vec<LogLine> {
        self.inner.shared.known_part(name, |part| part.log.clone()).map(|log| log.tail(lines)).unwrap_or_default()
    }

    /// What a helper's processes used at the last look; none while it does not run here.
    #[must_use]
    pub fn measured(&self, name: &HelperName) -> Option<Measured> {
        self.inner.shared.known_part(name, |part| part.measured.clone()).flatten()
    }

    async fn known(&self, name: &HelperName) -> Result<()> {
        match self.inner.shared.store.helper(name).await? {
            Some(_) => Ok(()),
            None => Err(Error::not_found("helper")),
        }
    }

    fn persona_path(&self, name: &HelperName) -> PathBuf {
        let home = &self.inner.shared.home;
        home.manifest(name).map_or_else(|_| home.persona_of(name), |manifest| manifest.persona)
    }

    /// Finds helpers that are new in the folder, makes them known, and keeps them.
    async fn rescan(&self) -> Result<()> {
        let shared = &self.inner.shared;
        for found in shared.home.scan()? {
            if self.inner.keepers().contains_key(&found.name) {
                continue;
            }
            match &found.manifest {
                Ok(manifest) => register(shared, manifest).await?,
                Err(error) => {
                    tracing::warn!(helper = %found.name, %error, "a helper cannot be used until its manifest is mended");
                    self.register_broken(&found.name).await?;
                }
            }
            let wanted = shared.store.helper(&found.name).await?.is_some_and(|entry| entry.helper.wanted);
            let (sender, orders) = mpsc::unbounded_channel();
            let keeper = Keeper {
                log: shared.part(&found.name, |part| part.log.clone()),
                shared: shared.clone(),
                name: found.name.clone(),
                orders,
                wanted,
                failures: 0,
                restarts: 0,
            };
            // Two who rescan at once must not keep it twice.
            if let std::collections::hash_map::Entry::Vacant(place) = self.inner.keepers().entry(found.name) {
                place.insert(sender);
                self.inner.tracker.spawn(keeper.keep());
            }
        }
        Ok(())
    }

    /// Makes a helper known whose manifest cannot be used, so that people see it and why.
    async fn register_broken(&self, name: &HelperName) -> Result<()> {
        let store = &self.inner.shared.store;
        if store.helper(name).await?.is_some() {
            return Ok(());
        }
        let command = RegisterHelper {
            name: name.clone(),
            description: "Its manifest (helper.toml) cannot be used.".into(),
            version: String::new(),
            built_in: false,
            restart: RestartPolicy::Never,
        };
        store.run(&Actor::system(), command).await.map(drop)
    }

    /// Forgets helpers whose manifest is gone, unless another server keeps them.
    async fn forget_removed(&self) -> Result<()> {
        let shared = &self.inner.shared;
        for entry in shared.store.helpers().await? {
            let name = entry.helper.name;
            if built_in(name.as_str()).is_some() || self.inner.keepers().contains_key(&name) {
                continue;
            }
            let lease = format!("helper:{name}");
            if shared
                .store
                .run(&Actor::system(), TakeLease { name: lease.clone(), holder: shared.holder })
                .await?
                .is_some()
            {
                tracing::info!(helper = %name, "a helper is forgotten: its manifest is gone");
                shared.store.run(&Actor::system(), RemoveHelper { helper: name.clone() }).await?;
                shared.store.run(&Actor::system(), DropLease { name: lease, holder: shared.holder }).await?;
                shared.forget(&name);
            }
        }
        Ok(())
    }

    fn order(&self, name: &HelperName, order: Order) {
        if let Some(keeper) = self.inner.keepers().get(name) {
            // A keeper that is gone has seen the shutdown.
            let _ = keeper.send(order);
        }
    }

    /// Passes on what the log tells: orders to keepers, wake-ups to workers.
    async fn follow(self, mut seq: i64) {
        let shared = self.inner.shared.clone();
        let log = shared.store.log();
        let mut head = log.watch();
        loop {
            head.borrow_and_update();
            loop {
                match log.after(seq, BATCH).await {
                    Ok(frames) if frames.is_empty() => break,
                    Ok(frames) => {
                        for frame in frames {
                            seq = frame.event.seq;
                            self.hear(&frame.event.what);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the log could not be read; trying again");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                        if shared.shutdown.is_cancelled() {
                            return;
                        }
                    }
                }
            }
            tokio::select! {
                () = shared.shutdown.cancelled() => return,
                changed = head.changed() => if changed.is_err() { return },
            }
        }
    }

    fn hear(&self, what: &EventData) {
        match what {
            EventData::HelperChanged(helper) => {
                self.order(&helper.name, Order::Wanted(helper.wanted));
                self.wake(&helper.name);
            }
            // A delivery that moved on may make way for the next one of its conversation.
            EventData::DeliveryChanged(changed) if changed.delivery.status != domain::DeliveryStatus::Delivered => {
                self.wake(&changed.delivery.helper);
            }
            _ => {}
        }
    }

    fn wake(&self, name: &HelperName) {
        let _ = self.inner.shared.known_part(name, |part| part.wake.send_replace(()));
    }
}

impl Inner {
    fn keepers(&self) -> std::sync::MutexGuard<'_, HashMap<HelperName, mpsc::UnboundedSender<Order>>> {
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
