//! Which of 256 numbers lie above the 128th smallest, and by how much the next does.

use super::multiversion::multiversion;

/// How many numbers lie at or below the median.
const LOWER: i32 = 128;

multiversion! {
    /// Compares each number, none of them NaN, with the 128th smallest: bit `j` of word `i` says whether number `j` of row
    /// `i` is larger. Also gives the distance from the 128th to the 129th.
    ///
    /// Floats are mapped to integers of the same order. The median's bits are found from the highest on: at each, one pass
    /// over the numbers counts how many are smaller; until only one number is left that begins with the bits found.
    pub(crate) fn above_median(values: &[[f32; 16]; 16]) -> ([u16; 16], f32) {
        let (keys, median) = with_median(values);
        let mut above = [0; 16];
        let places: [u16; 16] = core::array::from_fn(|j| 1 << j);
        for (word, row) in above.iter_mut().zip(&keys) {
            *word = row.iter().zip(places).fold(0, |word, (&key, place)| word | if key > median { place } else { 0 });
        }
        let count: i32 = keys.as_flattened().iter().map(|&key| i32::from(key > median)).sum();
        let gap = if count < 256 - LOWER { 0.0 } else { number(lowest(&keys, median.saturating_add(1))) - number(median) };
        (above, gap)
    }
}

/// The 128th smallest of 256 numbers, none of them NaN.
pub(crate) fn median(values: &[[f32; 16]; 16]) -> f32 {
    number(with_median(values).1)
}

/// The keys of all numbers, and that of the 128th smallest.
#[inline(always)]
fn with_median(values: &[[f32; 16]; 16]) -> ([[i32; 16]; 16], i32) {
    let mut keys = [[0; 16]; 16];
    for (keys, values) in keys.iter_mut().zip(values) {
        keys.iter_mut().zip(values).for_each(|(to, &value)| *to = key(value));
    }
    // `below` keys are less than `least`, `up_to` keys less than `least + 2^bit`, as unsigned integers; the median is not
    // among the former, but among the latter
    let (mut least, mut below, mut up_to) = (0_u32, 0, 256);
    for bit in (0..32).rev() {
        if up_to - below == 1 {
            break;
        }
        let middle = least | 1 << bit;
        let threshold = signed(middle);
        let smaller: i32 = keys.as_flattened().iter().map(|&key| i32::from(key < threshold)).sum();
        if smaller < LOWER {
            (least, below) = (middle, smaller);
        } else {
            up_to = smaller;
        }
    }
    let least = signed(least);
    let median = lowest(&keys, least);
    (keys, median)
}

/// The smallest key from `least` on.
#[inline(always)]
fn lowest(keys: &[[i32; 16]; 16], least: i32) -> i32 {
    let mut lowest = [i32::MAX; 16];
    for row in keys {
        for (lowest, &key) in lowest.iter_mut().zip(row) {
            let candidate = if key < least { i32::MAX } else { key };
            *lowest = candidate.min(*lowest);
        }
    }
    lowest.into_iter().fold(i32::MAX, i32::min)
}

/// An integer of the same order as the float.
#[inline(always)]
fn key(value: f32) -> i32 {
    // adding zero turns -0 into +0, so that equal numbers have equal keys
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 31).cast_unsigned() >> 1).cast_signed()
}

/// A key from an unsigned integer of the same order.
#[inline(always)]
const fn signed(unsigned: u32) -> i32 {
    (unsigned ^ 0x8000_0000).cast_signed()
}

/// The float of a key.
#[inline(always)]
const fn number(key: i32) -> f32 {
    f32::from_bits((key ^ ((key >> 31).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn every_level_equals_sorting() {
        let mut state = 3_u32;
        for spread in [1, 2, 3, 60, 300, 100_000, u32::MAX] {
            for _ in 0..50 {
                let values: [f32; 256] = core::array::from_fn(|i| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let value = (state >> 4) % spread;
                    if i % 3 == 0 { -(value as f32) / 16.0 } else { value as f32 / 16.0 }
                });
                let mut sorted = values;
                sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
                let rows: [[f32; 16]; 16] = core::array::from_fn(|i| core::array::from_fn(|j| values[16 * i + j]));
                let word = |row: [f32; 16]| (0..16).map(|j| u16::from(row[j] > sorted[127]) << j).sum::<u16>();
                let expected = (rows.map(word), sorted[128] - sorted[127]);
                for level in Level::available() {
                    assert_eq!(above_median(level, &rows), expected, "{level:?}");
                }
            }
        }
    }
}
