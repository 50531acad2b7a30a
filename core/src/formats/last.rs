//! Which of several entries of one name counts: the last. Found by its name without an order among the names, for of many entries
//! few are asked for. Knows no format.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The last entry of each name. Entries go by their number; what they are called is told again whenever it is asked for.
pub(super) struct Last {
    entries: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// Those that a later one of their name hides, in order; nearly always none.
    hidden: Vec<usize>,
}

impl Last {
    /// Of so many entries.
    pub(super) fn of<'a>(count: usize, name: impl Fn(usize) -> &'a [u8]) -> Last {
        let hasher = DefaultHashBuilder::default();
        let (mut entries, mut hidden) = (HashTable::with_capacity(count), Vec::new());
        for at in 0..count {
            let own = name(at);
            let known = entries.entry(hasher.hash_one(own), |at| name(*at) == own, |at| hasher.hash_one(name(*at)));
            known.and_modify(|known| hidden.push(std::mem::replace(known, at))).or_insert(at);
        }
        hidden.sort_unstable();
        Last { entries, hasher, hidden }
    }

    /// The one that counts for a name.
    pub(super) fn find<'a>(&self, wanted: &[u8], name: impl Fn(usize) -> &'a [u8]) -> Option<usize> {
        self.entries.find(self.hasher.hash_one(wanted), |at| name(*at) == wanted).copied()
    }

    /// Whether an entry counts for its name.
    pub(super) fn counts(&self, at: usize) -> bool {
        self.hidden.binary_search(&at).is_err()
    }
}
