//! The reduction of a picture, row by row, to the 64x64 samples that are hashed.

use super::pick::{PICKED_SIDE, layout, pick, picked, picks};
use super::{MAX_SIDE, MIN_SIDE, PdqProfile};
use crate::kernel::Level;
use crate::kernel::triangle::{self, Layout, RowSums, SUMS, Triangles};
use crate::kernel::weighted_luma::{self, Narrow, Wide};
use crate::pixels::{ImageError, PixelFormat};
use crate::resample::jarosz::{Axis, SAMPLES};

/// One row of samples, 0 to 255.
pub(super) type Row = [f32; SAMPLES];

/// Where the rows of samples go.
pub(super) trait Samples {
    /// The place to write row `i` of 64 to; they come in rising order.
    fn row(&mut self, i: usize) -> &mut Row;

    /// Says that row `i` is written.
    fn written(&mut self, i: usize);
}

/// Takes the rows of a picture from top to bottom and writes the 64 rows of samples, each as soon as it is complete.
pub(super) struct Reducer {
    pub(super) level: Level,
    pub(super) format: PixelFormat,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether rows and columns are picked, so that the axes below are shorter or longer than the picture.
    picks: bool,
    across: Axis,
    down: Axis,
    triangles: Triangles,
    /// Rows pushed.
    pub(super) rows: u32,
    /// Rows of `down` that are done.
    reduced: u32,
    /// The first of the 64 output rows that is not complete.
    next: usize,
    sums: Sums,
}

impl Reducer {
    /// A reducer of no picture.
    #[inline] // so that its three kilobytes are made where they stay
    pub(super) const fn idle() -> Self {
        let axis = Axis::new(1);
        Self {
            level: Level::SCALAR,
            format: PixelFormat::Gray8,
            width: 0,
            height: 0,
            picks: false,
            across: axis,
            down: axis,
            triangles: Triangles { starts: [0; SAMPLES], window: 1, tail: 0 },
            rows: 0,
            reduced: 0,
            next: 0,
            sums: Sums::Narrow([[0; 3 * SUMS]; 2]),
        }
    }

    /// Begins a picture of a size that has been [checked](Self::check).
    #[inline(never)] // so that its stack is free again when rows are pushed
    pub(super) fn begin(
        &mut self,
        level: Level,
        (width, height): (u32, u32),
        format: PixelFormat,
        profile: PdqProfile,
    ) {
        let picks = picks(width, height, profile);
        let (across, down) = if picks { (PICKED_SIDE, PICKED_SIDE) } else { (width, height) };
        let (across, down) = (Axis::new(across), Axis::new(down));
        let is_narrow = u64::from(across.total()) * u64::from(down.total()) * 255 <= u64::from(u32::MAX);
        let is_zero = self.is_idle();
        match &mut self.sums {
            Sums::Narrow(_) if is_narrow && is_zero => {}
            Sums::Narrow(both) if is_narrow => both.as_flattened_mut().fill(0),
            sums => sums.replace(is_narrow),
        }
        // field by field: the whole would be made elsewhere and moved here, for which a device may have no room
        self.level = level;
        (self.format, self.width, self.height, self.picks) = (format, width, height, picks);
        (self.across, self.down) = (across, down);
        self.triangles.starts.iter_mut().enumerate().for_each(|(i, start)| *start = across.start(i));
        (self.triangles.window, self.triangles.tail) = (across.window(), across.tail());
        (self.rows, self.reduced, self.next) = (0, 0, 0);
    }

    /// Whether no picture was ever begun.
    pub(super) const fn is_idle(&self) -> bool {
        self.width == 0
    }

    /// Whether a picture of this size is hashed.
    ///
    /// # Errors
    ///
    /// Refuses a side of no pixel, or longer than [`MAX_SIDE`].
    pub(super) fn check(width: u32, height: u32) -> Result<(), ImageError> {
        let longest = width.max(height);
        if width == 0 || height == 0 {
            return Err(ImageError::empty(width, height));
        }
        if longest > MAX_SIDE {
            return Err(ImageError::too_large("side in pixels", longest.into(), MAX_SIDE));
        }
        Ok(())
    }

    /// Takes the next row, and writes the rows of samples that it completes.
    ///
    /// # Errors
    ///
    /// Refuses a row of another length and a row too many; nothing has changed then.
    pub(super) fn push_row(&mut self, row: &[u8], samples: &mut impl Samples) -> Result<(), ImageError> {
        let expected = self.width as usize * self.format.bytes_per_pixel();
        if row.len() != expected {
            return Err(ImageError::row_length(row.len(), expected));
        }
        if self.rows == self.height {
            return Err(ImageError::row_count(u64::from(self.height) + 1, self.height));
        }
        let y = self.rows;
        self.rows += 1;
        if self.is_too_small() {
            return Ok(());
        }
        if !self.picks {
            self.reduce(row, layout(self.format), samples);
        } else if self.is_picked(y) {
            let mut buffer = [0; 3 * PICKED_SIDE as usize];
            let (pixels, layout) = pick(row, self.format, self.width, &mut buffer);
            // a row is picked several times where the shorter side is stretched
            while self.is_picked(y) {
                self.reduce(pixels, layout, samples);
            }
        }
        Ok(())
    }

    /// Whether the picture is large enough to be hashed.
    ///
    /// # Errors
    ///
    /// Refuses a picture of which rows are missing, and none at all.
    pub(super) fn finish(&self) -> Result<bool, ImageError> {
        Self::check(self.width, self.height)?;
        if self.rows != self.height {
            return Err(ImageError::row_count(self.rows.into(), self.height));
        }
        Ok(!self.is_too_small())
    }

    pub(super) fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Whether a side is too short for the reference, before any picking.
    const fn is_too_small(&self) -> bool {
        self.width < MIN_SIDE || self.height < MIN_SIDE
    }

    /// Whether source row `y` is the next one to be picked.
    fn is_picked(&self, y: u32) -> bool {
        self.reduced < PICKED_SIDE && picked(self.reduced, self.height) == y
    }

    /// Adds one row of `down` to the output rows whose triangles cover it, and completes those that end with it.
    fn reduce(&mut self, row: &[u8], layout: Layout, samples: &mut impl Samples) {
        let (down, y) = (self.down, self.reduced);
        self.reduced += 1;
        let is_covered = self.next < SAMPLES && down.start(self.next) <= y;
        let is_in_tail = y >= down.len() - down.tail();
        if !is_covered && !is_in_tail {
            return;
        }
        if self.across.window() == 1 && down.window() == 1 {
            // nothing is blurred: samples are pixels
            let is_gray = self.format.is_gray();
            while self.next < SAMPLES && down.start(self.next) == y {
                let to = samples.row(self.next);
                match row.try_into() {
                    Ok(grays) if layout == Layout::Gray8 => weighted_luma::luma_of_grays(self.level, grays, to),
                    _ => {
                        let pixels = triangle::pixels(row, layout, &self.triangles);
                        weighted_luma::luma_of_pixels(self.level, &pixels, is_gray, to);
                    }
                }
                samples.written(self.next);
                self.next += 1;
            }
            return;
        }
        let mut row_sums: RowSums = [0; 3 * SUMS];
        triangle::row_sums(self.level, row, layout, &self.triangles, &mut row_sums);
        // Below 64 rows several output rows lie on the same source row; above, at most two are under way.
        let mut i = self.next;
        while i < SAMPLES && down.start(i) <= y {
            if y < down.end(i) {
                self.add(i, &row_sums, down.weight(y - down.start(i)));
            }
            i += 1;
            if down.window() == 1 {
                self.complete(i - 1, samples);
            }
        }
        if is_in_tail {
            self.add(SAMPLES - 2, &row_sums, 1);
        }
        while self.next < SAMPLES && y + 1 >= down.end(self.next) {
            self.complete(self.next, samples);
        }
    }

    /// Adds a row's sums to those of output row `i`.
    fn add(&mut self, i: usize, row_sums: &RowSums, weight: u32) {
        let used = if self.format.is_gray() { SUMS } else { 3 * SUMS };
        let (row_sums, _) = row_sums.split_at(used);
        match &mut self.sums {
            Sums::Narrow(both) => weighted_luma::add_narrow(self.level, slot(both, i).as_mut_slice(), row_sums, weight),
            Sums::Wide(both) => weighted_luma::add_wide(self.level, slot(both, i).as_mut_slice(), row_sums, weight),
        }
    }

    /// The luma of the sums of output row `i`, which are cleared.
    fn take_luma(&mut self, i: usize) -> [f64; SUMS] {
        let (level, is_gray) = (self.level, self.format.is_gray());
        match &mut self.sums {
            Sums::Narrow(both) => {
                let sums = slot(both, i);
                let luma = weighted_luma::luma_narrow(level, sums, is_gray);
                sums.fill(0);
                luma
            }
            Sums::Wide(both) => {
                let sums = slot(both, i);
                let luma = weighted_luma::luma_wide(level, sums, is_gray);
                sums.fill(0);
                luma
            }
        }
    }

    /// Turns the sums of output row `i` into samples and hands them on.
    fn complete(&mut self, i: usize, samples: &mut impl Samples) {
        let mut luma = self.take_luma(i);
        if i == SAMPLES - 1 && self.down.tail() > 0 {
            let tail = self.take_luma(SAMPLES - 2);
            let count = f64::from(self.down.tail());
            luma.iter_mut().zip(tail).for_each(|(luma, tail)| *luma += tail / count);
        }
        let [.., last, tail] = &mut luma;
        if self.across.tail() > 0 {
            *last += *tail / f64::from(self.across.tail());
        }
        let total = f64::from(self.across.total()) * f64::from(self.down.total());
        weighted_luma::scale(self.level, &luma, 1.0 / total, samples.row(i));
        samples.written(i);
        self.next = i + 1;
    }
}

/// Sums of the two output rows under way, by parity; at the end those of the tail, in place of the last row but one.
#[expect(clippy::large_enum_variant, reason = "there is no heap to put the larger one on")]
enum Sums {
    /// Of pictures small enough for 32 bits: about 8,000 x 8,000.
    Narrow([Narrow; 2]),
    Wide([Wide; 2]),
}

impl Sums {
    /// Turns them into zeros of one of the widths.
    #[cold]
    #[inline(never)] // for these are made elsewhere and moved, and nearly all pictures do without
    const fn replace(&mut self, is_narrow: bool) {
        *self = if is_narrow { Self::Narrow([[0; 3 * SUMS]; 2]) } else { Self::Wide([[0; 3 * SUMS]; 2]) };
    }
}

/// The sums of output row `i`: those of its parity.
const fn slot<T>(both: &mut [T; 2], i: usize) -> &mut T {
    let [even, odd] = both;
    if i.is_multiple_of(2) { even } else { odd }
}
