//! Measures how long a command in a sandbox takes from the request to its first byte, warm and cold, beside plain
//! `bwrap` and plain `docker run` in the same run.
//!
//! The ways take turns, one start each, so that whatever else the machine does falls on all of them alike. The command is
//! everywhere the same: our own program, which says at once how it is to be called.

mod figures;
mod ways;

use std::process::ExitCode;

use figures::Figures;
use ways::Ways;

/// How long the machine rests before each start.
const REST: std::time::Duration = std::time::Duration::from_millis(150);
/// Starts of each way, unless told otherwise.
const STARTS: usize = 100;

#[tokio::main]
async fn main() -> ExitCode {
    let starts = match std::env::args().nth(1).as_deref() {
        None => STARTS,
        Some("--quick") => 20,
        Some(_) => {
            complain("Usage: start-up [--quick]");
            return ExitCode::from(2);
        }
    };
    match run(starts).await {
        Ok(report) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn complain(words: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{words}");
}

async fn run(starts: usize) -> Result<String, Box<dyn std::error::Error>> {
    let ways = Ways::find().await?;
    let mut figures = Figures::default();
    for turn in 0..=starts {
        for way in ways.all() {
            // What is left of the start before is taken away meanwhile, and costs this one nothing.
            tokio::time::sleep(REST).await;
            let took = ways.start(way).await.map_err(|error| format!("{}: {error}", way.name()))?;
            // The first turn fills caches.
            if turn > 0 {
                figures.add(way, took);
            }
        }
    }
    ways.close().await;
    Ok(serde_json::to_string_pretty(&figures.report())?)
}
