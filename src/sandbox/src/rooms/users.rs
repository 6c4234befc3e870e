//! The users that sandboxes are on the host: one each, which nobody else is. The kernel counts much of what it gives by
//! user, so one that takes all of it leaves the others theirs.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Those of containers. High, and below what an engine may map to others.
pub(super) const OF_CONTAINERS: Range<u32> = 59_000..62_000;
/// Those of namespaces, where the server is root.
pub(super) const OF_NAMESPACES: Range<u32> = 62_000..65_000;

/// The users that are free.
#[derive(Debug, Clone)]
pub(super) struct Users {
    all: Range<u32>,
    used: Arc<Mutex<Used>>,
}

#[derive(Debug, Default)]
struct Used {
    ids: HashSet<u32>,
    next: u32,
}

/// A user that is a sandbox's until this is dropped.
#[derive(Debug)]
pub(super) struct User {
    id: u32,
    users: Users,
}

impl Users {
    /// These, none of them taken.
    pub(super) fn new(all: Range<u32>) -> Self {
        Self { all, used: Arc::default() }
    }

    /// One that no other sandbox is; none when all are taken.
    pub(super) fn take(&self) -> Option<User> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.all.end - self.all.start;
        // Going round, so that one that was given back rests for long.
        let id =
            (0..number).map(|step| self.all.start + (used.next + step) % number).find(|id| !used.ids.contains(id))?;
        used.next = id - self.all.start + 1;
        used.ids.insert(id);
        Some(User { id, users: self.clone() })
    }
}

impl User {
    pub(super) fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.users.used.lock().unwrap_or_else(PoisonError::into_inner).ids.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_of_its_own_until_all_are_taken() {
        let users = Users::new(OF_NAMESPACES);
        let first = users.take().unwrap();
        let id = first.id();
        drop(first);
        let all: Vec<User> = std::iter::from_fn(|| users.take()).collect();
        assert_eq!(all.iter().map(User::id).collect::<HashSet<_>>().len(), 3000);
        assert_ne!(all[0].id(), id);
        assert!(users.take().is_none());
        drop(all);
        assert!(users.take().is_some());
    }
}
