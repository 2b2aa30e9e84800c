//! A row of pixels in the forms in which reductions want it.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use super::weights::filled;
use crate::kernel::Level;
use crate::kernel::lanczos::{LANES, narrow};
use crate::kernel::lanczos_blocks::{BLOCK, BLOCKS, Moments, moments};
use crate::kernel::lanczos_groups::SPAN;

/// What reductions want of a line besides its pixels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Needs {
    pub(crate) moments: bool,
    pub(crate) bytes: bool,
}

impl Needs {
    pub(crate) fn and(self, other: Self) -> Self {
        Self { moments: self.moments || other.moments, bytes: self.bytes || other.bytes }
    }
}

/// A row of 8-bit pixels, computed once for all reductions that read it.
///
/// Memory: 2 bytes a pixel, and about one more each for moments and bytes. Behind the pixels there are zeros, as windows are
/// read in whole vectors.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    width: usize,
    needs: Needs,
    pixels: Vec<i16>,
    bytes: Vec<u8>,
    moments: [Vec<i16>; 3],
}

impl Line {
    pub(crate) fn new(width: usize, needs: Needs) -> Result<Self, TryReserveError> {
        let plane = if needs.moments { width.div_ceil(BLOCK) + BLOCKS } else { 0 };
        Ok(Self {
            width,
            needs,
            // up to a whole block or whole lanes
            pixels: filled(0, width.saturating_add(BLOCK.max(LANES)))?,
            bytes: filled(0, if needs.bytes { width.saturating_add(SPAN) } else { 0 })?,
            moments: [filled(0, plane)?, filled(0, plane)?, filled(0, plane)?],
        })
    }

    /// Replaces the pixels by those that `write` puts in their place, 0 to 255 each.
    pub(crate) fn fill(&mut self, level: Level, write: impl FnOnce(&mut [i16])) {
        let pixels = self.pixels.get_mut(..self.width).unwrap_or_default();
        write(pixels);
        if self.needs.bytes {
            narrow(level, pixels, &mut self.bytes);
        }
        if self.needs.moments {
            let blocks = self.width.div_ceil(BLOCK) * BLOCK;
            let pixels = self.pixels.get(..blocks).unwrap_or_default();
            moments(level, pixels, self.moments.each_mut().map(Vec::as_mut_slice));
        }
    }

    /// The pixels, and zeros up to a whole lane from every one of them.
    pub(super) fn pixels(&self) -> &[i16] {
        &self.pixels
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The pixels as bytes, and zeros to the end of a span from every one of them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn moments(&self) -> Moments<'_> {
        self.moments.each_ref().map(Vec::as_slice)
    }
}
