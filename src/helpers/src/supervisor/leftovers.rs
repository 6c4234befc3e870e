//! What an earlier run of the server left behind: sandboxes, which are ended, and processes on record, which have.

use domain::{Process, ProcessStatus};

use super::shared::Shared;

/// Ends what an earlier run of this server left behind, and records it as ended.
pub(super) async fn clear(shared: &Shared, open: Vec<Process>) {
    match shared.sandboxes.clear().await {
        Ok(0) => {}
        Ok(sandboxes) => tracing::warn!(sandboxes, "what an earlier run of the server left behind was ended"),
        Err(fault) => {
            tracing::error!(
                error = &fault as &dyn std::error::Error,
                "what an earlier run of the server left behind cannot be ended"
            );
        }
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
