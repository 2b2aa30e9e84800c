//! The eight turned and mirrored hashes of one picture, from one DCT.
//!
//! Mirroring an axis changes the sign of its odd frequencies, turning swaps the axes as well; so the 16x16
//! coefficients of a picture give the hashes of all eight, without touching a pixel. These are the hashes that Meta's
//! tool prints for `--pdqdih`. They are close to, but not the same as, the hashes of really turned pixels: the sample
//! positions and the even windows of the filter are not symmetric (median 0 to 8 bits, in rare pictures 100). For those
//! see `pdq::exact_dihedral`.
//!
//! Source: README and `pdqhashing.cpp` of Meta's PDQ (github.com/facebook/ThreatExchange, `pdq`).

#![expect(clippy::indexing_slicing, reason = "mirrorings are numbered from 0 to 3")]

use core::fmt;

use crate::dct::{Coefficients, FREQUENCIES};

/// One of the eight ways to turn or mirror a picture, under the reference's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dihedral {
    /// The picture as it is.
    Original,
    /// Turned by 90 degrees, counter-clockwise.
    Rotate90,
    /// Turned by 180 degrees.
    Rotate180,
    /// Turned by 270 degrees, counter-clockwise.
    Rotate270,
    /// Mirrored top to bottom.
    FlipX,
    /// Mirrored left to right.
    FlipY,
    /// Mirrored at the main diagonal.
    FlipPlus1,
    /// Mirrored at the other diagonal.
    FlipMinus1,
}

impl Dihedral {
    /// All eight, in the order in which the reference prints their hashes.
    pub const ALL: [Self; 8] = [
        Self::Original,
        Self::Rotate90,
        Self::Rotate180,
        Self::Rotate270,
        Self::FlipX,
        Self::FlipY,
        Self::FlipPlus1,
        Self::FlipMinus1,
    ];

    /// The name used in output: `original`, `rotate90`, ..., `flipminus1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Rotate90 => "rotate90",
            Self::Rotate180 => "rotate180",
            Self::Rotate270 => "rotate270",
            Self::FlipX => "flipx",
            Self::FlipY => "flipy",
            Self::FlipPlus1 => "flipplus1",
            Self::FlipMinus1 => "flipminus1",
        }
    }

    /// How pixels stored with an EXIF orientation, 1 to 8, are to be turned to be shown; none for any other number.
    ///
    /// ```
    /// use lookalike::hash::Dihedral;
    ///
    /// assert_eq!(Dihedral::from_exif(1), Some(Dihedral::Original));
    /// assert_eq!(Dihedral::from_exif(6), Some(Dihedral::Rotate270)); // a quarter clockwise; the names count the other way
    /// assert_eq!(Dihedral::from_exif(0), None);
    /// ```
    #[must_use]
    pub const fn from_exif(orientation: u8) -> Option<Self> {
        Some(match orientation {
            1 => Self::Original,
            2 => Self::FlipY,
            3 => Self::Rotate180,
            4 => Self::FlipX,
            5 => Self::FlipPlus1,
            6 => Self::Rotate270,
            7 => Self::FlipMinus1,
            8 => Self::Rotate90,
            _ => return None,
        })
    }

    /// The one turn that does the same as this one and then `next`.
    ///
    /// ```
    /// use lookalike::hash::Dihedral;
    ///
    /// assert_eq!(Dihedral::Rotate90.then(Dihedral::Rotate180), Dihedral::Rotate270);
    /// assert_eq!(Dihedral::FlipX.then(Dihedral::FlipX), Dihedral::Original);
    /// ```
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let ((first, swap), (second, swap_again)) = (self.parts(), next.parts());
        // Where the axes are swapped in between, what mirrors one afterwards mirrors the other before.
        let second = if swap { second >> 1 | (second & 1) << 1 } else { second };
        Self::BY_PARTS[first ^ second][usize::from(swap != swap_again)]
    }

    /// The inverse of [`parts`](Self::parts).
    const BY_PARTS: [[Self; 2]; 4] = [
        [Self::Original, Self::FlipPlus1],
        [Self::FlipX, Self::Rotate270],
        [Self::FlipY, Self::Rotate90],
        [Self::Rotate180, Self::FlipMinus1],
    ];

    /// Which of [`mirrored`] it is, and whether the axes are swapped after that.
    pub(crate) const fn parts(self) -> (usize, bool) {
        match self {
            Self::Original => (0, false),
            Self::FlipPlus1 => (0, true),
            Self::FlipX => (1, false),
            Self::Rotate270 => (1, true),
            Self::FlipY => (2, false),
            Self::Rotate90 => (2, true),
            Self::Rotate180 => (3, false),
            Self::FlipMinus1 => (3, true),
        }
    }
}

impl fmt::Display for Dihedral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The coefficients of the picture mirrored in neither axis, top to bottom, left to right, or both: `number` 0 to 3.
///
/// Swapping the axes keeps the set of coefficients, and with it the median: four are enough for all eight.
pub(crate) fn mirrored(coefficients: &Coefficients, number: usize) -> Coefficients {
    // index 0 is frequency 1: the odd frequencies stand at even indices
    let signs = |changes: bool| {
        let odd = if changes { -1.0 } else { 1.0 };
        core::array::from_fn(|index: usize| if index.is_multiple_of(2) { odd } else { 1.0 })
    };
    let (down, across): ([f32; FREQUENCIES], [f32; FREQUENCIES]) = (signs(number & 1 != 0), signs(number & 2 != 0));
    let mut mirrored = *coefficients;
    for (row, down) in mirrored.iter_mut().zip(down) {
        row.iter_mut().zip(&across).for_each(|(value, across)| *value *= down * across);
    }
    mirrored
}
