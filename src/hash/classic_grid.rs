//! The small grid of grey pixels that a classic hash is read from: the luma of the picture, reduced as Pillow reduces it.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use crate::kernel::Level;
use crate::luma::luma_row;
use crate::pixels::{ImageError, ImageRef};
use crate::resample::lanczos::{Line, Reduction};

/// A reduction, and the rows of its grid that are complete.
#[derive(Clone, Debug)]
pub(crate) struct GridReducer {
    pub(crate) size: (u32, u32),
    pub(crate) pixels: Vec<u8>,
    reduction: Reduction,
}

impl GridReducer {
    /// Prepares to reduce a picture of the given (width, height).
    pub(crate) fn new(level: Level, picture: (u32, u32), size: (u32, u32)) -> Result<Self, TryReserveError> {
        let mut pixels = Vec::new();
        pixels.try_reserve_exact((size.0 as usize).saturating_mul(size.1 as usize))?;
        Ok(Self { size, pixels, reduction: Reduction::new(level, picture, size)? })
    }

    /// Whether the lines that are pushed must have their pixels in bytes, too.
    pub(crate) fn reads_bytes(&self) -> bool {
        self.reduction.reads_bytes()
    }

    /// Takes the next row of luma.
    pub(crate) fn push_row(&mut self, line: &Line) {
        self.reduction.push_row(line, |row| self.pixels.extend(row.iter().map(|pixel| pixel.to_le_bytes()[0])));
    }
}

/// Reduces a whole picture.
pub(crate) fn of_image(image: &ImageRef<'_>, size: (u32, u32)) -> Result<Vec<u8>, ImageError> {
    let (level, width, height) = (Level::best(), image.width(), image.height());
    let memory = |_| ImageError::memory(width, height);
    let mut grid = GridReducer::new(level, (width, height), size).map_err(memory)?;
    let mut line = Line::new(width as usize, grid.reads_bytes()).map_err(memory)?;
    for row in image.rows() {
        line.fill(level, |luma| luma_row(level, image.format(), row, luma));
        grid.push_row(&line);
    }
    Ok(grid.pixels)
}
