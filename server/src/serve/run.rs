//! `tatwats serve`: starts, says so, and stops when asked to.

use std::io::Write;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::start::start;
use crate::config::Config;

/// Runs the server until SIGINT or SIGTERM; a second one ends it at once.
pub async fn run(config: Config) -> ExitCode {
    let server = match start(config).await {
        Ok(server) => server,
        Err(refusal) => {
            complain(&refusal);
            return ExitCode::FAILURE;
        }
    };
    match server.state.accounts.offer_set_up().await {
        Ok(Some(link)) => {
            announce(&format!("Set up: {}/set-up?link={}", server.state.config.public(), link.reveal()));
        }
        Ok(None) => {}
        Err(error) => complain(&format!("no set-up link can be made: {error}")),
    }
    announce(&format!("TATWATS answers at {}", server.origin()));
    if let Err(error) = asked_to_stop().await {
        complain(&format!("signals cannot be heard: {error}"));
    }
    tracing::info!("stopping");
    tokio::select! {
        () = server.stop() => ExitCode::SUCCESS,
        _ = asked_to_stop() => {
            complain(&"Ended at once. What was acknowledged is kept.");
            ExitCode::FAILURE
        }
    }
}

async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// For people and for scripts that wait for it. A closed output is no reason to stop.
fn announce(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn complain(what: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{what}");
}
