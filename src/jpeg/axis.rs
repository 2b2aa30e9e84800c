//! The weights of coefficients along one axis.
//!
//! A sample of PDQ is a weighted sum of pixels (see `resample/jarosz.rs`), and the pixels of a block are weighted sums of its
//! coefficients. So a sample is a weighted sum of coefficients, and along one axis the weight of coefficient `u` of a
//! block is the sum over the block's pixels of the pixel's weight times the value there of the cosine `u`: the transform
//! of that piece of the triangle that lies in the block. A piece without a corner is a straight line, of which nearly
//! everything is in the first two.
//!
//! Beside the 64 samples there are two more outputs, the plain means of the outermost pixels, which tell of borders.

#![expect(
    clippy::indexing_slicing,
    reason = "a plan has room for the weights of its blocks, and tables are evaluated when they are compiled"
)]

use core::ops::Range;

use crate::resample::area::SIDE;
use crate::resample::jarosz::{Axis, SAMPLES};

/// Outputs along an axis: the mean of the first pixels, the 64 samples, the mean of the last pixels.
pub(super) const OUTPUTS: usize = SAMPLES + 2;

/// Pixels along a side of a block.
pub(super) const BLOCK: u32 = 8;

/// By frequency: the values of the cosine at the eight pixels, as the inverse transform of T.81 A.3.3 has them along an axis.
const COSINES: [[f64; 8]; 8] = {
    // cos(k * pi / 16) / 2, k = 0..8; rounded to the last place of a double
    const HALVES: [f64; 9] = [
        0.5,
        0.490_392_640_201_615_2,
        0.461_939_766_255_643_4,
        0.415_734_806_151_272_6,
        0.353_553_390_593_273_8,
        0.277_785_116_509_801_1,
        0.191_341_716_182_544_9,
        0.097_545_161_008_064_14,
        0.0,
    ];
    let mut table = [[HALVES[4]; 8]; 8];
    let mut u = 1;
    while u < 8 {
        let mut x = 0;
        while x < 8 {
            // cos(k * pi / 16) for k = (2 x + 1) u, folded into the first quarter of the circle
            let k = (2 * x + 1) * u % 32;
            let k = if k > 16 { 32 - k } else { k };
            table[u][x] = if k > 8 { -HALVES[16 - k] } else { HALVES[k] };
            x += 1;
        }
        u += 1;
    }
    table
};

/// What the outputs of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outputs {
    /// The samples of PDQ, with the means of the outermost pixels before and behind them.
    Samples,
    /// The same of the mirrored axis, which numbers its samples backwards.
    Mirrored,
    /// The cells of a grid of views, of equal length: see `resample/area.rs`.
    Cells,
}

impl Outputs {
    /// The samples, mirrored or not.
    pub(super) const fn samples(is_mirrored: bool) -> Self {
        if is_mirrored { Self::Mirrored } else { Self::Samples }
    }

    /// How many there are.
    const fn len(self) -> usize {
        match self {
            Self::Samples | Self::Mirrored => OUTPUTS,
            Self::Cells => SIDE,
        }
    }

    /// The pixels that an output is made of.
    fn pixels(self, axis: Axis, place: usize) -> Range<u32> {
        match self {
            Self::Samples | Self::Mirrored => pixels(axis, place, self == Self::Mirrored),
            Self::Cells => {
                let (start, end) = cell(axis, place);
                let pixel = SIDE as u64;
                #[expect(clippy::cast_possible_truncation, reason = "within the axis")]
                let pixels = (start / pixel) as u32..end.div_ceil(pixel) as u32;
                pixels
            }
        }
    }

    /// The weight of a pixel for an output, all weights of an output adding up to 1.
    fn weight(self, axis: Axis, place: usize, pixel: u32) -> f64 {
        match self {
            Self::Samples | Self::Mirrored => weight(axis, place, self == Self::Mirrored, pixel),
            Self::Cells => {
                let (start, end) = cell(axis, place);
                let (from, to) = (u64::from(pixel) * SIDE as u64, (u64::from(pixel) + 1) * SIDE as u64);
                #[expect(clippy::cast_possible_truncation, reason = "at most the length of the axis")]
                let share = end.min(to).saturating_sub(start.max(from)) as u32;
                f64::from(share) / f64::from(axis.len())
            }
        }
    }
}

/// Where a cell of a grid begins and ends, where a pixel has the length [`SIDE`].
const fn cell(axis: Axis, place: usize) -> (u64, u64) {
    let (len, place) = (axis.len() as u64, place as u64);
    (place * len, (place + 1) * len)
}

/// Weights of a block along an axis: position in [`Memory::weights`](super::Memory::weights), and outputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Block {
    /// Outputs of the blocks before.
    offset: u16,
    first: u8,
    count: u8,
}

impl Block {
    /// A block without outputs, to initialise memory.
    pub const NONE: Self = Self { offset: 0, first: 0, count: 0 };
}

/// One axis of a picture, gone through block by block: the weights of coefficients are made when they are asked for.
///
/// So it is with rows of blocks, each of which ends once in a scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    axis: Axis,
    outputs: Outputs,
    /// The block asked about last, and the first output that reaches it or a later one.
    block: u32,
    first: usize,
}

/// One axis of a picture with all weights at hand: for each block the outputs that it adds to, and the weights of its
/// coefficients for them.
///
/// So it is along rows, where every block of the picture asks.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    blocks: &'m [Block],
    weights: &'m [f32],
    per_axis: usize,
    is_mirrored: bool,
}

/// Outputs of an axis by place: from the first pixel to the last, though a mirrored axis numbers its samples backwards.
fn pixels(axis: Axis, place: usize, is_mirrored: bool) -> Range<u32> {
    let edge = edge(axis);
    match place {
        0 => 0..edge,
        1..=SAMPLES => {
            let sample = if is_mirrored { SAMPLES - place } else { place - 1 };
            let (start, end) = (axis.start(sample), axis.end(sample));
            let start = if sample == SAMPLES - 1 { start.min(axis.len() - axis.tail()) } else { start };
            if is_mirrored { axis.len() - end..axis.len() - start } else { start..end }
        }
        _ => axis.len() - edge..axis.len(),
    }
}

/// The weight of a pixel for the output at a place, all weights of an output adding up to 1.
fn weight(axis: Axis, place: usize, is_mirrored: bool, pixel: u32) -> f64 {
    if !(1..=SAMPLES).contains(&place) {
        return 1.0 / f64::from(edge(axis));
    }
    let (sample, pixel) = if is_mirrored { (SAMPLES - place, axis.len() - 1 - pixel) } else { (place - 1, pixel) };
    let within = pixel.checked_sub(axis.start(sample)).filter(|_| pixel < axis.end(sample));
    let triangle = within.map_or(0.0, |k| f64::from(axis.weight(k)));
    let is_in_tail = sample == SAMPLES - 1 && pixel >= axis.len() - axis.tail();
    let tail = if is_in_tail { 1.0 / f64::from(axis.tail()) } else { 0.0 };
    (triangle + tail) / f64::from(axis.total())
}

/// How many of the outermost pixels are looked at for a border: a 128th, half of the least border of note.
const fn edge(axis: Axis) -> u32 {
    let edge = axis.len() / 128;
    if edge == 0 { 1 } else { edge }
}

/// The blocks that a range of pixels lies in.
const fn blocks(pixels: &Range<u32>) -> Range<u32> {
    pixels.start / BLOCK..pixels.end.div_ceil(BLOCK)
}

/// How many weights a plan of this axis' samples has, mirrored or not.
pub(super) fn weights_needed(axis: Axis, per_axis: usize) -> usize {
    weights_of(axis, per_axis, Outputs::Samples).max(weights_of(axis, per_axis, Outputs::Mirrored))
}

/// How many weights a plan of this axis has.
pub(super) fn weights_of(axis: Axis, per_axis: usize, outputs: Outputs) -> usize {
    (0..outputs.len()).map(|place| blocks(&outputs.pixels(axis, place)).len()).sum::<usize>() * per_axis
}

/// How many blocks lie along this axis.
pub(super) const fn blocks_needed(axis: Axis) -> usize {
    axis.len().div_ceil(BLOCK) as usize
}

/// The place of a sample among the outputs.
const fn place(sample: usize, is_mirrored: bool) -> usize {
    if is_mirrored { SAMPLES - sample } else { sample + 1 }
}

impl Line {
    pub(super) const fn new(axis: Axis, outputs: Outputs) -> Self {
        Self { axis, outputs, block: 0, first: 0 }
    }

    /// Visits the outputs that a block adds to, which are neighbours, with the weights of its first `per_axis` coefficients for each;
    /// the other weights are 0. None beyond the picture.
    pub(super) fn of_block(&mut self, block: usize, per_axis: usize, mut visit: impl FnMut(usize, &[f32; 8])) {
        let Self { axis, outputs, .. } = *self;
        // units of several blocks reach beyond the picture
        if block >= blocks_needed(axis) {
            return;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a block of the axis")]
        let block = block as u32;
        if block < self.block {
            self.first = 0;
        }
        self.block = block;
        // places are in the order of their first and last blocks, so those of a block are neighbours
        while self.first < outputs.len() && blocks(&outputs.pixels(axis, self.first)).end <= block {
            self.first += 1;
        }
        for place in self.first..outputs.len() {
            let covered = outputs.pixels(axis, place);
            if !blocks(&covered).contains(&block) {
                break;
            }
            let covered = covered.start.max(block * BLOCK)..covered.end.min((block + 1) * BLOCK);
            let mut sums = [0.0; 8];
            for pixel in covered {
                let weight = outputs.weight(axis, place, pixel);
                for (sum, cosines) in sums.iter_mut().zip(&COSINES).take(per_axis) {
                    *sum += weight * cosines[(pixel % BLOCK) as usize];
                }
            }
            #[expect(clippy::cast_possible_truncation, reason = "rounded to f32")]
            let weights = sums.map(|sum| sum as f32);
            visit(place, &weights);
        }
    }

    /// The place of a sample.
    pub(super) fn place(&self, sample: usize) -> usize {
        place(sample, self.outputs == Outputs::Mirrored)
    }
}

impl<'m> Plan<'m> {
    /// Makes the plan of an axis in memory of at least the needed sizes; none if it is less.
    pub(super) fn new(
        axis: Axis,
        per_axis: usize,
        outputs: Outputs,
        blocks_memory: &'m mut [Block],
        weights_memory: &'m mut [f32],
    ) -> Option<Self> {
        let planned = blocks_memory.get_mut(..blocks_needed(axis))?;
        let (mut line, mut offset, mut fits) = (Line::new(axis, outputs), 0_usize, true);
        for (block, planned) in planned.iter_mut().enumerate() {
            *planned = Block { offset: u16::try_from(offset).ok()?, first: 0, count: 0 };
            line.of_block(block, per_axis, |place, weights| {
                let to = weights_memory.get_mut(offset * per_axis..).and_then(|rest| rest.get_mut(..per_axis));
                fits &= to.map(|to| to.iter_mut().zip(weights).for_each(|(to, from)| *to = *from)).is_some();
                if planned.count == 0 {
                    planned.first = place.to_le_bytes()[0];
                }
                planned.count += 1;
                offset += 1;
            });
        }
        let is_mirrored = outputs == Outputs::Mirrored;
        fits.then_some(Self { blocks: planned, weights: weights_memory, per_axis, is_mirrored })
    }

    /// The first output that a block adds to, and the weights for it and the following ones, each `per_axis`; none beyond
    /// the picture.
    #[inline]
    pub(super) fn of_block(&self, block: usize) -> Option<(usize, &[f32])> {
        let &Block { offset, first, count } = self.blocks.get(block)?;
        let weights = &self.weights[usize::from(offset) * self.per_axis..];
        Some((usize::from(first), &weights[..usize::from(count) * self.per_axis]))
    }

    /// The place of a sample.
    pub(super) const fn place(&self, sample: usize) -> usize {
        place(sample, self.is_mirrored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn the_cosines_are_cosines() {
        for (u, row) in COSINES.iter().enumerate() {
            for (x, &cosine) in row.iter().enumerate() {
                let scale = if u == 0 { 0.5 / 2_f64.sqrt() } else { 0.5 };
                let expected = scale * ((2 * x + 1) as f64 * u as f64 * core::f64::consts::PI / 16.0).cos();
                assert!((cosine - expected).abs() < 1e-15, "{u} {x}: {cosine} {expected}");
            }
        }
    }

    /// The coefficients of a line of pixels along one axis, eight for each block, the last block filled up at random.
    fn transformed(line: &[f64]) -> Vec<[f64; 8]> {
        let blocks = line.chunks(8).map(|block| {
            let pixel = |x: usize| block.get(x).copied().unwrap_or(x as f64 * 31.0);
            core::array::from_fn(|u| (0..8).map(|x| COSINES[u][x] * pixel(x)).sum())
        });
        blocks.collect()
    }

    #[test]
    fn all_eight_coefficients_make_the_samples_of_the_pixels() {
        for len in (5..600).chain([1023, 1024, 1025, 4000, 8192, 65_535]) {
            let axis = Axis::new(len);
            let line: Vec<f64> = (0..len).map(|x| f64::from((x * 37 + x * x % 91) % 256)).collect();
            for is_mirrored in [false, true] {
                let mut memory = vec![f32::NAN; weights_needed(axis, 8)];
                let mut blocks = vec![Block::default(); blocks_needed(axis)];
                let plan = Plan::new(axis, 8, Outputs::samples(is_mirrored), &mut blocks, &mut memory).unwrap();
                let mut outputs = [0.0; OUTPUTS];
                for (block, coefficients) in transformed(&line).iter().enumerate() {
                    let (first, weights) = plan.of_block(block).unwrap();
                    for (output, weights) in outputs[first..].iter_mut().zip(weights.chunks(8)) {
                        *output += weights.iter().zip(coefficients).map(|(&w, c)| f64::from(w) * c).sum::<f64>();
                    }
                }
                let seen: Vec<f64> = if is_mirrored { line.iter().rev().copied().collect() } else { line.clone() };
                for sample in 0..SAMPLES {
                    let mut expected: f64 = (axis.start(sample)..axis.end(sample))
                        .map(|x| f64::from(axis.weight(x - axis.start(sample))) * seen[x as usize])
                        .sum();
                    if sample == SAMPLES - 1 && axis.tail() > 0 {
                        let tail = &seen[(len - axis.tail()) as usize..];
                        expected += tail.iter().sum::<f64>() / f64::from(axis.tail());
                    }
                    expected /= f64::from(axis.total());
                    let found = outputs[plan.place(sample)];
                    assert!((found - expected).abs() < 2e-3, "{len} {sample} {is_mirrored}: {found} {expected}");
                }
                let edge = edge(axis) as usize;
                let mean = |pixels: &[f64]| pixels.iter().sum::<f64>() / pixels.len() as f64;
                assert!((outputs[0] - mean(&line[..edge])).abs() < 2e-3);
                assert!((outputs[OUTPUTS - 1] - mean(&line[line.len() - edge..])).abs() < 2e-3);
            }
        }
    }

    #[test]
    fn all_eight_coefficients_make_the_cells_of_the_pixels() {
        for len in [256, 257, 300, 767, 1024, 4001] {
            let axis = Axis::new(len);
            let line: Vec<f64> = (0..len).map(|x| f64::from((x * 37 + x * x % 91) % 256)).collect();
            let mut memory = vec![f32::NAN; weights_of(axis, 8, Outputs::Cells)];
            let mut blocks = vec![Block::default(); blocks_needed(axis)];
            let plan = Plan::new(axis, 8, Outputs::Cells, &mut blocks, &mut memory).unwrap();
            let mut outputs = [0.0; SIDE];
            for (block, coefficients) in transformed(&line).iter().enumerate() {
                let (first, weights) = plan.of_block(block).unwrap();
                for (output, weights) in outputs[first..].iter_mut().zip(weights.chunks(8)) {
                    *output += weights.iter().zip(coefficients).map(|(&w, c)| f64::from(w) * c).sum::<f64>();
                }
            }
            for (place, found) in outputs.iter().enumerate() {
                let (start, end) =
                    (place as f64 * f64::from(len) / SIDE as f64, (place + 1) as f64 * f64::from(len) / SIDE as f64);
                let share = |x: usize| (end.min(x as f64 + 1.0) - start.max(x as f64)).max(0.0);
                let sum: f64 = line.iter().enumerate().map(|(x, pixel)| share(x) * pixel).sum();
                let expected = sum * SIDE as f64 / f64::from(len);
                assert!((found - expected).abs() < 2e-3, "{len} {place}: {found} {expected}");
            }
        }
    }
}
