//! A block of a JPEG's coefficients to 8x8 samples: the inverse transform that libjpeg-turbo calls `islow`.
//!
//! Viewers decode with libjpeg-turbo, whose vector code is what this equals bit for bit, for any coefficients. For those that
//! encoders make, its C code and this code give the same too. They differ where a sum exceeds 16 bits: there the vector code
//! wraps and saturates, and so does this.
//!
//! Source: Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications" (1989), in the
//! fixed-point form of libjpeg's `jidctint.c`: factors of 13 bits, 2 more bits kept between the passes.

#![expect(clippy::indexing_slicing, reason = "places in a block of 8x8 are below 8")]

use super::multiversion::multiversion;

type Block = [[i16; 8]; 8];

/// Bits after the point in the factors.
const FACTOR_BITS: u32 = 13;

/// Bits after the point that the first pass keeps.
const KEPT_BITS: u32 = 2;

// The factors times 2 to the power of 13, named as in the paper's figure by what they stand for.
const F_0_298: i32 = 2446;
const F_0_390: i32 = 3196;
const F_0_541: i32 = 4433;
const F_0_765: i32 = 6270;
const F_0_899: i32 = 7373;
const F_1_175: i32 = 9633;
const F_1_501: i32 = 12_299;
const F_1_847: i32 = 15_137;
const F_1_961: i32 = 16_069;
const F_2_053: i32 = 16_819;
const F_2_562: i32 = 20_995;
const F_3_072: i32 = 25_172;

/// Writes the eight rows of samples of a block whose only coefficient is its mean.
pub(crate) fn transform_mean(mean: i16, quantisation: i16, samples: &mut [u8], stride: usize) {
    let kept = mean.wrapping_mul(quantisation).wrapping_shl(KEPT_BITS);
    // 3 more bits are the scale of the two passes, 8 times that of a unitary transform.
    let sample = limited((i32::from(kept) + (1 << (KEPT_BITS + 2))) >> (KEPT_BITS + 3));
    for row in samples.chunks_mut(stride).take(8) {
        row[..8].fill(sample);
    }
}

multiversion! {
    /// Writes the eight rows of samples of a block. `samples` starts with the first of them; rows are `stride` bytes apart.
    pub(crate) fn transform(coefficients: &[i16; 64], quantisation: &[i16; 64], samples: &mut [u8], stride: usize) {
        let mut block = [[0; 8]; 8];
        let rows = coefficients.as_chunks::<8>().0.iter().zip(quantisation.as_chunks::<8>().0);
        for (row, (coefficients, quantisation)) in block.iter_mut().zip(rows) {
            for lane in 0..8 {
                row[lane] = coefficients[lane].wrapping_mul(quantisation[lane]);
            }
        }
        let is_flat = coefficients[8..].iter().fold(0, |any, coefficient| any | coefficient) == 0;
        let columns = if is_flat {
            // All columns are means; shifted, they wrap where the sums of the other branch saturate.
            [block[0].map(|mean| mean.wrapping_shl(KEPT_BITS)); 8]
        } else {
            pass::<{ FACTOR_BITS - KEPT_BITS }>(&block)
        };
        let rows = transposed(&pass::<{ FACTOR_BITS + KEPT_BITS + 3 }>(&transposed(&columns)));
        for (row, values) in samples.chunks_mut(stride).zip(&rows) {
            let mut bytes = [0; 8];
            for lane in 0..8 {
                bytes[lane] = limited(i32::from(values[lane]));
            }
            row[..8].copy_from_slice(&bytes);
        }
    }
}

/// A sample from its difference to the middle level.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limited to 0 to 255")]
fn limited(difference: i32) -> u8 {
    (difference.clamp(-128, 127) + 128) as u8
}

#[inline(always)]
fn transposed(block: &Block) -> Block {
    let mut turned = [[0; 8]; 8];
    for (row, values) in block.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            turned[column][row] = *value;
        }
    }
    turned
}

/// Transforms every column; lanes are columns. Results are divided by 2 to the power of `DROPPED`, rounded, and saturated.
#[inline(always)]
fn pass<const DROPPED: u32>(block: &Block) -> Block {
    let mut sums = [[0; 8]; 8];
    for lane in 0..8 {
        let at = |row: usize| i32::from(block[row][lane]);
        // The even part.
        let (z2, z3) = (at(2), at(6));
        let even_2 = z2 * F_0_541 + z3 * (F_0_541 - F_1_847);
        let even_3 = z2 * (F_0_541 + F_0_765) + z3 * F_0_541;
        let even_0 = i32::from(block[0][lane].wrapping_add(block[4][lane])) << FACTOR_BITS;
        let even_1 = i32::from(block[0][lane].wrapping_sub(block[4][lane])) << FACTOR_BITS;
        let evens = [even_0 + even_3, even_1 + even_2, even_1 - even_2, even_0 - even_3];
        // The odd part.
        let z3 = i32::from(block[7][lane].wrapping_add(block[3][lane]));
        let z4 = i32::from(block[5][lane].wrapping_add(block[1][lane]));
        let (z3, z4) = (z3 * (F_1_175 - F_1_961) + z4 * F_1_175, z3 * F_1_175 + z4 * (F_1_175 - F_0_390));
        let odds = [
            at(7) * -F_0_899 + at(1) * (F_1_501 - F_0_899) + z4,
            at(5) * -F_2_562 + at(3) * (F_3_072 - F_2_562) + z3,
            at(5) * (F_2_053 - F_2_562) + at(3) * -F_2_562 + z4,
            at(7) * (F_0_298 - F_0_899) + at(1) * -F_0_899 + z3,
        ];
        for row in 0..4 {
            sums[row][lane] = rounded::<DROPPED>(evens[row].wrapping_add(odds[row]));
            sums[7 - row][lane] = rounded::<DROPPED>(evens[row].wrapping_sub(odds[row]));
        }
    }
    sums
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "limited to 16 bits")]
fn rounded<const DROPPED: u32>(sum: i32) -> i16 {
    let rounded = sum.wrapping_add(1 << (DROPPED - 1)) >> DROPPED;
    rounded.clamp(i16::MIN as i32, i16::MAX as i32) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;

    /// Blocks of some coefficients, small ones and such as exceed 16 bits with their steps.
    fn blocks() -> impl Iterator<Item = ([i16; 64], [i16; 64])> {
        (0..400_u32).map(|number| {
            let mut state = number;
            let mut below = |end: u32| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((u64::from(state >> 8) * u64::from(end)) >> 24) as u32
            };
            let most = if number % 8 == 0 { 30_000 } else { 200 };
            let mut block = [0; 64];
            for _ in 0..below(20) {
                block[below(if number % 3 == 0 { 8 } else { 64 }) as usize] =
                    (below(2 * most) as i32 - most as i32) as i16;
            }
            let steps =
                core::array::from_fn(|_| 1_i16.wrapping_add(below(if number % 5 == 0 { 65_535 } else { 40 }) as i16));
            (block, steps)
        })
    }

    #[test]
    fn every_level_gives_the_same_samples() {
        for (block, steps) in blocks() {
            let mut expected = [7; 8 * 11];
            transform(Level::SCALAR, &block, &steps, &mut expected, 11);
            for level in Level::available() {
                let mut found = [7; 8 * 11];
                transform(level, &block, &steps, &mut found, 11);
                assert_eq!(found, expected, "{level:?}");
            }
            assert!(expected.chunks(11).all(|row| row[8..] == [7; 3]));
        }
    }

    #[test]
    fn samples_are_those_of_the_transform_in_floats() {
        for (block, steps) in blocks() {
            let mut samples = [0; 64];
            transform(Level::best(), &block, &steps, &mut samples, 8);
            let values: [f64; 64] = core::array::from_fn(|at| f64::from(block[at]) * f64::from(steps[at]));
            if values.iter().map(|value| value.abs()).sum::<f64>() > 4000.0 {
                continue;
            }
            for (at, &sample) in samples.iter().enumerate() {
                let (y, x) = (at / 8, at % 8);
                let wave = |place: usize, frequency: usize| {
                    let scale = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
                    scale * ((2 * place + 1) as f64 * frequency as f64 * core::f64::consts::PI / 16.0).cos() / 2.0
                };
                let sum: f64 = (0..64).map(|of| values[of] * wave(y, of / 8) * wave(x, of % 8)).sum();
                let expected = (sum + 128.0).clamp(0.0, 255.0);
                assert!((f64::from(sample) - expected).abs() < 0.6, "{sample} is not {expected}");
            }
        }
    }

    #[test]
    fn a_mean_alone_fills_the_block() {
        for mean in (i16::MIN..i16::MAX).step_by(7) {
            for step in [1, 3, 255, -2] {
                let (mut all, mut alone) = ([0; 64], [0; 64]);
                let mut block = [0; 64];
                block[0] = mean;
                transform(Level::best(), &block, &[step; 64], &mut all, 8);
                transform_mean(mean, step, &mut alone, 8);
                assert_eq!(all, alone, "{mean} * {step}");
            }
        }
    }
}
