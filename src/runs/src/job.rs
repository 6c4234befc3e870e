//! One run, from its turn to its end: a sandbox, the files, the command, what is kept of what it leaves.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::Verdict;
use domain::{Actor, AskedHost, Error, ErrorCode, Run};
use futures_util::TryFutureExt as _;
use futures_util::future::try_join;
use room::WORK;
use sandbox::archive::unpack;
use sandbox::proxy::Asked;
use sandbox::{Fault, Give, Limit, Outcome, Sandbox, Source, Spawn, execute, follow};
use store::commands::{EndRun, StartRun};
use tokio::time::{Instant, timeout};

use crate::live::{Live, Stop};
use crate::new::{Keep, Work, wanted};
use crate::profile::{Granted, profile};
use crate::runs::Runs;

/// How long making a sandbox and putting the files into it may take together.
const PREPARES: Duration = Duration::from_secs(120);
/// How long what is kept may take to come out.
const KEEPS: Duration = Duration::from_secs(300);
/// How much of it is on the way at a time, in bytes.
const ON_THE_WAY: usize = 256 * 1024;
/// What is said when the server ends first.
const SHUTDOWN: &str = "The server stopped meanwhile. It is not begun again by itself: it may have done half its work.";

/// A run that waits for its turn, or has it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) live: Arc<Live>,
    pub(crate) actor: Actor,
    pub(crate) work: Work,
    pub(crate) seconds: Option<u32>,
}

/// How a run ended.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    verdict: Option<Verdict>,
    reason: Option<String>,
    output_bytes: u64,
    cut: bool,
    peak_memory_bytes: Option<u64>,
    cpu_micros: Option<u64>,
    hosts: Vec<AskedHost>,
}

impl Ending {
    /// So, for this reason.
    pub(crate) fn because(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict: Some(verdict), reason: Some(reason.into()), ..Self::default() }
    }

    /// Before it began, because the server ends.
    pub(crate) fn shutdown() -> Self {
        Self::because(Verdict::Infrastructure, "The server stopped before its turn came. Ask for it again.")
    }

    /// As the store is told.
    pub(crate) fn command(self, run: &Run) -> EndRun {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        EndRun {
            run: run.id,
            verdict: self.verdict.unwrap_or(Verdict::Infrastructure),
            reason: self.reason,
            output_bytes: number(self.output_bytes),
            cut: self.cut,
            peak_memory_bytes: self.peak_memory_bytes.map(number),
            cpu_micros: self.cpu_micros.map(number),
            hosts: self.hosts,
        }
    }
}

/// What broke off the way to its beginning.
enum Broken {
    /// It ends like that.
    Ending(Ending),
    /// It has ended already, as someone else recorded.
    Over(Box<Run>),
}

impl From<Ending> for Broken {
    fn from(ending: Ending) -> Self {
        Self::Ending(ending)
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        let verdict = match error.code {
            ErrorCode::Internal | ErrorCode::Unavailable => {
                tracing::error!(cause = ?error.cause, "a run could not be begun: {error}");
                Verdict::Infrastructure
            }
            _ => Verdict::Refused,
        };
        Self::Ending(Ending::because(verdict, error.message))
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self::Ending(faulty(&fault))
    }
}

fn faulty(fault: &Fault) -> Ending {
    let verdict = match fault {
        Fault::Infrastructure { .. } => {
            tracing::warn!(error = fault as &dyn std::error::Error, "a sandbox failed a run");
            Verdict::Infrastructure
        }
        Fault::NoRoom { .. } | Fault::NoImage { .. } | Fault::Refused(_) | Fault::Archive(_) => Verdict::Refused,
    };
    Ending::because(verdict, fault.to_string())
}

impl Job {
    /// From its turn to its end.
    pub(crate) async fn perform(self, runs: &Runs) {
        let prepared = tokio::select! {
            biased;
            () = self.live.cancel().cancelled() => Err(Broken::Ending(self.stopped())),
            prepared = timeout(PREPARES, self.prepare(runs)) => prepared.unwrap_or_else(|_| {
                let why = format!("The sandbox was not ready within {} seconds.", PREPARES.as_secs());
                Err(Ending::because(Verdict::Infrastructure, why).into())
            }),
        };
        let (sandbox, seconds) = match prepared {
            Ok(prepared) => prepared,
            Err(Broken::Ending(ending)) => return runs.end(&self.live, ending).await,
            Err(Broken::Over(run)) => return runs.forget(&self.live, *run),
        };
        match self.start(runs, &sandbox).await {
            Ok(()) => {
                let ending = self.run(runs, &sandbox, seconds).await;
                runs.end(&self.live, ending).await;
            }
            Err(Broken::Ending(ending)) => runs.end(&self.live, ending).await,
            Err(Broken::Over(run)) => runs.forget(&self.live, *run),
        }
        if let Err(fault) = sandbox.end().await {
            tracing::warn!(error = &fault as &dyn std::error::Error, "the sandbox of a run was not removed");
        }
        runs.shelf().prune(self.live.run().project).await;
    }

    /// A sandbox with the files in it, and how many seconds it has.
    async fn prepare(&self, runs: &Runs) -> Result<(Sandbox, u32), Broken> {
        let run = self.live.run();
        let settings = runs.sandboxes().limits(run.preset);
        // Asked anew: policies may have changed while it waited.
        let granted = profile(runs.store(), &self.actor, run.project, run.preset, &settings, self.seconds).await?;
        let Granted { profile, seconds } = granted;
        let wanted = wanted(run.preset, profile, &self.work);
        let opened = runs.sandboxes().open(run.preset.name(), &wanted).map_err(Broken::from);
        let (sandbox, files) = try_join(opened, (self.work.files)().map_err(Broken::from)).await?;
        sandbox.put(WORK, files).await?;
        Ok((sandbox, seconds))
    }

    /// Records that it begins, so that it never does twice.
    async fn start(&self, runs: &Runs, sandbox: &Sandbox) -> Result<(), Broken> {
        let id = self.live.run().id;
        match runs.store().run(&Actor::system(), StartRun { run: id, room: sandbox.kind() }).await {
            Ok(run) => {
                self.live.became(run);
                Ok(())
            }
            Err(error) if error.code == ErrorCode::Conflict => Err(Broken::Over(Box::new(runs.row(id).await?))),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs the command to its verdict, and keeps what is to be kept.
    async fn run(&self, runs: &Runs, sandbox: &Sandbox, seconds: u32) -> Ending {
        let run = self.live.run();
        let mut file = match runs.shelf().create(&run).await {
            Ok(file) => file,
            Err(error) => return self.unkept(&error),
        };
        let live = self.live.clone();
        let sink = move |_: Source, bytes: &[u8]| match file.write_all(bytes) {
            // Into the kernel's memory: no wait worth a thread.
            Ok(()) => live.wrote(bytes.len()),
            Err(error) => live.stop(Stop::Unkept(error.to_string())),
        };
        let limit = Limit { seconds, output_bytes: sandbox.profile().output_bytes };
        let spawn = self.spawn(runs, &run, sandbox);
        let cancel = self.live.cancel();
        let outcome = match spawn.terminal {
            None => execute(sandbox, spawn, &limit, cancel, sink).await,
            Some(_) => {
                let begun = Instant::now();
                match sandbox.spawn(spawn).await {
                    Ok(mut command) => {
                        self.live.lend(command.take_stdin(), command.control());
                        follow(sandbox, command, begun, &limit, cancel, sink).await
                    }
                    Err(fault) => return faulty(&fault),
                }
            }
        };
        self.ending(runs, sandbox, outcome).await
    }

    fn spawn(&self, runs: &Runs, run: &Run, sandbox: &Sandbox) -> Spawn {
        let terminal = run.terminal.then(|| self.live.size());
        let mut environment = runs.sandboxes().environment(sandbox);
        let term = if terminal.is_some() { "xterm-256color" } else { "dumb" };
        let more = [("TERM", term), ("CI", "true")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (name, value) in more.into_iter().chain(self.work.environment.iter().cloned()) {
            environment.retain(|(other, _)| *other != name);
            environment.push((name, value));
        }
        let command = vec!["sh".into(), "-c".into(), run.command.clone()];
        Spawn { command, environment, folder: WORK.into(), terminal }
    }

    async fn ending(&self, runs: &Runs, sandbox: &Sandbox, outcome: Outcome) -> Ending {
        let mut ending = Ending {
            verdict: Some(outcome.verdict),
            reason: outcome.why,
            output_bytes: outcome.output_bytes,
            cut: outcome.cut,
            peak_memory_bytes: outcome.peak_memory_bytes,
            cpu_micros: outcome.usage.map(|usage| usage.cpu_micros),
            hosts: asked(runs.sandboxes().hosts(sandbox)),
        };
        if outcome.verdict == Verdict::Cancelled {
            let Ending { verdict, reason, .. } = self.stopped();
            (ending.verdict, ending.reason) = (verdict, reason);
        }
        if let (Verdict::Ok, Some(keep)) = (outcome.verdict, &self.work.keep) {
            let kept = timeout(KEEPS, keep_files(sandbox, keep)).await.unwrap_or_else(|_| {
                Err(Fault::Archive(format!("they did not come out within {} seconds.", KEEPS.as_secs())))
            });
            if let Err(fault) = kept {
                // It was begun, so it was not refused; and it is not well either without its files.
                ending.verdict = Some(Verdict::Infrastructure);
                ending.reason = Some(format!("The command ended well, and its files were not kept. {fault}"));
            }
        }
        ending
    }

    /// How a run ends that was stopped.
    fn stopped(&self) -> Ending {
        match self.live.stopped() {
            Some(Stop::Shutdown) if self.live.run().started_at.is_none() => Ending::shutdown(),
            Some(Stop::Shutdown) => Ending::because(Verdict::Infrastructure, SHUTDOWN),
            Some(Stop::Unkept(why)) => Ending::because(Verdict::Infrastructure, unkept(why)),
            Some(Stop::By(actor)) => Ending::because(Verdict::Cancelled, format!("{} stopped it.", actor.by.name())),
            None => Ending { verdict: Some(Verdict::Cancelled), ..Ending::default() },
        }
    }

    fn unkept(&self, error: &std::io::Error) -> Ending {
        Ending::because(Verdict::Infrastructure, unkept(&error.to_string()))
    }
}

fn unkept(why: &str) -> String {
    format!("What it writes could not be kept: {why}. Look at the server's disk.")
}

/// Takes the files out into their folder.
async fn keep_files(sandbox: &Sandbox, keep: &Keep) -> Result<(), Fault> {
    let (mut writer, reader) = tokio::io::duplex(ON_THE_WAY);
    let give = Give {
        path: WORK.into(),
        without: keep.without.clone(),
        most_bytes: keep.limits.bytes,
        most_entries: keep.limits.entries,
    };
    let mut unpacking = std::pin::pin!(unpack(reader, &keep.into, keep.limits));
    // It owns the writer, so that its end is the end of the stream.
    let mut giving = std::pin::pin!(async move { sandbox.give(give, &mut writer).await });
    // Whoever ends first knows what was wrong; the other only that it broke off.
    tokio::select! {
        biased;
        unpacked = &mut unpacking => {
            unpacked?;
            giving.await?;
        }
        given = &mut giving => {
            let unpacked = unpacking.await;
            given?;
            unpacked?;
        }
    }
    Ok(())
}

/// The hosts of what was asked for, each once.
fn asked(all: Vec<Asked>) -> Vec<AskedHost> {
    let mut hosts: Vec<AskedHost> = Vec::new();
    for Asked { host, allowed, sent, received, .. } in all {
        let bytes = i64::try_from(sent.saturating_add(received)).unwrap_or(i64::MAX);
        match hosts.iter_mut().find(|other| other.host == host && other.allowed == allowed) {
            Some(other) => other.bytes = other.bytes.saturating_add(bytes),
            None => hosts.push(AskedHost { host, allowed, bytes }),
        }
    }
    hosts
}
