//! What each helper's processes use: processor time, memory, processes and network, as their sandboxes tell.

use std::collections::HashMap;
use std::sync::Arc;

use ::sandbox::Usage;
use domain::HelperName;
use domain::stream::{Measured, Notice};
use futures_util::future::join_all;
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use super::shared::{Running, Shared};

/// Measures until the shutdown.
pub(super) async fn measure(shared: Arc<Shared>) {
    let mut meter = Meter::default();
    let mut every = tokio::time::interval(shared.pace.measure);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let running = shared.running();
        meter.keep(&running);
        for (helper, running, usage) in join_all(running.into_iter().map(look)).await {
            // One that ended meanwhile has nothing to tell, and its end is told elsewhere.
            let Some(usage) = usage else { continue };
            let counted = running.sandbox.has_own_network();
            let measured = Measured {
                cpu_permille: meter.permille(&running, usage.cpu_micros, Instant::now()),
                memory_bytes: usage.memory_bytes,
                pids: usage.pids,
                sent_bytes: counted.then_some(usage.sent_bytes),
                received_bytes: counted.then_some(usage.received_bytes),
                at: shared.store.now(),
                helper: helper.clone(),
            };
            let current = shared.part(&helper, |part| {
                let current = part.running.as_ref().is_some_and(|now| now.sandbox.id() == running.sandbox.id());
                if current {
                    part.measured = Some(measured.clone());
                }
                current
            });
            if current {
                shared.store.log().notify(Notice::Measured(measured));
            }
        }
    }
}

async fn look((helper, running): (HelperName, Running)) -> (HelperName, Running, Option<Usage>) {
    let usage = running.sandbox.usage().await.ok();
    (helper, running, usage)
}

/// Remembers the processor time that each sandbox had used at the last look.
#[derive(Default)]
struct Meter {
    last: HashMap<Uuid, (u64, Instant)>,
}

impl Meter {
    /// Forgets those that do not run any more.
    fn keep(&mut self, running: &[(HelperName, Running)]) {
        self.last.retain(|id, _| running.iter().any(|(_, running)| running.sandbox.id() == *id));
    }

    fn permille(&mut self, running: &Running, micros: u64, now: Instant) -> u32 {
        let before = self.last.insert(running.sandbox.id(), (micros, now)).unwrap_or((0, running.since));
        permille(before, (micros, now))
    }
}

/// Processor time per time, in thousandths of one core.
fn permille(before: (u64, Instant), after: (u64, Instant)) -> u32 {
    let passed = u64::try_from(after.1.duration_since(before.1).as_micros()).unwrap_or(u64::MAX).max(1);
    let used = after.0.saturating_sub(before.0);
    u32::try_from(used.saturating_mul(1000) / passed).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_is_new_is_counted() {
        let now = Instant::now();
        let later = now + Duration::from_secs(2);
        assert_eq!(permille((500_000, now), (1_500_000, later)), 500);
        assert_eq!(permille((0, now), (4_000_000, later)), 2000);
        // A sandbox that counts anew has used nothing meanwhile, as far as can be told.
        assert_eq!(permille((500_000, now), (1, later)), 0);
    }
}
