//! Blocks whose lowest frequencies are not, or not exactly, known: estimated from the means of the blocks around.
//!
//! A progressive file may end before its coefficients are sent in full. libjpeg then smooths by default, which is what everybody
//! sees. Which weights it takes depends on whether any of the coefficients was sent.
//!
//! Source: libjpeg-turbo's `jdcoefct.c`; ITU-T T.81, K.8.

#![expect(clippy::indexing_slicing, reason = "rows and columns are limited to those of the component")]

use alloc::vec::Vec;

use super::frame::Component;
use super::quantisation::Steps;
use super::scan::{Block, ScanHeader};

/// The lowest frequencies, in zigzag order, the mean included.
const LOWEST: usize = 10;

/// How exactly the frequencies of a component are known: bits that were not sent, or less than 0 if nothing was.
#[derive(Clone, Copy)]
struct Known {
    now: [i32; 64],
    /// Before its last scan.
    before: [i32; 64],
}

/// How exactly the frequencies of all components are known.
pub(super) struct Progress {
    components: Vec<Known>,
    scans: u32,
    /// The last row of units for which the last scan has data.
    pub(super) last_unit_row: usize,
}

impl Progress {
    pub(super) fn new(components: usize) -> Self {
        let nothing = Known { now: [-1; 64], before: [-1; 64] };
        Self { components: alloc::vec![nothing; components], scans: 0, last_unit_row: 0 }
    }

    /// Takes note of a scan that begins.
    pub(super) fn begin(&mut self, header: &ScanHeader) {
        self.scans += 1;
        for scanned in header.components() {
            let known = &mut self.components[scanned.component];
            for at in header.from.min(1)..=header.to.max(LOWEST - 1) {
                known.before[at] = if self.scans > 1 { known.now[at] } else { 0 };
            }
            known.now[header.from..=header.to].fill(header.low.cast_signed());
        }
    }

    /// Returns true if blocks are to be smoothed: all means were sent, and some of the lowest frequencies were not in full.
    pub(super) fn is_smoothed(&self, steps: &[Option<Steps>]) -> bool {
        let has_all = self.components.iter().zip(steps).all(|(known, steps)| {
            let has_steps =
                |steps: &Steps| steps[0] != 0 && ESTIMATES.iter().all(|estimate| steps[estimate.place] != 0);
            known.now[0] >= 0 && steps.as_ref().is_some_and(has_steps)
        });
        has_all && self.components.iter().any(|known| known.now[1..LOWEST].iter().any(|&bits| bits != 0))
    }

    /// How exactly the lowest frequencies are known in a row of units.
    fn known(&self, component: usize, unit_row: usize) -> [i32; LOWEST] {
        let known = &self.components[component];
        let mut lowest = [-1; LOWEST];
        if unit_row <= self.last_unit_row {
            lowest.copy_from_slice(&known.now[..LOWEST]);
        } else if self.scans > 1 {
            lowest.copy_from_slice(&known.before[..LOWEST]);
        }
        lowest
    }
}

/// A row of blocks, and those around it.
pub(super) struct Around<'c> {
    rows: [&'c [Block]; 5],
    known: [i32; LOWEST],
    steps: &'c Steps,
    has_means_alone: bool,
}

impl<'c> Around<'c> {
    pub(super) fn new(
        blocks: &'c [Block],
        (component, own): (usize, &Component),
        row: usize,
        progress: &Progress,
        steps: &'c Steps,
    ) -> Self {
        let down = own.counted_down;
        let (unit_row, units_down) = (row / down, own.stored_down / down);
        // Rows of blocks that this row of units has. libjpeg counts as if all rows of units had as many.
        let rows = own.blocks_down.min((unit_row + 1) * down) - unit_row * down;
        let (counted, all) = (unit_row * rows + row % down, units_down * rows);
        let before = if counted > 0 { row - 1 } else { row };
        let first = if counted > 1 { row - 2 } else { before };
        let after = if counted + 1 < all { row + 1 } else { row };
        let last = if counted + 2 < all { row + 2 } else { after };
        let blocks_of = |row: usize| &blocks[row * own.stored_across..][..own.blocks_across];
        let known = progress.known(component, unit_row);
        let has_means_alone = known[1..].iter().all(|&bits| bits == -1);
        Self { rows: [first, before, row, after, last].map(blocks_of), known, steps, has_means_alone }
    }

    /// Returns the block of a column with estimates of what is not known of it.
    pub(super) fn block(&self, column: usize) -> Block {
        let [.., middle, _, _] = self.rows;
        let mut block = middle[column];
        let mut means = [0; 25];
        for (at, mean) in means.iter_mut().enumerate() {
            let beside = (column + at % 5).saturating_sub(2).min(middle.len() - 1);
            *mean = i64::from(self.rows[at / 5][beside][0]);
        }
        let sum = |weights: &Weights| {
            let sum: i64 = means.iter().zip(weights).map(|(mean, &weight)| mean * i64::from(weight)).sum();
            sum * i64::from(self.steps[0])
        };
        for (estimate, &bits) in ESTIMATES.iter().zip(&self.known[1..]) {
            let weights = if self.has_means_alone { Some(&estimate.of_means) } else { estimate.of_some.as_ref() };
            if let Some(weights) = weights.filter(|_| bits != 0 && block[estimate.place] == 0) {
                block[estimate.place] = quotient(sum(weights), self.steps[estimate.place], bits);
            }
        }
        if self.has_means_alone {
            block[0] = quotient(sum(&MEAN), self.steps[0], -1);
        }
        block
    }
}

/// Divides a sum by 256 steps and rounds. If all but `bits` bits were sent, as zeros, the result has no more.
#[expect(clippy::cast_possible_truncation, reason = "as libjpeg does")]
fn quotient(sum: i64, step: u16, bits: i32) -> i16 {
    let step = i64::from(step);
    let mut amount = ((step << 7) + sum.abs()) / (step << 8);
    if bits > 0 {
        amount = amount.min((1 << bits) - 1);
    }
    (if sum < 0 { -amount } else { amount }) as i16
}

/// Weights of the means of 5x5 blocks, row by row.
type Weights = [i16; 25];

/// How a coefficient is estimated.
struct Estimate {
    place: usize,
    /// If means are all that there is.
    of_means: Weights,
    /// If there is more.
    of_some: Option<Weights>,
}

/// For the mean itself.
const MEAN: Weights = [-2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2];

/// For the others, in zigzag order.
const ESTIMATES: [Estimate; LOWEST - 1] = [
    Estimate {
        place: 1,
        of_means: [-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1],
        of_some: Some([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    },
    Estimate {
        place: 8,
        of_means: [-1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1],
        of_some: Some([0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0]),
    },
    Estimate {
        place: 16,
        of_means: [0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0],
        of_some: Some([0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0]),
    },
    Estimate {
        place: 9,
        of_means: [-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1],
        of_some: Some([0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0]),
    },
    Estimate {
        place: 2,
        of_means: [0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0],
        of_some: Some([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    },
    Estimate {
        place: 3,
        of_means: [0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0],
        of_some: None,
    },
    Estimate {
        place: 10,
        of_means: [0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0],
        of_some: None,
    },
    Estimate {
        place: 17,
        of_means: [0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0],
        of_some: None,
    },
    Estimate {
        place: 24,
        of_means: [0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0],
        of_some: None,
    },
];
