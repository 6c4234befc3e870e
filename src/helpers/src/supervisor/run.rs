//! One run of a helper: from starting its process to knowing that nothing of it is left.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, Process, ProcessStatus};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use store::commands::AnnounceCommands;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::leftovers;
use super::sessions::Sessions;
use super::shared::{Running, Shared};
use super::spawn::{ending, spawn};
use super::worker::Worker;
use crate::acp::{Host, Link, transport};
use crate::log::ProcessLog;
use crate::manifest::Manifest;

/// How long a process may take to end by itself after its standard input closed.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long its guard may take to end everything else.
const GUARD: Duration = Duration::from_secs(6);

/// How a run ended.
pub(super) struct Ended {
    /// Whether it was asked to.
    pub(super) asked: bool,
    /// Why, when it did not end well.
    pub(super) reason: Option<String>,
    /// How long it answered.
    pub(super) healthy: Duration,
}

/// One run.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) manifest: Arc<Manifest>,
    pub(super) process: Process,
    pub(super) stop: CancellationToken,
    pub(super) log: ProcessLog,
}

/// Why the talk with a process ended.
enum TalkEnd {
    Asked,
    /// It closed its output, or its process ended.
    Closed,
    Broken(String),
}

impl Run {
    /// Runs the helper until it ends, or until it is stopped.
    pub(super) async fn run(&mut self) -> Ended {
        if !self.shared.record(&self.process).await {
            // A process that nobody has on record could not be found after a crash.
            return Ended {
                asked: false,
                reason: Some("its start could not be recorded".into()),
                healthy: Duration::ZERO,
            };
        }
        let mut child = match spawn(&self.shared, &self.manifest, self.process.id) {
            Ok(child) => child,
            Err(reason) => return Ended { asked: false, reason: Some(reason), healthy: Duration::ZERO },
        };
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        self.process.pid = pid;
        self.log.note(&format!("started as process {}", pid.unwrap_or_default()));
        self.shared.record(&self.process).await;
        let stderr = child.stderr.take().map(|stderr| tokio::spawn(self.log.clone().follow(stderr)));

        let mut healthy_since = None;
        let end = self.talk(&mut child, &mut healthy_since).await;
        let healthy = healthy_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());

        let (status, by_itself) = self.wait_for_end(&mut child).await;
        self.shared.part(&self.manifest.name, |part| {
            part.running = None;
            part.measured = None;
        });
        if !leftovers::end(&[self.process.id.to_string()]).await {
            tracing::error!(helper = %self.manifest.name, "a process of a helper cannot be ended");
        }
        let last_line = match stderr {
            Some(task) => tokio::time::timeout(FAREWELL, task).await.ok().and_then(Result::ok).flatten(),
            None => None,
        };
        let exit = status.and_then(|status| ending(status, &self.manifest.name, last_line.as_deref()));
        let (asked, reason) = match end {
            TalkEnd::Asked => (true, None),
            TalkEnd::Closed if by_itself => (false, exit),
            TalkEnd::Closed => (false, Some("it closed its standard output".into())),
            TalkEnd::Broken(reason) => (false, Some(reason)),
        };
        self.log.note(&match (asked, &reason) {
            (true, _) => "stopped".to_owned(),
            (false, Some(reason)) => format!("ended: {reason}"),
            (false, None) => "ended by itself".to_owned(),
        });
        Ended { asked, reason, healthy }
    }

    async fn talk(&mut self, child: &mut Child, healthy_since: &mut Option<Instant>) -> TalkEnd {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return TalkEnd::Broken("its standard input and output are not connected".into());
        };
        let (commands, announced) = watch::channel(None);
        let host = Arc::new(Host {
            manifest: self.manifest.clone(),
            turns: crate::acp::Turns::default(),
            services: self.shared.services.clone(),
            commands,
        });
        let link = match Link::open(transport(stdin, stdout, self.log.clone()), host.clone()).await {
            Ok(link) => Arc::new(link),
            Err(reason) => return TalkEnd::Broken(reason),
        };
        let cwd = self.shared.home.folder_of(&self.manifest.name).join("home");
        let sessions = Arc::new(Sessions::new(self.manifest.clone(), cwd));
        let version = match self.begin(&link, &sessions).await {
            Ok(version) => version,
            Err(end) => {
                link.close(FAREWELL).await;
                return end;
            }
        };
        *healthy_since = Some(Instant::now());
        self.process.status = ProcessStatus::Running;
        self.shared.record(&self.process).await;
        let running = self.process.pid.map(|pid| Running { pid, sessions: sessions.clone() });
        let wake = self.shared.part(&self.manifest.name, |part| {
            part.running = running;
            part.wake.subscribe()
        });

        let mut tasks = JoinSet::new();
        tasks.spawn(announce(self.shared.clone(), self.manifest.clone(), version, announced));
        let broken = CancellationToken::new();
        let mut workers = JoinSet::new();
        for _ in 0..self.manifest.concurrency {
            let worker = Worker {
                store: self.shared.store.clone(),
                pace: self.shared.pace,
                manifest: self.manifest.clone(),
                link: link.clone(),
                host: host.clone(),
                sessions: sessions.clone(),
                wake: wake.clone(),
                broken: broken.clone(),
                stop: self.stop.clone(),
            };
            workers.spawn(worker.work());
        }
        let end = self.watch(&link).await;
        if matches!(end, TalkEnd::Asked) {
            self.process.status = ProcessStatus::Stopping;
            self.shared.record(&self.process).await;
        } else {
            // What is in hand fails now; nothing more is claimed.
            broken.cancel();
            self.stop.cancel();
        }
        while workers.join_next().await.is_some() {}
        link.close(FAREWELL).await;
        end
    }

    /// Initialises the protocol and opens a first session.
    async fn begin(&self, link: &Link, sessions: &Sessions) -> Result<Option<String>, TalkEnd> {
        let limit = self.shared.pace.begin;
        let begin = async {
            let info = link.initialize(limit).await?;
            sessions.greet(link, limit).await?;
            Ok::<_, String>(info.map(|info| info.version))
        };
        tokio::select! {
            () = self.stop.cancelled() => Err(TalkEnd::Asked),
            begun = begin => match begun {
                Ok(version) => Ok(version),
                Err(reason) => {
                    // If the process is gone, how it ended tells more.
                    let gone = tokio::time::timeout(Duration::from_millis(300), link.closed()).await;
                    Err(match gone {
                        Ok(None) => TalkEnd::Closed,
                        Ok(Some(broken)) => TalkEnd::Broken(broken),
                        Err(_) => TalkEnd::Broken(reason),
                    })
                }
            },
        }
    }

    /// Pings until something ends.
    async fn watch(&mut self, link: &Link) -> TalkEnd {
        let limit = self.shared.pace.ping;
        let mut every = tokio::time::interval(limit);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut missed = 0;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return TalkEnd::Asked,
                closed = link.closed() => return closed.map_or(TalkEnd::Closed, TalkEnd::Broken),
                alive = async { every.tick().await; link.ping(limit).await } => {
                    missed = if alive { 0 } else { missed + 1 };
                    if missed >= self.shared.pace.missed_pings {
                        let reason = format!("it did not answer {missed} pings in a row");
                        self.process.status = ProcessStatus::Unhealthy;
                        self.process.reason = Some(reason.clone());
                        self.shared.record(&self.process).await;
                        return TalkEnd::Broken(reason);
                    }
                }
            }
        }
    }

    /// Waits until the guard has ended everything, first leaving it time, then asking, then insisting. Tells whether
    /// time was enough.
    async fn wait_for_end(&self, child: &mut Child) -> (Option<ExitStatus>, bool) {
        if let Ok(status) = tokio::time::timeout(FAREWELL, child.wait()).await {
            return (status.ok(), true);
        }
        if let Some(pid) = self.process.pid {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        if let Ok(status) = tokio::time::timeout(GUARD, child.wait()).await {
            return (status.ok(), false);
        }
        let _ = child.start_kill();
        (child.wait().await.ok(), false)
    }
}

/// Writes down what the helper says it can do, each time it changes.
async fn announce(
    shared: Arc<Shared>,
    manifest: Arc<Manifest>,
    version: Option<String>,
    mut announced: watch::Receiver<Option<Vec<domain::HelperCommand>>>,
) {
    let version = version
        .filter(|version| !version.trim().is_empty())
        .map(|version| crate::lines::cut(version.trim(), 40).to_owned());
    while announced.wait_for(Option::is_some).await.is_ok() {
        let Some(commands) = announced.borrow_and_update().clone() else { return };
        let command = AnnounceCommands { helper: manifest.name.clone(), version: version.clone(), commands };
        if let Err(error) = shared.store.run(&Actor::system(), command).await {
            tracing::warn!(helper = %manifest.name, %error, "the commands of a helper could not be written down");
        }
        if announced.changed().await.is_err() {
            return;
        }
    }
}
