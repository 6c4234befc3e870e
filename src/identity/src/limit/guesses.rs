//! Wrong guesses: ten in fifteen minutes, then each further one takes longer.

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Timestamp};

use super::table::{Slot, Table};
use super::{Key, Wait};

/// How many wrong guesses are taken, and what comes then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Wrong guesses without a wait, within `window`.
    pub guesses: NonZeroU16,
    /// The span they are counted in; after as long a quiet time all is forgotten.
    pub window: Duration,
    /// The first wait. Every further wrong guess doubles it.
    pub first_wait: Duration,
    /// The longest wait. People can be locked out by others who guess at their name, so keep it bearable.
    pub longest_wait: Duration,
}

impl Default for Patience {
    /// 10 in 15 minutes, then 1, 2, 4, 8 and from there on 15 minutes.
    fn default() -> Self {
        Self {
            guesses: const { NonZeroU16::new(10).unwrap() },
            window: Duration::from_secs(15 * 60),
            first_wait: Duration::from_secs(60),
            longest_wait: Duration::from_secs(15 * 60),
        }
    }
}

/// Counts attempts to sign in, by account and by address.
#[derive(Debug)]
pub struct Guesses {
    records: Table<Record>,
    rules: Rules,
    clock: Arc<dyn Clock>,
}

/// [`Patience`] in microseconds.
#[derive(Debug, Clone, Copy)]
struct Rules {
    guesses: usize,
    window: i64,
    first_wait: i64,
    longest_wait: i64,
}

#[derive(Debug, Default)]
struct Record {
    /// When the latest guesses were made, as many as are taken without a wait.
    times: VecDeque<i64>,
    /// Waits in a row so far.
    waits: u32,
    /// The end of the last one.
    until: i64,
}

/// Keys that are counted for themselves: some 20 MB at the most, under attack.
const KEYS: usize = 100_000;

impl Guesses {
    /// Is as patient as `patience` says.
    #[must_use]
    pub fn new(patience: Patience, clock: Arc<dyn Clock>) -> Self {
        let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
        let rules = Rules {
            guesses: patience.guesses.get().into(),
            window: micros(patience.window),
            first_wait: micros(patience.first_wait),
            longest_wait: micros(patience.longest_wait),
        };
        Self { records: Table::new(KEYS), rules, clock }
    }

    /// Begins an attempt for `keys` (the address and the name that was given). It counts as a wrong guess until
    /// [`Attempt::succeeded`] is called, so that many at the same time are counted before the first is answered.
    ///
    /// # Errors
    /// How long to wait. The attempt must not be made, and is not counted.
    pub fn attempt(&self, keys: &[Key<'_>]) -> Result<Attempt<'_>, Wait> {
        let now = self.clock.now();
        let mut attempt = Attempt { guesses: self, counted: Vec::with_capacity(keys.len()) };
        for key in keys {
            let slot = self.records.slot(*key);
            let idle = |record: &Record| record.is_quiet(now.micros(), &self.rules);
            match self.records.with(slot, now, idle, |record| record.count(now.micros(), &self.rules)) {
                Ok(waits_since) => {
                    attempt.counted.push(Counted {
                        slot,
                        forgives_all: matches!(key, Key::Account(_)),
                        at: now,
                        waits_since,
                    });
                }
                Err(wait) => {
                    attempt.take_back();
                    return Err(wait);
                }
            }
        }
        Ok(attempt)
    }
}

/// An attempt that was counted as a wrong guess.
#[derive(Debug)]
#[must_use = "an attempt stays a wrong guess unless it succeeded"]
pub struct Attempt<'a> {
    guesses: &'a Guesses,
    counted: Vec<Counted>,
}

#[derive(Debug)]
struct Counted {
    slot: Slot,
    forgives_all: bool,
    at: Timestamp,
    /// The end of the wait before, if this one set off a new wait.
    waits_since: Option<i64>,
}

impl Attempt<'_> {
    /// It was the right secret. The account's wrong guesses are forgotten; of the address only this attempt is taken
    /// back, so that nobody can guess at other accounts without end by signing in to their own in between.
    pub fn succeeded(self) {
        for counted in &self.counted {
            self.guesses.records.again(counted.slot, |record| {
                if counted.forgives_all { *record = Record::default() } else { record.take_back(counted) }
            });
        }
    }

    /// It was not tried after all, for instance because too many others sign in. Then it does not count.
    pub fn take_back(self) {
        for counted in &self.counted {
            self.guesses.records.again(counted.slot, |record| record.take_back(counted));
        }
    }
}

impl Record {
    /// Counts an attempt at `now`. Answers the end of the wait before, if this one sets off a new wait.
    fn count(&mut self, now: i64, rules: &Rules) -> Result<Option<i64>, Wait> {
        if self.is_quiet(now, rules) {
            *self = Self::default();
        }
        // After the clock was set back nobody waits longer than the longest wait.
        self.until = self.until.min(now.saturating_add(rules.longest_wait));
        if now < self.until {
            return Err(Wait::micros(self.until - now));
        }
        self.times.retain(|at| (0..rules.window).contains(&(now - at)));
        self.times.push_back(now);
        if self.waits == 0 && self.times.len() < rules.guesses {
            return Ok(None);
        }
        let before = self.until;
        let doubled = rules.first_wait.saturating_mul(1 << self.waits.min(40));
        self.until = now.saturating_add(doubled.min(rules.longest_wait));
        self.waits = self.waits.saturating_add(1);
        if self.times.len() > rules.guesses {
            self.times.pop_front();
        }
        Ok(Some(before))
    }

    fn take_back(&mut self, counted: &Counted) {
        let at = counted.at.micros();
        if let Some(index) = self.times.iter().rposition(|time| *time == at) {
            self.times.remove(index);
        }
        if let Some(before) = counted.waits_since {
            self.waits = self.waits.saturating_sub(1);
            self.until = before;
        }
    }

    /// Nothing happened for a whole window after the last wait.
    fn is_quiet(&self, now: i64, rules: &Rules) -> bool {
        let last = self.times.back().copied().max((self.waits > 0).then_some(self.until));
        last.is_none_or(|last| now >= last.saturating_add(rules.window))
    }
}

#[cfg(test)]
mod tests;
