//! Rows of luma cut into cells of equal length, and weighted sums of rows of cells.

use super::multiversion::multiversion;

/// Cells of a row.
pub(crate) const SIDE: usize = 192;

/// A row under way, whose pixels are cut into [`SIDE`] cells.
#[derive(Clone, Debug)]
pub(crate) struct Cutter {
    /// Pixels of the row: the length of a cell, where a pixel has the length [`SIDE`].
    width: u32,
    /// Pixels that have been cut.
    at: u32,
    /// The cell under way, and where it ends.
    next: usize,
    end: u64,
    /// The sum of all pixels so far, and that up to the end of the cell before, times [`SIDE`].
    total: u64,
    before: u64,
    sums: [u32; SIDE],
}

impl Cutter {
    /// Begins a row of 1 to 2^24 pixels.
    pub(crate) const fn new(width: u32) -> Self {
        Self { width, at: 0, next: 0, end: width as u64, total: 0, before: 0, sums: [0; SIDE] }
    }

    #[inline(always)]
    fn end_cell(&mut self, sum: u64) {
        if let Some(cell) = self.sums.get_mut(self.next) {
            #[expect(clippy::cast_possible_truncation, reason = "at most 255 times the width")]
            let found = (sum - self.before) as u32;
            *cell = found;
        }
        self.before = sum;
        self.next += 1;
        self.end += u64::from(self.width);
    }

    /// The sums of the cells: luma times length, a pixel having the length [`SIDE`].
    pub(crate) fn finish(&mut self) -> &[u32; SIDE] {
        if self.next < SIDE {
            self.end_cell(self.total * SIDE as u64);
        }
        &self.sums
    }
}

multiversion! {
    /// Takes the luma of the next pixels of a row.
    pub(crate) fn cut(luma: &[i16], cutter: &mut Cutter) {
        let mut rest = luma;
        loop {
            // the pixel in which the cell ends
            let pixel = cutter.end / SIDE as u64;
            let Some((before, from)) = usize::try_from(pixel.saturating_sub(u64::from(cutter.at)))
                .ok()
                .filter(|&before| before < rest.len() && cutter.next + 1 < SIDE)
                .and_then(|before| rest.split_at_checked(before))
            else {
                break;
            };
            cutter.total += u64::from(sum(before));
            cutter.at += u32::try_from(before.len()).unwrap_or(0);
            rest = from;
            let part = from.first().map_or(0, |&luma| u64::from(luma.cast_unsigned()));
            cutter.end_cell(cutter.total * SIDE as u64 + cutter.end % SIDE as u64 * part);
        }
        cutter.total += u64::from(sum(rest));
        cutter.at += u32::try_from(rest.len()).unwrap_or(0);
    }
}

#[inline(always)]
fn sum(luma: &[i16]) -> u32 {
    luma.iter().map(|&luma| u32::from(luma.cast_unsigned())).sum()
}

multiversion! {
    /// Adds `share * row` to the sums.
    pub(crate) fn add(sums: &mut [u64; SIDE], row: &[u32; SIDE], share: u32) {
        for (sum, row) in sums.iter_mut().zip(row) {
            *sum += u64::from(share) * u64::from(*row);
        }
    }
}

multiversion! {
    /// The means of sums over an area, times 256.
    pub(crate) fn means(sums: &[u64; SIDE], area: u64, means: &mut [u16; SIDE]) {
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let factor = 256.0 / area as f64;
        for (mean, sum) in means.iter_mut().zip(sums) {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "below 2^53; 0 to 255 * 256"
            )]
            let rounded = (*sum as f64 * factor + 0.5) as u16;
            *mean = rounded;
        }
    }
}
