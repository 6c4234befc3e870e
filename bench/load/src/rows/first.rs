//! What somebody on a phone with a slow connection waits for when they first open the Overview, as Lighthouse sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::process::Command;

use crate::contenders::tatwats;
use crate::figures::{Aim, Row, Sample, Series, alone};
use crate::options::Options;
use crate::server::{LOAD, SERVERS};
use crate::{Result, say};

/// What Lighthouse found in one run.
#[derive(Debug, Deserialize)]
struct Found {
    /// Of 100, by the category's name.
    scores: BTreeMap<String, f64>,
    /// The audits that cost points, by the category's name.
    lost: BTreeMap<String, Vec<String>>,
    largest_paint_ms: f64,
    blocked_ms: f64,
    shift: f64,
    /// Scripts and WebAssembly, as they came over the wire.
    code_bytes: f64,
}

/// The rows.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let chromium = chromium().ok_or("there is no Chromium: apt-get install chromium")?;
    let workshop = tatwats::start(options, None).await?;
    let mut found = Vec::new();
    for _ in 0..options.rounds() {
        let run = look(options, &chromium, &format!("http://{}", workshop.server.address)).await?;
        say(&format!(
            "  {:.0} KB of code, largest paint {:.0} ms, blocked {:.0} ms, {:?}, lost by {:?}",
            run.code_bytes / 1000.0,
            run.largest_paint_ms,
            run.blocked_ms,
            run.scores,
            run.lost
        ));
        found.push(run);
    }
    workshop.server.stop().await?;
    let row = |name, unit, value: fn(&Found) -> f64, aim| {
        let mut ours = Series::of("TATWATS");
        ours.rounds.extend(found.iter().map(|run| Sample { value: value(run), ..Sample::default() }));
        alone(name, unit, &ours, aim)
    };
    Ok(vec![
        row(
            "first load of the Overview: scripts and WebAssembly",
            "KB",
            |run| run.code_bytes / 1000.0,
            Aim::AtMost(200.0),
        ),
        row("the same on a slow phone: the lowest of Lighthouse's scores", "of 100", Found::lowest, Aim::AtLeast(99.0)),
        row("the same: largest paint after", "ms", |run| run.largest_paint_ms, Aim::AtMost(1000.0)),
        row("the same: blocked for", "ms", |run| run.blocked_ms, Aim::AtMost(100.0)),
        row("the same: layout shift", "", |run| run.shift, Aim::AtMost(0.0)),
    ])
}

impl Found {
    fn lowest(&self) -> f64 {
        self.scores.values().copied().fold(f64::NAN, f64::min)
    }
}

/// One run, in a new browser. It has all processors: a browser on one would be slower than any phone.
async fn look(options: &Options, chromium: &Path, origin: &str) -> Result<Found> {
    let mut look = Command::new("setpriv");
    look.args(["--pdeathsig", "TERM", "taskset", "--cpu-list", &format!("{SERVERS},{LOAD}"), "node"]);
    look.arg(options.peers.join("lighthouse.mjs")).env("ORIGIN", origin).env("CHROMIUM", chromium);
    look.env("NAME", tatwats::OWNER).env("PASSWORD", tatwats::PASSWORD);
    Ok(serde_json::from_str(&tatwats::said(look).await?)?)
}

/// The browser, by one of the names that it goes by.
fn chromium() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}
