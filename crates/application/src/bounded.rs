//! A map that never grows beyond its bound, for what can be found out again.
//!
//! Two generations: what is used moves into the young one, and when that has half the bound, the old one
//! is dropped and the young one grows old. So what nobody used for a while goes, at no cost while it
//! stays, and a flood of names that come once can push out nothing that is in use.

use std::{collections::HashMap, hash::Hash};

/// A bounded map.
#[derive(Debug)]
pub struct Bounded<K, V> {
    half: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V> Bounded<K, V> {
    /// A map of at most `most` values.
    pub fn new(most: usize) -> Self {
        Self { half: (most / 2).max(1), young: HashMap::new(), old: HashMap::new() }
    }

    /// The value of a key, which is thereby in use.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        if let Some(value) = self.old.remove(key) {
            self.insert(key.clone(), value);
        }
        self.young.get_mut(key)
    }

    /// Keeps a value.
    pub fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Forgets what does not fit.
    pub fn retain(&mut self, fits: impl Fn(&K, &V) -> bool) {
        self.young.retain(|key, value| fits(key, value));
        self.old.retain(|key, value| fits(key, value));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_in_use_outlives_a_flood_of_names_that_come_once() {
        let mut map = Bounded::new(10);
        map.insert(0, "in use");
        for name in 1..10_000 {
            map.insert(name, "once");
            assert_eq!(map.get(&0), Some(&mut "in use"));
            assert!(map.len() <= 10);
        }
        assert_eq!(map.get(&1), None);
    }

    proptest! {
        #[test]
        fn it_never_grows_beyond_its_bound_and_never_lies(
            most in 2..12usize,
            acts in proptest::collection::vec((0..3u8, 0..20u8, 0..9u8), 0..200),
        ) {
            let mut map = Bounded::new(most);
            let mut model = HashMap::new();
            for (act, key, value) in acts {
                match act {
                    0 => {
                        map.insert(key, value);
                        model.insert(key, value);
                    }
                    1 => {
                        map.remove(&key);
                        model.remove(&key);
                    }
                    _ => {
                        if let Some(value) = map.get(&key) {
                            prop_assert_eq!(Some(&*value), model.get(&key));
                        }
                    }
                }
                prop_assert!(map.len() <= most);
            }
        }
    }
}
