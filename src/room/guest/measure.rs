//! Measuring what all processes inside use together.

use std::fs;

use nix::sys::resource::{Usage as Times, UsageWho, getrusage};
use room::Usage;
use rustix::fs::{StatVfs, statfs, statvfs};

use crate::processes::{self, about};

/// Where there may be files in memory.
const FOLDERS: [&str; 4] = [room::WORK, room::HOME, "/tmp", "/dev/shm"];
/// What the kernel calls a tmpfs.
const TMPFS: u64 = 0x0102_1994;

/// What is used now. `proxied` is what went through the proxy, out and in; it is added to the interfaces' own counts.
pub(crate) fn usage(proxied: (u64, u64)) -> Usage {
    let (mut ticks, mut pids) = (0, 1);
    for process in processes::others() {
        ticks += process.ticks;
        pids += process.threads;
    }
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let ours = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].into_iter().flat_map(getrusage).map(micros);
    let (sent, received) = interfaces(&fs::read_to_string("/proc/net/dev").unwrap_or_default());
    Usage {
        cpu_micros: ours.sum::<u64>() + ticks.saturating_mul(1_000_000) / per_second,
        memory_bytes: memory() + files(),
        pids,
        sent_bytes: sent.saturating_add(proxied.0),
        received_bytes: received.saturating_add(proxied.1),
    }
}

fn micros(times: Times) -> u64 {
    let part = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec().saturating_mul(1_000_000).saturating_add(time.tv_usec());
        u64::try_from(micros).unwrap_or_default()
    };
    part(times.user_time()) + part(times.system_time())
}

/// What processes hold for themselves, in bytes.
pub(crate) fn memory() -> u64 {
    let all = processes::others().map(|process| fs::read_to_string(about(process.pid, "statm")).unwrap_or_default());
    let pages: u64 = all.map(|statm| private(&statm)).sum();
    pages.saturating_mul(u64::try_from(rustix::param::page_size()).unwrap_or(4096))
}

/// The pages that nobody else has, of what `/proc` says about memory.
fn private(statm: &str) -> u64 {
    let mut fields = statm.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0));
    let (resident, shared): (u64, u64) = (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
    resident.saturating_sub(shared)
}

/// What lies in memory as files, in bytes.
pub(crate) fn files() -> u64 {
    let in_memory = FOLDERS.iter().filter(|folder| {
        // What it is called has another type on another processor.
        statfs(**folder).is_ok_and(|about| u64::try_from(about.f_type).is_ok_and(|kind| kind == TMPFS))
    });
    let used = |about: StatVfs| about.f_blocks.saturating_sub(about.f_bfree).saturating_mul(about.f_frsize);
    // Folders that are part of the same file system count once.
    let mut seen = Vec::new();
    let all = in_memory.filter_map(|folder| {
        let device = rustix::fs::stat(*folder).ok()?.st_dev;
        let new = !seen.contains(&device);
        seen.push(device);
        if new { statvfs(*folder).ok().map(used) } else { None }
    });
    all.sum()
}

/// What is shared without a file: by address space, once for each, because pages can be held without being mapped.
pub(crate) fn shared() -> u64 {
    let mut seen = std::collections::HashMap::<String, u64>::new();
    for process in processes::others() {
        // Whoever does not let itself be looked into has nothing that can be counted.
        for (what, bytes) in shared_maps(&fs::read_to_string(about(process.pid, "maps")).unwrap_or_default()) {
            let largest = seen.entry(what.to_owned()).or_default();
            *largest = bytes.max(*largest);
        }
    }
    seen.into_values().sum()
}

/// What is shared, and how much of it is mapped, in what `/proc` says about address space.
fn shared_maps(maps: &str) -> impl Iterator<Item = (&str, u64)> {
    maps.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let (begin, end) = fields.next()?.split_once('-')?;
        let inode = fields.nth(3)?;
        let name = fields.next()?;
        let without_file = name == "/dev/zero" || name.starts_with("/memfd:") || name.starts_with("/SYSV");
        let address = |text| u64::from_str_radix(text, 16).ok();
        without_file.then_some((inode, address(end)?.saturating_sub(address(begin)?)))
    })
}

/// What went out and came in, but for what stayed inside.
fn interfaces(table: &str) -> (u64, u64) {
    let counts = table.lines().filter_map(|line| {
        let (name, counts) = line.split_once(':')?;
        let counts: Vec<u64> = counts.split_whitespace().filter_map(|count| count.parse().ok()).collect();
        (name.trim() != "lo").then_some((*counts.get(8)?, *counts.first()?))
    });
    counts.fold((0, 0), |(sent, received), (out, back)| (sent.saturating_add(out), received.saturating_add(back)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_left_the_machine_counts() {
        let table = "Inter-|   Receive                                                |  Transmit\n \
            face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n    \
            lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0\n  \
            eth0: 500 5 0 0 0 0 0 0 70 7 0 0 0 0 0 0\n  \
            eth1:5 5 0 0 0 0 0 0 2 7 0 0 0 0 0 0\n";
        assert_eq!(interfaces(table), (72, 505));
        assert_eq!(interfaces(""), (0, 0));
    }

    #[test]
    fn what_is_shared_without_a_file_is_found() {
        let maps = "7f0000000000-7f0000100000 rw-s 00000000 00:01 77 /dev/zero (deleted)\n\
                    7f0000200000-7f0000201000 rw-s 00000000 00:01 78 /memfd:x (deleted)\n\
                    7f0000300000-7f0000301000 r--p 00000000 08:01 79 /usr/lib/x.so\n\
                    7f0000400000-7f0000401000 rw-p 00000000 00:00 0 \n";
        let found: Vec<_> = shared_maps(maps).collect();
        assert_eq!(found, [("77", 1 << 20), ("78", 4096)]);
    }

    #[test]
    fn pages_of_others_are_not_counted() {
        assert_eq!(private("1000 300 120 5 0 200 0"), 180);
        assert_eq!(private(""), 0);
    }

    #[test]
    fn this_machine_can_be_measured() {
        let usage = usage((1, 2));
        assert!(usage.pids > 1 && usage.memory_bytes > 0 && usage.cpu_micros > 0, "{usage:?}");
    }
}
