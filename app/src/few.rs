//! A few things by their keys. Sorted in one list, which is all that a few need: each type of a map of the standard library is
//! thousands of bytes of code, for every browser to fetch.

use std::borrow::Borrow;

/// A few things by their keys, in the keys' order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K: Ord, V> Few<K, V> {
    /// What is called `key`.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.find(key).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// Calls `value` by `key` from now on.
    pub fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(at) => self.0[at] = (key, value),
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// Takes out what is called `key`.
    pub fn remove(&mut self, key: &K) {
        if let Ok(at) = self.find(key) {
            self.0.remove(at);
        }
    }

    /// Where it is, or would be.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(other, _)| other.borrow().cmp(key))
    }
}

impl<K, V> Few<K, V> {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Takes all of them out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Extend<(K, V)> for Few<K, V> {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, more: T) {
        for (key, value) in more {
            self.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_would(changes in prop::collection::vec((0_u8..6, prop::option::of(0_u8..9)), 0..40)) {
            let (mut few, mut map) = (Few::default(), BTreeMap::new());
            for (key, value) in changes {
                match value {
                    Some(value) => {
                        few.insert(key, value);
                        map.insert(key, value);
                    }
                    None => {
                        few.remove(&key);
                        map.remove(&key);
                    }
                }
                prop_assert_eq!(few.get(&key), map.get(&key));
                prop_assert_eq!(few.get_mut(&key), map.get_mut(&key));
                prop_assert_eq!(few.is_empty(), map.is_empty());
            }
            prop_assert!(few.iter().eq(map.iter()));
            few.clear();
            prop_assert!(few.is_empty());
        }
    }
}
