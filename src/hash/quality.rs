//! PDQ's quality: how much gradient the 64x64 reduction has, as a number from 0 to 100.
//!
//! Every two neighbouring samples, above each other or side by side, add their difference in percent of the grey
//! scale, cut to an integer. The sum over 90, at most 100, is the quality. A flat picture has 0, and its hash is
//! rounding noise; below 50 a hash should be neither listed nor matched.
//!
//! Source: `pdqhashing.cpp` and README of Meta's PDQ (github.com/facebook/ThreatExchange, `pdq`).

use crate::kernel::Level;
use crate::kernel::differences::{self, Differences};
use crate::resample::jarosz::SAMPLES;

/// How close to an integer a difference is in doubt, in percent of the grey scale.
///
/// The reference's rounding may lift a difference over an integer, or let it fall below. The largest distance at which
/// that was seen to change a quality is 0.00003.
const DOUBT: f32 = 0.001;

/// The sum of differences, fed with the rows of the 64x64 samples from top to bottom.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gradient(Differences);

impl Gradient {
    /// That of no row.
    pub(crate) const NONE: Self = Self(Differences { sum: 0, may_fall: 0, may_rise: 0 });

    /// The sum over all 64 rows: the same as adding them one by one.
    pub(crate) fn of_rows(level: Level, rows: &[[f32; SAMPLES]; SAMPLES]) -> Self {
        Self(differences::of_rows(level, rows, DOUBT))
    }

    /// Adds a row of samples and its differences to the row above, where there is one.
    pub(crate) fn add_row(&mut self, level: Level, above: Option<&[f32; SAMPLES]>, row: &[f32; SAMPLES]) {
        self.0 = self.0 + differences::of_row(level, above, row, DOUBT);
    }

    /// The quality: 0 to 100.
    pub(crate) fn quality(self) -> u8 {
        scaled(self.0.sum)
    }

    /// Whether no rounding of differences can change the quality.
    pub(crate) fn is_certain(self) -> bool {
        scaled(self.0.sum - self.0.may_fall) == scaled(self.0.sum + self.0.may_rise)
    }
}

fn scaled(sum: u32) -> u8 {
    u8::try_from(sum / 90).map_or(100, |quality| quality.min(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(sample: impl Fn(usize, usize) -> f32) -> Gradient {
        let mut gradient = Gradient::default();
        let mut above = None;
        for i in 0..SAMPLES {
            let row: [f32; SAMPLES] = core::array::from_fn(|j| sample(i, j));
            gradient.add_row(Level::best(), above.as_ref(), &row);
            above = Some(row);
        }
        gradient
    }

    fn quality(sample: impl Fn(usize, usize) -> f32) -> u8 {
        gradient(sample).quality()
    }

    #[test]
    fn quality_counts_neighbours_in_both_directions() {
        assert_eq!(quality(|_, _| 77.0), 0);
        // one edge over the whole picture: 64 pairs of 100 percent, over 90
        assert_eq!(quality(|_, j| if j < 32 { 0.0 } else { 255.0 }), 71);
        assert_eq!(quality(|i, _| if i < 32 { 255.0 } else { 0.0 }), 71);
        assert_eq!(quality(|i, j| if (i + j) % 2 == 0 { 0.0 } else { 255.0 }), 100);
        // differences below one percent are cut to nothing
        let slope = quality(|i, j| (i + j) as f32 * 2.5);
        assert_eq!(slope, 0);
    }

    #[test]
    fn a_quality_that_rounding_may_change_is_in_doubt() {
        // one edge of 45 percent, 64 pairs: 2,880 over 90 is 32 exactly
        let edge = |percent: f32| gradient(move |_, j| if j < 32 { 0.0 } else { percent * 2.55 });
        assert_eq!((edge(45.0002).quality(), edge(45.0002).is_certain()), (32, false));
        assert_eq!((edge(44.9998).quality(), edge(44.9998).is_certain()), (31, false));
        assert_eq!((edge(45.01).quality(), edge(45.01).is_certain()), (32, true));
        assert_eq!((edge(44.99).quality(), edge(44.99).is_certain()), (31, true));
        // rounding cannot reach another quality here, nor lift a flat picture
        assert!(edge(46.0).is_certain() && edge(0.0).is_certain() && edge(0.5).is_certain());
        assert!(gradient(|i, j| if (i + j) % 2 == 0 { 0.0 } else { 255.0 }).is_certain());
    }
}
