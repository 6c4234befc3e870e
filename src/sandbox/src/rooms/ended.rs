//! Waiting for the end of a process that is nobody's child here, by its descriptor.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::task::spawn_blocking;

/// How long killing may take; what then still lives, the kernel cannot end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a process that was killed has ended. The first process of a namespace ends last of all in it.
pub(super) async fn ended(process: OwnedFd) -> io::Result<()> {
    let waiting = spawn_blocking(move || {
        let timeout = PollTimeout::try_from(PATIENCE).map_err(io::Error::other)?;
        // It can be read from as soon as the process has ended.
        match poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], timeout)? {
            0 => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    });
    waiting.await.map_err(io::Error::other)?
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
