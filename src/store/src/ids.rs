//! Ids: UUID version 7 (RFC 9562) from the injected clock, strictly increasing within one process.

use std::sync::Mutex;

use domain::Timestamp;
use uuid::{ContextV7, Uuid};

/// Hands out ids that sort in the order they were asked for, even within one millisecond.
#[derive(Debug, Default)]
pub(crate) struct Ids(Mutex<ContextV7>);

impl Ids {
    pub(crate) fn next(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        let context = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let nanos = u32::try_from(now.micros().rem_euclid(1_000_000)).unwrap_or(0) * 1_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, millis / 1_000, nanos))
    }
}

/// What no id of `moment` or later sorts before.
pub(crate) fn earliest(moment: Timestamp) -> Uuid {
    let millis = u128::try_from(moment.millis()).unwrap_or(0);
    // The first 48 of its 128 bits are the milliseconds since 1970.
    Uuid::from_u128(millis << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_after_those_of_earlier_moments() {
        let ids = Ids::default();
        let now = Timestamp::from_millis(1_772_373_652_000);
        let id = ids.next(now);
        assert!(earliest(now) <= id && id < earliest(Timestamp::from_millis(now.millis() + 1)));
    }

    #[test]
    fn ids_of_one_moment_still_sort() {
        let ids = Ids::default();
        let now = Timestamp::from_millis(1_772_373_652_000);
        let made: Vec<_> = (0..5_000).map(|_| ids.next(now)).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
    }
}
