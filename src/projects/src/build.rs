//! Running a template's commands: one run in a sandbox, which hands back the files.

use std::path::PathBuf;
use std::sync::Arc;

use domain::sandbox::{Preset, Verdict};
use domain::{Actor, ConversationId, ErrorCode, ProjectId, Run, TaskId};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use runs::{Files, Keep, NewRun, Runs, Tar, Work};
use sandbox::archive::{Limits, pack};
use sandbox::rooms::Image;
use tokio_util::sync::CancellationToken;

use crate::scaffold::Build;
use crate::{ProjectsError, Template};

/// What is left behind in the sandbox: what was fetched, and what compilers keep for the next time.
const WITHOUT: [&str; 2] = ["node_modules", "target"];
/// Lines of what a command wrote last that its failure tells.
const LAST_LINES: usize = 3;
/// Characters of each of them.
const LAST_LETTERS: usize = 200;

/// Runs the commands of a template for a project that is being made, as part of its task.
pub(crate) struct Building {
    pub(crate) runs: Runs,
    pub(crate) actor: Actor,
    pub(crate) project: ProjectId,
    pub(crate) task: TaskId,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) template: &'static Template,
}

impl Build for Building {
    fn build<'a>(
        &'a self,
        files: PathBuf,
        into: PathBuf,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), ProjectsError>> {
        self.run(files, into, cancel).boxed()
    }
}

impl Building {
    async fn run(&self, files: PathBuf, into: PathBuf, cancel: &CancellationToken) -> Result<(), ProjectsError> {
        let keep = Keep { without: WITHOUT.map(str::to_owned).to_vec(), into, limits: Limits::default() };
        let work = Work { image: image(self.template), keep: Some(keep), ..Work::on(packing(files)) };
        let new = NewRun {
            project: self.project,
            command: self.template.commands.join(" && "),
            preset: Preset::Build,
            terminal: None,
            seconds: self.template.limits.seconds,
            task: Some(self.task),
            conversation: self.conversation,
        };
        let run = self.runs.begin(&self.actor, new, work).await.map_err(ProjectsError::Workshop)?;
        let finished = self.runs.finished(run.id);
        tokio::pin!(finished);
        let ended = tokio::select! {
            ended = &mut finished => ended,
            () = cancel.cancelled() => {
                // Waited for all the same: it writes into a folder that is then removed.
                match self.runs.cancel(&Actor::system(), run.id).await {
                    Err(error) if error.code != ErrorCode::Conflict => Err(error),
                    _ => finished.await,
                }
            }
        };
        let ended = ended.map_err(ProjectsError::Workshop)?;
        match ended.verdict {
            _ if cancel.is_cancelled() => Err(ProjectsError::Canceled),
            Some(Verdict::Ok) => Ok(()),
            verdict => {
                Err(ProjectsError::Build(self.failure(&ended, verdict.unwrap_or(Verdict::Infrastructure)).await))
            }
        }
    }

    /// How a run ended, and why, for the people who wait for its project.
    async fn failure(&self, run: &Run, verdict: Verdict) -> String {
        let mut told = format!("{} {}.", run.command, ending(verdict));
        if let Some(reason) = &run.reason {
            told = format!("{told} {reason}");
        }
        let wrote = self.runs.output(run.id, 0).await.unwrap_or_default();
        match last_lines(&wrote) {
            Some(lines) if matches!(verdict, Verdict::Exit(_)) => format!("{told} It wrote last: {lines}"),
            _ => told,
        }
    }
}

/// The image that a template's commands run in, where sandboxes are made from images.
pub(crate) fn image(template: &Template) -> Image {
    template.image.and_then(Image::from_name).unwrap_or(Image::Node)
}

/// Hands over the files of a folder.
fn packing(folder: PathBuf) -> Files {
    Arc::new(move || {
        let pack = pack(&folder, &[], Limits::default());
        std::future::ready(Ok(Box::new(pack) as Tar)).boxed()
    })
}

/// A verdict, in words that follow the command.
fn ending(verdict: Verdict) -> String {
    match verdict {
        Verdict::Ok => "ended well".into(),
        Verdict::Exit(status @ 129..=192) => format!("was ended by signal {}", status - 128),
        Verdict::Exit(status) => format!("ended with status {status}"),
        Verdict::Timeout => "took longer than it may".into(),
        Verdict::Memory => "wanted more memory than it may have".into(),
        Verdict::Output => "wrote more than it may".into(),
        Verdict::Cancelled => "was stopped".into(),
        Verdict::Refused => "was not begun".into(),
        Verdict::Infrastructure => "was interrupted".into(),
    }
}

/// The last lines of what a command wrote; none when it wrote nothing.
fn last_lines(output: &[u8]) -> Option<String> {
    let text = domain::output::plain(output);
    let mut lines: Vec<String> = text
        .lines()
        .rev()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(LAST_LINES)
        .map(|line| line.chars().take(LAST_LETTERS).collect())
        .collect();
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join(" / "))
}

#[cfg(test)]
#[path = "build/tests.rs"]
mod tests;
