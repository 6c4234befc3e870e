//! One run of a helper: from starting its process to knowing that nothing of it is left.

use std::sync::Arc;
use std::time::Duration;

use ::sandbox::{Command, Exit, Sandbox};
use domain::{Actor, Process, ProcessStatus};
use nix::sys::signal::Signal;
use store::commands::AnnounceCommands;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::sessions::Sessions;
use super::shared::{Running, Shared};
use super::spawn::{NotStarted, Started, ending, start};
use super::worker::Worker;
use crate::acp::{Host, Link, transport};
use crate::log::ProcessLog;
use crate::manifest::Manifest;

/// How long a process may take to end by itself after its standard input closed.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long it may take after it was asked to.
const MERCY: Duration = Duration::from_secs(2);

/// How a run ended.
pub(super) struct Ended {
    /// Whether it was asked to.
    pub(super) asked: bool,
    /// Why, when it did not end well.
    pub(super) reason: Option<String>,
    /// How long it answered.
    pub(super) healthy: Duration,
    /// Whether the next start would end the same, until someone mends something.
    pub(super) for_good: bool,
}

impl Ended {
    /// It never came to run.
    fn unstarted(reason: impl Into<String>, for_good: bool) -> Self {
        Self { asked: false, reason: Some(reason.into()), healthy: Duration::ZERO, for_good }
    }
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
            return Ended::unstarted("its start could not be recorded", false);
        }
        let started = tokio::select! {
            started = start(&self.shared, &self.manifest) => started,
            () = self.stop.cancelled() => return Ended { asked: true, ..Ended::unstarted("", false) },
        };
        let Started { sandbox, mut command } = match started {
            Ok(started) => started,
            Err(NotStarted { reason, for_good }) => {
                self.log.note(&format!("cannot be started: {reason}"));
                return Ended::unstarted(reason, for_good);
            }
        };
        self.process.pid = sandbox.pid();
        self.process.room = Some(sandbox.kind());
        self.log.note(&format!("started in a sandbox ({} {})", sandbox.kind(), sandbox.name()));
        self.shared.record(&self.process).await;
        let stderr = command.take_stderr().map(|stderr| tokio::spawn(self.log.clone().follow(stderr)));

        let mut healthy_since = None;
        let end = self.talk(&sandbox, &mut command, &mut healthy_since).await;
        let healthy = healthy_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());

        let (exit, by_itself) = wait_for_end(&command).await;
        // Before it is ended here, it may have ended by itself, and with it everything inside.
        let gone = sandbox.closed().is_cancelled();
        self.shared.part(&self.manifest.name, |part| {
            part.running = None;
            part.measured = None;
        });
        if let Err(fault) = sandbox.end().await {
            tracing::error!(helper = %self.manifest.name, error = &fault as &dyn std::error::Error, "a helper's sandbox was not removed");
        }
        let over = sandbox.over().await;
        let last_line = match stderr {
            Some(task) => tokio::time::timeout(FAREWELL, task).await.ok().and_then(Result::ok).flatten(),
            None => None,
        };
        let memory = exit.is_some_and(|exit| exit.memory) || over.memory;
        let most = memory.then_some(sandbox.profile().memory_bytes);
        let exit = match exit {
            Some(exit) => ending(exit, &self.manifest.name, most, last_line.as_deref()),
            None if memory => Some(format!("{} wanted more memory than it may have", self.manifest.name)),
            None => Some(match over.complaint {
                Some(complaint) => format!("its sandbox ended: {complaint}"),
                None => "its sandbox ended".into(),
            }),
        };
        let (asked, reason) = match end {
            TalkEnd::Asked => (true, None),
            _ if gone => (false, exit),
            TalkEnd::Closed if by_itself => (false, exit),
            TalkEnd::Closed => (false, Some("it closed its standard output".into())),
            TalkEnd::Broken(reason) => (false, Some(reason)),
        };
        self.log.note(&match (asked, &reason) {
            (true, _) => "stopped".to_owned(),
            (false, Some(reason)) => format!("ended: {reason}"),
            (false, None) => "ended by itself".to_owned(),
        });
        Ended { asked, reason, healthy, for_good: false }
    }

    async fn talk(
        &mut self,
        sandbox: &Arc<Sandbox>,
        command: &mut Command,
        healthy_since: &mut Option<Instant>,
    ) -> TalkEnd {
        let (Some(stdin), Some(stdout)) = (command.take_stdin(), command.take_stdout()) else {
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
        let sessions = Arc::new(Sessions::new(self.manifest.clone()));
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
        let running = Running { sandbox: sandbox.clone(), since: Instant::now(), sessions: sessions.clone() };
        let wake = self.shared.part(&self.manifest.name, |part| {
            part.running = Some(running);
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
}

/// Waits until the process has ended, first leaving it time, then asking, then insisting. Tells how it ended, unless
/// its sandbox ended first, and whether time was enough.
async fn wait_for_end(command: &Command) -> (Option<Exit>, bool) {
    if let Ok(exit) = tokio::time::timeout(FAREWELL, command.exit()).await {
        return (exit.ok(), true);
    }
    command.signal(Signal::SIGTERM as i32);
    if let Ok(exit) = tokio::time::timeout(MERCY, command.exit()).await {
        return (exit.ok(), false);
    }
    command.signal(Signal::SIGKILL as i32);
    (tokio::time::timeout(MERCY, command.exit()).await.ok().and_then(Result::ok), false)
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
