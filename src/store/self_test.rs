//! An index is asked before it is published, by the code that will ask it afterwards.

use core::ops::ControlFlow;

use super::contents::Needle;
use crate::hash::HashBits;
use crate::index::{Index, IndexError, Query};

/// How many needles are compared with every stored hash, one by one.
const BY_BRUTE_FORCE: usize = 4;

/// Verifies an index, looks needles up in it that must be found, and compares some answers with those of comparing every hash.
pub(super) fn check<const N: usize, D: AsRef<[u8]>>(index: &Index<D>, needles: &[Needle<N>]) -> Result<(), Failed> {
    index.verify().map_err(|error| Failed::Damaged(alloc::format!("{error}")))?;
    let profile = index.profile();
    let radius = profile.default_radius();
    for (number, needle) in needles.iter().enumerate() {
        // A copy of the listed picture is seldom equal to it.
        let asked = flipped(needle.hash, number as u64, radius);
        let query = [asked];
        let query = Query::new(profile, &query).radius(radius);
        let mut is_found = false;
        let mut hits = 0_u64;
        index.search(&query, |hit| {
            hits += 1;
            let has_entry = hit.hash == needle.hash
                && hit.distance == radius
                && index
                    .sources(hit.slot)
                    .any(|source| source.is_ok_and(|source| source.list == needle.list && source.id == needle.id));
            is_found |= has_entry;
            ControlFlow::Continue(())
        })?;
        if !is_found {
            return Err(Failed::NotFound { list: needle.list.clone(), id: needle.id.clone() });
        }
        if number < BY_BRUTE_FORCE {
            let near = index.hashes::<N>()?.filter(|hash| hash.distance(&asked) <= radius).count() as u64;
            if near != hits {
                return Err(Failed::Inexact { found: hits, expected: near });
            }
        }
    }
    Ok(())
}

/// A hash with as many bits changed as the radius allows, which ones depends on a seed.
fn flipped<const N: usize>(hash: HashBits<N>, seed: u64, bits: u32) -> HashBits<N> {
    let mut bytes = *hash.as_bytes();
    // An odd step visits every bit of a power of two once.
    let step = 2 * (seed * 37 % 64) + 1;
    for turn in 0..u64::from(bits) {
        let bit = usize::try_from((seed * 11 + turn * step) % (8 * N as u64)).unwrap_or_default();
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
    }
    HashBits::from_bytes(bytes)
}

/// Why an index did not pass.
pub(super) enum Failed {
    Damaged(alloc::string::String),
    NotFound { list: alloc::string::String, id: alloc::string::String },
    Inexact { found: u64, expected: u64 },
}

impl From<IndexError> for Failed {
    fn from(error: IndexError) -> Self {
        Self::Damaged(alloc::format!("{error}"))
    }
}

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Damaged(what) => write!(f, "the index does not pass its own verification: {what}"),
            Self::NotFound { list, id } => {
                write!(f, "the index does not find the entry {id:?} of the list {list:?} from which it was built")
            }
            Self::Inexact { found, expected } => {
                write!(f, "the index finds {found} hashes where comparing all of them finds {expected}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{Bits64, Bits256};

    #[test]
    fn a_needle_lies_at_the_distance_that_is_asked() {
        for seed in 0..200 {
            assert_eq!(flipped(Bits256::ZERO, seed, 31).distance(&Bits256::ZERO), 31, "{seed}");
            assert_eq!(flipped(Bits64::ZERO, seed, 4).distance(&Bits64::ZERO), 4, "{seed}");
        }
    }
}
