//! The frame header: measures, components and their sampling.

use alloc::vec::Vec;

use super::faults::{CORRUPT, unsupported};
use crate::decode::error::DecodeError;

/// Samples along the side of a block.
pub(super) const BLOCK: usize = 8;

/// A component's sampling, and what follows from it for its size.
#[derive(Clone, Copy)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks across and down in a unit of a scan in which components are interleaved.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Where its quantisation table is expected.
    pub(super) quantisation: usize,
    /// Samples of the picture, not counting those that fill blocks.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Blocks that hold samples of the picture.
    pub(super) blocks_across: usize,
    pub(super) blocks_down: usize,
    /// Blocks across and down, with those that fill the last unit.
    pub(super) stored_across: usize,
    pub(super) stored_down: usize,
    /// Rows of blocks in what libjpeg counts as a row of units: as stated, also for a single component.
    pub(super) counted_down: usize,
}

/// The frame header.
pub(super) struct Frame {
    pub(super) is_progressive: bool,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
    /// The largest sampling factors.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Units of interleaved components.
    pub(super) units_across: usize,
    pub(super) units_down: usize,
}

impl Frame {
    pub(super) fn new(marker: u8, segment: &[u8]) -> Result<Self, DecodeError> {
        let [precision, h1, h0, w1, w0, count, components @ ..] = segment else { return Err(CORRUPT) };
        let (height, width) = (u16::from_be_bytes([*h1, *h0]), u16::from_be_bytes([*w1, *w0]));
        match (precision, height, count) {
            (8, 0, _) => return Err(unsupported("jpeg with its height after the pixels")),
            (8, _, 1 | 3 | 4) => {}
            (12 | 16, ..) => return Err(unsupported("jpeg with more than 8 bits per sample")),
            (8, _, 2) => return Err(unsupported("jpeg with 2 components")),
            _ => return Err(CORRUPT),
        }
        let (components, rest) = components.as_chunks::<3>();
        let factors = |[_, factors, _]: &[u8; 3]| (usize::from(factors >> 4), usize::from(factors & 15));
        let is_possible = |(across, down)| (1..=4).contains(&across) && (1..=4).contains(&down);
        if components.len() != usize::from(*count) || !rest.is_empty() || width == 0 {
            return Err(CORRUPT);
        }
        if !components.iter().map(factors).all(is_possible) {
            return Err(CORRUPT);
        }
        // A single component is coded block by block, whatever its factors.
        let factors = |component: &[u8; 3]| if *count == 1 { (1, 1) } else { factors(component) };
        let across = components.iter().map(|component| factors(component).0).max().unwrap_or(1);
        let down = components.iter().map(|component| factors(component).1).max().unwrap_or(1);
        if components.iter().map(factors).any(|(h, v)| across % h != 0 || down % v != 0) {
            return Err(unsupported("jpeg with sampling factors that do not divide"));
        }
        let (width, height) = (usize::from(width), usize::from(height));
        let (units_across, units_down) = (width.div_ceil(BLOCK * across), height.div_ceil(BLOCK * down));
        let components = components.iter().map(|bytes| {
            let [id, stated, quantisation] = *bytes;
            let (h, v) = factors(bytes);
            let counted_down = usize::from(stated & 15);
            let (own_width, own_height) = ((width * h).div_ceil(across), (height * v).div_ceil(down));
            Component {
                id,
                across: h,
                down: v,
                quantisation: usize::from(quantisation),
                width: own_width,
                height: own_height,
                blocks_across: own_width.div_ceil(BLOCK),
                blocks_down: own_height.div_ceil(BLOCK),
                stored_across: units_across * h,
                stored_down: units_down.next_multiple_of(counted_down / v) * v,
                counted_down,
            }
        });
        let components = components.collect();
        let is_progressive = marker == 0xc2;
        Ok(Self { is_progressive, width, height, components, across, down, units_across, units_down })
    }

    /// The fewest bits that hold the picture: for each block a code of one bit for its mean and, unless a band of many blocks
    /// can end at once, one for its end.
    pub(super) fn least_bits(&self) -> u64 {
        let blocks: usize = self.components.iter().map(|own| own.blocks_across * own.blocks_down).sum();
        blocks as u64 * if self.is_progressive { 1 } else { 2 }
    }

    /// Bytes of the coefficients of all components, and of nothing else.
    pub(super) fn coefficient_bytes(&self) -> u64 {
        let blocks: usize = self.components.iter().map(|own| own.stored_across * own.stored_down).sum();
        128 * blocks as u64
    }
}
