//! A picture reduced to a square of cells, from which all of its views are made.

#![expect(clippy::indexing_slicing, reason = "rows of cells are numbered up to the side of the grid")]

use core::fmt;

use super::frames::Frames;
use crate::hash::pdq::{MAX_SIDE, MIN_SIDE};
use crate::kernel::Level;
use crate::pixels::{ImageError, ImageRef, PixelFormat};
use crate::resample::area::{Area, Cells, SIDE};

/// A picture's luma in 192x192 cells, each the mean of the area that it covers, with 8 fractional bits.
///
/// The axes are divided evenly whatever their lengths, so cells have the picture's proportions, and rows and columns of
/// cells are straight lines of the picture. It takes 74 KB. A recognisable picture: treat it as the picture itself.
///
/// Made by [`Grid::of`] from pixels, or by a [`GridStream`] from rows as they arrive; screening a JPEG makes it from
/// coefficients. The same pixels give the same cells on every machine.
#[derive(Clone)]
pub struct Grid {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) cells: [Cells; SIDE],
    pub(super) frames: Frames,
}

impl Grid {
    /// Cells per axis.
    pub const SIDE: usize = SIDE;

    /// A grid of no picture, to be filled: it has no spectrum.
    #[must_use]
    pub const fn new() -> Self {
        Self { width: 0, height: 0, cells: [[0; SIDE]; SIDE], frames: Frames::NONE }
    }

    /// Reduces a picture.
    ///
    /// Cost: of rows and pixels that are looked at, a read each; some 20 us for the frames in it, 0.3 ms where it is shown on
    /// a screen.
    ///
    /// # Errors
    ///
    /// Refuses a side longer than [`MAX_SIDE`].
    pub fn of(image: &ImageRef<'_>) -> Result<Self, ImageError> {
        let mut grid = Self::new();
        grid.fill(image)?;
        Ok(grid)
    }

    /// Reduces a picture into this grid.
    ///
    /// # Errors
    ///
    /// As [`Grid::of`]; the grid is then of no picture.
    pub fn fill(&mut self, image: &ImageRef<'_>) -> Result<(), ImageError> {
        let mut stream = GridStream::new(self, image.width(), image.height(), image.format())?;
        image.rows().try_for_each(|row| stream.push_row(row))?;
        stream.finish()
    }

    /// How many bytes [`Grid::to_bytes`] makes.
    pub const BYTES: usize = 8 + 2 * SIDE * SIDE;

    /// Packs the grid, so that another process can make views of it: see [`Grid::from_bytes`].
    ///
    /// For a pipe, not for a disk: the form may change with the version, and the picture can be recognised from it.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (head, cells) = bytes.split_at_mut(8);
        let sides = [self.width, self.height].map(u32::to_le_bytes);
        head.copy_from_slice(sides.as_flattened());
        // What a grid of no picture holds is left from another.
        if self.width > 0 {
            let cells = cells.as_chunks_mut::<2>().0.iter_mut();
            cells.zip(self.cells.as_flattened()).for_each(|(bytes, cell)| *bytes = cell.to_le_bytes());
        }
        bytes
    }

    /// Reads a grid that [`Grid::to_bytes`] packed: all views of it are the same bits.
    ///
    /// Cost: some 30 us, most of it for the frames in it, which are looked for anew; 0.3 ms where it is shown on a screen.
    ///
    /// # Errors
    ///
    /// Refuses bytes that no picture leads to: another length, sides too long, cells brighter than white.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImageError> {
        let refused = ImageError::corrupt;
        let bytes: &[u8; Self::BYTES] = bytes.try_into().map_err(|_| refused("length"))?;
        let (sides, cells) = bytes.split_at(8);
        let [width, height] = match sides.as_chunks::<4>().0 {
            [width, height] => [*width, *height].map(u32::from_le_bytes),
            _ => return Err(refused("length")),
        };
        let mut grid = Self::new();
        if (width, height) == (0, 0) {
            return if cells.iter().all(|byte| *byte == 0) { Ok(grid) } else { Err(refused("cell")) };
        }
        if width == 0 || height == 0 || width.max(height) > MAX_SIDE {
            return Err(refused("side"));
        }
        for (cell, bytes) in grid.cells.as_flattened_mut().iter_mut().zip(cells.as_chunks::<2>().0) {
            *cell = u16::from_le_bytes(*bytes);
            if *cell > WHITE {
                return Err(refused("cell"));
            }
        }
        (grid.width, grid.height) = (width, height);
        grid.frames = Frames::of(&grid.cells);
        Ok(grid)
    }

    /// Makes it one of no picture.
    pub(crate) fn clear(&mut self) {
        (self.width, self.height, self.frames) = (0, 0, Frames::NONE);
    }

    /// Fills this grid with means from 0 to 255, of a picture of the given size.
    pub(crate) fn fill_with(&mut self, width: u32, height: u32, mean: impl Fn(usize, usize) -> f32) {
        for (row, y) in self.cells.iter_mut().zip(0..) {
            for (cell, x) in row.iter_mut().zip(0..) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                let rounded = (mean(y, x).clamp(0.0, 255.0) * 256.0 + 0.5) as u16;
                *cell = rounded;
            }
        }
        (self.width, self.height) = (width, height);
        self.frames = Frames::of(&self.cells);
    }

    /// Pixels per row of the picture.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows of the picture.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The cell in a row and column: luma times 256; none beyond the grid.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<u16> {
        self.cells.get(row)?.get(column).copied()
    }

    /// Whether the picture is large enough to be hashed.
    pub(super) const fn is_hashed(&self) -> bool {
        self.width >= MIN_SIDE && self.height >= MIN_SIDE
    }
}

/// The brightest cell.
const WHITE: u16 = 255 << 8;

impl Default for Grid {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Grid {
    /// Never prints the cells: the picture can be recognised from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grid").field("width", &self.width).field("height", &self.height).finish_non_exhaustive()
    }
}

/// Reduces a picture to a [`Grid`] whose rows arrive one by one, from top to bottom: beside a
/// [`PdqStream`](crate::hash::PdqStream), in the same pass.
///
/// ```
/// use lookalike::hash::views::{Grid, GridStream};
/// use lookalike::pixels::PixelFormat;
///
/// let mut grid = Grid::new();
/// let mut stream = GridStream::new(&mut grid, 64, 64, PixelFormat::Gray8)?;
/// for y in 0..64_u8 {
///     stream.push_row(&[y; 64])?;
/// }
/// stream.finish()?;
/// assert_eq!(grid.cell(191, 0), Some(63 * 256));
/// # Ok::<(), lookalike::pixels::ImageError>(())
/// ```
pub struct GridStream<'g> {
    area: Area,
    width: u32,
    height: u32,
    row_bytes: usize,
    grid: &'g mut Grid,
}

impl<'g> GridStream<'g> {
    /// Begins a picture of the given size, to be reduced into the grid, which is one of no picture until it is finished.
    ///
    /// # Errors
    ///
    /// Refuses a side of no pixel, or longer than [`MAX_SIDE`].
    pub fn new(grid: &'g mut Grid, width: u32, height: u32, format: PixelFormat) -> Result<Self, ImageError> {
        grid.clear();
        let longest = width.max(height);
        if width == 0 || height == 0 {
            return Err(ImageError::empty(width, height));
        }
        if longest > MAX_SIDE {
            return Err(ImageError::too_large("side in pixels", longest.into(), MAX_SIDE));
        }
        let row_bytes = width as usize * format.bytes_per_pixel();
        Ok(Self { area: Area::new(width, height, format), width, height, row_bytes, grid })
    }

    /// Computes with the given CPU level instead of the best; the result is the same.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { area: self.area.with_level(level), ..self }
    }

    /// Takes the next row: exactly `width * bytes_per_pixel` bytes.
    ///
    /// # Errors
    ///
    /// Refuses a row of another length and a row too many; the stream is then as it was.
    pub fn push_row(&mut self, row: &[u8]) -> Result<(), ImageError> {
        if row.len() != self.row_bytes {
            return Err(ImageError::row_length(row.len(), self.row_bytes));
        }
        if self.area.rows() == self.height {
            return Err(ImageError::row_count(u64::from(self.height) + 1, self.height));
        }
        let cells = &mut self.grid.cells;
        self.area.push_row(row, |number, means| cells[number] = *means);
        Ok(())
    }

    /// Ends the picture.
    ///
    /// # Errors
    ///
    /// Refuses a picture of which rows are missing.
    pub fn finish(self) -> Result<(), ImageError> {
        if self.area.rows() != self.height {
            return Err(ImageError::row_count(self.area.rows().into(), self.height));
        }
        self.grid.frames = Frames::of(&self.grid.cells);
        (self.grid.width, self.grid.height) = (self.width, self.height);
        Ok(())
    }
}

impl fmt::Debug for GridStream<'_> {
    /// Never prints what was computed from pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GridStream")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("rows", &self.area.rows())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::views::{Scratch, ViewSet};
    use alloc::vec::Vec;

    #[test]
    fn a_packed_grid_has_the_same_views() {
        // a border, so that there are frames to find
        let pixel = |x: u32, y: u32| match (x, y) {
            (20..280, 30..200) => ((x * y / 7) ^ (x * 3)) as u8,
            _ => 255,
        };
        let pixels: Vec<u8> = (0..300 * 220).map(|i| pixel(i % 300, i / 300)).collect();
        let grid = Grid::of(&ImageRef::packed(&pixels, 300, 220, PixelFormat::Gray8).unwrap()).unwrap();
        let read = Grid::from_bytes(&grid.to_bytes()).unwrap();
        assert!(read.cells == grid.cells && (read.width, read.height) == (300, 220));
        let (mut scratch, mut seen) = (Scratch::new(), 0);
        for framing in ViewSet::Thorough.framings() {
            let own = grid.spectrum(framing, &mut scratch).map(|it| it.dihedral());
            assert_eq!(read.spectrum(framing, &mut scratch).map(|it| it.dihedral()), own, "{framing}");
            seen += usize::from(own.is_some());
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn bytes_that_no_picture_leads_to_are_refused() {
        let white = [255; 64 * 64];
        let mut grid = Grid::of(&ImageRef::packed(&white, 64, 64, PixelFormat::Gray8).unwrap()).unwrap();
        let good = grid.to_bytes();
        assert!(Grid::from_bytes(&good).is_ok());
        assert!(Grid::from_bytes(&good[1..]).is_err());
        let with = |at: usize, with: &[u8]| {
            let mut bytes = good;
            bytes[at..at + with.len()].copy_from_slice(with);
            Grid::from_bytes(&bytes)
        };
        assert!(with(0, &0_u32.to_le_bytes()).is_err());
        assert!(with(4, &(MAX_SIDE + 1).to_le_bytes()).is_err());
        assert!(with(Grid::BYTES - 2, &(WHITE + 1).to_le_bytes()).is_err());
        assert!(with(0, &[0; 8]).is_err(), "cells of no picture");
        grid.clear();
        assert_eq!(Grid::from_bytes(&grid.to_bytes()).unwrap().width(), 0);
    }
}
