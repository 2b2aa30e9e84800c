//! The hashes of the views of a picture, to be searched for together.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::decode::View;
use crate::hash::views::{Framing, Grid, Scratch};
use crate::hash::{Bits64, Bits256, ClassicHash, ClassicHashes, Dihedral, HashBits, PdqSpectrum};

/// The hashes of the views of a picture, to be searched for together.
#[derive(Debug, Default)]
pub(super) struct Needles {
    pub(super) hashes: Vec<Bits256>,
    /// Where each needle comes from: one for each hash.
    pub(super) origins: Vec<Origin>,
    /// Views that may be partly covered, to be searched for with a wider radius and then confirmed.
    pub(super) covered: Vec<(View, PdqSpectrum)>,
}

/// What a needle is the hash of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) view: View,
    pub(super) turn: Dihedral,
    /// The largest distance at which it matches, inclusive.
    pub(super) radius: u32,
    pub(super) quality: u8,
}

impl Needles {
    /// Adds the first `turns` of a view.
    pub(super) fn add(&mut self, view: View, spectrum: &PdqSpectrum, turns: usize, radius: u32) {
        for (pdq, turn) in spectrum.dihedral().iter().zip(Dihedral::ALL).take(turns) {
            self.hashes.push(pdq.hash);
            self.origins.push(Origin { view, turn, radius, quality: spectrum.quality() });
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.hashes.is_empty() && self.covered.is_empty()
    }
}

/// Splits classic hashes by length.
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

/// The same bits, followed by zeros.
pub(super) fn widened<const N: usize>(hash: &HashBits<N>) -> Bits256 {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(hash.as_bytes()).for_each(|(wide, byte)| *wide = *byte);
    Bits256::from_bytes(bytes)
}

/// The spectra of a grid in these framings that have the quality and that `admits` takes.
pub(super) fn framed<'f>(
    framings: &'f [Framing],
    grid: &'f Grid,
    least: u8,
    admits: impl Fn(&PdqSpectrum) -> bool + 'f,
) -> impl Iterator<Item = (Framing, PdqSpectrum)> + 'f {
    let mut scratch = Box::<Scratch>::default();
    framings.iter().filter_map(move |framing| {
        let spectrum = grid.spectrum(framing, &mut scratch)?;
        (spectrum.quality() >= least && admits(&spectrum)).then_some((*framing, spectrum))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::{ImageRef, PixelFormat};
    use alloc::vec;

    #[test]
    fn views_need_the_quality_and_whatever_else_is_asked() {
        let flat = vec![90; 100 * 100];
        let waves: Vec<u8> =
            (0..100 * 100_u32).map(|index| (index % 100 * 7 % 60 + index / 100 * 5 % 190).to_le_bytes()[0]).collect();
        let count = |pixels: &[u8], least, admits: bool| {
            let grid = Grid::of(&ImageRef::packed(pixels, 100, 100, PixelFormat::Gray8).unwrap()).unwrap();
            framed(&[Framing::WHOLE, Framing::crop(20)], &grid, least, |_| admits).count()
        };
        assert_eq!((count(&waves, 50, true), count(&waves, 50, false)), (2, 0));
        assert_eq!((count(&flat, 50, true), count(&flat, 0, true)), (0, 2));
    }
}
