//! Commands run in sandboxes: queued, begun and ended exactly once.

use domain::access::{Action, Subject};
use domain::run::{MAX_COMMAND_BYTES, MAX_HOSTS};
use domain::sandbox::{Preset, RoomKind, Verdict};
use domain::{AskedHost, ConversationId, Error, ErrorCode, EventData, ProjectId, Result, Run, RunId, RunState, TaskId};

use crate::change::{Change, Command};
use crate::tables;

/// Most runs that may wait for their turn.
pub const MAX_QUEUED: i64 = 100;
/// The longest reason, in characters.
const MAX_REASON: usize = 2_000;

/// Puts a command into the queue. It waits there for its turn on this server.
#[derive(Debug, Clone)]
pub struct QueueRun {
    /// The id it is to have, so that asking again does not run it twice; none: a new one.
    pub id: Option<RunId>,
    /// In whose sandbox it is to run.
    pub project: ProjectId,
    /// One line for the shell.
    pub command: String,
    /// The limits that it runs under: `build` or `run`.
    pub preset: Preset,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// The task it is part of.
    pub task: Option<TaskId>,
    /// The conversation it was asked for in.
    pub conversation: Option<ConversationId>,
}

impl Command for QueueRun {
    const ACTION: Action = Action::Run;
    type Output = Run;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Project(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Run> {
        self.check()?;
        if tables::projects::get(change.tx, self.project).await?.is_none() {
            return Err(Error::not_found("project"));
        }
        if let Some(id) = self.id
            && let Some(run) = tables::runs::get(change.tx, id).await?
        {
            let same = run.project == self.project && run.command == self.command && run.owner == *change.actor;
            return if same { Ok(run) } else { Err(Error::conflict("There is already another run with this id.")) };
        }
        tables::hold(change.tx, "runs").await?;
        if tables::runs::count_queued(change.tx).await? >= MAX_QUEUED {
            return Err(Error::new(
                ErrorCode::TooMany,
                format!("{MAX_QUEUED} commands wait for their turn already. Try again when some of them are done."),
            ));
        }
        let run = Run {
            id: self.id.unwrap_or_else(|| change.new_id()),
            project: self.project,
            command: self.command.clone(),
            preset: self.preset,
            terminal: self.terminal,
            state: RunState::Queued,
            room: None,
            verdict: None,
            reason: None,
            owner: change.actor.clone(),
            task: self.task,
            conversation: self.conversation,
            output_bytes: 0,
            cut: false,
            peak_memory_bytes: None,
            cpu_micros: None,
            hosts: Vec::new(),
            created_at: change.now,
            started_at: None,
            ended_at: None,
        };
        moved(change, &run).await?;
        Ok(run)
    }
}

impl QueueRun {
    fn check(&self) -> Result<()> {
        if self.preset == Preset::Helper {
            return Err(Error::invalid("preset", "The preset helper is for helpers; use build or run."));
        }
        if self.command.trim().is_empty() {
            return Err(Error::invalid("command", "The command is empty; write what to run, like npm test."));
        }
        if self.command.contains('\0') {
            return Err(Error::invalid("command", "The command contains a zero byte; no program can be given one."));
        }
        let bytes = self.command.len();
        if bytes > MAX_COMMAND_BYTES {
            let message = format!("A command has at most {MAX_COMMAND_BYTES} bytes; this one has {bytes}.");
            return Err(Error::invalid("command", message));
        }
        Ok(())
    }
}

/// A run has begun on this server.
#[derive(Debug, Clone)]
pub struct StartRun {
    /// Which run. One that does not wait any more is refused.
    pub run: RunId,
    /// The kind of sandbox it runs in.
    pub room: RoomKind,
}

impl Command for StartRun {
    const ACTION: Action = Action::Observe;
    type Output = Run;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Run> {
        let mut run = locked(change, self.run).await?;
        if run.state != RunState::Queued {
            return Err(Error::conflict(format!("This run is {}: it cannot begin again.", run.state.name())));
        }
        run.state = RunState::Running;
        run.room = Some(self.room);
        run.started_at = Some(change.now);
        moved(change, &run).await?;
        Ok(run)
    }
}

/// A run has ended. One that ended before stays as it is.
#[derive(Debug, Clone)]
pub struct EndRun {
    /// Which run.
    pub run: RunId,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in words, when that is not plain.
    pub reason: Option<String>,
    /// What it wrote, in bytes, as far as it was kept.
    pub output_bytes: i64,
    /// Whether its output was cut.
    pub cut: bool,
    /// The most memory it held at a time, in bytes, where that is known.
    pub peak_memory_bytes: Option<i64>,
    /// The processor time it used, in microseconds, where that is known.
    pub cpu_micros: Option<i64>,
    /// The hosts its network was asked for; the first [`MAX_HOSTS`] are kept.
    pub hosts: Vec<AskedHost>,
}

impl Command for EndRun {
    const ACTION: Action = Action::Observe;
    type Output = Run;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Run> {
        let mut run = locked(change, self.run).await?;
        if run.is_over() {
            return Ok(run);
        }
        run.output_bytes = self.output_bytes;
        run.cut = self.cut;
        run.peak_memory_bytes = self.peak_memory_bytes;
        run.cpu_micros = self.cpu_micros;
        run.hosts = self.hosts.iter().take(MAX_HOSTS).cloned().collect();
        end(change, run, self.verdict, self.reason.as_deref()).await
    }
}

/// Asks a run to end. One that waits ends at once; one that runs is ended by the server that runs it, and one that is
/// over stays as it is.
#[derive(Debug, Clone)]
pub struct CancelRun {
    /// Which run.
    pub run: RunId,
}

impl Command for CancelRun {
    const ACTION: Action = Action::Run;
    type Output = Run;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Run> {
        let found = tables::runs::get_locked(change.tx, self.run).await?;
        change.require(Self::ACTION, found.as_ref().map(|run| run.project), "run")?;
        let run = found.ok_or_else(|| Error::not_found("run"))?;
        match run.state {
            RunState::Queued => end(change, run, Verdict::Cancelled, None).await,
            RunState::Running | RunState::Ended => Ok(run),
        }
    }
}

/// Ends the runs that this server left behind when it ended in the middle. None of them is run again.
#[derive(Debug, Clone)]
pub struct InterruptRuns;

impl Command for InterruptRuns {
    const ACTION: Action = Action::Observe;
    type Output = Vec<Run>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Vec<Run>> {
        let mut interrupted = Vec::new();
        for run in tables::runs::open_on(change.tx, change.node).await? {
            let why = match run.state {
                RunState::Queued => "The server ended before this was begun. Run it again.",
                RunState::Running | RunState::Ended => "The server ended while it ran. Nothing was run twice.",
            };
            interrupted.push(end(change, run, Verdict::Infrastructure, Some(why)).await?);
        }
        Ok(interrupted)
    }
}

async fn end(change: &mut Change<'_>, mut run: Run, verdict: Verdict, reason: Option<&str>) -> Result<Run> {
    run.state = RunState::Ended;
    run.verdict = Some(verdict);
    run.reason = reason.map(|reason| reason.chars().take(MAX_REASON).collect());
    run.ended_at = Some(change.now);
    moved(change, &run).await?;
    Ok(run)
}

async fn moved(change: &mut Change<'_>, run: &Run) -> Result<()> {
    tables::runs::put(change.tx, run, change.node).await?;
    change.record(EventData::RunChanged(run.clone()));
    Ok(())
}

async fn locked(change: &mut Change<'_>, id: RunId) -> Result<Run> {
    tables::runs::get_locked(change.tx, id).await?.ok_or_else(|| Error::not_found("run"))
}
