//! What `/proc` says about the processes inside.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room::Channel;

use crate::confine::limits::mark;

/// A process, as it was when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    /// Its number.
    pub(crate) pid: Pid,
    /// Whether it still does anything; one that ended and was not reaped does not.
    pub(crate) alive: bool,
    /// The group of processes it is in.
    pub(crate) group: Pid,
    /// When it began, in ticks since the machine did: with its number, what tells it from all others.
    pub(crate) began: u64,
    /// Its processor time, and that of its children that it has reaped, in ticks of the clock.
    pub(crate) ticks: u64,
    /// Its threads.
    pub(crate) threads: u32,
}

/// All there are, but for this one.
pub(crate) fn others() -> impl Iterator<Item = Process> {
    let own = Pid::this();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // One may end while it is looked at; then there is nothing to say of it.
    numbers.map(Pid::from_raw).filter(move |pid| *pid != own).filter_map(look)
}

/// Where `/proc` has what is to know about a process.
pub(crate) fn about(pid: Pid, what: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(what)
}

fn look(pid: Pid) -> Option<Process> {
    parse(pid, &fs::read_to_string(about(pid, "stat")).ok()?)
}

fn parse(pid: Pid, stat: &str) -> Option<Process> {
    // The name comes first, in brackets, and may have anything in it, brackets too.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Process {
        pid,
        alive: !matches!(*fields.first()?, "Z" | "X"),
        group: Pid::from_raw(i32::try_from(number(2)?).ok()?),
        began: number(19)?,
        ticks: (11..=14).filter_map(number).sum(),
        threads: u32::try_from(number(17)?).ok()?,
    })
}

/// Whether this channel started it, or what started it, or so on, whatever became of those.
fn is_of(pid: Pid, channel: Channel) -> bool {
    let limits = fs::read_to_string(about(pid, "limits")).unwrap_or_default();
    marked(&limits) == Some(mark(channel))
}

/// The mark in what `/proc` says about limits.
fn marked(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file locks"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Signals those of a channel's processes that are in this group.
pub(crate) fn signal_group(channel: Channel, group: Pid, signal: Signal) {
    for process in others().filter(|process| process.alive && process.group == group && is_of(process.pid, channel)) {
        // It may have ended since.
        let _ = kill(process.pid, signal);
    }
}

/// Ends everything that a channel started.
pub(crate) fn end_all(channel: Channel) {
    // First they are all stopped, so that none can start another while the others end.
    signal_each(channel, Signal::SIGSTOP);
    // Others may have woken some meanwhile; what those started is found here.
    signal_each(channel, Signal::SIGKILL);
}

/// Signals each of a channel's processes once, until there is none that was not.
fn signal_each(channel: Channel, signal: Signal) {
    let mut done = HashSet::new();
    loop {
        let one = |process: &Process| (process.pid, process.began);
        let new: Vec<_> = others().filter(|process| process.alive && !done.contains(&one(process))).collect();
        let new: Vec<_> = new.into_iter().filter(|process| is_of(process.pid, channel)).collect();
        if new.is_empty() {
            return;
        }
        for process in new {
            // It may have ended since.
            let _ = kill(process.pid, signal);
            done.insert(one(&process));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_brackets_in_it() {
        let stat = "7 (a) R (b) S 1 5 5 0 -1 4194304 0 0 0 0 10 20 3 4 20 0 9 0 123 456 7";
        let (pid, group) = (Pid::from_raw(7), Pid::from_raw(5));
        assert_eq!(parse(pid, stat), Some(Process { pid, alive: true, group, began: 123, ticks: 37, threads: 9 }));
        assert!(!parse(pid, &stat.replace(") S ", ") Z ")).unwrap().alive);
        assert_eq!(parse(pid, "7 (a"), None);
    }

    #[test]
    fn a_mark_is_read_back() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max file locks            1099511627783        1099511627783        locks     \n";
        assert_eq!(marked(limits), Some(mark(7)));
        assert_eq!(marked("Max file locks            unlimited            unlimited            locks"), None);
    }
}
