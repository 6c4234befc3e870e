//! File-system work off the async threads.

use std::io;

use crate::ProjectsError;

/// Runs `work` on a thread that may block. Once begun it runs to its end, even when the caller's future is dropped.
pub(crate) async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> Result<T, ProjectsError> + Send + 'static,
) -> Result<T, ProjectsError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(ProjectsError::Io { action, source: io::Error::other(error) }),
    }
}
