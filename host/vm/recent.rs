//! The block-local list of recently called programs.

use alloy_primitives::B256;
use std::collections::VecDeque;

/// Least-recently-used set of code hashes with a fixed capacity. A program in it starts at its cached cost.
/// It is not undone when a call reverts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentPrograms {
    capacity: usize,
    // Most recent first; 32 entries are searched faster than a map is maintained.
    entries: VecDeque<B256>,
}

impl RecentPrograms {
    /// An empty set that keeps `capacity` programs.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: VecDeque::with_capacity(capacity) }
    }

    /// Notes a call of `codehash` and returns whether it was already there.
    pub fn insert(&mut self, codehash: B256) -> bool {
        if self.capacity == 0 {
            return false;
        }
        let position = self.entries.iter().position(|known| *known == codehash);
        if let Some(position) = position {
            self.entries.remove(position);
        } else if self.entries.len() == self.capacity {
            self.entries.pop_back();
        }
        self.entries.push_front(codehash);
        position.is_some()
    }

    /// Whether `codehash` is in the set.
    #[must_use]
    pub fn contains(&self, codehash: B256) -> bool {
        self.entries.contains(&codehash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insert_works_as_least_recently_used() {
        let mut recent = RecentPrograms::new(2);
        let [a, b, c] = [1, 2, 3].map(B256::with_last_byte);
        assert!(!recent.insert(a));
        assert!(!recent.insert(b));
        assert!(recent.insert(a));
        assert!(!recent.insert(c));
        assert!(recent.contains(a) && recent.contains(c) && !recent.contains(b));
    }

    #[test]
    fn insert_never_hits_when_capacity_is_zero() {
        let mut recent = RecentPrograms::new(0);
        assert!(!recent.insert(B256::ZERO));
        assert!(!recent.insert(B256::ZERO));
    }
}
