//! A bounded memory of keys already seen: which commit answered them.

use imbl::OrdMap;
use model::Seq;

/// How many keys are kept; the oldest go first, so every node forgets the same ones.
pub(crate) const RECENT_MAX: usize = 200_000;

/// Keys with the commit that carried them, bounded to the newest.
#[derive(Clone)]
pub(crate) struct Recent<K: Ord + Clone> {
    by_key: OrdMap<K, Seq>,
    by_seq: OrdMap<Seq, K>,
    max: usize,
}

impl<K: Ord + Clone> Default for Recent<K> {
    fn default() -> Self {
        Self { by_key: OrdMap::new(), by_seq: OrdMap::new(), max: RECENT_MAX }
    }
}

impl<K: Ord + Clone> Recent<K> {
    /// The commit of a key, while it is remembered.
    pub(crate) fn get(&self, key: &K) -> Option<Seq> {
        self.by_key.get(key).copied()
    }

    /// Remembers a key; a commit carries at most one. The oldest beyond the bound is forgotten.
    pub(crate) fn insert(&mut self, key: K, seq: Seq) {
        if let Some(before) = self.by_key.insert(key.clone(), seq) {
            self.by_seq.remove(&before);
        }
        self.by_seq.insert(seq, key);
        while self.by_seq.len() > self.max {
            let Some((oldest, key)) = self.by_seq.get_min().cloned() else { return };
            self.by_seq.remove(&oldest);
            self.by_key.remove(&key);
        }
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Seq, &K)> {
        self.by_seq.iter().map(|(seq, key)| (*seq, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_key_is_forgotten_first_and_a_renewed_one_counts_as_new() {
        let mut recent = Recent { max: 3, ..Recent::default() };
        for (key, seq) in [("a", 1), ("b", 2), ("c", 3), ("a", 4), ("d", 5)] {
            recent.insert(key, seq);
        }
        assert_eq!(["a", "b", "c", "d"].map(|k| recent.get(&k)), [Some(4), None, Some(3), Some(5)]);
        assert_eq!(recent.iter().map(|(s, _)| s).collect::<Vec<_>>(), [3, 4, 5]);
    }
}
