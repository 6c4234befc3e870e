//! One turn's place to work: opened when it is first needed, and what was made there taken in when the turn has ended.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::access::{Action, Subject};
use domain::policy;
use domain::sandbox::Preset;
use domain::{Error, ErrorCode, Project, ProjectStatus, Result};
use projects::Projects;
use projects::working::WorkingCopy;
use sandbox::archive::pack;
use sandbox::rooms::Image;
use sandbox::{Sandbox, Sandboxes, Spawn, Wanted};
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::terminal::{Order, Terminal};
use super::{ask, files, limits};
use crate::acp::Turn;

/// Most terminals that one turn may have at a time.
const MOST_TERMINALS: usize = 16;
/// Most commands that one turn may run.
const MOST_COMMANDS: usize = 500;
/// Most of them that are told of at its end.
const MOST_TOLD: usize = 20;
/// What package managers put into a project's folder, and what is no part of it unless its repository has some.
const OUTSIDE: [&str; 3] = ["node_modules", ".venv", "__pycache__"];
/// The longest first line of a commit's message, in characters.
const SUBJECT: usize = 72;

/// What a place is made with.
pub(crate) struct Terms<'a> {
    pub(crate) store: &'a Store,
    pub(crate) projects: &'a Projects,
    pub(crate) sandboxes: &'a Sandboxes,
}

/// A sandbox of the conversation's project, for one turn.
pub(crate) struct Place {
    project: Project,
    copy: WorkingCopy,
    sandbox: Arc<Sandbox>,
    environment: Vec<(String, String)>,
    seconds: u32,
    most_output: u64,
    /// Whether anything was done that can have changed files.
    touched: AtomicBool,
    terminals: Mutex<Terminals>,
    /// Ends every command.
    end: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Terminals {
    made: u64,
    open: BTreeMap<String, Arc<Terminal>>,
    /// All that were run, in order.
    all: Vec<Arc<Terminal>>,
}

impl Place {
    /// Opens a sandbox of the conversation's project, with the project's files in it.
    ///
    /// # Errors
    /// `Invalid` when the conversation has no project; `Forbidden` when the person the helper works for may not run
    /// commands there; what the sandbox says.
    pub(crate) async fn open(terms: &Terms<'_>, turn: &Turn) -> Result<Self> {
        let Some(id) = turn.conversation.project else {
            let message = "This conversation belongs to no project, so there are no files and no terminals here. Ask in a conversation of a project.";
            return Err(Error::invalid("sessionId", message));
        };
        let (actor, helper) = (turn.delivery.actor(), &turn.delivery.helper);
        terms.store.require(&actor, Action::Run, Subject::Project(id)).await?;
        let project = terms.store.project_by_id(id).await?.filter(|project| project.status == ProjectStatus::Ready);
        let project = project.ok_or_else(|| Error::conflict("The project is not whole yet."))?;
        let policies = terms.store.policies_holding(Some(id), Some(helper)).await?;
        let policies: Vec<_> = policies.iter().collect();
        let profile = policy::effective(Preset::Build, &terms.sandboxes.limits(Preset::Build), &policies);
        let copy = terms.projects.check_out(&project.slug).await?;
        let wanted = Wanted { preset: Preset::Build, profile, image: Image::Node, tools: Vec::new() };
        let sandbox = terms.sandboxes.open(&format!("{helper} in {}", project.slug), &wanted).await?;
        sandbox.put(room::WORK, pack(&copy.folder(), &[], limits(&profile))).await?;
        copy.clear().await.map_err(Error::internal)?;
        Ok(Self {
            environment: terms.sandboxes.environment(&sandbox),
            project,
            copy,
            sandbox: Arc::new(sandbox),
            seconds: profile.seconds,
            most_output: profile.output_bytes,
            touched: AtomicBool::new(false),
            terminals: Mutex::default(),
            end: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// The text of a file, or some of its lines.
    ///
    /// # Errors
    /// `Invalid` for a path that is not below the project's folder, or no text; `NotFound`.
    pub(crate) async fn read(&self, path: &std::path::Path, line: Option<u32>, limit: Option<u32>) -> Result<String> {
        files::read(&self.sandbox, &files::below_work(path)?, line, limit).await
    }

    /// Writes a file.
    ///
    /// # Errors
    /// `Invalid` for a path that is not below the project's folder; `TooLarge`.
    pub(crate) async fn write(&self, path: &std::path::Path, text: &str) -> Result<()> {
        let path = files::below_work(path)?;
        self.is_open()?;
        self.touched.store(true, Ordering::Relaxed);
        files::write(&self.sandbox, &path, text).await
    }

    /// Runs a command, once rules or people allow it; gives the id of its terminal.
    ///
    /// # Errors
    /// `Forbidden` when it is not allowed; `TooMany`; `Invalid` when it cannot be started.
    pub(crate) async fn run(&self, store: &Store, turn: &Turn, order: Order) -> Result<String> {
        let line = order.line();
        if line.is_empty() {
            return Err(Error::invalid("command", "The command is empty: name a program."));
        }
        ask::clear(store, turn, &line).await?;
        self.is_open()?;
        self.has_room()?;
        self.touched.store(true, Ordering::Relaxed);
        let folder = order.folder.as_ref().map_or_else(|| room::WORK.into(), |folder| folder.to_string_lossy());
        let mut environment = self.environment.clone();
        environment.extend(order.env.iter().cloned());
        let spawn = Spawn { command: order.words(), environment, folder: folder.into_owned(), terminal: None };
        let command = self.sandbox.spawn(spawn).await?;
        let keep = order.keep.unwrap_or(self.most_output).min(self.most_output);
        let kill = self.end.child_token();
        let (terminal, following) = Terminal::follow(self.sandbox.clone(), command, line, keep, self.seconds, kill);
        self.tasks.spawn(following);
        let mut terminals = self.terminals();
        terminals.made += 1;
        let id = format!("terminal-{}", terminals.made);
        terminals.open.insert(id.clone(), terminal.clone());
        terminals.all.push(terminal);
        Ok(id)
    }

    /// A terminal that is open.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn terminal(&self, id: &str) -> Result<Arc<Terminal>> {
        self.terminals().open.get(id).cloned().ok_or_else(|| Error::not_found("terminal"))
    }

    /// Closes a terminal, and ends its command.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn release(&self, id: &str) -> Result<()> {
        let terminal = self.terminals().open.remove(id).ok_or_else(|| Error::not_found("terminal"))?;
        terminal.kill();
        terminal.forget();
        Ok(())
    }

    fn is_open(&self) -> Result<()> {
        match self.end.is_cancelled() {
            true => Err(Error::new(ErrorCode::Unavailable, "The work on this message is over.")),
            false => Ok(()),
        }
    }

    fn has_room(&self) -> Result<()> {
        let terminals = self.terminals();
        let message = match (terminals.open.len() >= MOST_TERMINALS, terminals.all.len() >= MOST_COMMANDS) {
            (false, false) => return Ok(()),
            (true, _) => format!("{MOST_TERMINALS} terminals are open already. Release one first."),
            (_, true) => format!("{MOST_COMMANDS} commands were run for this message already; that is enough."),
        };
        Err(Error::new(ErrorCode::TooMany, message))
    }

    /// Ends every command; takes what was made into the project's repository; ends the sandbox. Gives what is to be said
    /// of it all, for people.
    pub(crate) async fn finish(&self, terms: &Terms<'_>, turn: &Turn) -> Vec<String> {
        self.stop().await;
        let mut told = Vec::new();
        let mut ran: Vec<String> = self.terminals().all.iter().filter_map(|terminal| ran(terminal)).collect();
        if ran.len() > MOST_TOLD {
            let more = ran.split_off(MOST_TOLD).len();
            ran.push(format!("and {more} more"));
        }
        if !ran.is_empty() {
            told.push(format!("Ran in the project's sandbox: {}.", ran.join(", ")));
        }
        if self.touched.load(Ordering::Relaxed) {
            match self.take_in(terms, turn).await {
                Ok(Some(sentence)) => told.push(sentence),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(helper = %turn.delivery.helper, project = %self.project.slug, error = ?error, "what a helper made was not taken in");
                    told.push(format!("What it made of the project's files was not taken in. {}", error.message));
                }
            }
        }
        self.close().await;
        told
    }

    /// Ends everything, and keeps nothing.
    pub(crate) async fn abandon(&self) {
        self.stop().await;
        self.close().await;
    }

    async fn stop(&self) {
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn close(&self) {
        if let Err(fault) = self.sandbox.end().await {
            tracing::warn!(error = &fault as &dyn std::error::Error, "a sandbox was not removed");
        }
    }

    async fn take_in(&self, terms: &Terms<'_>, turn: &Turn) -> Result<Option<String>> {
        let mut outside = vec![".git"];
        for name in OUTSIDE {
            if !self.copy.has(name).await.map_err(Error::internal)? {
                outside.push(name);
            }
        }
        let limits = limits(self.sandbox.profile());
        self.sandbox.bring(room::WORK, &outside, &self.copy.folder(), limits).await?;
        let message = message(&turn.message.body, turn.delivery.helper.as_str());
        let taken = terms.projects.take_in(&turn.delivery.actor(), &self.project, &self.copy, &message).await?;
        Ok(taken.map(|taken| {
            let files = if taken.changed == 1 { "1 file".to_owned() } else { format!("{} files", taken.changed) };
            let commit = &taken.commit[..taken.commit.len().min(10)];
            format!("Changed {files} of [{0}](/projects/{0}): commit `{commit}`.", self.project.slug)
        }))
    }

    fn terminals(&self) -> MutexGuard<'_, Terminals> {
        self.terminals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Whoever follows a command holds the sandbox too.
        self.end.cancel();
    }
}

/// What was run and how it ended, in Markdown.
fn ran(terminal: &Terminal) -> Option<String> {
    let line: String = terminal.line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    Some(format!("`{}` ({})", line.replace('`', "'"), terminal.ended()?.verdict))
}

/// The message of the commit: what was asked for.
fn message(asked: &str, helper: &str) -> String {
    let words = asked.split_whitespace().skip_while(|word| word.starts_with('@')).collect::<Vec<_>>().join(" ");
    let mut subject: String = words.chars().take(SUBJECT).collect();
    if subject.len() < words.len() {
        subject.pop();
        subject.push('…');
    }
    if subject.is_empty() { format!("Changes by {helper}") } else { subject }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_called_what_was_asked_for() {
        assert_eq!(message("@echo @other make it\n\ngreen", "echo"), "make it green");
        assert_eq!(message("@echo", "echo"), "Changes by echo");
        let long = message(&"word ".repeat(40), "echo");
        assert!(long.chars().count() == SUBJECT && long.ends_with('…'), "{long}");
    }
}
