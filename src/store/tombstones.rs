//! Hidden entries of an index, by entry number.
//!
//! A delta names hidden entries by fingerprint, and nothing maps a fingerprint to an entry number: hashing all entries of a large index takes seconds,
//! and a generation must open in milliseconds. So an entry is hashed when a search first reaches it, and the answer is kept in two bits.

use core::sync::atomic::AtomicUsize;

use bitvec::order::Lsb0;
use bitvec::vec::BitVec;

use crate::index::IndexError;

/// The answers found so far: for each entry whether it was checked, and whether it is hidden. Takes a quarter of a byte an entry.
pub(super) struct Tombstones(BitVec<AtomicUsize, Lsb0>);

impl Tombstones {
    pub(super) fn new(entries: u64) -> Self {
        // An index in memory has fewer entries than `usize` can count.
        Self(BitVec::repeat(false, usize::try_from(2 * entries).unwrap_or(0)))
    }

    /// Whether an entry is hidden; `find` is called the first time only. An entry outside of the index is never remembered.
    pub(super) fn is_hidden(
        &self,
        entry: u32,
        find: impl FnOnce() -> Result<bool, IndexError>,
    ) -> Result<bool, IndexError> {
        let checked = 2 * entry as usize;
        let hidden = checked + 1;
        // Both bits are of one word, so the second is at least as new as the first: no other order of memory is needed.
        match (self.0.get(checked).as_deref(), self.0.get(hidden).as_deref()) {
            (Some(true), Some(is_hidden)) => Ok(*is_hidden),
            (Some(false), Some(_)) => {
                let is_hidden = find()?;
                self.0.set_aliased(hidden, is_hidden);
                self.0.set_aliased(checked, true);
                Ok(is_hidden)
            }
            _ => find(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_looked_at_once() {
        let tombstones = Tombstones::new(40);
        let hidden = |entry: u32| entry.is_multiple_of(3);
        for entry in 0..40 {
            assert_eq!(tombstones.is_hidden(entry, || Ok(hidden(entry))), Ok(hidden(entry)));
        }
        for entry in 0..40 {
            assert_eq!(tombstones.is_hidden(entry, || panic!("{entry} again")), Ok(hidden(entry)));
        }
        for _ in 0..2 {
            assert_eq!(tombstones.is_hidden(40, || Ok(true)), Ok(true), "outside, and so asked each time");
        }
    }
}
