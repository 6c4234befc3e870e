//! The doctor: checks each thing the workshop needs, and says what is wrong and how to mend it.
//!
//! `tatwats doctor` prints its report; the server asks for the same one at start and refuses to go on with a failure.

mod clock;
mod disk;
mod folder;
mod model;
mod pages;
mod port;
mod postgres;
mod report;
mod sandboxes;
mod sqlite;
mod tls;
mod tools;

use domain::Clock;

pub(crate) use disk::has_room;
pub use report::{Finding, Outcome, Report};

use crate::config::{Config, Database};

/// Who asks: it decides what a busy port and a missing folder mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A person, perhaps while the server runs.
    Asked,
    /// The server, about to start: it has made its folder and holds its lock.
    Start,
}

/// Checks everything.
pub async fn examine(config: &Config, clock: &dyn Clock, occasion: Occasion) -> Report {
    let mut report = Report::default();
    settings(config, &mut report);
    folder::check(config, occasion, &mut report);
    disk::check(config, &mut report);
    match &config.database {
        Database::Sqlite(path) => sqlite::check(path, &config.data, clock, &mut report).await,
        Database::Postgres(url) => postgres::check(url, clock, &mut report).await,
    }
    clock::check(clock.now(), &mut report);
    port::check(config, occasion, &mut report).await;
    tls::check(config, clock.now(), occasion, &mut report);
    pages::check(config, &mut report);
    tools::check(occasion, &mut report).await;
    sandboxes::check(config, occasion, &mut report).await;
    model::check(config, &mut report);
    report
}

fn settings(config: &Config, report: &mut Report) {
    let files: Vec<String> = config.files.iter().map(|path| path.display().to_string()).collect();
    let from = if files.is_empty() { "no file; defaults and environment".to_owned() } else { files.join(", ") };
    report.ok("settings", format!("read from {from}"));
    for warning in &config.warnings {
        report.warning("settings", warning.clone(), "Correct the name, or unset the variable.");
    }
}
