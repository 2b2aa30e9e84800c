//! The definition of the row sums: one multiplication and addition per pixel and channel, in any order.

#![expect(
    clippy::indexing_slicing,
    reason = "triangles start within the row, and places and channels count to constants"
)]
#![forbid(unsafe_code)]

use super::{Layout, RowSums, SUMS, TRIANGLES, Triangles};

pub(crate) fn row_sums(row: &[u8], layout: Layout, triangles: &Triangles, sums: &mut RowSums) {
    by_layout(row, layout, sums, Weighted(triangles));
    tail_sums(row, layout, triangles, sums);
}

/// The plain sum of the row's last pixels, in the last place of each channel.
pub(super) fn tail_sums(row: &[u8], layout: Layout, triangles: &Triangles, sums: &mut RowSums) {
    by_layout(row, layout, sums, Tail(triangles));
}

/// Something to make of pixels, whatever their layout.
trait Summing<T> {
    fn sum<const BYTES: usize, const CHANNELS: usize>(
        &self,
        pixels: &[[u8; BYTES]],
        sums: &mut T,
        samples: impl Fn(&[u8; BYTES]) -> [u8; CHANNELS],
    );
}

fn by_layout<T>(row: &[u8], layout: Layout, sums: &mut T, what: impl Summing<T>) {
    match layout {
        Layout::Gray8 => what.sum(row.as_chunks().0, sums, |&[y]| [y]),
        Layout::Gray16 => what.sum(row.as_chunks().0, sums, |&[a, b]| [narrow(a, b)]),
        Layout::Rgb8 => what.sum(row.as_chunks().0, sums, |&[r, g, b]| [r, g, b]),
        Layout::Bgr8 => what.sum(row.as_chunks().0, sums, |&[b, g, r]| [r, g, b]),
        Layout::Rgbx8 => what.sum(row.as_chunks().0, sums, |&[r, g, b, _]| [r, g, b]),
        Layout::Bgrx8 => what.sum(row.as_chunks().0, sums, |&[b, g, r, _]| [r, g, b]),
        Layout::Rgb16 => {
            what.sum(row.as_chunks().0, sums, |&[r, s, g, h, b, c]| [narrow(r, s), narrow(g, h), narrow(b, c)]);
        }
        Layout::Rgbx16 => {
            what.sum(row.as_chunks().0, sums, |&[r, s, g, h, b, c, _, _]| [narrow(r, s), narrow(g, h), narrow(b, c)]);
        }
    }
}

/// The samples of the pixels where triangles start: their sums if the window is 1, which are the pixels themselves.
///
/// A grey row fills only the first channel.
pub(crate) fn pixels(row: &[u8], layout: Layout, triangles: &Triangles) -> [[u8; TRIANGLES]; 3] {
    let mut pixels = [[0; TRIANGLES]; 3];
    by_layout(row, layout, &mut pixels, Picked(triangles));
    pixels
}

/// The three channels of one pixel in 8 bits; grey in all three. A pixel cut short is black.
pub(crate) fn samples(pixel: &[u8], layout: Layout) -> [u8; 3] {
    match (layout, pixel) {
        (Layout::Gray8, &[y]) => [y; 3],
        (Layout::Gray16, &[a, b]) => [narrow(a, b); 3],
        (Layout::Rgb8, &[r, g, b])
        | (Layout::Bgr8, &[b, g, r])
        | (Layout::Rgbx8, &[r, g, b, _])
        | (Layout::Bgrx8, &[b, g, r, _]) => [r, g, b],
        (Layout::Rgb16, &[r, s, g, h, b, c]) | (Layout::Rgbx16, &[r, s, g, h, b, c, _, _]) => {
            [narrow(r, s), narrow(g, h), narrow(b, c)]
        }
        _ => [0; 3],
    }
}

/// Brings a little-endian 16-bit sample to 8 bits: division by 257, rounded to nearest.
pub(crate) fn narrow(low: u8, high: u8) -> u8 {
    let narrowed = (u32::from(u16::from_le_bytes([low, high])) + 128) / 257;
    #[expect(clippy::cast_possible_truncation, reason = "(65,535 + 128) / 257 is 255")]
    let narrowed = narrowed as u8;
    narrowed
}

struct Weighted<'t>(&'t Triangles);

impl Summing<RowSums> for Weighted<'_> {
    fn sum<const BYTES: usize, const CHANNELS: usize>(
        &self,
        pixels: &[[u8; BYTES]],
        sums: &mut RowSums,
        samples: impl Fn(&[u8; BYTES]) -> [u8; CHANNELS],
    ) {
        let window = self.0.window;
        if window == 1 {
            for (channel, plane) in sums.chunks_exact_mut(SUMS).take(CHANNELS).enumerate() {
                for (sum, &start) in plane.iter_mut().zip(&self.0.starts) {
                    *sum = samples(&pixels[start as usize])[channel].into();
                }
            }
            return;
        }
        for (place, &start) in self.0.starts.iter().enumerate() {
            let pixels = &pixels[start as usize..];
            let weights = (1..=window).chain((1..window).rev());
            let mut sum = [0; CHANNELS];
            for (pixel, weight) in pixels.iter().zip(weights) {
                for (sum, sample) in sum.iter_mut().zip(samples(pixel)) {
                    *sum += weight * u32::from(sample);
                }
            }
            store(sums, place, sum);
        }
    }
}

struct Picked<'t>(&'t Triangles);

impl Summing<[[u8; TRIANGLES]; 3]> for Picked<'_> {
    fn sum<const BYTES: usize, const CHANNELS: usize>(
        &self,
        pixels: &[[u8; BYTES]],
        picked: &mut [[u8; TRIANGLES]; 3],
        samples: impl Fn(&[u8; BYTES]) -> [u8; CHANNELS],
    ) {
        let mut put = |place: usize, pixel: &[u8; BYTES]| {
            for (channel, sample) in picked.iter_mut().zip(samples(pixel)) {
                channel[place] = sample;
            }
        };
        if let Ok(all) = <&[[u8; BYTES]; TRIANGLES]>::try_from(pixels) {
            all.iter().enumerate().for_each(|(place, pixel)| put(place, pixel));
            return;
        }
        for (place, &start) in self.0.starts.iter().enumerate() {
            put(place, &pixels[start as usize]);
        }
    }
}

struct Tail<'t>(&'t Triangles);

impl Summing<RowSums> for Tail<'_> {
    fn sum<const BYTES: usize, const CHANNELS: usize>(
        &self,
        pixels: &[[u8; BYTES]],
        sums: &mut RowSums,
        samples: impl Fn(&[u8; BYTES]) -> [u8; CHANNELS],
    ) {
        let mut sum = [0; CHANNELS];
        for pixel in pixels.iter().rev().take(self.0.tail as usize) {
            for (sum, sample) in sum.iter_mut().zip(samples(pixel)) {
                *sum += u32::from(sample);
            }
        }
        store(sums, TRIANGLES, sum);
    }
}

/// Puts the sums of one place into each channel's plane.
fn store<const CHANNELS: usize>(sums: &mut RowSums, place: usize, sum: [u32; CHANNELS]) {
    for (plane, sum) in sums.chunks_exact_mut(SUMS).zip(sum) {
        plane[place] = sum;
    }
}
