//! The users that sandboxes are on the host, where the server is root: one each, which nobody else is.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// High, and below those that containers and the nameless user have.
const IDS: Range<u32> = 62_000..65_000;

/// The users that are free.
#[derive(Debug, Clone, Default)]
pub(super) struct Users(Arc<Mutex<Used>>);

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
    /// One that no other sandbox is; none when all are taken.
    pub(super) fn take(&self) -> Option<User> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = IDS.end - IDS.start;
        // Going round, so that one that was given back rests for long.
        let id = (0..number).map(|step| IDS.start + (used.next + step) % number).find(|id| !used.ids.contains(id))?;
        used.next = id - IDS.start + 1;
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
        self.users.0.lock().unwrap_or_else(PoisonError::into_inner).ids.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_of_its_own_until_all_are_taken() {
        let users = Users::default();
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
