//! What the kernel tells about processes under `/proc`: who descends from whom, what they use, whose mark they carry.

use std::collections::HashMap;
use std::fs;

/// One process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// Processor time used so far, in clock ticks.
    pub(crate) ticks: u64,
    /// Resident memory, in pages.
    pub(crate) pages: u64,
}

/// Every process that can be seen now. Ended ones that nobody has waited for are left out.
pub(crate) fn snapshot() -> Vec<Stat> {
    pids().filter_map(|pid| parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)).collect()
}

/// The processes below `root`, children first; `root` itself is not among them.
pub(crate) fn descendants(all: &[Stat], root: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for stat in all {
        children.entry(stat.parent).or_default().push(stat.pid);
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        for child in children.remove(&pid).unwrap_or_default() {
            found.push(child);
            next.push(child);
        }
    }
    found
}

/// The processes started with `name=value` in their environment.
pub(crate) fn marked(name: &str, values: &[String]) -> Vec<i32> {
    let marks: Vec<Vec<u8>> = values.iter().map(|value| format!("{name}={value}").into_bytes()).collect();
    pids()
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
                environ.split(|byte| *byte == 0).any(|entry| marks.iter().any(|mark| mark == entry))
            })
        })
        .collect()
}

fn pids() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
}

/// Reads a line of `/proc/PID/stat`. The name in parentheses may itself contain spaces and parentheses.
fn parse(line: &str) -> Option<Stat> {
    let pid = line.split(' ').next()?.parse().ok()?;
    let rest: Vec<&str> = line.get(line.rfind(')')? + 2..)?.split(' ').collect();
    if *rest.first()? == "Z" || *rest.first()? == "X" {
        return None;
    }
    let number = |at: usize| rest.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Stat { pid, parent: rest.get(1)?.parse().ok()?, ticks: number(11)? + number(12)?, pages: number(21)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_whose_name_is_meant_to_confuse() {
        let line = "42 (a) R 7 (b)) S 7 42 42 0 -1 4194304 100 0 0 0 15 5 0 0 20 0 1 0 100 1000000 321 18446744073709551615 1 1";
        assert_eq!(parse(line), Some(Stat { pid: 42, parent: 7, ticks: 20, pages: 321 }));
        assert_eq!(parse("43 (gone) Z 7 42"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn finds_this_process_below_its_parent_and_its_descendants_only() {
        let all = snapshot();
        let own = i32::try_from(std::process::id()).unwrap();
        let parent = all.iter().find(|stat| stat.pid == own).unwrap().parent;
        assert!(descendants(&all, parent).contains(&own));
        assert!(!descendants(&all, own).contains(&own));
    }
}
