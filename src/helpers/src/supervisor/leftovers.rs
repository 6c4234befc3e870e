//! What runs on after its server: found by its mark, ended, and recorded as ended.

use std::time::Duration;

use domain::{Process, ProcessStatus};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::Instant;

use super::shared::{MARK, Shared};
use crate::procfs;

/// How long what is asked to end may take; then it is killed.
const MERCY: Duration = Duration::from_secs(3);
/// How long the kernel may take to clear away what was killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends what an earlier run of this server left behind, and records it as ended.
pub(super) async fn clear(shared: &Shared, open: Vec<Process>) {
    let marks: Vec<String> = open.iter().map(|process| process.id.to_string()).collect();
    let alive = procfs::marked(MARK, &marks).len();
    if alive > 0 {
        tracing::warn!(processes = alive, "ending helper processes that an earlier run of the server left behind");
    }
    if !end(&marks).await {
        tracing::error!("some helper processes of an earlier run of the server cannot be ended");
    }
    for process in open {
        let reason = Some("The server ended while it ran.".to_owned());
        let ended = Process {
            status: ProcessStatus::Stopped,
            pid: None,
            ended_at: Some(shared.store.now()),
            next_start_at: None,
            reason,
            ..process
        };
        shared.record(&ended).await;
    }
}

/// Ends every process that carries one of the marks, and no other; tells whether all are gone.
pub(super) async fn end(marks: &[String]) -> bool {
    if marks.is_empty() {
        return true;
    }
    let began = Instant::now();
    let mut asked = false;
    loop {
        let found = procfs::marked(MARK, marks);
        if found.is_empty() {
            return true;
        }
        let signal = match began.elapsed() {
            _ if !asked => Some(Signal::SIGTERM),
            waited if waited > PATIENCE => return false,
            waited if waited > MERCY => Some(Signal::SIGKILL),
            _ => None,
        };
        asked = true;
        if let Some(signal) = signal {
            for pid in found {
                let _ = kill(Pid::from_raw(pid), signal);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
