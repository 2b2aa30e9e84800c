//! PDQ's Jarosz filter followed by decimation to 64 samples, as one fixed set of weights per axis.
//!
//! The reference blurs each axis by two box filters of the same window and keeps 64 of the blurred samples. Both steps
//! are linear, so one sample is a weighted sum of source pixels. With window `w = ceil(n / 128)`:
//!
//! * sample `i` sits at `floor((i + 0.5) * n / 64)`;
//! * two boxes make a triangle `1, 2, .., w, .., 2, 1` of `2 w - 1` weights, over `w * w`;
//! * an odd window is centred; an even one reaches one pixel further to the right, so its triangle starts
//!   `w - 2` pixels before the sample;
//! * at the borders the reference divides by the number of pixels that exist. The first sample never touches the
//!   border. The last sits at exactly `n - w`: an odd window just fits; of an even one the last first-pass box loses
//!   one pixel, so its sum counts `1 / (w - 1)` instead of `1 / w`. That is the triangle over the pixels that exist,
//!   plus the plain sum of the last `w - 1` pixels divided by `w - 1`.
//!
//! Rows and columns commute, so a picture is reduced along each row first ([`crate::kernel::triangle`]), and the 64
//! sums of a row are then weighted by the same triangle of the other axis. All of it is integer arithmetic until a
//! sample is complete, hence the same on every machine.
//!
//! Source of the filter: `downscaling.cpp` of Meta's PDQ (github.com/facebook/ThreatExchange, `pdq/cpp`). The
//! rewriting as triangles is the project's own; `tests` below compare it with two literal box passes.

/// Samples per axis of the reduced picture.
pub(crate) const SAMPLES: usize = 64;

/// One axis of a picture: where its 64 triangles lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Pixels along the axis, at least 1 and at most [`Axis::MAX_LEN`].
    len: u32,
    /// Window of each of the two box passes: at least 1.
    window: u32,
    /// Pixels between a triangle's first weight and its sample.
    lead: u32,
}

impl Axis {
    /// The longest axis whose sums fit their integers: with a window of 4,096 the 8-bit samples of one row sum to
    /// `4096 * 4096 * 255`, just below `2^32`, and a whole sample to below `2^57`.
    pub(crate) const MAX_LEN: u32 = 1 << 19;

    pub(crate) const fn new(len: u32) -> Self {
        let window = len.div_ceil(128);
        let lead = if window % 2 == 1 { window - 1 } else { window - 2 };
        Self { len, window, lead }
    }

    /// Pixels along the axis.
    pub(crate) const fn len(self) -> u32 {
        self.len
    }

    /// The window of each box pass.
    pub(crate) const fn window(self) -> u32 {
        self.window
    }

    /// The source position of sample `i`: `floor((i + 0.5) * len / 64)`.
    pub(crate) const fn position(self, i: usize) -> u32 {
        // 127 * 2^19 fits 32 bits; sample numbers are below 64
        #[expect(clippy::cast_possible_truncation, reason = "i is below 64")]
        let odd = 2 * i as u32 + 1;
        (odd * self.len) >> 7
    }

    /// The source position of the first weight of sample `i`.
    pub(crate) const fn start(self, i: usize) -> u32 {
        self.position(i) - self.lead
    }

    /// One past the last source position with a weight for sample `i`, cut off at the border.
    pub(crate) const fn end(self, i: usize) -> u32 {
        let end = self.start(i) + 2 * self.window - 1;
        if end < self.len { end } else { self.len }
    }

    /// The source position of the first weight of sample `i` where the axis is mirrored; of the last sample of an even
    /// window, whose triangle begins one position before the axis, the first position of the axis.
    #[cfg(feature = "alloc")]
    pub(crate) const fn opposite(self, i: usize) -> u32 {
        self.len.saturating_sub(self.start(i) + 2 * self.window - 1)
    }

    /// The weight of the `k`-th position of a triangle, before division by [`Axis::total`].
    pub(crate) const fn weight(self, k: u32) -> u32 {
        let falling = 2 * self.window - 1 - k;
        if k + 1 < falling { k + 1 } else { falling }
    }

    /// The sum of a whole triangle's weights: `window * window`.
    pub(crate) const fn total(self) -> u32 {
        self.window * self.window
    }

    /// The number of last pixels whose plain sum corrects the last sample: `window - 1` for an even window, else 0.
    pub(crate) const fn tail(self) -> u32 {
        if self.window.is_multiple_of(2) { self.window - 1 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The reference's box pass in f64 by definition: each output is the mean of the pixels that its window covers.
    fn box_pass(row: &[f64]) -> Vec<f64> {
        let window = row.len().div_ceil(128);
        let half = window.midpoint(2); // (window + 2) / 2, as the reference names it
        let (left, right) = (window - half, half - 1);
        (0..row.len())
            .map(|i| {
                let covered = &row[i.saturating_sub(left)..(i + right + 1).min(row.len())];
                covered.iter().sum::<f64>() / covered.len() as f64
            })
            .collect()
    }

    fn by_triangles(row: &[u8]) -> Vec<f64> {
        let axis = Axis::new(row.len() as u32);
        let tail: u32 = row[row.len() - axis.tail() as usize..].iter().map(|&p| u32::from(p)).sum();
        (0..SAMPLES)
            .map(|i| {
                let pixels = &row[axis.start(i) as usize..axis.end(i) as usize];
                let sum: u32 = pixels.iter().zip(0..).map(|(&p, k)| axis.weight(k) * u32::from(p)).sum();
                let mut sum = f64::from(sum);
                if i == SAMPLES - 1 && axis.tail() > 0 {
                    sum += f64::from(tail) / f64::from(axis.tail());
                }
                sum / f64::from(axis.total())
            })
            .collect()
    }

    #[test]
    fn triangles_equal_two_box_passes_at_every_length() {
        let mut state = 1_u32;
        for len in (1_u32..1500).chain([1535, 1536, 1537, 1663, 1664, 1665, 4095, 4096, 8191, 8192, 8193, 65_535]) {
            let row: Vec<u8> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            let blurred = box_pass(&box_pass(&row.iter().map(|&p| f64::from(p)).collect::<Vec<_>>()));
            let axis = Axis::new(len);
            for (i, sample) in by_triangles(&row).into_iter().enumerate() {
                let expected = blurred[axis.position(i) as usize];
                assert!((sample - expected).abs() < 1e-9, "length {len}, sample {i}: {sample} is not {expected}");
            }
        }
    }

    #[test]
    fn the_sums_of_two_neighbours_are_enough() {
        // `pdq` keeps the sums of two rows, and those of the tail in the place of the last row but one.
        for len in (1..70_000).chain([Axis::MAX_LEN - 1, Axis::MAX_LEN]) {
            let axis = Axis::new(len);
            if axis.window() > 1 {
                assert!((2..SAMPLES).all(|i| axis.start(i) >= axis.end(i - 2)), "length {len}");
            }
            if axis.tail() > 0 {
                assert!(axis.end(SAMPLES - 2) <= len - axis.tail(), "length {len}");
            }
        }
    }

    #[test]
    fn the_largest_sums_fit_their_integers() {
        let axis = Axis::new(Axis::MAX_LEN);
        assert_eq!(axis.window(), 4096);
        assert!(axis.total().checked_mul(255).is_some());
        assert!(u64::from(axis.total()).pow(2).checked_mul(255).is_some());
        assert!(u32::try_from(2 * SAMPLES - 1).unwrap().checked_mul(Axis::MAX_LEN).is_some());
    }
}
