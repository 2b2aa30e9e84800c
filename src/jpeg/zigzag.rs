//! The order in which a file stores the coefficients of a block: from low frequencies to high, in zigzag.
//!
//! Source: ITU-T T.81, figure A.6.

#![expect(clippy::indexing_slicing, reason = "a position is below 64")]

/// Coefficients of a block.
pub(super) const COEFFICIENTS: usize = 64;

/// By position in the file: the place in the block, row by row.
pub(crate) const ZIGZAG: [u8; COEFFICIENTS] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Whether a position in the file is that of a coefficient among the lowest of both axes.
pub(super) fn is_low(position: usize, per_axis: usize) -> bool {
    place_of(position, per_axis).is_some()
}

/// The place of a position in the file among the coefficients wanted: by horizontal frequency, then by vertical, so that those that one
/// weight is for stand together. None where it is not wanted.
#[inline]
pub(super) fn place_of(position: usize, per_axis: usize) -> Option<usize> {
    let natural = usize::from(ZIGZAG[position]);
    let (across, down) = (natural % 8, natural / 8);
    (across < per_axis && down < per_axis).then_some(across * per_axis + down)
}
