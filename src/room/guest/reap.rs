//! The duty of a first process: to take note of every process that ended and has nobody else to do so.

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Takes note of all that have ended so far, with their status: their own, or 128 and the number of a signal.
pub(crate) fn reap(mut ended: impl FnMut(Pid, i32)) {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, status)) => ended(pid, status),
            Ok(WaitStatus::Signaled(pid, signal, _)) => ended(pid, 128 + signal as i32),
            Ok(WaitStatus::StillAlive) => return,
            Ok(_) | Err(Errno::EINTR) => {}
            // There are no children at all.
            Err(_) => return,
        }
    }
}
