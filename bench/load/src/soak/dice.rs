//! Numbers without order (a linear congruential generator): each actor has its own, so that none waits in step with another.

use std::time::Duration;

/// Where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Begins somewhere else for each seed.
    pub(crate) fn new(seed: usize) -> Self {
        let mut dice = Self(u64::try_from(seed).unwrap_or(u64::MAX).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        // The first ones are much alike for seeds that are.
        for _ in 0..4 {
            dice.below(2);
        }
        dice
    }

    /// A number from 0 up to, but without, `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % most.max(1)
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A time from nothing to `most`.
    pub(crate) fn up_to(&mut self, most: Duration) -> Duration {
        let millis = self.below(usize::try_from(most.as_millis()).unwrap_or(usize::MAX).saturating_add(1));
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    /// A time from half of `mean` to one and a half of it.
    pub(crate) fn around(&mut self, mean: Duration) -> Duration {
        mean / 2 + self.up_to(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_stay_below_and_differ() {
        let mut dice = Dice::new(3);
        let thrown: Vec<usize> = (0..100).map(|_| dice.below(6)).collect();
        assert!(thrown.iter().all(|number| *number < 6));
        assert!((0..6).all(|number| thrown.contains(&number)));
        assert!(dice.around(Duration::from_secs(2)) >= Duration::from_secs(1));
    }
}
