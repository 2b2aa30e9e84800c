//! PDQ of a picture whose rows arrive one by one: the reduction to 64x64, of which no row is kept.

use core::fmt;

use super::PdqProfile;
use super::reduce::{Reducer, Row, Samples};
use super::spectrum::PdqSpectrum;
use crate::dct::{self, Columns, FREQUENCIES};
use crate::hash::quality::Gradient;
use crate::kernel::Level;
use crate::pixels::{ImageError, PixelFormat};
use crate::resample::jarosz::SAMPLES;

/// PDQ of a picture whose rows arrive one by one, from top to bottom.
///
/// It takes less than 8 KB, whatever the size of the picture, up to 524,288 pixels a side (which covers the
/// 65,535 x 65,535 of the largest JPEG), and never allocates. Pushing a row takes another 3 KB of stack at most.
///
/// ```
/// use lookalike::hash::pdq::{PdqProfile, PdqStream};
/// use lookalike::pixels::PixelFormat;
///
/// let mut stream = PdqStream::new(64, 64, PixelFormat::Gray8, PdqProfile::FullResolution)?;
/// for y in 0..64_u8 {
///     let row: [u8; 64] = core::array::from_fn(|x| y.wrapping_mul(y) ^ (x as u8).wrapping_mul(5));
///     stream.push_row(&row)?;
/// }
/// assert_eq!(stream.finish()?.pdq().hash.count_ones(), 128);
/// # Ok::<(), lookalike::pixels::ImageError>(())
/// ```
pub struct PdqStream {
    reducer: Reducer,
    folded: Folded,
    /// The CPU level that was asked for.
    level: Option<Level>,
}

impl PdqStream {
    /// Begins a picture of the given size.
    ///
    /// # Errors
    ///
    /// Refuses a side of no pixel, or longer than [`MAX_SIDE`](super::MAX_SIDE).
    #[inline] // so that its eight kilobytes are made where they stay
    pub fn new(width: u32, height: u32, format: PixelFormat, profile: PdqProfile) -> Result<Self, ImageError> {
        Reducer::check(width, height)?;
        let mut stream = Self::idle();
        stream.begin_checked((width, height), format, profile);
        Ok(stream)
    }

    /// A stream of no picture, in which pictures are then [begun](Self::begin): it takes no row and has no hash.
    ///
    /// A device may keep one in a static variable, for all its pictures:
    ///
    /// ```
    /// use lookalike::hash::pdq::{PdqProfile, PdqStream};
    /// use lookalike::pixels::PixelFormat;
    /// use std::sync::Mutex;
    ///
    /// static STREAM: Mutex<PdqStream> = Mutex::new(PdqStream::idle());
    ///
    /// let mut stream = STREAM.lock().unwrap();
    /// assert!(stream.push_row(&[]).is_err() && stream.spectrum().is_err());
    /// stream.begin(640, 1, PixelFormat::Gray8, PdqProfile::FullResolution)?;
    /// stream.push_row(&[7; 640])?;
    /// assert_eq!(stream.spectrum()?.quality(), 0);
    /// # Ok::<(), lookalike::pixels::ImageError>(())
    /// ```
    #[inline] // so that its eight kilobytes are made where they stay
    #[must_use]
    pub const fn idle() -> Self {
        Self {
            reducer: Reducer::idle(),
            folded: Folded {
                level: Level::SCALAR,
                columns: [[0.0; SAMPLES]; FREQUENCIES],
                rows: [[0.0; SAMPLES]; 2],
                gradient: Gradient::NONE,
            },
            level: None,
        }
    }

    /// Begins a picture of the given size in the memory of the one before, whatever became of that: the same as [`new`](Self::new),
    /// but the 8 KB of the stream are not moved, for which a device may have no room twice.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); the stream is then as it was.
    pub fn begin(
        &mut self,
        width: u32,
        height: u32,
        format: PixelFormat,
        profile: PdqProfile,
    ) -> Result<(), ImageError> {
        Reducer::check(width, height)?;
        self.begin_checked((width, height), format, profile);
        Ok(())
    }

    fn begin_checked(&mut self, size: (u32, u32), format: PixelFormat, profile: PdqProfile) {
        let level = self.level.unwrap_or_else(Level::best);
        let is_zero = self.reducer.is_idle();
        self.reducer.begin(level, size, format, profile);
        self.folded.level = level;
        if !is_zero {
            self.folded.columns.as_flattened_mut().fill(0.0);
        }
        // the rows are written before they are read
        self.folded.gradient = Gradient::NONE;
    }

    /// Computes with the given CPU level instead of the best, also all pictures begun later; the result is the same.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { reducer: self.reducer.with_level(level), folded: Folded { level, ..self.folded }, level: Some(level) }
    }

    /// Takes the next row: exactly `width * bytes_per_pixel` bytes.
    ///
    /// # Errors
    ///
    /// Refuses a row of another length and a row too many; the stream is then as it was.
    pub fn push_row(&mut self, row: &[u8]) -> Result<(), ImageError> {
        self.reducer.push_row(row, &mut self.folded)
    }

    /// Ends the picture.
    ///
    /// # Errors
    ///
    /// Refuses a picture of which rows are missing: half a picture has no hash.
    pub fn finish(self) -> Result<PdqSpectrum, ImageError> {
        self.spectrum()
    }

    /// What [`finish`](Self::finish) gives, without moving the 8 KB of the stream, for which a device may have no room twice.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    #[inline(never)] // so that only the result takes stack of the caller
    pub fn spectrum(&self) -> Result<PdqSpectrum, ImageError> {
        if !self.reducer.finish()? {
            return Ok(PdqSpectrum::TOO_SMALL);
        }
        let Folded { level, columns, gradient, .. } = &self.folded;
        Ok(PdqSpectrum::new(dct::finish(*level, columns), *gradient))
    }
}

impl fmt::Debug for PdqStream {
    /// Never prints what was computed from pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PdqStream")
            .field("width", &self.reducer.width)
            .field("height", &self.reducer.height)
            .field("format", &self.reducer.format)
            .field("rows", &self.reducer.rows)
            .finish_non_exhaustive()
    }
}

/// What is kept of the rows of samples.
struct Folded {
    level: Level,
    columns: Columns,
    /// The two rows written last, by parity.
    rows: [Row; 2],
    gradient: Gradient,
}

impl Samples for Folded {
    fn row(&mut self, i: usize) -> &mut Row {
        let [even, odd] = &mut self.rows;
        if i.is_multiple_of(2) { even } else { odd }
    }

    fn written(&mut self, i: usize) {
        let [even, odd] = &self.rows;
        let (row, above) = if i.is_multiple_of(2) { (even, odd) } else { (odd, even) };
        dct::add_row(self.level, &mut self.columns, i, row);
        self.gradient.add_row(self.level, (i > 0).then_some(above), row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_was_asked_for_holds_for_all_pictures_of_a_stream() {
        for (mut stream, expected) in
            [(PdqStream::idle().level(Level::SCALAR), Level::SCALAR), (PdqStream::idle(), Level::best())]
        {
            for _ in 0..2 {
                stream.begin(64, 64, PixelFormat::Gray8, PdqProfile::FullResolution).unwrap();
                assert_eq!((stream.folded.level, stream.reducer.level), (expected, expected));
            }
        }
    }
}
