//! What can be wrong at the end of a soak, and which promise it breaks.

use std::collections::BTreeMap;
use std::fmt;

/// Faults of each promise that are kept in words; the others are counted.
const KEPT: usize = 50;

/// What was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// Every acknowledged message is there, and every listener heard it.
    NothingLost,
    /// It is there once, and was heard once.
    NothingDoubled,
    /// It stands where it was acknowledged, and was heard in that order.
    NothingReordered,
    /// What the server holds does not grow, and nothing of it stays behind.
    NoLeak,
    /// Every page, request and socket was served while the server was up.
    NoError,
}

impl Promise {
    /// All of them, in the order of the report.
    pub(crate) const ALL: [Self; 5] =
        [Self::NothingLost, Self::NothingDoubled, Self::NothingReordered, Self::NoLeak, Self::NoError];

    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::NothingLost => "no acknowledged message is lost",
            Self::NothingDoubled => "no acknowledged message is doubled",
            Self::NothingReordered => "no acknowledged message is reordered",
            Self::NoLeak => "no leak",
            Self::NoError => "no page error",
        }
    }
}

/// A promise that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which.
    pub(crate) promise: Promise,
    /// How.
    pub(crate) how: String,
}

impl Fault {
    /// A broken promise.
    pub(crate) fn new(promise: Promise, how: impl Into<String>) -> Self {
        Self { promise, how: how.into() }
    }

    /// Something acknowledged is missing.
    pub(crate) fn lost(how: impl Into<String>) -> Self {
        Self::new(Promise::NothingLost, how)
    }

    /// Something is there, or was heard, twice.
    pub(crate) fn doubled(how: impl Into<String>) -> Self {
        Self::new(Promise::NothingDoubled, how)
    }

    /// Something stands, or was heard, in the wrong place.
    pub(crate) fn reordered(how: impl Into<String>) -> Self {
        Self::new(Promise::NothingReordered, how)
    }

    /// Something grows or stays.
    pub(crate) fn leak(how: impl Into<String>) -> Self {
        Self::new(Promise::NoLeak, how)
    }

    /// Something was not served.
    pub(crate) fn error(how: impl Into<String>) -> Self {
        Self::new(Promise::NoError, how)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise.words(), self.how)
    }
}

/// All that is wrong, by the promise that it breaks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(BTreeMap<Promise, Broken>);

/// How often a promise was broken, and the first times in words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Broken {
    /// How often.
    pub(crate) count: usize,
    /// The first times.
    pub(crate) first: Vec<Fault>,
}

impl Faults {
    /// Notes one. Tells whether it is among those that are kept in words.
    pub(crate) fn note(&mut self, fault: Fault) -> bool {
        let broken = self.0.entry(fault.promise).or_default();
        broken.count += 1;
        let kept = broken.first.len() < KEPT;
        if kept {
            broken.first.push(fault);
        }
        kept
    }

    /// How a promise was broken, if it was.
    pub(crate) fn of(&self, promise: Promise) -> Option<&Broken> {
        self.0.get(&promise)
    }

    /// The promises that were broken.
    pub(crate) fn broken(&self) -> Vec<Promise> {
        self.0.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_faults_of_one_kind_hide_none_of_another() {
        let mut faults = Faults::default();
        for number in 0..1000 {
            assert_eq!(faults.note(Fault::error(format!("page {number}"))), number < KEPT);
        }
        assert!(faults.note(Fault::lost("one message")));
        assert_eq!(faults.broken(), [Promise::NothingLost, Promise::NoError]);
        assert_eq!(faults.of(Promise::NoError).map(|broken| (broken.count, broken.first.len())), Some((1000, KEPT)));
        assert!(faults.of(Promise::NoLeak).is_none());
    }
}
