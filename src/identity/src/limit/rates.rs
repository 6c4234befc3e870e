//! Requests per second: a token bucket for each key.

use std::num::NonZeroU32;
use std::sync::Arc;

use domain::{Clock, Timestamp};

use super::table::Table;
use super::{Key, Wait};

/// How many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run, for each second.
    pub per_second: NonZeroU32,
    /// At once, after a quiet time.
    pub burst: NonZeroU32,
}

impl Default for Rate {
    /// 100 for each second, 200 at once.
    fn default() -> Self {
        Self { per_second: const { NonZeroU32::new(100).unwrap() }, burst: const { NonZeroU32::new(200).unwrap() } }
    }
}

/// Counts requests by key.
#[derive(Debug)]
pub struct Rates {
    buckets: Table<Bucket>,
    /// Microseconds in which one token comes back.
    each: i64,
    /// Microseconds in which an empty bucket is full again.
    whole: i64,
    clock: Arc<dyn Clock>,
}

/// When the bucket will be full again. One number says the same as tokens and the time they were counted.
#[derive(Debug, Default)]
struct Bucket {
    full: Timestamp,
}

/// Keys that are counted for themselves: some 3 MB at the most.
const KEYS: usize = 100_000;

impl Rates {
    /// Allows `rate` for each key. More than a million per second counts as a million.
    #[must_use]
    pub fn new(rate: Rate, clock: Arc<dyn Clock>) -> Self {
        let each = (1_000_000 / i64::from(rate.per_second.get())).max(1);
        Self { buckets: Table::new(KEYS), each, whole: each * i64::from(rate.burst.get()), clock }
    }

    /// Takes a token for each of `keys`, in this order, so name the wider one (the address) first.
    ///
    /// # Errors
    /// How long to wait, when one has none left; the keys after it lose nothing.
    pub fn take(&self, keys: &[Key<'_>]) -> Result<(), Wait> {
        let now = self.clock.now();
        keys.iter().try_for_each(|key| {
            let idle = |bucket: &Bucket| bucket.full <= now;
            self.buckets.with(self.buckets.slot(*key), now, idle, |bucket| bucket.take(now, self.each, self.whole))
        })
    }
}

impl Bucket {
    fn take(&mut self, now: Timestamp, each: i64, whole: i64) -> Result<(), Wait> {
        let now = now.micros();
        // Never longer ahead than a whole bucket, even after the clock was set back.
        let full = self.full.micros().clamp(now, now + whole);
        let after = full + each;
        let taken = after <= now + whole;
        self.full = Timestamp::from_micros(if taken { after } else { full });
        if taken { Ok(()) } else { Err(Wait::micros(after - now - whole)) }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::HandClock;

    const ANNA: Key<'_> = Key::Account("anna");

    fn rates(per_second: u32, burst: u32) -> (Rates, Arc<HandClock>) {
        let clock = HandClock::new();
        let rate = Rate { per_second: per_second.try_into().unwrap(), burst: burst.try_into().unwrap() };
        (Rates::new(rate, clock.clone()), clock)
    }

    #[test]
    fn a_burst_goes_through_and_then_the_rate_holds() {
        let clock = HandClock::new();
        let rates = Rates::new(Rate::default(), clock.clone());
        assert_eq!((0..1_000).filter(|_| rates.take(&[ANNA]).is_ok()).count(), 200);
        assert_eq!(rates.take(&[ANNA]).unwrap_err().span(), Duration::from_millis(10));
        clock.advance(Duration::from_secs(1));
        assert_eq!((0..1_000).filter(|_| rates.take(&[ANNA]).is_ok()).count(), 100);
    }

    #[test]
    fn each_key_counts_for_itself_and_all_of_them_must_have_a_token() {
        let (rates, _clock) = rates(1, 2);
        let [home, office] = [1, 2].map(|n| Key::Address(Ipv4Addr::new(192, 0, 2, n).into()));
        assert!(rates.take(&[home, ANNA]).is_ok());
        assert!(rates.take(&[home, Key::Account("ben")]).is_ok());
        assert!(rates.take(&[home, ANNA]).is_err(), "the address has none left");
        assert!(rates.take(&[office, ANNA]).is_ok(), "and she lost none by it");
        assert!(rates.take(&[office, ANNA]).is_err(), "now she has none left");
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let (rates, clock) = rates(1, 1);
        rates.take(&[ANNA]).unwrap();
        clock.go_back(Duration::from_secs(86_400));
        assert_eq!(rates.take(&[ANNA]).unwrap_err().span(), Duration::from_secs(1));
        clock.advance(Duration::from_secs(1));
        assert!(rates.take(&[ANNA]).is_ok());
    }

    proptest! {
        /// Over any span no more goes through than the burst and the rate; and who waits as told goes through.
        #[test]
        fn never_more_than_burst_and_rate_and_the_wait_is_exact(
            per_second in 1_u32..1_000, burst in 1_u32..50, pauses in prop::collection::vec(0_u64..200_000, 1..300),
        ) {
            let (rates, clock) = rates(per_second, burst);
            let each = 1_000_000 / u64::from(per_second);
            let (mut elapsed, mut taken) = (0, Vec::new());
            for pause in pauses {
                clock.advance(Duration::from_micros(pause));
                elapsed += pause;
                match rates.take(&[ANNA]) {
                    Ok(()) => taken.push(elapsed),
                    Err(wait) => {
                        let micros = u64::try_from(wait.span().as_micros()).unwrap();
                        clock.advance(Duration::from_micros(micros - 1));
                        prop_assert!(rates.take(&[ANNA]).is_err(), "a microsecond too early");
                        clock.advance(Duration::from_micros(1));
                        prop_assert!(rates.take(&[ANNA]).is_ok(), "waited as told");
                        elapsed += micros;
                        taken.push(elapsed);
                    }
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (last, to) in taken.iter().enumerate().skip(first) {
                    let most = u64::from(burst) + (to - from) / each;
                    prop_assert!(u64::try_from(last - first + 1).unwrap() <= most);
                }
            }
        }
    }
}
