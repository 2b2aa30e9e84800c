//! The reference's own f32 arithmetic: the same operations on the same numbers in the same order, for the rare picture
//! whose bits its rounding decides.
//!
//! The reference runs two box filters over each axis of a full-size f32 image, in the order rows, columns, rows,
//! columns. Each is a running sum: add the pixel that enters the window, subtract the one that leaves, divide by the
//! number inside. The sums never start afresh, so their rounding depends on everything that came before, and only
//! doing the same gives the same bits. What may be changed is the order *between* independent sums, and which of the
//! results are kept:
//!
//! ```text
//! rows, 1st     eight rows side by side, so that eight sums run in eight lanes; a ring of rows is kept
//! columns, 1st  one sum per column, advanced row by row
//! rows, 2nd     eight rows side by side; divides only at the 64 sampled columns; a ring of rows of 64 is kept
//! columns, 2nd  64 sums, advanced row by row; divides only at the 64 sampled rows
//! ```
//!
//! Source: `downscaling.cpp` of Meta's PDQ (github.com/facebook/ThreatExchange, `pdq/cpp/downscaling`).

#![expect(
    clippy::indexing_slicing,
    reason = "every index is a position below the length of its axis, and the memory is cut to those lengths"
)]

use core::ops::Range;

use crate::kernel::Level;
use crate::kernel::box_filter::{self, LANES, Window};
use crate::resample::jarosz::SAMPLES;

/// The box filter of an axis.
const fn window(len: usize) -> Window {
    let full = len.div_ceil(128);
    Window { len, full, right: full.midpoint(2) - 1 }
}

/// The source position of sample `i`.
const fn position(len: usize, i: usize) -> usize {
    (2 * i + 1) * len / (2 * SAMPLES)
}

/// How many rows of its input a column pass keeps: those it looks back on and a block read ahead, in whole blocks, so that
/// the rows of a block lie one after the other.
const fn ring(axis: Window) -> usize {
    (axis.full + 1 + LANES).next_multiple_of(LANES)
}

/// A running sum over rows: advances whole rows of independent sums by one step.
struct RowSums<'m> {
    level: Level,
    axis: Window,
    width: usize,
    /// The last rows of input, row `y` at place `y % ring`.
    ring: &'m mut [f32],
    sums: &'m mut [f32],
}

impl<'m> RowSums<'m> {
    /// Cuts its memory off the front of `memory`.
    fn new(level: Level, axis: Window, width: usize, memory: &'m mut [f32]) -> (Self, &'m mut [f32]) {
        let (ring, memory) = memory.split_at_mut(width * ring(axis));
        let (sums, memory) = memory.split_at_mut(width);
        (Self { level, axis, width, ring, sums }, memory)
    }

    /// Row `y` of the input.
    fn row(&self, y: usize) -> Range<usize> {
        let start = y % ring(self.axis) * self.width;
        start..start + self.width
    }

    /// Brings the sums to output row `y`; rows must come in rising order. Gives the number to divide by.
    fn advance(&mut self, y: usize) -> f32 {
        let step = self.axis.step(y);
        // the first output row is preceded by the rows that its window already covers
        let enters = step.enters.map(|last| if y == 0 { 0..last + 1 } else { last..last + 1 });
        for row in enters.into_iter().flatten() {
            let row = self.row(row);
            box_filter::enter(self.level, self.sums, &self.ring[row]);
        }
        if let Some(row) = step.leaves {
            let row = self.row(row);
            box_filter::leave(self.level, self.sums, &self.ring[row]);
        }
        step.divisor()
    }
}

/// How many floats of memory [`reduce`] needs: about `(ceil(height / 128) + 41) * width`.
pub(crate) const fn memory_len(width: usize, height: usize) -> usize {
    let ring = ring(window(height));
    3 * LANES * width + (ring + 1) * (width + SAMPLES)
}

/// Reduces a picture of at least 5x5 to 64x64 samples as the reference does, and emits them row by row.
///
/// `next_row` fills a row of luma, from top to bottom; `memory` holds at least [`memory_len`] floats.
///
/// Cost: about 30 operations a pixel, of which two are divisions.
pub(crate) fn reduce(
    level: Level,
    width: usize,
    height: usize,
    mut next_row: impl FnMut(&mut [f32]),
    memory: &mut [f32],
    mut emit: impl FnMut(usize, &[f32; SAMPLES]),
) {
    if (width, height) == (SAMPLES, SAMPLES) {
        // the reference copies a picture that already has the size of the grid
        for i in 0..SAMPLES {
            let mut samples = [0.0; SAMPLES];
            next_row(&mut samples);
            emit(i, &samples);
        }
        return;
    }
    memory.fill(0.0);
    let (across, down) = (window(width), window(height));
    let positions: [usize; SAMPLES] = core::array::from_fn(|j| position(width, j));
    // eight rows and the same as eights; what the first column pass made of eight rows
    let (rows, memory) = memory.split_at_mut(LANES * width);
    let (eights, memory) = memory.split_at_mut(LANES * width);
    let (blurred, memory) = memory.split_at_mut(LANES * width);
    let (mut first, memory) = RowSums::new(level, down, width, memory);
    let (mut second, _) = RowSums::new(level, down, SAMPLES, memory);

    let mut read = 0; // rows that the first row pass has finished
    let mut passed = 0; // rows that the second column pass has finished
    let mut emitted = 0;
    for block in (0..height).step_by(LANES) {
        let block_rows = block..height.min(block + LANES);
        for (y, blurred) in block_rows.clone().zip(blurred.chunks_exact_mut(width)) {
            while read < height && down.step(y).enters.is_some_and(|enters| read <= enters) {
                let read_rows = read..height.min(read + LANES);
                rows.chunks_exact_mut(width).take(read_rows.len()).for_each(&mut next_row);
                box_filter::interleave(level, rows, width, eights.as_chunks_mut().0);
                box_filter::blur(level, eights.as_chunks().0, across, rows.as_chunks_mut().0);
                let start = first.row(read).start;
                box_filter::deinterleave(level, rows.as_chunks().0, width, &mut first.ring[start..][..LANES * width]);
                read = read_rows.end;
            }
            let divisor = first.advance(y);
            box_filter::divide(level, first.sums, divisor, blurred);
        }

        let mut samples = [[0.0; LANES]; SAMPLES];
        box_filter::interleave(level, blurred, width, eights.as_chunks_mut().0);
        box_filter::sample(level, eights.as_chunks().0, across, &positions, &mut samples);
        for (lane, y) in block_rows.clone().enumerate() {
            let row = second.row(y);
            second.ring[row].iter_mut().zip(&samples).for_each(|(value, eight)| *value = eight[lane]);
        }

        while passed < height && down.step(passed).enters.is_none_or(|enters| enters < block_rows.end) {
            let divisor = second.advance(passed);
            while emitted < SAMPLES && position(height, emitted) == passed {
                emit(emitted, &core::array::from_fn(|j| second.sums[j] / divisor));
                emitted += 1;
            }
            passed += 1;
        }
    }
}
