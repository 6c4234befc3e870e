//! A bounded table of counts, in shards so that requests at the same time seldom meet.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use super::key::Key;

/// A key as the table knows it. Hashed with a random key of this process, so nobody can look for two that meet; that
/// any two of a million do by chance is one in tens of millions. No name or address is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot(u64);

/// Counts by key.
#[derive(Debug)]
pub(super) struct Table<V> {
    shards: Box<[Mutex<Shard<V>>]>,
    random: RandomState,
    /// Most keys in one shard.
    most: usize,
}

#[derive(Debug)]
struct Shard<V> {
    counts: HashMap<Slot, V, BuildHasherDefault<AsItIs>>,
    /// The one count of all keys that found no room.
    crowd: V,
    swept: Timestamp,
}

const SHARDS: usize = 16;
/// Time between two sweeps of a shard, in microseconds: what a sweep costs is shared by all requests in between.
const SWEEP: i64 = 10_000_000;

impl<V: Default> Table<V> {
    /// Room for `most` keys, rounded up. Keys that find no room are counted together, so a flood of them can neither
    /// take more memory nor push out those that are counted already.
    pub(super) fn new(most: usize) -> Self {
        let shard =
            || Shard { counts: HashMap::default(), crowd: V::default(), swept: Timestamp::from_micros(i64::MIN) };
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect(),
            random: RandomState::new(),
            most: most.div_ceil(SHARDS).max(1),
        }
    }

    /// Where `key` is counted.
    pub(super) fn slot(&self, key: Key<'_>) -> Slot {
        Slot(self.random.hash_one(key.whole()))
    }

    /// Works on the count at `slot`; a new one begins at the default. Counts that are `idle` are forgotten when the
    /// next sweep is due.
    pub(super) fn with<R>(
        &self,
        slot: Slot,
        now: Timestamp,
        idle: impl Fn(&V) -> bool,
        work: impl FnOnce(&mut V) -> R,
    ) -> R {
        let mut shard = self.shard(slot);
        let shard = &mut *shard;
        if let Some(count) = shard.counts.get_mut(&slot) {
            return work(count);
        }
        // A clock that was set back must not stop the sweeps.
        if !(0..SWEEP).contains(&now.micros().saturating_sub(shard.swept.micros())) {
            shard.swept = now;
            shard.counts.retain(|_, count| !idle(count));
            if shard.counts.capacity() > shard.counts.len().saturating_mul(8) {
                shard.counts.shrink_to_fit();
            }
        }
        if shard.counts.len() < self.most {
            work(shard.counts.entry(slot).or_default())
        } else {
            work(&mut shard.crowd)
        }
    }

    /// Works on the count at `slot`, or on the crowd's if it has none of its own.
    pub(super) fn again<R>(&self, slot: Slot, work: impl FnOnce(&mut V) -> R) -> R {
        let mut shard = self.shard(slot);
        let shard = &mut *shard;
        work(shard.counts.get_mut(&slot).unwrap_or(&mut shard.crowd))
    }

    fn shard(&self, slot: Slot) -> MutexGuard<'_, Shard<V>> {
        let index = usize::from(slot.0.to_be_bytes()[0]) % SHARDS;
        // A count is whole after every step, so one that a panic left behind is good to use.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keys that have a count of their own.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap().counts.len()).sum()
    }
}

/// Slots are random already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn count(table: &Table<u32>, name: &str, now: Timestamp) -> u32 {
        table.with(
            table.slot(Key::Account(name)),
            now,
            |count| *count < 2,
            |count| {
                *count += 1;
                *count
            },
        )
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_room_and_pushes_nobody_out() {
        let table = Table::new(160);
        for _ in 0..5 {
            count(&table, "anna", at(0));
        }
        for n in 0..10_000 {
            count(&table, &format!("flood-{n}"), at(1));
        }
        assert!(table.len() <= 160);
        assert_eq!(count(&table, "anna", at(1)), 6, "she is still counted for herself");
        assert!(count(&table, "flood-late", at(1)) > 2, "the rest are counted together");
    }

    #[test]
    fn idle_keys_are_swept_and_the_room_is_given_back() {
        let table = Table::new(16_000);
        for n in 0..10_000 {
            count(&table, &format!("once-{n}"), at(0));
        }
        for name in ["anna", "anna", "ben"] {
            count(&table, name, at(1));
        }
        // One new key for each shard sets off its sweep.
        for n in 0..2_000 {
            count(&table, &format!("later-{n}"), at(20));
        }
        assert!(table.len() <= 2_001, "{}", table.len());
        assert_eq!(count(&table, "anna", at(20)), 3);
        assert_eq!(count(&table, "ben", at(20)), 1, "swept, and so begun anew");
    }
}
