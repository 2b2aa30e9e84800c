//! The quantisation and Huffman tables of a file.

use super::huffman::{Skips, Starts, Symbols, USUAL_SIZE, Values};
use super::zigzag::COEFFICIENTS;

/// The quantisation and Huffman tables of a file, with look-up tables; owned by the caller and reused for every picture.
///
/// `SIZE`, the entries of a look-up table, is a power of two from 16 to 2,048. Smaller tables take less memory and more time, and give
/// the same hashes: 118 KB with 2,048, 9 KB with 64.
#[derive(Clone, Debug)]
pub struct Tables<const SIZE: usize = { USUAL_SIZE }> {
    pub(super) quantisation: [[u16; COEFFICIENTS]; 4],
    pub(super) has_quantisation: [bool; 4],
    pub(super) dc: [Symbols<SIZE>; 4],
    pub(super) ac: [Symbols<SIZE>; 4],
    pub(super) scratch: Scratch<SIZE>,
}

impl Tables {
    /// Makes empty tables of the usual size, 2,048.
    #[must_use]
    pub const fn new() -> Self {
        Self::of_size()
    }
}

impl<const SIZE: usize> Tables<SIZE> {
    /// Makes empty tables with look-ups of `SIZE` entries. A size that is not a power of two from 16 to 2,048 does not compile.
    ///
    /// ```
    /// use lookalike::jpeg::Tables;
    ///
    /// static SMALL: Tables<64> = Tables::of_size();
    /// assert!(size_of_val(&SMALL) < 9 << 10);
    /// ```
    #[must_use]
    pub const fn of_size() -> Self {
        const { assert!(SIZE.is_power_of_two() && 16 <= SIZE && SIZE <= USUAL_SIZE, "16, 32, .. 2048") }
        Self {
            quantisation: [[0; COEFFICIENTS]; 4],
            has_quantisation: [false; 4],
            dc: [Symbols::UNDEFINED; 4],
            ac: [Symbols::UNDEFINED; 4],
            scratch: Scratch::EMPTY,
        }
    }

    /// Forgets the tables of the picture before.
    pub(super) fn clear(&mut self) {
        self.has_quantisation = [false; 4];
        self.dc.iter_mut().chain(&mut self.ac).for_each(Symbols::forget);
    }
}

impl<const SIZE: usize> Default for Tables<SIZE> {
    fn default() -> Self {
        Self::of_size()
    }
}

/// Tables made from the Huffman tables for one scan.
#[derive(Clone, Debug)]
pub(super) struct Scratch<const SIZE: usize> {
    /// By component of the scan.
    pub(super) starts: [Starts<SIZE>; 4],
    /// By AC table.
    pub(super) values: [Values<SIZE>; 4],
    pub(super) skips: [Skips<SIZE>; 4],
}

impl<const SIZE: usize> Scratch<SIZE> {
    pub(super) const EMPTY: Self =
        Self { starts: [Starts::EMPTY; 4], values: [Values::EMPTY; 4], skips: [Skips::EMPTY; 4] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_take_what_is_said() {
        assert_eq!(size_of::<Tables>() / 1000, 118);
        assert_eq!(size_of::<Tables<64>>() / 1000, 7);
    }
}
