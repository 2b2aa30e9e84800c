//! Differences of neighbouring samples in whole percent.

use core::ops::{Add, Sub};

use super::Level;
use super::multiversion::multiversion;

/// What differences add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// The differences in percent of the grey scale, each cut to an integer.
    pub(crate) sum: u32,
    /// How many would be cut to one less if they were smaller by `doubt`.
    pub(crate) may_fall: u32,
    /// How many would be cut to one more if they were larger by `doubt`.
    pub(crate) may_rise: u32,
}

/// Sums the differences of a row of samples, 0 to 255, to the row above, where there is one, and of its own neighbours;
/// `doubt` is less than 1/255 of a percent.
pub(crate) fn of_row(level: Level, above: Option<&[f32; 64]>, row: &[f32; 64], doubt: f32) -> Differences {
    let vertical = above.map_or(Differences::default(), |above| sum(level, row, above, doubt));
    // with the first sample beside the last the row is a ring, whose length suits vectors; that pair counts for nothing
    let mut beside = *row;
    beside.rotate_left(1);
    let [first, .., last] = row;
    vertical + sum(level, row, &beside, doubt) - sum(level, &[*last], &[*first], doubt)
}

/// The same for 64 rows together.
pub(crate) fn of_rows(level: Level, rows: &[[f32; 64]; 64], doubt: f32) -> Differences {
    let samples = rows.as_flattened();
    let (_, below) = samples.split_at(64);
    let (_, beside) = samples.split_at(1);
    // the last sample of a row does not stand beside the first of the next: those pairs count for nothing
    let (mut lasts, mut firsts) = ([0.0; 64], [0.0; 64]);
    for (((last, first), row), next) in lasts.iter_mut().zip(&mut firsts).zip(rows).zip(rows.iter().skip(1)) {
        let ([.., end], [start, ..]) = (row, next);
        (*last, *first) = (*end, *start);
    }
    sum(level, samples, below, doubt) + sum(level, samples, beside, doubt) - sum(level, &lasts, &firsts, doubt)
}

multiversion! {
/// Sums the differences of samples and their neighbours.
///
/// The reference computes `difference * 100 / 255`, each rounded to f32, and cuts to an integer. The largest `n` with
/// `255 n` at most the rounded product is the same: a quotient below an integer is never rounded up to it, since
/// its distance is at least `1 / 255` of the spacing of floats at `255 n`, which is 128 or 256 times that at `n`.
/// It is found without a division: `nearest` is `n` or `n + 1`, and the sign of the `rest` tells which. Signs are taken
/// from the highest bit, which the compiler vectorises better than comparisons.
fn sum(samples: &[f32], neighbours: &[f32], doubt: f32) -> Differences {
    /// Added to a number below 2^22 it leaves no place for a fraction: the lowest bits are the nearest integer.
    const INTEGRAL: f32 = 8_388_608.0;
    let largest_doubt = 255.0 * doubt;
    let (mut sum, mut len, mut in_doubt, mut may_rise) = (0_u32, 0_u32, 0, 0);
    for (sample, neighbour) in samples.iter().zip(neighbours) {
        let scaled = ((sample - neighbour) * 100.0).abs();
        let shifted = scaled * (1.0 / 255.0) + INTEGRAL;
        let nearest = shifted - INTEGRAL;
        let rest = scaled - nearest * 255.0;
        // all bits or none
        let is_below = (rest.to_bits().cast_signed() >> 31).cast_unsigned();
        sum = sum.wrapping_add(shifted.to_bits()).wrapping_add(is_below);
        len += 1;
        // a difference next to 0 cannot fall; next to another integer `largest_doubt`, which is below 1, is the smaller
        let doubt = if nearest < largest_doubt { nearest } else { largest_doubt };
        let is_in_doubt = (rest.abs() - doubt).to_bits() >> 31;
        in_doubt += is_in_doubt;
        may_rise += is_in_doubt & is_below;
    }
    let sum = sum.wrapping_sub(len.wrapping_mul(INTEGRAL.to_bits()));
    Differences { sum, may_fall: in_doubt - may_rise, may_rise }
}
}

impl Add for Differences {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            may_fall: self.may_fall + other.may_fall,
            may_rise: self.may_rise + other.may_rise,
        }
    }
}

impl Sub for Differences {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            sum: self.sum - other.sum,
            may_fall: self.may_fall - other.may_fall,
            may_rise: self.may_rise - other.may_rise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    /// The reference's arithmetic; whether rounding may change the result is told without any.
    #[expect(clippy::cast_sign_loss, reason = "differences are at least 0")]
    fn add(differences: &mut Differences, sample: f32, neighbour: f32, doubt: f32) {
        let scaled = (sample - neighbour).abs() * 100.0;
        let (cut, doubt) = ((scaled / 255.0) as u32, f64::from(255.0 * doubt));
        let rest = f64::from(scaled) - 255.0 * f64::from(cut);
        differences.sum += cut;
        differences.may_fall += u32::from(rest < doubt && cut > 0);
        differences.may_rise += u32::from(255.0 - rest < doubt);
    }

    #[test]
    fn every_level_equals_the_arithmetic_of_the_reference() {
        let rows: [[f32; 64]; 64] = core::array::from_fn(|i| {
            core::array::from_fn(|j| ((i * 91 + j * 37 + i * i * j) % 255) as f32 + (i * j % 61) as f32 / 61.3)
        });
        let mut all = Differences::default();
        for (i, row) in rows.iter().enumerate() {
            let above = i.checked_sub(1).map(|above| &rows[above]);
            let mut expected = Differences::default();
            for j in 0..64 {
                above.iter().for_each(|above| add(&mut expected, row[j], above[j], 0.0035));
                add(&mut expected, row[j], row[(j + 1).min(63)], 0.0035);
            }
            for level in Level::available() {
                assert_eq!(of_row(level, above, row, 0.0035), expected, "{level:?}, row {i}");
            }
            all.sum += expected.sum;
            all.may_fall += expected.may_fall;
            all.may_rise += expected.may_rise;
        }
        assert!(all.may_fall > 10 && all.may_rise > 10);
        for level in Level::available() {
            assert_eq!(of_rows(level, &rows, 0.0035), all, "{level:?}");
        }
    }

    #[test]
    fn differences_next_to_an_integer_are_cut_as_the_reference_cuts_them() {
        // each sample beside 0; around every whole percent the floats nearest to it, and all quarters
        let mut samples = alloc::vec::Vec::new();
        for percent in 0..=100_u16 {
            let exact = f32::from(percent) * 2.55;
            samples.extend((0..9).map(|step| f32::from_bits((exact.to_bits() + step).saturating_sub(4))));
            samples.extend([0.6375, 1.275, 1.9125].map(|quarters| exact + quarters));
        }
        samples.retain(|&sample| sample.is_finite() && sample <= 255.0);
        assert!(samples.len() > 1100);
        for sample in samples {
            let mut expected = Differences::default();
            add(&mut expected, sample, 0.0, 0.001);
            let mut above = [0.0; 64];
            above[7] = sample;
            for level in Level::available() {
                assert_eq!(of_row(level, Some(&above), &[0.0; 64], 0.001), expected, "{level:?}, {sample:e}");
            }
        }
    }
}
