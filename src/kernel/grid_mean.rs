//! Means over the cells of a grid: rows of luma are added up by column, and the columns cut into cells of equal length.

use super::multiversion::multiversion;

/// Cells along an axis.
pub(crate) const SIDE: usize = 192;

multiversion! {
    /// Adds `share * luma` to each column; `share` is [`SIDE`] at most, so that products of luma fit 16 bits.
    pub(crate) fn add(columns: &mut [u32], luma: &[i16], share: u16) {
        for (column, &luma) in columns.iter_mut().zip(luma) {
            *column += u32::from(luma.cast_unsigned().wrapping_mul(share));
        }
    }
}

multiversion! {
    /// Adds `share` times the sum of every `binned` pixels to each column.
    pub(crate) fn add_binned(columns: &mut [u32], luma: &[i16], binned: usize, share: u16) {
        for (column, luma) in columns.iter_mut().zip(luma.chunks(binned)) {
            *column += u32::from(share) * luma.iter().map(|&luma| u32::from(luma.cast_unsigned())).sum::<u32>();
        }
    }
}

multiversion! {
    /// Cuts columns, each the sum of `binned` pixels, into the sums of cells, where a pixel has the length [`SIDE`] and a cell that
    /// of the row: `width` pixels.
    pub(crate) fn cut(columns: &[u32], binned: u64, width: u64, sums: &mut [u64; SIDE]) {
        let length = binned * SIDE as u64;
        let (mut rest, mut at) = (columns, 0);
        // all columns so far, and what lies before the cell under way, times the length of a pixel
        let (mut total, mut before) = (0_u64, 0_u64);
        let mut end = width;
        for sum in &mut *sums {
            #[expect(clippy::cast_possible_truncation, reason = "a number of columns")]
            let whole = ((end / length - at) as usize).min(rest.len());
            let (inside, beyond) = rest.split_at(whole);
            total += inside.iter().map(|&column| u64::from(column)).sum::<u64>();
            at += whole as u64;
            rest = beyond;
            // the last column may be of fewer pixels
            let pixels = binned.min(width.saturating_sub(at * binned)).max(1);
            let part = rest.first().map_or(0, |&column| u64::from(column) * (end - at * length));
            // in nearly all pictures a column is of one pixel, and a division takes longer than all else here
            let part = if pixels == 1 { part } else { part / pixels };
            let found = total * SIDE as u64 + part;
            *sum = found - before;
            before = found;
            end += width;
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
