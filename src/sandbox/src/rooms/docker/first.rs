//! The first process of a container, where it is one of this machine.

use std::path::PathBuf;

use rustix::fd::OwnedFd;

/// The first process of a container.
#[derive(Debug)]
pub(super) struct First {
    pid: i32,
    /// Stays with that very process, also when its number is another's by now.
    process: Option<OwnedFd>,
}

impl First {
    /// The process `pid` if it is one of this machine, and of the container `id`. With what `/proc` says of its control
    /// groups.
    pub(super) fn of(id: &str, pid: i64) -> Option<(Self, String)> {
        let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0)?;
        let process = open(pid);
        // Asked after it is held, so that it cannot be another's.
        let groups = std::fs::read_to_string(PathBuf::from(format!("/proc/{pid}/cgroup"))).ok()?;
        let ours = groups.lines().any(|line| line.contains(id));
        ours.then_some((Self { pid, process }, groups))
    }

    /// Its number.
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    /// Kills it, and by that all others in the container, if the server may.
    pub(super) fn kill(&self) {
        #[cfg(target_os = "linux")]
        if let Some(process) = &self.process {
            let _ = rustix::process::pidfd_send_signal(process, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(target_os = "linux")]
fn open(pid: i32) -> Option<OwnedFd> {
    let pid = rustix::process::Pid::from_raw(pid)?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
const fn open(_: i32) -> Option<OwnedFd> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_something_else_is_nobodys_first() {
        let own = i64::from(std::process::id());
        assert!(First::of("no such container", own).is_none());
        assert!(First::of("", 0).is_none());
        let (first, groups) = First::of("", own).unwrap();
        assert_eq!(i64::from(first.pid()), own);
        assert!(!groups.is_empty());
    }
}
