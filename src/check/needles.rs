//! The hashes of views of a picture, to be looked up together.

use alloc::vec::Vec;

use crate::decode::View;
use crate::hash::{Bits64, Bits256, ClassicHash, ClassicHashes, Dihedral, PdqSpectrum};

/// The hashes of views of a picture, to be looked up together by [`Lookup::batch`](super::Lookup::batch).
#[derive(Debug, Default)]
pub struct Needles {
    pub(super) hashes: Vec<Bits256>,
    /// What each is of.
    pub(super) seen: Vec<Seen>,
    /// Views of which a part may be covered, to be looked up further around and confirmed.
    pub(super) covered: Vec<(View, PdqSpectrum)>,
}

/// What a needle is the hash of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) view: View,
    pub(super) turn: Dihedral,
    /// How far it reaches.
    pub(super) radius: u32,
    pub(super) quality: u8,
}

impl Needles {
    /// Adds a view, as it is or with its turns, to be looked up within a radius.
    pub fn add(&mut self, view: View, spectrum: &PdqSpectrum, turns: bool, radius: u32) {
        let count = if turns { Dihedral::ALL.len() } else { 1 };
        for (pdq, turn) in spectrum.dihedral().iter().zip(Dihedral::ALL).take(count) {
            self.hashes.push(pdq.hash);
            self.seen.push(Seen { view, turn, radius, quality: spectrum.quality() });
        }
    }

    /// Adds a view of which a part may be covered.
    pub fn add_covered(&mut self, view: View, spectrum: &PdqSpectrum) {
        self.covered.push((view, *spectrum));
    }

    /// Whether there is nothing to be looked up.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.hashes.is_empty() && self.covered.is_empty()
    }
}

/// Classic hashes, those of either length together.
pub(super) fn by_length(hashes: impl IntoIterator<Item = ClassicHashes>) -> (Vec<Bits64>, Vec<Bits256>) {
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for hashes in hashes {
        for (_, hash) in hashes.iter() {
            match hash {
                ClassicHash::Bits64(bits) => short.push(bits),
                ClassicHash::Bits256(bits) => long.push(bits),
            }
        }
    }
    (short, long)
}
