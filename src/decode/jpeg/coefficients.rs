//! The coefficients of a picture that comes in several scans, all kept up to the last scan.

#![expect(clippy::indexing_slicing, reason = "blocks are within the numbers for which the memory was made")]

use alloc::vec::Vec;

use super::faults::Faults;
use super::frame::{Component, Frame};
use super::quantisation::{Steps, steps_of};
use super::rows::PixelRows;
use super::scan::{Block, Scan, ScanHeader, ScanTables};
use super::smooth::{Around, Progress};
use crate::decode::error::{DecodeError, Limited};
use crate::decode::limits::Limits;
use crate::kernel::jpeg_block::transform;

/// Blocks of all components.
pub(super) struct Coefficients {
    planes: Vec<Vec<Block>>,
    progress: Progress,
}

impl Coefficients {
    pub(super) fn new(frame: &Frame, limits: &Limits) -> Result<Self, DecodeError> {
        limits.check(Limited::AllocBytes, frame.coefficient_bytes())?;
        let missing = DecodeError::OverLimit { what: Limited::Memory, found: frame.coefficient_bytes(), allowed: 0 };
        let plane = |own: &Component| {
            // Zeroed by the system, so blocks that are never written take no memory.
            bytemuck::allocation::try_zeroed_vec(own.stored_across * own.stored_down).map_err(|()| missing)
        };
        let planes = frame.components.iter().map(plane).collect::<Result<_, _>>()?;
        Ok(Self { planes, progress: Progress::new(frame.components.len()) })
    }

    /// Adds what a scan brings.
    pub(super) fn add(
        &mut self,
        frame: &Frame,
        header: &ScanHeader,
        tables: &ScanTables<'_>,
        scan: &mut Scan<'_>,
        faults: &mut Faults,
    ) -> Result<(), DecodeError> {
        self.progress.begin(header);
        if let &[scanned] = header.components() {
            // One component by itself: its blocks alone, without those that fill units.
            let own = &frame.components[scanned.component];
            for row in 0..own.blocks_down {
                for column in 0..own.blocks_across {
                    if scan.has_data() {
                        self.progress.last_unit_row = row / own.counted_down;
                    }
                    if scan.begin(faults)? {
                        let block = &mut self.planes[scanned.component][row * own.stored_across + column];
                        read(frame, header, tables, scan, 0, block, faults)?;
                    }
                    scan.finish(faults)?;
                }
            }
            return Ok(());
        }
        for unit_row in 0..frame.units_down {
            for unit in 0..frame.units_across {
                if scan.has_data() {
                    self.progress.last_unit_row = unit_row;
                }
                if scan.begin(faults)? {
                    for (at, scanned) in header.components().iter().enumerate() {
                        let own = &frame.components[scanned.component];
                        for row in unit_row * own.down..(unit_row + 1) * own.down {
                            for column in unit * own.across..(unit + 1) * own.across {
                                let block = &mut self.planes[scanned.component][row * own.stored_across + column];
                                read(frame, header, tables, scan, at, block, faults)?;
                            }
                        }
                    }
                }
                scan.finish(faults)?;
            }
        }
        Ok(())
    }

    /// Transforms all blocks to samples, and these to pixels.
    pub(super) fn finish(&self, frame: &Frame, steps: &[Option<Steps>], rows: &mut PixelRows<'_>) {
        let is_smoothed = frame.is_progressive && self.progress.is_smoothed(steps);
        let level = rows.level();
        for unit_row in 0..frame.units_down {
            for (component, own) in frame.components.iter().enumerate() {
                let plane = &self.planes[component];
                let factors = steps_of(steps, component);
                for row in unit_row * own.down..((unit_row + 1) * own.down).min(own.blocks_down) {
                    if let Some(steps) = steps[component].as_ref().filter(|_| is_smoothed) {
                        let around = Around::new(plane, (component, own), row, &self.progress, steps);
                        for column in 0..own.blocks_across {
                            let (samples, stride) = rows.block(component, row, column);
                            transform(level, &around.block(column), &factors, samples, stride);
                        }
                        continue;
                    }
                    let blocks = &plane[row * own.stored_across..][..own.blocks_across];
                    for (column, block) in blocks.iter().enumerate() {
                        let (samples, stride) = rows.block(component, row, column);
                        transform(level, block, &factors, samples, stride);
                    }
                }
            }
            rows.finish_units(unit_row);
        }
    }
}

/// Reads what a scan brings for a block.
#[inline]
fn read(
    frame: &Frame,
    header: &ScanHeader,
    tables: &ScanTables<'_>,
    scan: &mut Scan<'_>,
    at: usize,
    block: &mut Block,
    faults: &mut Faults,
) -> Result<(), DecodeError> {
    match (frame.is_progressive, header.from, header.high) {
        (false, ..) => scan.block(at, (tables.dc(at)?, tables.ac(at)?), block, faults).map(drop),
        (true, 0, 0) => scan.mean(at, tables.dc(at)?, header.low, block, faults),
        (true, 0, _) => {
            scan.refine_mean(header.low, block);
            Ok(())
        }
        (true, _, 0) => scan.band(header, tables.ac(at)?, block, faults),
        (true, ..) => scan.refine_band(header, tables.ac(at)?, block, faults),
    }
}
