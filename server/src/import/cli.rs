//! `tatwats import`: what is asked for, progress for people who watch, the report.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, Subcommand};
use domain::{Actor, Error, ErrorCode, Result, Role, UserName};
use indicatif::{ProgressBar, ProgressStyle};
use store::Store;

use super::{Mode, Progress, Report, archive, run};
use crate::beside::Beside;
use crate::config::Config;

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
    /// The admin who the person in the folder is [default: the one whose account is the oldest]
    #[arg(long = "as", value_name = "NAME")]
    person: Option<UserName>,
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
        let actor = Actor::user(person(store, self.person.as_ref()).await?);
        run(store, &actor, &self.folder, mode, Arc::clone(progress) as Arc<dyn Progress>).await
    }
}

/// Who the person in the folder is. A dry run before there is any database takes the name as it is.
async fn person(store: Option<&Store>, asked: Option<&UserName>) -> Result<UserName> {
    let Some(store) = store else { return asked.map_or_else(|| "owner".parse(), |name| Ok(name.clone())) };
    let users = store.users().await?;
    let mut admins = users.iter().filter(|user| user.role == Some(Role::Admin) && !user.disabled);
    let found = match &asked {
        Some(name) => admins.find(|user| user.name == **name),
        None => admins.min_by_key(|user| user.created_at),
    };
    found.map(|user| user.name.clone()).ok_or_else(|| match asked {
        Some(name) => Error::invalid("as", format!("“{name}” is no admin of this workshop.")),
        None => Error::conflict("The workshop has no admin yet. Set it up first: tatwats user create NAME --admin"),
    })
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
