//! `tatwats import`: what is asked for, progress for people who watch, the report.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, Subcommand};
use domain::projection::Accounts;
use domain::{Actor, Error, ErrorCode, Result, Role, UserName};
use indicatif::{ProgressBar, ProgressStyle};
use store::Store;

use super::{Mode, Progress, Report, archive, run};
use crate::beside::Beside;
use crate::config::Config;

/// Who stands for the one person of a workshop in which there is nobody yet.
const SOMEONE: &str = "owner";

/// Where to bring messages in from.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// From a common room of files: FOLDER/<helper>/inbox/<id>.json and …/inbox/processed/<id>.json
    CommonRoom(CommonRoom),
}

/// A common room of files. Without --apply nothing is written: the report says what would be.
#[derive(Debug, Args)]
pub struct CommonRoom {
    /// The folder
    folder: PathBuf,
    /// Write the messages into the database
    #[arg(long)]
    apply: bool,
    /// Afterwards pack the folder into this new file, so that it can be removed
    #[arg(long, value_name = "FILE.tar.zst")]
    archive: Option<PathBuf>,
    /// The admin who does this, and whose the messages of “owner” and “user” are [default: the only admin]
    #[arg(long, value_name = "NAME", value_parser = name)]
    user: Option<UserName>,
}

fn name(text: &str) -> Result<UserName> {
    text.parse()
}

impl Import {
    /// Does it. Files that are refused are in the report and are no failure of the import.
    pub async fn run(self, config: Config, json: bool) -> ExitCode {
        let Self::CommonRoom(args) = self;
        match args.perform(&config).await {
            Ok(report) => {
                let text =
                    if json { serde_json::to_string_pretty(&report).unwrap_or_default() } else { report.to_string() };
                // A reader that has gone away is no fault of ours.
                let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
                ExitCode::SUCCESS
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "tatwats: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

impl CommonRoom {
    async fn perform(self, config: &Config) -> Result<Report> {
        if let Some(target) = &self.archive {
            archive::check(&self.folder, target).map_err(|error| cannot_pack(target, error))?;
        }
        let mode = if self.apply { Mode::Applied } else { Mode::DryRun };
        let beside = match mode {
            Mode::Applied => Some(Beside::to_write(config).await?),
            Mode::DryRun => Beside::to_read(config).await?,
        };
        let progress = Arc::new(Bar::default());
        let done = self.bring_in(beside.as_ref().map(|beside| &beside.store), mode, &progress).await;
        progress.clear();
        if let Some(beside) = beside {
            beside.close().await;
        }
        let mut report = done?;
        if let Some(target) = self.archive {
            report.archive = Some(packed(&self.folder, target, &report).await?);
        }
        Ok(report)
    }

    async fn bring_in(&self, store: Option<&Store>, mode: Mode, progress: &Arc<Bar>) -> Result<Report> {
        let actor = Actor::user(self.person(store, mode)?);
        run(store, &actor, &self.folder, mode, Arc::clone(progress) as Arc<dyn Progress>).await
    }

    /// The person who brings the messages in, and whose those of `owner` and `user` are.
    fn person(&self, store: Option<&Store>, mode: Mode) -> Result<UserName> {
        let accounts = store.map(Store::accounts);
        if let Some(named) = &self.user {
            return match &accounts {
                Some(accounts) if accounts.user(named).is_none() => Err(Error::not_found("user")),
                _ => Ok(named.clone()),
            };
        }
        let admins = accounts.iter().flat_map(Accounts::users).filter(|user| user.role == Some(Role::Admin));
        let admins: Vec<UserName> = admins.map(|user| user.name.clone()).collect();
        match (admins.as_slice(), mode) {
            ([only], _) => Ok(only.clone()),
            // Nothing is written, and whatever they will be called makes no difference.
            ([], Mode::DryRun) => SOMEONE.parse(),
            ([], Mode::Applied) => Err(Error::conflict(
                "The workshop has nobody yet whose messages these could be. Make an admin first: tatwats user create NAME --admin",
            )),
            _ => Err(Error::invalid(
                "user",
                "The workshop has several admins. Say whose messages these are: --user NAME",
            )),
        }
    }
}

async fn packed(folder: &Path, target: PathBuf, report: &Report) -> Result<archive::Archived> {
    if report.mode == Mode::DryRun && report.imported > 0 {
        let count = report.imported;
        return Err(Error::conflict(format!(
            "{count} messages are not in the database yet, so the folder is not packed. Add --apply."
        )));
    }
    let folder = folder.to_owned();
    super::run::blocking(move || archive::pack(&folder, &target).map_err(|error| cannot_pack(&target, error))).await
}

fn cannot_pack(target: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorCode::Unavailable, format!("The archive {} was not made: {error}.", target.display()))
        .because(error)
}

/// A bar on the error output; none when that is no terminal.
#[derive(Default)]
struct Bar(Mutex<Option<ProgressBar>>);

impl Bar {
    fn put(&self, bar: Option<ProgressBar>) {
        let old = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), bar);
        if let Some(old) = old {
            old.finish_and_clear();
        }
    }

    fn clear(&self) {
        self.put(None);
    }
}

impl Progress for Bar {
    fn begin(&self, what: &'static str, steps: u64) {
        let bar = ProgressBar::new(steps).with_message(what);
        let style = ProgressStyle::with_template("{msg:<10} {bar:40} {human_pos}/{human_len}  {per_sec}, {eta} left");
        self.put(Some(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }));
    }

    fn step(&self, steps: u64) {
        if let Some(bar) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(steps);
        }
    }
}
