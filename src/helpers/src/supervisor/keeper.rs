//! Keeps one helper as people want it: starts, restarts with growing pauses, stops, and records each step.

use std::sync::Arc;
use std::time::Duration;

use domain::helper::RestartPolicy;
use domain::{Actor, Error, HelperName, Process, ProcessStatus, retry};
use store::commands::{DropLease, RegisterHelper, TakeLease};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::run::{Ended, Run};
use super::shared::Shared;
use crate::log::ProcessLog;
use crate::manifest::Manifest;

/// Pause before asking again for a lease that another server holds.
const LEASE_PAUSE: Duration = Duration::from_secs(5);
/// How long a lease lasts without being renewed.
const LEASE: Duration = Duration::from_secs(store::commands::LEASE_SECONDS.unsigned_abs());

/// What a keeper is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Whether people want the helper to run, as the log has it.
    Wanted(bool),
    /// A person wants it started now, whatever failed before.
    Start,
}

/// Keeps one helper.
pub(super) struct Keeper {
    pub(super) shared: Arc<Shared>,
    pub(super) name: HelperName,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) wanted: bool,
    pub(super) log: ProcessLog,
    /// Ends in a row without a minute of health between them.
    pub(super) failures: i32,
    /// Starts by itself since a person last started it.
    pub(super) restarts: i32,
}

/// What to do after a wait.
enum Next {
    /// Go on as before.
    Go,
    /// Nobody wants it any more, or the server shuts down.
    Rest,
}

impl Keeper {
    /// Keeps the helper until the shutdown.
    pub(super) async fn keep(mut self) {
        while self.until_wanted().await {
            self.serve().await;
            self.drop_lease().await;
            if self.wanted {
                self.wait(LEASE_PAUSE).await;
            }
        }
    }

    /// Waits until the helper is wanted; false at the shutdown.
    async fn until_wanted(&mut self) -> bool {
        while !self.shared.shutdown.is_cancelled() {
            if self.wanted {
                return true;
            }
            tokio::select! {
                () = self.shared.shutdown.cancelled() => {}
                order = self.orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return false,
                },
            }
        }
        false
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Wanted(wanted) => self.wanted = wanted,
            Order::Start => {
                self.wanted = true;
                self.failures = 0;
                self.restarts = 0;
            }
        }
        if !self.wanted {
            self.failures = 0;
            self.restarts = 0;
        }
    }

    /// Waits, unless an order says otherwise.
    async fn wait(&mut self, pause: Duration) -> Next {
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = self.shared.shutdown.cancelled() => return Next::Rest,
                () = tokio::time::sleep_until(until) => return Next::Go,
                order = self.orders.recv() => {
                    let Some(order) = order else { return Next::Rest };
                    self.obey(order);
                    match order {
                        Order::Start => return Next::Go,
                        Order::Wanted(false) => return Next::Rest,
                        Order::Wanted(true) => {}
                    }
                }
            }
        }
    }

    /// Runs the helper again and again, as long as it is wanted and ours.
    async fn serve(&mut self) {
        // Taken anew each time: after a long pause another server may have it.
        while self.wanted && !self.shared.shutdown.is_cancelled() && self.take_lease().await {
            let mut process = self.begin();
            let manifest = match self.manifest().await {
                Ok(manifest) => Arc::new(manifest),
                Err(error) => {
                    self.log.note(&format!("cannot be started: {error}"));
                    self.end(&mut process, ProcessStatus::Failed, Some(error.message)).await;
                    self.until_ordered().await;
                    continue;
                }
            };
            let restart = manifest.restart;
            let (ended, mut process, ours) = self.run(manifest, process).await;
            if !ours {
                self.end(&mut process, ProcessStatus::Stopped, Some("Another server has taken it over.".into())).await;
                return;
            }
            if ended.asked {
                self.end(&mut process, ProcessStatus::Stopped, None).await;
                continue;
            }
            let again = match restart {
                _ if ended.for_good => false,
                RestartPolicy::Always => true,
                RestartPolicy::OnFailure => ended.reason.is_some(),
                RestartPolicy::Never => false,
            };
            if !again {
                let status = if ended.reason.is_some() { ProcessStatus::Failed } else { ProcessStatus::Stopped };
                let reason = ended.reason.or_else(|| Some("It ended by itself.".into()));
                self.end(&mut process, status, reason).await;
                self.until_ordered().await;
                continue;
            }
            self.back_off(process, ended).await;
        }
    }

    /// Waits before the next start, longer each time.
    async fn back_off(&mut self, mut process: Process, ended: Ended) {
        if ended.healthy >= self.shared.pace.healthy {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let pause = retry::restart_pause(self.failures);
        let now = self.shared.store.now();
        process.next_start_at = Some(now.plus_seconds(pause));
        let reason = ended.reason.or_else(|| Some("It ended by itself.".into()));
        self.end(&mut process, ProcessStatus::BackingOff, reason).await;
        match self.wait(Duration::from_secs(pause.unsigned_abs())).await {
            Next::Go if self.failures > 0 => self.restarts = self.restarts.saturating_add(1),
            Next::Go => {}
            Next::Rest => {
                process.next_start_at = None;
                process.status = ProcessStatus::Stopped;
                self.shared.record(&process).await;
            }
        }
    }

    fn begin(&self) -> Process {
        Process {
            id: self.shared.store.new_id(),
            helper: self.name.clone(),
            status: ProcessStatus::Starting,
            pid: None,
            started_at: self.shared.store.now(),
            ended_at: None,
            restarts: self.restarts,
            next_start_at: None,
            reason: None,
            room: None,
        }
    }

    async fn end(&self, process: &mut Process, status: ProcessStatus, reason: Option<String>) {
        process.status = status;
        process.reason = reason;
        process.pid = None;
        process.ended_at = Some(self.shared.store.now());
        self.shared.record(process).await;
    }

    /// The manifest as it stands now, made known to everyone.
    async fn manifest(&self) -> Result<Manifest, Error> {
        let manifest = self.shared.home.manifest(&self.name)?;
        register(&self.shared, &manifest).await?;
        Ok(manifest)
    }

    /// One run, in which orders are heard and the lease is renewed. The last value tells whether it is still ours.
    async fn run(&mut self, manifest: Arc<Manifest>, process: Process) -> (Ended, Process, bool) {
        let stop = CancellationToken::new();
        let mut run = Run { shared: self.shared.clone(), manifest, process, stop: stop.clone(), log: self.log.clone() };
        let mut renew = tokio::time::interval(self.shared.pace.renew);
        renew.tick().await;
        let mut renewed = Instant::now();
        let mut ours = true;
        let ended = {
            let running = run.run();
            tokio::pin!(running);
            loop {
                tokio::select! {
                    ended = &mut running => break ended,
                    () = self.shared.shutdown.cancelled(), if !stop.is_cancelled() => stop.cancel(),
                    order = self.orders.recv(), if !stop.is_cancelled() => match order {
                        // While it stops, later orders wait for their turn.
                        Some(Order::Wanted(false)) | None => {
                            self.obey(Order::Wanted(false));
                            stop.cancel();
                        }
                        Some(_) => {}
                    },
                    _ = renew.tick() => match self.shared.store.run(&Actor::system(), self.lease()).await {
                        Ok(Some(_)) => renewed = Instant::now(),
                        Ok(None) => {
                            ours = false;
                            stop.cancel();
                        }
                        Err(error) => {
                            tracing::warn!(helper = %self.name, %error, "the lease of a helper could not be renewed");
                            if renewed.elapsed() >= LEASE {
                                ours = false;
                                stop.cancel();
                            }
                        }
                    },
                }
            }
        };
        (ended, run.process, ours)
    }

    /// Waits until a person starts the helper again, or stops it.
    async fn until_ordered(&mut self) {
        let renew = self.shared.pace.renew;
        loop {
            let before = Instant::now();
            if matches!(self.wait(renew).await, Next::Rest) {
                return;
            }
            if before.elapsed() < renew || !self.take_lease().await {
                return;
            }
        }
    }

    fn lease(&self) -> TakeLease {
        TakeLease { name: format!("helper:{}", self.name), holder: self.shared.holder }
    }

    async fn take_lease(&self) -> bool {
        match self.shared.store.run(&Actor::system(), self.lease()).await {
            Ok(lease) => lease.is_some(),
            Err(error) => {
                tracing::warn!(helper = %self.name, %error, "the lease of a helper could not be taken");
                false
            }
        }
    }

    async fn drop_lease(&self) {
        let command = DropLease { name: format!("helper:{}", self.name), holder: self.shared.holder };
        if let Err(error) = self.shared.store.run(&Actor::system(), command).await {
            tracing::debug!(helper = %self.name, %error, "the lease of a helper could not be given back; it runs out");
        }
    }
}

/// Makes a helper known.
pub(super) async fn register(shared: &Shared, manifest: &Manifest) -> Result<(), Error> {
    let command = RegisterHelper {
        name: manifest.name.clone(),
        description: manifest.description.clone(),
        version: manifest.version.clone(),
        built_in: manifest.built_in,
        restart: manifest.restart,
    };
    shared.store.run(&Actor::system(), command).await.map(drop)
}
