//! Waiting for the end of a process that is nobody's child here, by its descriptor.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::time::timeout;

/// How long killing may take; what then still lives, the kernel cannot end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a process that was killed has ended. The first process of a namespace ends last of all in it.
pub(super) async fn ended(process: OwnedFd) -> io::Result<()> {
    // A process's descriptor can be waited for like a pipe's: one could read from it as soon as the process has ended.
    let process = pipe::Receiver::from_owned_fd_unchecked(process)?;
    timeout(PATIENCE, process.readable()).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_of_a_process_is_seen() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let process = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
        let mut waiting = std::pin::pin!(ended(process));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        child.kill().unwrap();
        waiting.await.unwrap();
        child.wait().unwrap();
    }
}
