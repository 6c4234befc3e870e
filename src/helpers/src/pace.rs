//! How often and how long: the supervisor's times, in one place, so that tests can be quick.

use std::time::Duration;

/// The supervisor's times. [`Pace::default`] is what a server uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Time between pings, and how long each may take.
    pub ping: Duration,
    /// Pings missed in a row after which a process is unhealthy.
    pub missed_pings: u32,
    /// Time between renewals of leases, which last 30 s.
    pub renew: Duration,
    /// Time between measures of what processes use.
    pub measure: Duration,
    /// Time between looks for deliveries that were lost or stall.
    pub patrol: Duration,
    /// How long a process may take to answer `initialize` and to open a session.
    pub begin: Duration,
    /// How long a delivery may wait until it counts as stalled.
    pub stalled_after: Duration,
    /// Time between pieces of a draft.
    pub draft: Duration,
    /// How long a process must stay healthy to start over with the shortest pause.
    pub healthy: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(10),
            missed_pings: 3,
            renew: Duration::from_secs(10),
            measure: Duration::from_secs(5),
            patrol: Duration::from_secs(10),
            begin: Duration::from_secs(30),
            stalled_after: Duration::from_secs(30),
            draft: Duration::from_millis(100),
            healthy: Duration::from_secs(domain::retry::HEALTHY_AFTER_SECONDS.unsigned_abs()),
        }
    }
}
