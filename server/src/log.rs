//! The server's own log: readable lines, or JSON, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts writing the log. Later calls change nothing.
pub fn start(settings: &Log) {
    let filter = EnvFilter::builder().parse_lossy(&settings.filter);
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A second start, as tests make it, is no fault.
    let _ = if settings.json { lines.json().try_init() } else { lines.with_target(false).try_init() };
}
