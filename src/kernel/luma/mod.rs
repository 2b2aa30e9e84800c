//! Rows of 8-bit colour to 8-bit luma: the integer formula of ITU-R 601-2 that Pillow's `convert("L")` uses; and sums of
//! bytes.
//!
//! The definition is [`scalar`]; every other level must give the same bytes.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
pub(crate) mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::Level;
use super::dispatch::dispatch;

/// Weights of red, green and blue: 0.299, 0.587 and 0.114 times 65,536, rounded so that they sum to 65,536.
const RED: u32 = 19_595;
const GREEN: u32 = 38_470;
const BLUE: u32 = 7_471;

/// How to find the colours of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Three bytes a pixel.
    Rgb,
    /// Three bytes a pixel, the colours in reverse order.
    Bgr,
    /// Four bytes a pixel, the last ignored.
    Rgbx,
    /// Four bytes a pixel, the last ignored, the others in reverse order.
    Bgrx,
}

/// Writes the luma of each pixel of a row.
pub(crate) fn luma(level: Level, layout: Layout, row: &[u8], luma: &mut [i16]) {
    dispatch!(level, luma(layout, row, luma))
}

/// Adds up bytes.
pub(crate) fn byte_sum(level: Level, bytes: &[u8]) -> u64 {
    dispatch!(level, byte_sum(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn every_level_equals_scalar() {
        let noise = |at: usize| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0];
        for layout in [Layout::Rgb, Layout::Bgr, Layout::Rgbx, Layout::Bgrx] {
            let samples = if matches!(layout, Layout::Rgb | Layout::Bgr) { 3 } else { 4 };
            for width in [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 100] {
                for (pixel, start) in [(noise as fn(usize) -> u8, 0), (noise, 1), (|_| 255, 3), (|_| 0, 0)] {
                    let row: Vec<u8> = (0..start + samples * width).map(pixel).collect();
                    let row = &row[start..];
                    let mut expected = vec![-1; width + 1];
                    scalar::luma(layout, row, &mut expected);
                    for level in Level::available() {
                        let mut found = vec![-1; width + 1];
                        luma(level, layout, row, &mut found);
                        assert_eq!(found, expected, "{layout:?} {width} {level:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_level_adds_up_bytes() {
        // around vectors, and around what sums of 16 bits can hold of them
        for len in [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129, 4095, 4096, 4097, 8191, 8192, 8193, 16_500, 70_000] {
            for start in [0, 1, 7] {
                let noise: Vec<u8> = (0..start + len).map(|at: usize| ((at * 40_503) >> 5).to_le_bytes()[0]).collect();
                for bytes in [&noise[start..], &vec![255; start + len][start..]] {
                    for level in Level::available() {
                        let expected = bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
                        assert_eq!(byte_sum(level, bytes), expected, "{len} {level:?}");
                    }
                }
            }
        }
    }
}
