//! The watch over memory, where no control group keeps it.
//!
//! It looks often, and ends everything when there is too much. What is over between two looks is over; a control group
//! is the better way, and rooms use one where they can.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::{measure, processes};

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(25);
/// Each how many looks it also looks at what takes longer.
const THOROUGH: u32 = 4;

/// Watches what all processes hold together.
#[derive(Debug)]
pub(crate) struct Watch {
    most: u64,
    looks: u32,
    shared: u64,
    /// Whether there may be anything to look at: an empty sandbox that waits costs nothing.
    awake: bool,
    ticks: Interval,
}

impl Watch {
    /// A watch that lets no more than this be held, in bytes.
    pub(crate) fn new(most: u64) -> Self {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { most, looks: 0, shared: 0, awake: false, ticks }
    }

    /// Something was started.
    pub(crate) fn wake(&mut self) {
        self.awake = true;
    }

    /// Waits until it is time to look; for ever while there is nothing to look at.
    pub(crate) async fn due(&mut self) {
        if !self.awake {
            std::future::pending::<()>().await;
        }
        self.ticks.tick().await;
    }

    /// Looks; whether there is too much.
    pub(crate) fn look(&mut self) -> bool {
        let begun = Instant::now();
        if self.looks.is_multiple_of(THOROUGH) {
            self.shared = measure::shared();
            self.awake = processes::others().next().is_some();
        }
        self.looks = self.looks.wrapping_add(1);
        let held = measure::memory().saturating_add(measure::files()).saturating_add(self.shared);
        // Looking at very many takes long, and must not take the time that they have.
        self.ticks.reset_after(PERIOD.max(begun.elapsed() * 10));
        held > self.most
    }
}
