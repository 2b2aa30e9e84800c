//! A row of pixels in the forms in which reductions want it.

#![expect(clippy::indexing_slicing, reason = "the memory is made for the width")]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use super::weights::filled;
use crate::kernel::Level;
use crate::kernel::lanczos::{LANES, narrow};
use crate::kernel::lanczos_groups::SPAN;

/// A row of 8-bit pixels, computed once for all reductions that read it.
///
/// Memory: 2 bytes a pixel, and one more where reductions read bytes. Behind the pixels there are zeros, as windows are
/// read in whole vectors.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    width: usize,
    pixels: Vec<i16>,
    /// Empty if no reduction reads them.
    bytes: Vec<u8>,
}

impl Line {
    pub(crate) fn new(width: usize, with_bytes: bool) -> Result<Self, TryReserveError> {
        Ok(Self {
            width,
            pixels: filled(0, width.saturating_add(LANES))?,
            bytes: filled(0, if with_bytes { width.saturating_add(SPAN) } else { 0 })?,
        })
    }

    /// Replaces the pixels by those that `write` puts in their place, 0 to 255 each.
    pub(crate) fn fill(&mut self, level: Level, write: impl FnOnce(&mut [i16])) {
        let pixels = &mut self.pixels[..self.width];
        write(pixels);
        narrow(level, pixels, &mut self.bytes);
    }

    /// The pixels, and zeros up to a whole lane from every one of them.
    pub(super) fn pixels(&self) -> &[i16] {
        &self.pixels
    }

    /// The pixels as bytes, and zeros to the end of a span from every one of them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
