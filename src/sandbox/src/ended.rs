//! Waits for the end of a process by a descriptor that refers to it.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Waits until a process has ended, by its pidfd: that can be read from as soon as it has.
///
/// # Errors
/// When that cannot be seen.
// What replaces it is unsafe, for types that do not keep to one descriptor; an owned descriptor does.
#[allow(deprecated)]
pub(crate) async fn ended(process: OwnedFd) -> io::Result<()> {
    AsyncFd::with_interest(process, Interest::READABLE)?.readable().await.map(drop)
}
