//! Short windows, eight outputs side by side: for grids nearly as fine as the picture.
//!
//! Each of eight neighbouring outputs takes two pixels at a time from the bytes of the row, so that no sum needs adding
//! across a vector. Weights are in two parts of 16 bits, both of which are always multiplied: the result is exact.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::Level;
use super::dispatch::dispatch;

/// Outputs in a group.
pub(crate) const GROUP: usize = 8;
/// The most pairs of pixels in a window.
pub(crate) const MOST_PAIRS: usize = 14;
/// Bytes that may be read from where half a group starts: the last pair of pixels, and 16 from there.
pub(crate) const SPAN: usize = 2 * (MOST_PAIRS - 1) + 16;
/// The byte of a shuffle that stands for zero.
pub(crate) const ZERO: u8 = 0x80;

/// Eight neighbouring outputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// The first pixel of each half.
    pub(crate) starts: [usize; 2],
    /// For each output the places, from the start of its half on, of its first two pixels, each followed by [`ZERO`].
    pub(crate) shuffle: [u8; 4 * GROUP],
}

/// The weights of a pair of pixels for each output of a group: high parts, low parts.
pub(crate) type PairWeights = [[i16; 2 * GROUP]; 2];

/// Whether groups are quicker than windows one after the other: not where nothing shuffles bytes.
pub(crate) fn pays(level: Level) -> bool {
    level != Level::SCALAR
}

/// Reduces one row: each group's bytes go to `reduced`. There are `pairs` weights for each group; a weight is its high part
/// times `2^shift` plus its low part. At least [`SPAN`] bytes follow every start.
pub(crate) fn reduce_groups(
    level: Level,
    groups: &[Group],
    pairs: usize,
    weights: &[PairWeights],
    shift: u32,
    bytes: &[u8],
    reduced: &mut [i16],
) {
    dispatch!(level, reduce_groups(groups, pairs, weights, shift, bytes, reduced))
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "tests may panic"
)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn every_level_reduces_as_scalar_does() {
        let random = |at: usize| ((at + 1).wrapping_mul(2_654_435_761) >> 13) as u8;
        let bytes: Vec<u8> = (0..200).map(|at| if at % 3 == 0 { 255 } else { random(at) }).collect();
        for pairs in 0..=MOST_PAIRS {
            let groups: Vec<Group> = (0..5)
                .map(|group| {
                    let shuffle = core::array::from_fn(|at| match at % 4 {
                        0 => random(at + group) % 15,
                        2 => random(at - 2 + group) % 15 + 1,
                        _ => ZERO,
                    });
                    Group { starts: [group * 21, group * 22 + 9], shuffle }
                })
                .collect();
            // Sums that stay within bounds of both signs, and some that do not.
            let weight = |at: usize, most: i16| (i16::from(random(at)) - 100) * most;
            let weights: Vec<PairWeights> = (0..5 * pairs)
                .map(|at| {
                    [
                        core::array::from_fn(|lane| weight(16 * at + lane, 9)),
                        core::array::from_fn(|lane| weight(at + lane, 2)),
                    ]
                })
                .collect();
            let reduce = |level| {
                let mut reduced = vec![-1; 5 * GROUP];
                reduce_groups(level, &groups, pairs, &weights, 7, &bytes, &mut reduced);
                reduced
            };
            let expected = reduce(Level::SCALAR);
            assert!(expected.iter().all(|pixel| (0..256).contains(pixel)));
            for level in Level::available() {
                assert_eq!(reduce(level), expected, "{pairs} {level:?}");
            }
        }
    }
}
