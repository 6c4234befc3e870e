//! What is under way between a browser that was sent to prove something and its coming back: kept in memory, for a short
//! time, in bounded number, and given out once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Result, Timestamp};
use identity::secret::{Hash, Kind, Secret};

/// Most at a time. Past it the oldest is given up.
const MOST: usize = 10_000;
/// Most of one address. Past it the oldest of that address is given up, so one alone cannot push the others out.
const MOST_OF_ONE: usize = 50;

/// Things under way, by the hash of the secret that their browser keeps.
#[derive(Debug)]
pub(crate) struct Pending<T> {
    kept: Mutex<HashMap<Hash, Kept<T>>>,
}

#[derive(Debug)]
struct Kept<T> {
    what: T,
    from: IpAddr,
    since: Timestamp,
    until: Timestamp,
}

impl<T> Pending<T> {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::default() }
    }

    /// Keeps `what`, begun from the address `from`, until it is taken or `until` has come. Gives what its browser shows.
    ///
    /// # Errors
    /// `Internal` when the system gives no randomness.
    pub(crate) fn keep(&self, what: T, from: IpAddr, now: Timestamp, until: Timestamp) -> Result<Secret> {
        let secret = Secret::generate(Kind::Ceremony)?;
        let mut kept = self.locked();
        kept.retain(|_, kept| now < kept.until);
        if kept.values().filter(|kept| kept.from == from).count() >= MOST_OF_ONE {
            give_up_oldest(&mut kept, |kept| kept.from == from);
        } else if kept.len() >= MOST {
            give_up_oldest(&mut kept, |_| true);
        }
        kept.insert(secret.hash(), Kept { what, from, since: now, until });
        Ok(secret)
    }

    /// Gives out what the browser that shows `shown` began; a second time there is nothing.
    pub(crate) fn take(&self, shown: &str, now: Timestamp) -> Option<T> {
        let secret = Secret::parse(Kind::Ceremony, shown)?;
        let taken = self.locked().remove(&secret.hash())?;
        (now < taken.until).then_some(taken.what)
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Hash, Kept<T>>> {
        // It is whole after every step, so one that a panic left behind is good to use.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn give_up_oldest<T>(kept: &mut HashMap<Hash, Kept<T>>, which: impl Fn(&Kept<T>) -> bool) {
    let oldest = kept.iter().filter(|(_, kept)| which(kept)).min_by_key(|(_, kept)| kept.since);
    if let Some(hash) = oldest.map(|(hash, _)| *hash) {
        kept.remove(&hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn address(n: usize) -> IpAddr {
        let [.., a, b, c] = n.to_be_bytes();
        IpAddr::from([10, a, b, c])
    }

    #[test]
    fn it_is_given_out_once_and_in_time() {
        let pending = Pending::new();
        let first = pending.keep("first", address(1), at(0), at(300)).unwrap();
        let second = pending.keep("second", address(1), at(0), at(300)).unwrap();
        assert_eq!(pending.take("tac_", at(1)), None);
        assert_eq!(pending.take(first.reveal(), at(299)), Some("first"));
        assert_eq!(pending.take(first.reveal(), at(299)), None, "once");
        assert_eq!(pending.take(second.reveal(), at(300)), None, "too late");
    }

    #[test]
    fn a_flood_takes_no_more_room_and_one_address_pushes_only_itself_out() {
        let pending = Pending::new();
        let mine = pending.keep(0, address(0), at(0), at(300)).unwrap();
        let flood: Vec<_> = (0..200).map(|n| pending.keep(n, address(1), at(1 + n), at(600)).unwrap()).collect();
        assert_eq!(pending.locked().len(), 1 + MOST_OF_ONE);
        assert_eq!(pending.take(flood[0].reveal(), at(250)), None);
        assert_eq!(pending.take(flood[199].reveal(), at(250)), Some(199));
        assert_eq!(pending.take(mine.reveal(), at(250)), Some(0));
    }

    #[test]
    fn what_nobody_came_back_for_is_forgotten() {
        let pending = Pending::new();
        for n in 0..100 {
            pending.keep(n, address(n), at(0), at(300)).unwrap();
        }
        pending.keep(100, address(100), at(300), at(600)).unwrap();
        assert_eq!(pending.locked().len(), 1);
    }
}
