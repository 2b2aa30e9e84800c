//! Long windows by parabolas: the moments of each block of 16 pixels, and windows over them.
//!
//! Where a window spans hundreds of pixels, its weights within a block lie close to a parabola, and the block's sum, its
//! slope and its curvature ([`MOMENTS`]) are all that the window needs of its 16 pixels. The moments of a row
//! serve every grid; the windows are then 16 times as short, three times over. The sums are those of the parabolas, exactly;
//! how far they may lie from those of the true weights is the caller's to know.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::Level;
use super::dispatch::dispatch;

/// Pixels in a block.
pub(crate) const BLOCK: usize = 16;
/// Blocks multiplied at a time; windows are filled up to a multiple with weights of zero.
pub(crate) const BLOCKS: usize = 16;
/// What the pixels of a block are multiplied with: one, twice the distance from the middle, and a triangular number that grows
/// with its square, less 10 to be small. No moment of pixels of 0 to 255 leaves 16 bits.
pub(crate) const MOMENTS: [[i16; BLOCK]; 3] = {
    let mut moments = [[1; BLOCK]; 3];
    moments[1] = [-15, -13, -11, -9, -7, -5, -3, -1, 1, 3, 5, 7, 9, 11, 13, 15];
    moments[2] = [18, 11, 5, 0, -4, -7, -9, -10, -10, -9, -7, -4, 0, 5, 11, 18];
    moments
};
/// The largest moments that pixels of 0 to 255 can have, of either sign.
pub(crate) const MOST_MOMENT: [i64; 3] = [255 * 16, 255 * 64, 255 * 68];
/// The moments of the blocks of a row, one kind after the other; each is followed by `BLOCKS - 1` more values, which count
/// for nothing.
pub(crate) type Moments<'a> = [&'a [i16]; 3];
/// Weights of the moments of neighbouring blocks.
pub(crate) type BlockWeights = [[i16; BLOCKS]; 3];

/// One output of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockWindow {
    /// The first block.
    pub(crate) first: usize,
    /// Weights: from the previous output's end to here.
    pub(crate) weights_end: usize,
}

/// Writes the moments of each whole block of pixels, which are 0 to 255.
pub(crate) fn moments(level: Level, pixels: &[i16], moments: [&mut [i16]; 3]) {
    dispatch!(level, moments(pixels, moments))
}

/// Multiplies the moments of each window's blocks by their weights and adds up, each kind of moment for itself. Sums beyond
/// 32 bits wrap around.
pub(crate) fn block_sums(
    level: Level,
    windows: &[BlockWindow],
    weights: &[BlockWeights],
    moments: Moments<'_>,
    sums: &mut [[i32; 3]],
) {
    dispatch!(level, block_sums(windows, weights, moments, sums))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "tests may panic")]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn pixels(count: usize, which: usize) -> Vec<i16> {
        let noise = |at: usize| ((at + 1).wrapping_mul(2_654_435_761) >> 11) % 256;
        let extreme =
            |at: usize, moment: usize, sign: i16| if sign * MOMENTS[moment][at % BLOCK] > 0 { 255 } else { 0 };
        let pixel = |at: usize| match which {
            0 => noise(at) as i16,
            1 => 255,
            2 => extreme(at, 1, 1),
            3 => extreme(at, 1, -1),
            4 => extreme(at, 2, 1),
            _ => extreme(at, 2, -1),
        };
        (0..count).map(pixel).collect()
    }

    fn moments_of(level: Level, pixels: &[i16], len: usize) -> [Vec<i16>; 3] {
        let mut found = [(); 3].map(|()| vec![-1; len]);
        moments(level, pixels, found.each_mut().map(Vec::as_mut_slice));
        found
    }

    #[test]
    fn every_level_finds_the_moments_of_the_definition() {
        for blocks in [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 250] {
            for which in 0..6 {
                for rest in [0, 3] {
                    let pixels = pixels(blocks * BLOCK + rest, which);
                    for level in Level::available() {
                        let found = moments_of(level, &pixels, blocks + 2);
                        for (found, weights) in found.iter().zip(MOMENTS) {
                            for (&found, block) in found.iter().zip(pixels.as_chunks::<BLOCK>().0) {
                                let sum: i32 = block
                                    .iter()
                                    .zip(weights)
                                    .map(|(&pixel, weight)| i32::from(pixel) * i32::from(weight))
                                    .sum();
                                assert_eq!(i32::from(found), sum, "{blocks} {which} {level:?}");
                            }
                            assert_eq!(found[blocks..], [-1; 2], "nothing is written beyond the blocks");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_level_sums_as_scalar_does() {
        let planes = moments_of(Level::SCALAR, &pixels(60 * BLOCK, 0), 60);
        let planes = planes.each_ref().map(Vec::as_slice);
        for groups in 0..4 {
            let weight = |at: usize| ((at + 1).wrapping_mul(2_654_435_761) >> 9) as i16;
            let weights: Vec<BlockWeights> = (0..2 * groups)
                .map(|group| {
                    core::array::from_fn(|plane| core::array::from_fn(|at| weight(group * 99 + plane * 31 + at)))
                })
                .collect();
            let windows = [(0, groups), (5, 2 * groups)].map(|(first, weights_end)| BlockWindow { first, weights_end });
            let sums = |level| {
                let mut sums = [[7; 3]; 2];
                block_sums(level, &windows, &weights, planes, &mut sums);
                sums
            };
            for level in Level::available() {
                assert_eq!(sums(level), sums(Level::SCALAR), "{groups} {level:?}");
            }
            let slow = [0, 1, 2].map(|plane| {
                (0..BLOCKS * groups).fold(0_i32, |sum, at| {
                    let weight = weights[at / BLOCKS][plane][at % BLOCKS];
                    sum.wrapping_add(i32::from(weight) * i32::from(planes[plane][at]))
                })
            });
            assert_eq!(sums(Level::SCALAR)[0], slow);
        }
    }
}
