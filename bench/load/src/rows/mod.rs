//! The rows of the results, a module each.

mod acks;
mod disk;
mod fanout;
mod first;
mod idle;
mod log;
mod page;
mod seen;
mod start;
mod storm;

use std::future::Future;
use std::time::Duration;

use serde::Serialize;

use crate::figures::{Row, Series};
use crate::options::Options;
use crate::{Result, say};

/// How long a row may take; far more than any does.
const PATIENCE: Duration = Duration::from_mins(6);

/// Everything that was found out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    rows: Vec<Row>,
    /// What could not be measured, and why.
    missing: Vec<String>,
    /// The disk that everything is kept on.
    disk: String,
    /// The server's settings that are not the defaults.
    settings: Vec<String>,
}

impl Report {
    /// Notes the rows, or why there are none.
    fn take(&mut self, name: &str, rows: Result<Vec<Row>>) {
        match rows {
            Ok(rows) => self.rows.extend(rows),
            Err(error) => {
                say(&format!("  {name}: {error}"));
                self.missing.push(format!("{name}: {error}"));
            }
        }
    }
}

/// Measures what `options` want.
pub(crate) async fn all(options: &Options) -> Result<Report> {
    let mut report = Report {
        settings: crate::contenders::tatwats::SETTINGS.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        disk: disk::describe()?,
        ..Report::default()
    };
    row(options, &mut report, "acks", || acks::measure(options)).await;
    row(options, &mut report, "fanout", || fanout::measure(options)).await;
    row(options, &mut report, "seen", || seen::measure(options)).await;
    row(options, &mut report, "idle", || idle::measure(options)).await;
    row(options, &mut report, "storm", || storm::measure(options)).await;
    row(options, &mut report, "page", || page::measure(options)).await;
    row(options, &mut report, "first", || first::measure(options)).await;
    row(options, &mut report, "start", || start::large(options)).await;
    row(options, &mut report, "log", || log::measure(options)).await;
    row(options, &mut report, "size", || start::size(options)).await;
    Ok(report)
}

async fn row<F, R>(options: &Options, report: &mut Report, name: &str, measure: F)
where
    F: FnOnce() -> R,
    R: Future<Output = Result<Vec<Row>>>,
{
    if options.wants(name) {
        say(&format!("measuring {name}"));
        let rows = tokio::time::timeout(PATIENCE, measure()).await;
        report.take(name, rows.unwrap_or_else(|_| Err("it did not come to an end".into())));
    }
}

/// In which order the sides go in a round: back and forth, so that none always comes after the same.
fn turns(round: usize, sides: usize) -> Box<dyn Iterator<Item = usize>> {
    if round.is_multiple_of(2) { Box::new(0..sides) } else { Box::new((0..sides).rev()) }
}

/// The series of that name, if it was measured in every round.
fn whole<'a>(all: &'a [Series], name: &str, rounds: usize) -> Option<&'a Series> {
    all.iter().find(|series| series.name == name && series.rounds.len() == rounds)
}
