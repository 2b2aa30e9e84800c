//! Weighted sums along one row of pixels: 64 triangles per channel, and the plain sum of the row's last pixels.
//!
//! The definition is [`scalar`]; every other level must give the same integers.

#![expect(clippy::indexing_slicing, reason = "a triangle starts within the row")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::dispatch::dispatch;
use super::level::Level;
pub(crate) use scalar::{narrow, pixels, samples};

/// Triangles per row and channel.
pub(crate) const TRIANGLES: usize = 64;
/// Sums per row and channel: those of the triangles, then that of the tail.
pub(crate) const SUMS: usize = TRIANGLES + 1;
/// Sums per row, channel after channel; a grey row fills only the first [`SUMS`].
pub(crate) type RowSums = [u32; 3 * SUMS];

/// Where the triangles of a row lie.
#[derive(Clone, Debug)]
pub(crate) struct Triangles {
    /// First pixel of each triangle: in rising order, each less than the row's length.
    pub(crate) starts: [u32; TRIANGLES],
    /// Weights of a triangle: `1, 2, .., window, .., 2, 1`; what lies past the end of the row is left out.
    pub(crate) window: u32,
    /// How many of the row's last pixels are summed without weights.
    pub(crate) tail: u32,
}

/// How to find the samples of a pixel in a row of bytes; 16-bit samples are little-endian and brought to 8 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One byte a pixel.
    Gray8,
    /// Two bytes a pixel.
    Gray16,
    /// Three bytes a pixel.
    Rgb8,
    /// Three bytes a pixel, the channels in reverse order.
    Bgr8,
    /// Four bytes a pixel, the last ignored.
    Rgbx8,
    /// Four bytes a pixel, the last ignored, the others in reverse order.
    Bgrx8,
    /// Three 16-bit samples a pixel.
    Rgb16,
    /// Four 16-bit samples a pixel, the last ignored.
    Rgbx16,
}

/// Writes the sums of one row: `Σ weight * sample` for each triangle, then the tail, channel after channel.
pub(crate) fn row_sums(level: Level, row: &[u8], layout: Layout, triangles: &Triangles, sums: &mut RowSums) {
    dispatch!(level, row_sums(row, layout, triangles, sums))
}

/// The widest window whose products a vector level adds in pairs: two of at most 64 times 255 fit 16 bits.
#[allow(dead_code, reason = "not every machine has a level besides scalar")]
const WIDEST: u32 = 64;

/// The weights of a triangle of a window of at most [`WIDEST`], in bytes; 0 past its end.
#[allow(dead_code, reason = "not every machine has a level besides scalar")]
fn byte_weights<const PIXELS: usize>(window: u32) -> [u8; PIXELS] {
    let mut weights = [0; PIXELS];
    for (weight, at) in weights.iter_mut().zip(0_u8..) {
        let [falling, ..] = (2 * window - 1).saturating_sub(at.into()).to_le_bytes();
        *weight = (at + 1).min(falling);
    }
    weights
}

/// `SPAN` bytes from `start` on; past the end of the row they come from `pad`, filled up with zeros.
#[inline]
#[allow(dead_code, reason = "not every machine has a level besides scalar")]
fn span<'a, const SPAN: usize>(row: &'a [u8], start: usize, pad: &'a mut [u8; SPAN]) -> &'a [u8; SPAN] {
    let rest = &row[start..];
    if let Some(whole) = rest.first_chunk() {
        return whole;
    }
    pad.fill(0);
    pad.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    pad
}

/// Each with its bytes a pixel.
#[cfg(test)]
pub(crate) const LAYOUTS: [(Layout, usize); 8] = [
    (Layout::Gray8, 1),
    (Layout::Gray16, 2),
    (Layout::Rgb8, 3),
    (Layout::Bgr8, 3),
    (Layout::Rgbx8, 4),
    (Layout::Bgrx8, 4),
    (Layout::Rgb16, 6),
    (Layout::Rgbx16, 8),
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Triangles as PDQ places them on a row of `len` pixels.
    fn placed(len: u32) -> Triangles {
        let window = len.div_ceil(128);
        let lead = if window % 2 == 1 { window - 1 } else { window - 2 };
        Triangles {
            starts: core::array::from_fn(|i| (2 * i as u32 + 1) * len / 128 - lead),
            window,
            tail: if window.is_multiple_of(2) { window - 1 } else { 0 },
        }
    }

    #[test]
    fn every_level_equals_scalar() {
        // windows around every vector's width, and lengths around every window
        let lengths = (1..20).flat_map(|window| [128 * window - 1, 128 * window, 128 * window + 1]);
        let wide = [31, 32, 33, 47, 48, 63, 64, 65, 66].map(|window| 128 * window - 5);
        let mut state = 7_u32;
        for len in lengths.chain(wide) {
            let triangles = placed(len);
            for (layout, bytes) in LAYOUTS {
                for (extreme, start) in [(false, 0), (false, 1), (true, 0)] {
                    let row: Vec<u8> = (0..start + len as usize * bytes)
                        .map(|_| {
                            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            if extreme { 255 } else { (state >> 24) as u8 }
                        })
                        .collect();
                    let row = &row[start..];
                    let mut expected = [1; 3 * SUMS];
                    scalar::row_sums(row, layout, &triangles, &mut expected);
                    if triangles.window == 1 {
                        let channels = if matches!(layout, Layout::Gray8 | Layout::Gray16) { 1 } else { 3 };
                        let planes = expected.chunks_exact(SUMS).zip(pixels(row, layout, &triangles)).take(channels);
                        planes.for_each(|(sums, pixels)| assert_eq!(sums[..TRIANGLES], pixels.map(u32::from)));
                    }
                    for level in Level::available() {
                        let mut found = [1; 3 * SUMS];
                        row_sums(level, row, layout, &triangles, &mut found);
                        assert_eq!(found, expected, "{level:?}, {layout:?}, {len} pixels");
                    }
                }
            }
        }
    }

    #[test]
    fn scalar_sums_are_the_definition() {
        for len in [5, 127, 128, 129, 255, 256, 257, 384, 1000] {
            let row: Vec<u8> = (0..3 * len).map(|i| (i * 37 % 251) as u8).collect();
            let triangles = placed(len);
            let mut sums = [0; 3 * SUMS];
            scalar::row_sums(&row, Layout::Rgb8, &triangles, &mut sums);
            for channel in 0..3 {
                for (i, &start) in triangles.starts.iter().enumerate() {
                    let expected: u32 = (start..len.min(start + 2 * triangles.window - 1))
                        .map(|x| {
                            let k = x - start;
                            let weight = (k + 1).min(2 * triangles.window - 1 - k);
                            weight * u32::from(row[3 * x as usize + channel])
                        })
                        .sum();
                    assert_eq!(sums[channel * SUMS + i], expected, "{len} pixels, channel {channel}, triangle {i}");
                }
                let tail: u32 = (len - triangles.tail..len).map(|x| u32::from(row[3 * x as usize + channel])).sum();
                assert_eq!(sums[channel * SUMS + TRIANGLES], tail);
            }
        }
    }
}
