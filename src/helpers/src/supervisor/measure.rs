//! What each helper's processes use: processor time and memory over the whole tree, from one look at `/proc`.

use std::collections::HashMap;
use std::sync::Arc;

use domain::HelperName;
use domain::stream::{Measured, Notice};
use nix::unistd::{SysconfVar, sysconf};
use tokio::time::{Instant, MissedTickBehavior};

use super::shared::Shared;
use crate::procfs::{self, Stat};

/// Measures until the shutdown.
pub(super) async fn measure(shared: Arc<Shared>) {
    let ticks_per_second = constant(SysconfVar::CLK_TCK, 100);
    let page = constant(SysconfVar::PAGE_SIZE, 4096);
    let mut meter = Meter { ticks: HashMap::new(), at: Instant::now() };
    let mut every = tokio::time::interval(shared.pace.measure);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let running = shared.running();
        if running.is_empty() {
            meter.ticks.clear();
            meter.at = Instant::now();
            continue;
        }
        let Ok(all) = tokio::task::spawn_blocking(procfs::snapshot).await else { return };
        let micros = u64::try_from(meter.at.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
        meter.at = Instant::now();
        for (helper, ticks, pages) in meter.read(&all, &running) {
            let permille = ticks.saturating_mul(1_000_000_000) / ticks_per_second / micros;
            let measured = Measured {
                helper: helper.clone(),
                cpu_permille: u32::try_from(permille).unwrap_or(u32::MAX),
                memory_bytes: pages.saturating_mul(page),
                at: shared.store.now(),
            };
            shared.part(&helper, |part| part.measured = Some(measured.clone()));
            shared.store.log().notify(Notice::Measured(measured));
        }
    }
}

fn constant(variable: SysconfVar, usual: u64) -> u64 {
    sysconf(variable)
        .ok()
        .flatten()
        .and_then(|value| u64::try_from(value).ok())
        .filter(|value| *value > 0)
        .unwrap_or(usual)
}

/// Remembers the processor time each process had used at the last look.
struct Meter {
    ticks: HashMap<i32, u64>,
    at: Instant,
}

impl Meter {
    /// For each helper: ticks used since the last look, and pages held now.
    fn read(&mut self, all: &[Stat], running: &[(HelperName, i32)]) -> Vec<(HelperName, u64, u64)> {
        let by_pid: HashMap<i32, &Stat> = all.iter().map(|stat| (stat.pid, stat)).collect();
        let mut seen = HashMap::new();
        let mut read = Vec::with_capacity(running.len());
        for (helper, root) in running {
            let (mut ticks, mut pages) = (0_u64, 0_u64);
            for stat in procfs::descendants(all, *root).iter().chain([root]).filter_map(|pid| by_pid.get(pid)) {
                ticks += stat.ticks.saturating_sub(self.ticks.get(&stat.pid).copied().unwrap_or(0));
                pages += stat.pages;
                seen.insert(stat.pid, stat.ticks);
            }
            read.push((helper.clone(), ticks, pages));
        }
        self.ticks = seen;
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_tree_is_counted_and_only_what_is_new() {
        let stat = |pid, parent, ticks, pages| Stat { pid, parent, ticks, pages };
        let running = [("echo".parse().unwrap(), 10)];
        let mut meter = Meter { ticks: HashMap::new(), at: Instant::now() };
        let first = [stat(1, 0, 99, 99), stat(10, 1, 5, 2), stat(11, 10, 7, 3), stat(12, 11, 1, 1)];
        assert_eq!(meter.read(&first, &running)[0].1, 13);
        let second = [stat(1, 0, 199, 99), stat(10, 1, 6, 2), stat(11, 10, 17, 3), stat(13, 10, 2, 1)];
        let read = meter.read(&second, &running);
        assert_eq!((read[0].1, read[0].2), (1 + 10 + 2, 6));
    }
}
