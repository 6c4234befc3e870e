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
    state: State,
    /// The group of processes it is in.
    pub(crate) group: Pid,
    /// When it began, in ticks since the machine did: with its number, what tells it from all others.
    pub(crate) began: u64,
    /// Its processor time, and that of its children that it has reaped, in ticks of the clock.
    pub(crate) ticks: u64,
    /// Its threads.
    pub(crate) threads: u32,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    /// And not reaped yet.
    Ended,
}

impl Process {
    /// Whether it still does anything, or will when it is woken.
    fn alive(&self) -> bool {
        self.state != State::Ended
    }

    fn stopped(&self) -> bool {
        self.state == State::Stopped
    }
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
        state: match *fields.first()? {
            "Z" | "X" => State::Ended,
            "T" => State::Stopped,
            _ => State::Running,
        },
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
    for process in others().filter(|process| process.alive() && process.group == group && is_of(process.pid, channel)) {
        // It may have ended since.
        let _ = kill(process.pid, signal);
    }
}

/// Ends everything that a channel started.
pub(crate) fn end_all(channel: Channel) {
    // First they are all stopped, so that none can start another while the others end.
    let mut stopped = HashSet::new();
    let mut killed = HashSet::new();
    let caught = signal_each(channel, Signal::SIGSTOP, &mut stopped)
        && signal_each(channel, Signal::SIGKILL, &mut killed)
        // A process that lives only to start the next is never where one looks; nor is it there at every look.
        && (0..LOOKS).all(|_| find(channel, &killed).is_empty());
    if !caught {
        at_standstill(|| _ = signal_each(channel, Signal::SIGKILL, &mut killed));
    }
}

/// How often one looks before one believes that nothing is there.
const LOOKS: u32 = 8;
/// How often one looks for more, when there are always more.
const ROUNDS: u32 = 64;

/// What tells a process from all others: its number, and when it began.
type Identity = (Pid, u64);

/// Signals each of a channel's processes once, until there is none that was not. False when they are too quick for that.
fn signal_each(channel: Channel, signal: Signal, done: &mut HashSet<Identity>) -> bool {
    let mut caught = true;
    for _ in 0..ROUNDS {
        let new = find(channel, done);
        if new.is_empty() {
            return caught;
        }
        for (pid, _) in &new {
            caught &= kill(*pid, signal).is_ok();
        }
        done.extend(new);
    }
    false
}

/// A channel's processes, but for these.
fn find(channel: Channel, but: &HashSet<Identity>) -> Vec<Identity> {
    let others = others().filter(Process::alive).map(|process| (process.pid, process.began));
    others.filter(|one| !but.contains(one) && is_of(one.0, channel)).collect()
}

/// Does something while nobody does anything. The programs of others may notice, so this is for when nothing else helps.
fn at_standstill(act: impl FnOnce()) {
    let still: HashSet<_> = others().filter(Process::stopped).map(|process| process.pid).collect();
    // All but this process, in one step of the kernel: nobody is between two of them.
    let _ = kill(Pid::from_raw(-1), Signal::SIGSTOP);
    act();
    for process in others().filter(|process| !still.contains(&process.pid)) {
        let _ = kill(process.pid, Signal::SIGCONT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_brackets_in_it() {
        let stat = "7 (a) R (b) S 1 5 5 0 -1 4194304 0 0 0 0 10 20 3 4 20 0 9 0 123 456 7";
        let (pid, group) = (Pid::from_raw(7), Pid::from_raw(5));
        assert_eq!(
            parse(pid, stat),
            Some(Process { pid, state: State::Running, group, began: 123, ticks: 37, threads: 9 })
        );
        for (letter, state) in [("Z", State::Ended), ("T", State::Stopped), ("D", State::Running)] {
            assert_eq!(parse(pid, &stat.replace(") S ", &format!(") {letter} "))).unwrap().state, state);
        }
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
