//! Rows of any pixel format to 8-bit luma or to sums of the three colours.
//!
//! The luma is the integer one of Pillow's `convert("L")` (ITU-R 601-2, 16 fractional bits), on which the classic hashes
//! stand. It is rounded to a byte; PDQ keeps full precision and does not use it.

#![forbid(unsafe_code)]

use crate::kernel::Level;
use crate::kernel::luma::{self as kernel, Layout};
use crate::pixels::PixelFormat;

/// 16-bit pixels made narrow at a time.
const BATCH: usize = 64;

/// Writes the luma of each pixel of `row`; grey stays as it is. `i16` is what the reductions multiply with.
pub(crate) fn luma_row(level: Level, format: PixelFormat, row: &[u8], luma: &mut [i16]) {
    match format {
        PixelFormat::Gray8 => luma.iter_mut().zip(row).for_each(|(out, &gray)| *out = i16::from(gray)),
        PixelFormat::Gray16 => {
            luma.iter_mut().zip(row.as_chunks().0).for_each(|(out, &gray)| *out = i16::from(narrow(gray)));
        }
        PixelFormat::Rgb8 => kernel::luma(level, Layout::Rgb, row, luma),
        PixelFormat::Bgr8 => kernel::luma(level, Layout::Bgr, row, luma),
        PixelFormat::Rgba8 => kernel::luma(level, Layout::Rgbx, row, luma),
        PixelFormat::Bgra8 => kernel::luma(level, Layout::Bgrx, row, luma),
        PixelFormat::Rgb16 => {
            wide_row::<{ 3 * BATCH }>(row, luma, |row, luma| kernel::luma(level, Layout::Rgb, row, luma))
        }
        PixelFormat::Rgba16 => {
            wide_row::<{ 4 * BATCH }>(row, luma, |row, luma| kernel::luma(level, Layout::Rgbx, row, luma))
        }
    }
}

/// Rows of two bytes a sample, `SAMPLES` of them in a batch.
fn wide_row<const SAMPLES: usize>(row: &[u8], luma: &mut [i16], narrow_row: impl Fn(&[u8], &mut [i16])) {
    for (wide, out) in row.as_chunks().0.chunks(SAMPLES).zip(luma.chunks_mut(BATCH)) {
        let mut batch = [0; SAMPLES];
        batch.iter_mut().zip(wide).for_each(|(byte, &sample)| *byte = narrow(sample));
        narrow_row(&batch[..wide.len()], out);
    }
}

/// Adds red, green and blue of all pixels in `bytes`; a grey pixel counts three times. `bytes` are whole pixels.
pub(crate) fn color_sum(level: Level, format: PixelFormat, bytes: &[u8]) -> u64 {
    let narrow_sum = |bytes: &[u8]| bytes.as_chunks().0.iter().map(|&sample| u64::from(narrow(sample))).sum::<u64>();
    match format {
        PixelFormat::Gray8 => 3 * kernel::byte_sum(level, bytes),
        PixelFormat::Gray16 => 3 * narrow_sum(bytes),
        PixelFormat::Rgb8 | PixelFormat::Bgr8 => kernel::byte_sum(level, bytes),
        PixelFormat::Rgba8 | PixelFormat::Bgra8 => {
            bytes.as_chunks().0.iter().map(|&[a, b, c, _]: &[u8; 4]| u64::from(a) + u64::from(b) + u64::from(c)).sum()
        }
        PixelFormat::Rgb16 => narrow_sum(bytes),
        PixelFormat::Rgba16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|[r, s, g, h, b, c, ..]: &[u8; 8]| narrow_sum(&[*r, *s, *g, *h, *b, *c]))
            .sum(),
    }
}

/// A little-endian 16-bit sample as an 8-bit one: divided by 257, rounded to nearest.
fn narrow(sample: [u8; 2]) -> u8 {
    ((u32::from(u16::from_le_bytes(sample)) + 128) / 257).to_le_bytes()[0]
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tests may panic")]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// `(format, bytes of one pixel)` for one colour in every format that has colour.
    fn spell([r, g, b]: [u8; 3]) -> [(PixelFormat, Vec<u8>); 6] {
        let wide = |samples: &[u8]| samples.iter().flat_map(|&s| (u16::from(s) * 257).to_le_bytes()).collect();
        [
            (PixelFormat::Rgb8, [r, g, b].to_vec()),
            (PixelFormat::Rgba8, [r, g, b, 9].to_vec()),
            (PixelFormat::Bgr8, [b, g, r].to_vec()),
            (PixelFormat::Bgra8, [b, g, r, 9].to_vec()),
            (PixelFormat::Rgb16, wide(&[r, g, b])),
            (PixelFormat::Rgba16, wide(&[r, g, b, 9])),
        ]
    }

    #[test]
    fn every_format_of_a_colour_has_the_luma_of_pillow() {
        // (r, g, b) and `Image.new("RGB", (1, 1), (r, g, b)).convert("L")`
        for (color, expected) in
            [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([1, 2, 3], 2), ([255; 3], 255)]
        {
            for (format, bytes) in spell(color) {
                for width in [1, 3, BATCH - 1, BATCH, 2 * BATCH + 5] {
                    let mut luma = std::vec![-1; width + 2];
                    luma_row(Level::best(), format, &bytes.repeat(width), &mut luma);
                    assert!(luma[..width].iter().all(|&found| found == expected), "{format:?} {width}: {luma:?}");
                    assert_eq!(luma[width..], [-1; 2], "nothing is written beyond the row");
                }
                assert_eq!(
                    color_sum(Level::best(), format, &bytes),
                    color.iter().map(|&c| u64::from(c)).sum::<u64>(),
                    "{format:?}"
                );
            }
        }
    }

    #[test]
    fn every_place_of_a_row_gets_its_own_pixel() {
        let color = |at: usize| [at * 7 % 256, at * 31 % 256, at * 101 % 256].map(|sample| sample as u8);
        for (which, (format, _)) in spell([0; 3]).iter().enumerate() {
            let row: Vec<u8> = (0..100).flat_map(|at| spell(color(at))[which].1.clone()).collect();
            for level in Level::available() {
                let mut luma = [0; 100];
                luma_row(level, *format, &row, &mut luma);
                for (at, &found) in luma.iter().enumerate() {
                    let [r, g, b] = color(at).map(u32::from);
                    let expected = (r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16;
                    assert_eq!(found, expected as i16, "{format:?} {at} {level:?}");
                }
                let sum = (0..100).flat_map(color).map(u64::from).sum::<u64>();
                assert_eq!(color_sum(level, *format, &row), sum, "{format:?} {level:?}");
            }
        }
    }

    #[test]
    fn sixteen_bits_are_divided_by_257_and_rounded() {
        for wide in 0..=u16::MAX {
            let nearest = (f64::from(wide) / 257.0).round() as u8;
            assert_eq!(narrow(wide.to_le_bytes()), nearest);
        }
        let mut luma = [0; 1];
        luma_row(Level::best(), PixelFormat::Gray16, &[0xff, 0xff], &mut luma);
        assert_eq!((luma, color_sum(Level::best(), PixelFormat::Gray16, &[0xff, 0xff])), ([255], 765));
    }
}
