//! What the kernel says of a process and everything that it started: processor time, memory.

use std::fs;
use std::time::Duration;

/// What `/proc/PID/stat` says that matters here.
struct Stat {
    parent: u32,
    ticks: u64,
    waited: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let mut fields = text[text.rfind(')')? + 1..].split_whitespace().skip(1);
    let parent = fields.next()?.parse().ok()?;
    let mut times = fields.skip(9).map(|field| field.parse::<u64>().unwrap_or(0));
    let mut two = || Some(times.next()? + times.next()?);
    Some(Stat { parent, ticks: two()?, waited: two()? })
}

/// The process and everything under it.
fn family(pid: u32) -> Vec<u32> {
    let all: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.parent)))
        .collect();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(all.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

/// Processor time that the process and its children have taken, those that ended included.
pub(crate) fn cpu(pid: u32) -> Duration {
    // The kernel counts in hundredths of a second for programs, whatever it does itself.
    const TICK: Duration = Duration::from_millis(10);
    let ticks: u64 = family(pid).into_iter().filter_map(stat).map(|stat| stat.ticks + stat.waited).sum();
    TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Memory that the process and its children hold, in bytes. What they share is counted for each.
pub(crate) fn rss(pid: u32) -> u64 {
    family(pid).into_iter().filter_map(|pid| field(pid, "VmRSS:")).sum()
}

/// A field of `/proc/PID/status`, in bytes.
fn field(pid: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_a_parent() {
        let own = std::process::id();
        assert!(rss(own) > 100_000);
        assert!(stat(own).unwrap().parent > 0);
        assert_eq!(family(own)[0], own);
    }
}
