//! `tatwats serve`: starts, says so, and stops when asked to.

use std::io::Write;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

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
    // Before anyone hears that it runs: from then on it may be asked to stop.
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => {
            complain(&format!("signals cannot be heard: {error}"));
            server.stop().await;
            return ExitCode::FAILURE;
        }
    };
    match server.state.accounts.offer_set_up().await {
        Ok(Some(link)) => {
            announce(&format!("Set up: http://{}/set-up?link={}", server.address, link.reveal()));
        }
        Ok(None) => {}
        Err(error) => complain(&format!("no set-up link can be made: {error}")),
    }
    announce(&format!("TATWATS answers at http://{}", server.address));
    stop.asked().await;
    tracing::info!("stopping");
    tokio::select! {
        () = server.stop() => ExitCode::SUCCESS,
        () = stop.asked() => {
            complain(&"Ended at once. What was acknowledged is kept.");
            ExitCode::FAILURE
        }
    }
}

/// The signals that ask a server to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits until one comes.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// For people and for scripts that wait for it. A closed output is no reason to stop.
fn announce(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn complain(what: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{what}");
}
