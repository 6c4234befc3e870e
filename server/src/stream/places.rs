//! Who holds how many live connections: a bound for all, for each person, and for each network address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Error, ErrorCode, UserName};

use crate::config::StreamLimits;

/// The live connections that are open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sockets {
    held: Arc<Mutex<Held>>,
    limits: Arc<StreamLimits>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    users: HashMap<UserName, usize>,
    addresses: HashMap<IpAddr, usize>,
}

/// One live connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    sockets: Sockets,
    user: UserName,
    address: IpAddr,
}

impl Sockets {
    /// None open yet.
    #[must_use]
    pub fn new(limits: StreamLimits) -> Self {
        Self { held: Arc::default(), limits: Arc::new(limits) }
    }

    /// How many are open now.
    #[must_use]
    pub fn open(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// A place for a connection of `user` from `address`.
    ///
    /// # Errors
    /// `TooMany`, saying which bound was met.
    pub(super) fn admit(&self, user: &UserName, address: IpAddr) -> Result<Place, Error> {
        let StreamLimits { max_sockets, max_per_user, max_per_address, .. } = *self.limits;
        let full = |whose: &str, most: usize, key: &str| {
            let message =
                format!("All {most} live connections {whose} are in use. Close some tabs, or raise stream.{key}.");
            Err(Error::new(ErrorCode::TooMany, message))
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.all >= max_sockets {
            return full("of this workshop", max_sockets, "max_sockets");
        }
        if held.users.get(user).is_some_and(|count| *count >= max_per_user) {
            return full("of your account", max_per_user, "max_per_user");
        }
        if held.addresses.get(&address).is_some_and(|count| *count >= max_per_address) {
            return full("from your network address", max_per_address, "max_per_address");
        }
        held.all += 1;
        *held.users.entry(user.clone()).or_default() += 1;
        *held.addresses.entry(address).or_default() += 1;
        Ok(Place { sockets: self.clone(), user: user.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.sockets.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(1);
        release(&mut held.users, &self.user);
        release(&mut held.addresses, &self.address);
    }
}

fn release<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets() -> Sockets {
        Sockets::new(StreamLimits { max_sockets: 4, max_per_user: 2, max_per_address: 3, ..StreamLimits::default() })
    }

    #[test]
    fn each_bound_holds_by_itself_and_places_come_back() {
        let sockets = sockets();
        let (ada, bob, cleo): (UserName, UserName, UserName) =
            ("ada".parse().unwrap(), "bob".parse().unwrap(), "cleo".parse().unwrap());
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let refused = |user: &UserName, from| sockets.admit(user, from).unwrap_err().message;
        let first = sockets.admit(&ada, here).unwrap();
        let _second = sockets.admit(&ada, here).unwrap();
        assert!(refused(&ada, there).contains("max_per_user"));
        let _third = sockets.admit(&bob, here).unwrap();
        assert!(refused(&cleo, here).contains("max_per_address"));
        let _fourth = sockets.admit(&bob, there).unwrap();
        assert!(refused(&cleo, there).contains("max_sockets"));
        drop(first);
        assert_eq!(sockets.open(), 3);
        let _fifth = sockets.admit(&ada, here).unwrap();
    }

    #[test]
    fn nothing_is_kept_of_those_who_left() {
        let sockets = sockets();
        drop(sockets.admit(&"ada".parse().unwrap(), IpAddr::from([192, 0, 2, 1])).unwrap());
        let held = sockets.held.lock().unwrap();
        assert!(held.users.is_empty() && held.addresses.is_empty() && held.all == 0);
    }
}
