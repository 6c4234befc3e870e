//! The first process of a container, where it is one of this machine.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;

use crate::rooms::ended::ended;
use crate::rooms::haste::{Haste, Pace};
use crate::rooms::mounts::Mounts;

/// The first process of a container.
#[derive(Debug)]
pub(super) struct First {
    pid: i32,
    /// Stays with that very process, also when its number is another's by now.
    process: Option<OwnedFd>,
    haste: Haste,
    mounts: Mounts,
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
        let haste = group(&groups, id, Path::new("/sys/fs/cgroup")).map(|group| Haste::of(&group)).unwrap_or_default();
        ours.then_some((Self { pid, process, haste, mounts: Mounts::default() }, groups))
    }

    /// Its number.
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    /// Kills it, and by that all others in the container. False when the server may not.
    pub(super) fn kill(&self) -> bool {
        self.mounts.hold(self.pid);
        #[cfg(target_os = "linux")]
        let killed = self
            .process
            .as_ref()
            .is_some_and(|process| rustix::process::pidfd_send_signal(process, rustix::process::Signal::KILL).is_ok());
        #[cfg(not(target_os = "linux"))]
        let killed = false;
        if killed {
            self.haste.set(Pace::BeforeOthers);
        }
        killed
    }

    /// Waits until it has ended, and with it all others. Not at all when that cannot be seen.
    pub(super) async fn ended(&self) -> io::Result<()> {
        match &self.process {
            Some(process) => ended(process.try_clone()?).await,
            None => Ok(()),
        }
    }

    /// Has its mounts taken apart, once it has ended.
    pub(super) async fn let_go(&self) {
        self.mounts.let_go().await;
    }

    /// Lifts the container's limit of processor time, as far as the server may, or sets it again.
    pub(super) fn hurry(&self, hurry: bool) {
        self.haste.set(if hurry { Pace::Unlimited } else { Pace::Usual });
    }
}

/// The control group for processor time of the container `id`, by what `/proc/…/cgroup` says of a process in it.
fn group(groups: &str, id: &str, mounted: &Path) -> Option<PathBuf> {
    let mut unified = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        if !path.contains(id) || path.contains("..") {
            continue;
        }
        let path = path.trim_start_matches('/');
        if controllers.split(',').any(|controller| controller == "cpu") {
            return Some(mounted.join("cpu").join(path));
        }
        if controllers.is_empty() {
            unified = Some(mounted.join(path));
        }
    }
    unified
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
    fn the_group_for_processor_time_is_found_in_both_versions() {
        let mounted = Path::new("/cg");
        let first = "12:pids:/docker/abc\n7:cpu,cpuacct:/docker/abc\n0::/\n";
        assert_eq!(group(first, "abc", mounted).unwrap(), Path::new("/cg/cpu/docker/abc"));
        assert_eq!(
            group("0::/a.slice/docker-abc.scope\n", "abc", mounted).unwrap(),
            Path::new("/cg/a.slice/docker-abc.scope")
        );
        assert_eq!(group("7:cpu:/docker/other\n0::/../abc\n", "abc", mounted), None);
    }

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
