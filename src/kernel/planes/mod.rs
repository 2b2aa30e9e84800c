//! Hamming distances over the first 96 bits of 256 hashes at once, from planes: bit `k` of all 256 side by side.
//!
//! A plane xor the needle's bit says, for 256 hashes, whether they differ in that bit. The planes are added as binary numbers
//! of which each digit is a plane again: three planes of one weight make a sum and a carry of twice the weight (a full
//! adder), so 96 planes take 90 adders of five operations, about 2.3 operations a hash in vectors of 256 bits. The sums are
//! compared with the radius digit by digit, and one bit a hash remains. Of unrelated hashes one in 3,000 lies within 31 of
//! 96; only of those the caller looks at the other bits.
//!
//! Source: carry-save adders for counting bits, Harley and Seal; Muła, Kurz, Lemire, "Faster Population Counts Using
//! AVX2 Instructions", 2018. Here they run across planes rather than along one word.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::dispatch::dispatch;
use super::level::Level;

/// Hashes side by side.
pub(crate) const LANES: usize = 256;
/// Bits of each hash that are planes.
pub(crate) const PLANES: usize = 96;
/// One bit of each hash: that of lane `i` is bit `i % 8` of byte `i / 8`.
pub(crate) type Plane = [u8; LANES / 8];
/// A needle's bit for each plane: all ones or all zeros.
pub(crate) type Masks = [u64; PLANES];

/// Planes that are looked at before the first look at the sums.
const FIRST: usize = 48;
/// Up to this radius few blocks of unrelated hashes have one that is still within it after the first planes: one in eight.
const EARLY_RADIUS: u32 = 12;

/// Spreads the first bits of a needle, the highest of each byte first, for [`within`].
pub(crate) fn masks(bits: &[u8; PLANES / 8]) -> Masks {
    let mut masks = [0; PLANES];
    for (eight, byte) in masks.as_chunks_mut::<8>().0.iter_mut().zip(bits) {
        for (mask, shift) in eight.iter_mut().zip((0..8).rev()) {
            *mask = 0_u64.wrapping_sub(u64::from(byte >> shift & 1));
        }
    }
    masks
}

/// Sets bit `i % 64` of word `i / 64` where lane `i` differs from the needle in at most `radius` of the planes.
pub(crate) fn within(level: Level, planes: &[Plane; PLANES], needle: &Masks, radius: u32) -> [u64; LANES / 64] {
    dispatch!(level, within(planes, needle, radius))
}

/// Defines `count` for a vector type, with `load`, `splat`, `xor`, `and`, `or`, `is_zero` of its level in scope.
macro_rules! count_planes {
    ($(#[$level:meta])* $vector:ty) => {
        /// A full adder: the sum and the carry of three bits.
        #[inline]
        $(#[$level])*
        fn add(a: $vector, b: $vector, c: $vector) -> ($vector, $vector) {
            let odd = xor(a, b);
            (xor(odd, c), or(and(a, b), and(odd, c)))
        }

        /// Adds a bit to a number, lowest digit first.
        #[inline]
        $(#[$level])*
        fn carry<const D: usize>(digits: &mut [$vector; D], mut bit: $vector) {
            for digit in digits {
                (*digit, bit) = (xor(*digit, bit), and(*digit, bit));
            }
        }

        /// Whether the number of seven digits is at most `radius`, per lane.
        #[cfg_attr(target_arch = "arm", inline(never))] // 32 bits at a time it is long, and called in two places
        #[cfg_attr(not(target_arch = "arm"), inline)]
        $(#[$level])*
        fn at_most(digits: [$vector; 7], radius: u32) -> $vector {
            let (mut below, mut equal) = (splat(0), splat(u64::MAX));
            for (place, digit) in digits.into_iter().enumerate().rev() {
                let differs = xor(digit, splat(u64::MAX));
                if radius >> place & 1 == 1 {
                    below = or(below, and(equal, differs));
                    equal = and(equal, digit);
                } else {
                    equal = and(equal, differs);
                }
            }
            or(below, equal)
        }

        /// Which lanes of a part of the planes differ from the needle in at most `radius` of them.
        #[inline]
        $(#[$level])*
        fn count(planes: &[super::Plane; super::PLANES], needle: &super::Masks, part: usize, radius: u32) -> $vector {
            // what has been counted so far: ones, twos, fours, eights
            let [mut ones, mut twos, mut fours, mut eights] = [splat(0); 4];
            // and sixteens, thirty-twos, sixty-fours
            let mut sixteens = [splat(0); 3];
            for (number, (planes, needle)) in planes.as_chunks::<16>().0.iter().zip(needle.as_chunks::<16>().0).enumerate() {
                let differs = |k: usize| xor(load(&planes[k], part), splat(needle[k]));
                let mut of_eight = |first: usize| {
                    let mut of_four = |first: usize| {
                        let (sum, a) = add(ones, differs(first), differs(first + 1));
                        let b;
                        (ones, b) = add(sum, differs(first + 2), differs(first + 3));
                        let carry;
                        (twos, carry) = add(twos, a, b);
                        carry
                    };
                    let (a, b) = (of_four(first), of_four(first + 4));
                    let carry;
                    (fours, carry) = add(fours, a, b);
                    carry
                };
                let (a, b) = (of_eight(0), of_eight(8));
                let overflow;
                (eights, overflow) = add(eights, a, b);
                carry(&mut sixteens, overflow);
                if radius <= super::EARLY_RADIUS && (number + 1) * 16 == super::FIRST {
                    let [a, b, c] = sixteens;
                    if is_zero(at_most([ones, twos, fours, eights, a, b, c], radius)) {
                        return splat(0);
                    }
                }
            }
            let [a, b, c] = sixteens;
            // no number of seven digits is above 127
            at_most([ones, twos, fours, eights, a, b, c], radius.min(127))
        }
    };
}

use count_planes;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Planes of hashes at every distance from a needle, in an order that no vector width divides.
    fn planes() -> ([u8; PLANES / 8], [Plane; PLANES], [u32; LANES]) {
        let needle: [u8; PLANES / 8] = core::array::from_fn(|at| (at as u8).wrapping_mul(73) ^ 0x5a);
        let mut planes = [[0; LANES / 8]; PLANES];
        let mut distances = [0; LANES];
        for lane in 0..LANES {
            let distance = lane * 37 % (PLANES + 1);
            distances[lane] = distance as u32;
            for k in 0..PLANES {
                // which bits differ depends on the lane
                let differs = (k * 5 + lane * 11) % PLANES < distance;
                let bit = (needle[k / 8] >> (7 - k % 8) & 1 == 1) != differs;
                planes[k][lane / 8] |= u8::from(bit) << (lane % 8);
            }
        }
        (needle, planes, distances)
    }

    #[test]
    fn every_level_finds_the_lanes_within_every_radius() {
        let (needle, planes, distances) = planes();
        let mut seen = vec![0; PLANES + 1];
        distances.iter().for_each(|&distance| seen[distance as usize] += 1);
        assert!(seen.iter().all(|&times| times >= 2), "every distance must occur");
        for radius in (0..=130).chain([255, 256, u32::MAX]) {
            let expected: [u64; LANES / 64] = core::array::from_fn(|word| {
                (0..64).map(|bit| u64::from(distances[64 * word + bit] <= radius) << bit).sum()
            });
            for level in Level::available() {
                assert_eq!(within(level, &planes, &masks(&needle), radius), expected, "{level:?}, radius {radius}");
            }
        }
    }

    #[test]
    fn a_block_without_a_near_lane_is_left_early_and_right() {
        let (needle, planes, _) = planes();
        let opposite = masks(&needle.map(|byte| !byte));
        let far = core::array::from_fn(|k| planes[k].map(|_| if masks(&needle)[k] == 0 { 0 } else { 0xff }));
        for level in Level::available() {
            for radius in [0, 5, 12, 13, 95] {
                assert_eq!(within(level, &far, &opposite, radius), [0; LANES / 64], "{level:?}, radius {radius}");
            }
            assert_eq!(within(level, &far, &opposite, 96), [u64::MAX; LANES / 64]);
        }
    }
}
