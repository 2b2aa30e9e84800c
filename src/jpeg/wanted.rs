//! Which coefficients of a block are wanted: the lowest frequencies of both axes, and what becomes of them.
//!
//! Their number per axis is known when the library is compiled ([`Fixed`], one copy of all that reads scans for each number: the fastest),
//! or when a file is ([`Any`], one copy: the smallest). Both do the same arithmetic in the same order, so the samples are the same
//! bit for bit.

#![expect(clippy::indexing_slicing, reason = "a position is below 64, and a place one of the coefficients wanted")]

use core::fmt::Debug;

use super::axis::OUTPUTS;
use super::zigzag::{COEFFICIENTS, is_low, place_of};

/// How many coefficients of each axis are wanted.
pub(super) trait PerAxis: Copy + Debug {
    /// The wanted coefficients of a block, by place: by horizontal frequency, then by vertical.
    type Values: AsRef<[f32]> + AsMut<[f32]>;
    /// Where each position of a component is kept, and what one step is worth.
    type Steps<'t>;

    /// A block without coefficients.
    const ZERO: Self::Values;

    /// The number: 1 to 8.
    fn get(self) -> usize;

    /// Makes a block one without coefficients.
    fn clear(self, values: &mut Self::Values);

    /// `steps` by position in the file.
    fn steps<'t>(self, steps: &'t [u16; COEFFICIENTS], share: f32) -> Self::Steps<'t>;

    /// The place of a position in the file, and what one step is worth; none of what is not wanted.
    fn place(self, steps: &Self::Steps<'_>, position: usize) -> Option<(usize, f32)>;

    /// Adds a block, by its weights for some outputs, to the sums of these.
    fn add_block(self, sums: &mut [f32], weights: &[f32], values: &Self::Values);

    /// Adds the sums of a row of blocks, by vertical frequency, to a row of outputs.
    fn add_row(self, outputs: &mut [f32; OUTPUTS], sums: &[f32], weights: &[f32; 8]);
}

/// Which coefficients of a component are wanted, and what one step of each is worth.
#[derive(Debug)]
pub(super) struct Wanted<'t, A: PerAxis> {
    per_axis: A,
    steps: A::Steps<'t>,
    /// The last position of a wanted coefficient.
    last: usize,
}

impl<'t, A: PerAxis> Wanted<'t, A> {
    /// `steps` by position in the file; `share` of the component in luma.
    pub(super) fn new(per_axis: A, steps: &'t [u16; COEFFICIENTS], share: f32) -> Self {
        let last = (0..COEFFICIENTS).rfind(|&position| is_low(position, per_axis.get())).unwrap_or(0);
        Self { per_axis, steps: per_axis.steps(steps, share), last }
    }

    #[inline(always)]
    pub(super) const fn last(&self) -> usize {
        self.last
    }

    #[inline(always)]
    pub(super) fn clear(&self, coefficients: &mut A::Values) {
        self.per_axis.clear(coefficients);
    }

    #[inline(always)]
    pub(super) fn set(&self, coefficients: &mut A::Values, position: usize, value: i32) {
        let Some((place, step)) = self.per_axis.place(&self.steps, position) else { return };
        #[expect(clippy::cast_precision_loss, reason = "17 bits; a DC that needs more is no picture's")]
        let value = value as f32;
        coefficients.as_mut()[place] = value * step;
    }
}

/// A number that is known when the library is compiled; `PER_AXIS * PER_AXIS == ALL`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed<const PER_AXIS: usize, const ALL: usize>;

/// The steps of a fixed number of coefficients, looked up.
#[derive(Debug)]
pub(super) struct Placed<const ALL: usize> {
    /// By position in the file: the place among those wanted; `ALL` or more for none.
    places: [u8; COEFFICIENTS],
    /// By place.
    steps: [f32; ALL],
}

impl<const PER_AXIS: usize, const ALL: usize> PerAxis for Fixed<PER_AXIS, ALL> {
    type Values = [f32; ALL];
    type Steps<'t> = Placed<ALL>;

    const ZERO: [f32; ALL] = [0.0; ALL];

    #[inline(always)]
    fn get(self) -> usize {
        PER_AXIS
    }

    #[inline(always)]
    fn clear(self, values: &mut [f32; ALL]) {
        *values = Self::ZERO;
    }

    fn steps(self, steps: &[u16; COEFFICIENTS], share: f32) -> Placed<ALL> {
        let mut placed = Placed { places: [u8::MAX; COEFFICIENTS], steps: [0.0; ALL] };
        for (position, (to, &step)) in placed.places.iter_mut().zip(steps).enumerate() {
            if let Some(place) = place_of(position, PER_AXIS) {
                *to = place.to_le_bytes()[0];
                placed.steps[place] = f32::from(step) * share;
            }
        }
        placed
    }

    #[inline(always)]
    fn place(self, steps: &Placed<ALL>, position: usize) -> Option<(usize, f32)> {
        let place = usize::from(steps.places[position]);
        steps.steps.get(place).map(|&step| (place, step))
    }

    #[inline(always)]
    fn add_block(self, sums: &mut [f32], weights: &[f32], values: &[f32; ALL]) {
        for (sums, weights) in sums.as_chunks_mut::<PER_AXIS>().0.iter_mut().zip(weights.as_chunks::<PER_AXIS>().0) {
            for (values, weight) in values.as_chunks::<PER_AXIS>().0.iter().zip(weights) {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
        }
    }

    #[inline(always)]
    fn add_row(self, outputs: &mut [f32; OUTPUTS], sums: &[f32], weights: &[f32; 8]) {
        for (output, sums) in outputs.iter_mut().zip(sums.as_chunks::<PER_AXIS>().0) {
            for (sum, weight) in sums.iter().zip(weights) {
                *output += weight * sum;
            }
        }
    }
}

/// A number that is known when a file is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Any(pub(super) usize);

impl PerAxis for Any {
    type Values = [f32; COEFFICIENTS];
    type Steps<'t> = (&'t [u16; COEFFICIENTS], f32);

    const ZERO: [f32; COEFFICIENTS] = [0.0; COEFFICIENTS];

    #[inline(always)]
    fn get(self) -> usize {
        self.0
    }

    fn clear(self, values: &mut [f32; COEFFICIENTS]) {
        values.iter_mut().take(self.0 * self.0).for_each(|value| *value = 0.0);
    }

    fn steps(self, steps: &[u16; COEFFICIENTS], share: f32) -> (&[u16; COEFFICIENTS], f32) {
        (steps, share)
    }

    fn place(self, (steps, share): &Self::Steps<'_>, position: usize) -> Option<(usize, f32)> {
        let place = place_of(position, self.0)?;
        Some((place, f32::from(steps[position]) * share))
    }

    fn add_block(self, sums: &mut [f32], weights: &[f32], values: &[f32; COEFFICIENTS]) {
        if let (1, &[value, ..]) = (self.0, values) {
            // of large pictures, where nearly all of the time goes
            return sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * value);
        }
        // where the output's sums begin, and where the coefficients that a weight is for
        let (mut to, mut from) = (0, 0);
        for weight in weights {
            for (sum, value) in sums[to..to + self.0].iter_mut().zip(&values[from..from + self.0]) {
                *sum += weight * value;
            }
            from += self.0;
            if from == self.0 * self.0 {
                (to, from) = (to + self.0, 0);
            }
        }
    }

    fn add_row(self, outputs: &mut [f32; OUTPUTS], sums: &[f32], weights: &[f32; 8]) {
        for (output, sums) in outputs.iter_mut().zip(sums.chunks_exact(self.0)) {
            for (sum, weight) in sums.iter().zip(weights) {
                *output += weight * sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without order, some of them negative, of which sums round.
    fn numbers<const N: usize>(seed: u32) -> [f32; N] {
        let mut state = seed;
        core::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 3_000_000.0 - 2.3
        })
    }

    fn check<const PER_AXIS: usize, const ALL: usize>() {
        let (fixed, any) = (Fixed::<PER_AXIS, ALL>, Any(PER_AXIS));
        assert_eq!((fixed.get(), any.get()), (PER_AXIS, PER_AXIS));
        let steps: [u16; COEFFICIENTS] = core::array::from_fn(|at| (at * at * 17 % 251 + 1) as u16);
        let (of_fixed, of_any) = (Wanted::new(fixed, &steps, 0.114), Wanted::new(any, &steps, 0.114));
        assert_eq!(of_fixed.last(), of_any.last());
        let (mut values, mut same) = (numbers::<ALL>(1), numbers::<COEFFICIENTS>(2));
        of_fixed.clear(&mut values);
        of_any.clear(&mut same);
        for position in 0..COEFFICIENTS {
            let value = 1000 - 37 * position as i32;
            of_fixed.set(&mut values, position, value);
            of_any.set(&mut same, position, value);
        }
        assert_eq!(values, same[..ALL]);
        assert!(values.iter().all(|&value| value != 0.0), "every place is some position's");
        let weights = numbers::<{ 3 * 8 }>(3);
        let weights = &weights[..3 * PER_AXIS];
        let (mut sums, mut same_sums) = (numbers::<{ 8 * OUTPUTS }>(4), numbers::<{ 8 * OUTPUTS }>(4));
        fixed.add_block(&mut sums, weights, &values);
        any.add_block(&mut same_sums, weights, &same);
        assert_ne!(sums, numbers(4));
        assert_eq!(sums, same_sums);
        let (mut outputs, mut same) = (numbers(5), numbers(5));
        let len = OUTPUTS * PER_AXIS;
        fixed.add_row(&mut outputs, &sums[..len], &numbers(6));
        any.add_row(&mut same, &sums[..len], &numbers(6));
        assert_ne!(outputs, numbers(5));
        assert_eq!(outputs, same);
    }

    #[test]
    fn a_number_known_late_makes_the_same_sums() {
        check::<1, 1>();
        check::<2, 4>();
        check::<3, 9>();
        check::<8, 64>();
    }
}
