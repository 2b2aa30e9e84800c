//! The 16x16 coefficients of a picture, and the hashes that are read from them.

#![expect(clippy::indexing_slicing, reason = "mirrorings are numbered from 0 to 3")]

use core::fmt;

use super::reduce::Row;
use crate::dct::{self, Coefficients, FREQUENCIES};
use crate::hash::dihedral::mirrored;
use crate::hash::quality::Gradient;
use crate::hash::{Bits256, Dihedral};
use crate::kernel::{Level, median};
use crate::pixels::ImageError;
use crate::resample::jarosz::SAMPLES;

/// The gap at the median above which the bits are certain to equal the reference's.
///
/// Among 816,168 hashes of pictures drawn to be hard for rounding (`benches/peers/identity.py`) the largest gap of one that
/// differed was 0.0046; this is nine times as much. Of photographs, whose gap is 0.4 at the median, 7 in 100 lie below it.
pub const CERTAIN_GAP: f32 = 0.04;

/// A hash with what is needed to judge it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pdq {
    /// The 256 bits; 128 of them are set unless coefficients are equal.
    pub hash: Bits256,
    /// How much gradient the picture has: 0 to 100. Below [`MIN_QUALITY`](super::MIN_QUALITY) the bits should not be matched.
    pub quality: u8,
    /// How far the coefficient next above the median lies above it, in units of the DCT: at least 0. Above
    /// [`CERTAIN_GAP`] the bits are certain to equal the reference's.
    pub median_gap: f32,
}

/// The 16x16 coefficients of a picture, from which its own and its seven turned hashes are read.
#[derive(Clone, Copy)]
pub struct PdqSpectrum {
    /// None for a picture with a side below [`MIN_SIDE`](super::MIN_SIDE).
    pub(super) coefficients: Option<Coefficients>,
    pub(super) quality: u8,
    pub(super) doubt: Doubt,
}

/// What keeps a spectrum from certainly being the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing: it was made by the reference's own arithmetic, or is too small for any.
    None,
    /// A gap at the median, where it is small.
    Gap,
    /// The quality, which rounding may change; and a gap.
    Quality,
}

impl PdqSpectrum {
    /// Of a picture with a side below [`MIN_SIDE`](super::MIN_SIDE).
    pub(crate) const TOO_SMALL: Self = Self { coefficients: None, quality: 0, doubt: Doubt::None };

    /// Of all rows of samples, not made by the reference's own arithmetic.
    pub(crate) fn of_rows(level: Level, rows: &[Row; SAMPLES]) -> Self {
        Self::new(dct::transform(level, rows), Gradient::of_rows(level, rows))
    }

    /// The same of rows that are made one by one, for which 6 KB of stack are enough.
    #[inline(never)] // so that they are free again afterwards
    pub(crate) fn of_each_row(level: Level, row: impl Fn(usize) -> Row) -> Self {
        let (mut columns, mut gradient) = ([[0.0; SAMPLES]; FREQUENCIES], Gradient::default());
        let mut above = None;
        for number in 0..SAMPLES {
            let row = row(number);
            dct::add_row(level, &mut columns, number, &row);
            gradient.add_row(level, above.as_ref(), &row);
            above = Some(row);
        }
        Self::new(dct::finish(level, &columns), gradient)
    }

    /// Of samples that were not made by the reference's own arithmetic.
    pub(in crate::hash) fn new(coefficients: Coefficients, gradient: Gradient) -> Self {
        let doubt = if gradient.is_certain() { Doubt::Gap } else { Doubt::Quality };
        Self { coefficients: Some(coefficients), quality: gradient.quality(), doubt }
    }

    /// The hash of the picture as it is.
    ///
    /// A picture with a side below [`MIN_SIDE`](super::MIN_SIDE) has the zero hash, quality 0 and an infinite gap: the reference's
    /// answer, on which it is certain.
    #[must_use]
    pub fn pdq(&self) -> Pdq {
        self.judged(self.coefficients.as_ref().map(threshold), false)
    }

    /// The hashes of all eight turned and mirrored pictures, in the order of [`Dihedral::ALL`].
    ///
    /// These are the reference's, read from the same coefficients: see [`Dihedral`] for how they differ from hashing
    /// turned pixels. All eight have the same quality, but each has a gap of its own.
    #[must_use]
    pub fn dihedral(&self) -> [Pdq; 8] {
        let four = self
            .coefficients
            .as_ref()
            .map(|it| core::array::from_fn::<_, 4, _>(|number| threshold(&mirrored(it, number))));
        Dihedral::ALL.map(|dihedral| {
            let (number, swap) = dihedral.parts();
            self.judged(four.map(|four| four[number]), swap)
        })
    }

    /// Whether all eight hashes and the quality are certain to equal the reference's.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        match self.doubt {
            Doubt::None => true,
            Doubt::Gap => self.dihedral().iter().all(|pdq| pdq.median_gap > CERTAIN_GAP),
            Doubt::Quality => false,
        }
    }

    /// Whether the picture has structure along one axis only, so that its hash repeats one pattern: see
    /// [`is_repetitive`](super::is_repetitive).
    #[must_use]
    pub fn is_repetitive(&self) -> bool {
        super::is_repetitive(&self.pdq().hash)
    }

    /// How many coefficients lie within some distance of the median: of the four medians that the eight hashes have, the most.
    pub(crate) fn near_median(&self, distance: f32) -> u32 {
        let Some(coefficients) = &self.coefficients else { return 0 };
        let count = |number: usize| {
            let coefficients = mirrored(coefficients, number);
            let median = median::median(&coefficients);
            let near = coefficients.iter().flatten().filter(|&&value| (value - median).abs() <= distance);
            near.fold(0, |count, _| count + 1)
        };
        (0..4).map(count).fold(0, u32::max)
    }

    /// How much speaks against a listed hash being that of this picture, turned: 0 for its own hash, 0.5 for that of any other.
    ///
    /// Each of the 256 coefficients lies some way above or below the median, and a bit that differs says that in the listed
    /// picture it lies on the other side. What is moved by that, of what there is in all, is the conflict: a bit next to the
    /// median costs nothing, one far from it as much as many. A caption or a logo adds to all coefficients a little, which
    /// turns those next to the median; an unrelated picture differs in the large ones, too. So of two listed hashes at the
    /// same Hamming distance the one with less conflict is likelier the same picture.
    ///
    /// Cost: about a microsecond. None for a picture too small to be hashed.
    #[must_use]
    pub fn conflict(&self, listed: &Bits256, turn: Dihedral) -> Option<f32> {
        let (number, swap) = turn.parts();
        let coefficients = mirrored(self.coefficients.as_ref()?, number);
        let mut sorted = [0.0; FREQUENCIES * FREQUENCIES];
        sorted.iter_mut().zip(coefficients.iter().flatten()).for_each(|(to, from)| *to = *from);
        let (_, &mut median, _) = sorted.select_nth_unstable_by(FREQUENCIES * FREQUENCIES / 2 - 1, f32::total_cmp);
        let mut differing = unpack(listed, swap);
        let (own, _) = threshold(&coefficients);
        differing.iter_mut().zip(own).for_each(|(listed, own)| *listed ^= own);
        let (mut conflict, mut all) = (0.0, 0.0);
        for (row, differing) in coefficients.iter().zip(differing) {
            for (coefficient, bit) in row.iter().zip(0_u32..) {
                let depth = (coefficient - median).abs();
                all += depth;
                conflict += if differing >> bit & 1 == 1 { depth } else { 0.0 };
            }
        }
        Some(if all > 0.0 { conflict / all } else { 0.5 })
    }

    /// How many bytes [`PdqSpectrum::to_bytes`] makes.
    pub const BYTES: usize = 2 + 4 * FREQUENCIES * FREQUENCIES;

    /// Packs the spectrum, so that another process can read hashes from it: see [`PdqSpectrum::from_bytes`].
    ///
    /// For a pipe, not for a disk: the form may change with the version, and the picture can be recognised from it.
    ///
    /// ```
    /// use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};
    /// use lookalike::pixels::{ImageRef, PixelFormat};
    ///
    /// let pixels: Vec<u8> = (0..64 * 64).map(|i| (i * i / 97 % 251) as u8).collect();
    /// let image = ImageRef::packed(&pixels, 64, 64, PixelFormat::Gray8)?;
    /// let spectrum = pdq::spectrum(&image, PdqProfile::FullResolution)?;
    /// let received = PdqSpectrum::from_bytes(&spectrum.to_bytes())?;
    /// assert_eq!(received.dihedral(), spectrum.dihedral());
    /// assert!(PdqSpectrum::from_bytes(b"no spectrum").is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (head, rest) = bytes.split_at_mut(2);
        let kind = match (&self.coefficients, self.doubt) {
            (None, _) => 0,
            (Some(_), Doubt::None) => 1,
            (Some(_), Doubt::Gap) => 2,
            (Some(_), Doubt::Quality) => 3,
        };
        head.copy_from_slice(&[kind, self.quality]);
        let words = rest.as_chunks_mut::<4>().0.iter_mut();
        words
            .zip(self.coefficients.iter().flatten().flatten())
            .for_each(|(word, coefficient)| *word = coefficient.to_le_bytes());
        bytes
    }

    /// Reads a spectrum that [`PdqSpectrum::to_bytes`] packed: hashes, gaps and quality are the same bits. Whether it is of the
    /// picture that it is said to be of, nobody can tell.
    ///
    /// # Errors
    ///
    /// Refuses bytes that no picture leads to: another length, a quality above 100, coefficients that are no numbers or too large.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImageError> {
        let refused = ImageError::corrupt;
        let bytes: &[u8; Self::BYTES] = bytes.try_into().map_err(|_| refused("length"))?;
        let [kind, quality, rest @ ..] = bytes;
        let doubt = match kind {
            0 if *quality == 0 && rest.iter().all(|byte| *byte == 0) => return Ok(Self::TOO_SMALL),
            1 => Doubt::None,
            2 => Doubt::Gap,
            3 => Doubt::Quality,
            _ => return Err(refused("kind")),
        };
        if *quality > 100 {
            return Err(refused("quality"));
        }
        let mut coefficients = [[0.0; FREQUENCIES]; FREQUENCIES];
        for (coefficient, word) in coefficients.as_flattened_mut().iter_mut().zip(rest.as_chunks::<4>().0) {
            *coefficient = f32::from_le_bytes(*word);
            // no range has what is not a number
            if !(-LARGEST..=LARGEST).contains(coefficient) {
                return Err(refused("coefficient"));
            }
        }
        Ok(Self { coefficients: Some(coefficients), quality: *quality, doubt })
    }

    fn judged(&self, found: Option<(BitRows, f32)>, swap: bool) -> Pdq {
        let (hash, median_gap) = found.map_or((Bits256::ZERO, f32::INFINITY), |(grid, gap)| (pack(grid, swap), gap));
        Pdq { hash, quality: self.quality, median_gap }
    }

    /// How much gradient the picture has: 0 to 100.
    #[must_use]
    pub const fn quality(&self) -> u8 {
        self.quality
    }
}

/// No coefficient is larger: 255, times the 4,096 samples, times the square of the transform's largest factor, the root of 1/32, is 32,640.
const LARGEST: f32 = 65_536.0;

impl fmt::Debug for PdqSpectrum {
    /// Never prints the coefficients: the picture can be recognised from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PdqSpectrum").field("quality", &self.quality).finish_non_exhaustive()
    }
}

/// Which coefficients lie above the median: a row of 16 bits for each vertical frequency, the lowest first.
type BitRows = [u16; FREQUENCIES];

/// Compares each coefficient with the 128th smallest; also gives the distance from that to the next.
fn threshold(coefficients: &Coefficients) -> (BitRows, f32) {
    median::above_median(Level::best(), coefficients)
}

/// The bits in printed order, the highest first; of the transposed grid if the axes are swapped.
fn pack(mut grid: BitRows, swap: bool) -> Bits256 {
    if swap {
        transpose(&mut grid);
    }
    let mut bytes = [0; 32];
    for (bytes, row) in bytes.as_chunks_mut::<2>().0.iter_mut().rev().zip(grid) {
        *bytes = row.to_be_bytes();
    }
    Bits256::from_bytes(bytes)
}

/// The grid that [`pack`] packs.
fn unpack(hash: &Bits256, swap: bool) -> BitRows {
    let mut grid = [0; FREQUENCIES];
    let bytes = hash.as_bytes();
    for (row, bytes) in grid.iter_mut().zip(bytes.as_chunks::<2>().0.iter().rev()) {
        *row = u16::from_be_bytes(*bytes);
    }
    if swap {
        transpose(&mut grid);
    }
    grid
}

/// Swaps the axes: the two off-diagonal quarters of the grid change places, then those of each quarter, and so on.
fn transpose(grid: &mut BitRows) {
    for (side, mask) in [(8, 0x00ff), (4, 0x0f0f), (2, 0x3333), (1, 0x5555)] {
        for rows in grid.chunks_exact_mut(2 * side) {
            let (upper, lower) = rows.split_at_mut(side);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let changed = (*upper >> side ^ *lower) & mask;
                *upper ^= changed << side;
                *lower ^= changed;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_in_conflict_with_none_of_its_own_picture_and_wholly_with_its_opposite() {
        let coefficients: Coefficients =
            core::array::from_fn(|i| core::array::from_fn(|j| ((i * 37 + j * 101) as f32 * 0.7).sin() * 90.0));
        let spectrum = PdqSpectrum { coefficients: Some(coefficients), quality: 100, doubt: Doubt::None };
        for (pdq, turn) in spectrum.dihedral().iter().zip(Dihedral::ALL) {
            assert_eq!(unpack(&pdq.hash, false), threshold_of(&pdq.hash));
            assert_eq!(spectrum.conflict(&pdq.hash, turn), Some(0.0), "{turn}");
            let opposite = Bits256::from_bytes(pdq.hash.as_bytes().map(|byte| !byte));
            assert_eq!(spectrum.conflict(&opposite, turn), Some(1.0), "{turn}");
            // the bit next to the median costs next to nothing
            let (mut least, mut most) = (f32::INFINITY, 0.0_f32);
            for bit in 0..256 {
                let mut bytes = *pdq.hash.as_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let conflict = spectrum.conflict(&Bits256::from_bytes(bytes), turn).unwrap();
                (least, most) = (least.min(conflict), most.max(conflict));
            }
            assert!(least < 0.0005 && most > 0.005, "{turn}: {least} {most}");
        }
        assert_eq!(PdqSpectrum::TOO_SMALL.conflict(&Bits256::ZERO, Dihedral::Original), None);
    }

    #[test]
    fn a_packed_spectrum_is_the_same_spectrum() {
        let coefficients: Coefficients =
            core::array::from_fn(|i| core::array::from_fn(|j| ((i * 37 + j * 101) as f32 * 0.7).sin() * 9000.0));
        for doubt in [Doubt::None, Doubt::Gap, Doubt::Quality] {
            let spectrum = PdqSpectrum { coefficients: Some(coefficients), quality: 83, doubt };
            let read = PdqSpectrum::from_bytes(&spectrum.to_bytes()).unwrap();
            assert_eq!((read.dihedral(), read.doubt, read.quality), (spectrum.dihedral(), doubt, 83));
            let bits = |it: &PdqSpectrum| it.coefficients.map(|it| it.map(|row| row.map(f32::to_bits)));
            assert_eq!(bits(&read), bits(&spectrum));
        }
        let small = PdqSpectrum::from_bytes(&PdqSpectrum::TOO_SMALL.to_bytes()).unwrap();
        assert!(small.coefficients.is_none() && small.is_certain());
        assert_eq!(small.pdq(), PdqSpectrum::TOO_SMALL.pdq());
    }

    #[test]
    fn bytes_that_no_picture_leads_to_are_refused() {
        let spectrum = PdqSpectrum { coefficients: Some([[1.0; 16]; 16]), quality: 100, doubt: Doubt::Gap };
        let good = spectrum.to_bytes();
        assert!(PdqSpectrum::from_bytes(&good).is_ok());
        assert!(PdqSpectrum::from_bytes(&good[1..]).is_err());
        assert!(PdqSpectrum::from_bytes(&[&good[..], &[0]].concat()).is_err());
        let with = |at: usize, with: &[u8]| {
            let mut bytes = good;
            bytes[at..at + with.len()].copy_from_slice(with);
            PdqSpectrum::from_bytes(&bytes)
        };
        for (at, bytes) in [(0, &[0][..]), (0, &[4]), (1, &[101])] {
            assert!(with(at, bytes).is_err(), "{at} {bytes:?}");
        }
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 65_537.0, -1e30] {
            assert!(with(2 + 4 * 255, &wrong.to_le_bytes()).is_err(), "{wrong}");
        }
        assert!(with(2 + 4 * 255, &(-65_536.0_f32).to_le_bytes()).is_ok());
    }

    /// The rows of a hash, bit by bit.
    fn threshold_of(hash: &Bits256) -> BitRows {
        let bytes = hash.as_bytes();
        core::array::from_fn(|row| u16::from_be_bytes([bytes[30 - 2 * row], bytes[31 - 2 * row]]))
    }

    #[test]
    fn transposing_swaps_row_and_bit() {
        for (i, j) in (0..FREQUENCIES).flat_map(|i| (0..FREQUENCIES).map(move |j| (i, j))) {
            let mut grid = [0; FREQUENCIES];
            grid[i] = 1 << j;
            let mut expected = [0; FREQUENCIES];
            expected[j] = 1 << i;
            transpose(&mut grid);
            assert_eq!(grid, expected, "row {i}, bit {j}");
        }
    }
}
