//! Limits that the kernel keeps for each process.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use nix::sys::resource::{Resource, setrlimit};
use room::{Channel, Setup};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};

/// How many times as much as all may hold together one process may ask for. Much is asked for that is never used, like
/// the stacks of threads; and it is the watch that is to notice, or nobody would know why a command failed.
const DATA: u64 = 4;

/// What each command is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Limits {
    open_files: u64,
    file_bytes: u64,
    /// Only where the kernel counts this sandbox's processes apart from all others.
    pids: Option<u64>,
    /// Only where no control group limits memory.
    data_bytes: Option<u64>,
}

impl Limits {
    /// The limits of a setup.
    pub(crate) fn of(setup: &Setup) -> Self {
        Self {
            open_files: setup.open_files.into(),
            file_bytes: setup.file_bytes,
            pids: counted_apart().then_some(setup.pids.into()),
            data_bytes: setup.watched_memory_bytes.map(|most| most.saturating_mul(DATA)),
        }
    }

    /// Limits this process and all that it will start, for good, and marks them as what `channel` started.
    pub(crate) fn apply(&self, channel: Channel) -> Result<(), String> {
        let limits = [
            (Resource::RLIMIT_CORE, Some(0)),
            (Resource::RLIMIT_NOFILE, Some(self.open_files)),
            (Resource::RLIMIT_FSIZE, Some(self.file_bytes)),
            (Resource::RLIMIT_NPROC, self.pids),
            (Resource::RLIMIT_DATA, self.data_bytes),
            (Resource::RLIMIT_LOCKS, Some(mark(channel))),
        ];
        for (resource, limit) in limits {
            if let Some(limit) = limit {
                setrlimit(resource, limit, limit).map_err(|error| format!("{resource:?} {limit}: {error}"))?;
            }
        }
        Ok(())
    }
}

/// What marks all that a channel started: a limit on what the kernel has not counted for twenty years. A process gets
/// it from its parent whatever becomes of that, anyone can read it, and the filter lets nobody change it.
pub(crate) const fn mark(channel: Channel) -> u64 {
    (1 << 40) + channel as u64
}

/// Whether this user's processes are counted for this sandbox alone: when it has a user namespace of its own, which
/// has but the one user. Where it has not, the limit would be shared with every other sandbox of the machine.
fn counted_apart() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let lines: Vec<_> = map.lines().collect();
    lines.len() == 1 && lines[0].split_whitespace().nth(2) == Some("1")
}

/// Limits everything to so many of the processors that it may use now, chosen by chance.
pub(crate) fn processors(most: u32) -> std::io::Result<()> {
    let may = sched_getaffinity(None)?;
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|cpu| may.is_set(*cpu)).collect();
    let most = usize::try_from(most).unwrap_or(usize::MAX).clamp(1, all.len().max(1));
    // Every sandbox on the same ones would leave the others idle.
    let first = usize::try_from(RandomState::new().hash_one(0)).unwrap_or_default() % all.len().max(1);
    let mut set = CpuSet::new();
    for cpu in all.iter().cycle().skip(first).take(most) {
        set.set(*cpu);
    }
    Ok(sched_setaffinity(None, &set)?)
}
