//! What the kernel says of a process and everything that it started: processor time, memory.

use std::fs;
use std::time::Duration;

/// What `/proc/PID/stat` says that matters here.
struct Stat {
    parent: u32,
    /// It ended, and its parent has not looked yet.
    zombie: bool,
    ticks: u64,
    waited: u64,
    threads: u64,
    /// When it began, in ticks of the kernel's. With its number, that is who it is.
    began: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let mut fields = text[text.rfind(')')? + 1..].split_whitespace();
    let zombie = fields.next()? == "Z";
    let parent = fields.next()?.parse().ok()?;
    let mut numbers = fields.skip(9).map(|field| field.parse::<u64>().unwrap_or(0));
    let mut two = || Some(numbers.next()? + numbers.next()?);
    let (ticks, waited) = (two()?, two()?);
    let threads = numbers.nth(2)?;
    Some(Stat { parent, zombie, ticks, waited, threads, began: numbers.nth(1)? })
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

/// A process that cannot be mistaken for another one that got its number later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pid: u32,
    began: u64,
}

impl Known {
    /// Whether it still runs.
    pub(crate) fn lives(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.began == self.began && !stat.zombie)
    }
}

/// Everything under a process that lives, without itself.
pub(crate) fn below(pid: u32) -> Vec<Known> {
    let below = family(pid).into_iter().skip(1).filter_map(|pid| Some((pid, stat(pid)?)));
    below.filter(|(_, stat)| !stat.zombie).map(|(pid, stat)| Known { pid, began: stat.began }).collect()
}

/// Processes whose first argument begins like that, which is how sandboxes are marked.
pub(crate) fn marked(mark: &str) -> usize {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(mark.as_bytes())))
        .count()
}

/// Memory that the process itself holds, in bytes.
pub(crate) fn own_rss(pid: u32) -> u64 {
    field(pid, "VmRSS:").unwrap_or_default()
}

/// Files, sockets and the like that it has open.
pub(crate) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// Its threads.
pub(crate) fn threads(pid: u32) -> u64 {
    stat(pid).map_or(0, |stat| stat.threads)
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

    #[test]
    fn what_it_starts_is_below_it_while_it_lives() {
        let own = std::process::id();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let known: Vec<Known> = below(own).into_iter().filter(|known| known.pid == child.id()).collect();
        assert!(known.len() == 1 && known[0].lives());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!known[0].lives());
        let another = Known { pid: own, began: 1 };
        assert!(!another.lives(), "a number alone is nobody");
    }

    #[test]
    fn this_process_has_files_and_threads() {
        let own = std::process::id();
        assert!(open_files(own) >= 3 && threads(own) >= 1 && own_rss(own) > 100_000);
        assert_eq!(marked("no program has a name like this"), 0);
    }
}
