//! PDQ's vertical sums, and their luma: weighted sums of the row sums of [`triangle`](super::triangle).

use super::multiversion::multiversion;
use super::triangle::{Layout, SUMS, narrow, samples};

/// Weights of red, green and blue in luma (ITU-R BT.601), as the reference has them.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// Sums of rows of sums, channel after channel as in [`super::triangle::RowSums`].
pub(crate) type Narrow = [u32; 3 * SUMS];
/// The same where 32 bits would overflow.
pub(crate) type Wide = [u64; 3 * SUMS];

multiversion! {
    /// Adds `weight * row` to the sums, which must not overflow.
    pub(crate) fn add_narrow(sums: &mut [u32], row: &[u32], weight: u32) {
        for (sum, row) in sums.iter_mut().zip(row) {
            *sum += weight * row;
        }
    }
}

multiversion! {
    /// Adds `weight * row` to the sums.
    pub(crate) fn add_wide(sums: &mut [u64], row: &[u32], weight: u32) {
        for (sum, row) in sums.iter_mut().zip(row) {
            *sum += u64::from(weight) * u64::from(*row);
        }
    }
}

multiversion! {
    /// The luma of each place; of grey, whose second and third channel are not filled, its only channel.
    pub(crate) fn luma_narrow(sums: &Narrow, is_gray: bool) -> [f64; SUMS] {
        luma(sums, is_gray, f64::from)
    }
}

multiversion! {
    /// The luma of each place; of grey, whose second and third channel are not filled, its only channel.
    pub(crate) fn luma_wide(sums: &Wide, is_gray: bool) -> [f64; SUMS] {
        // below 2^57, of which f64 keeps the 53 highest bits: far more than the f32 that samples become
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        luma(sums, is_gray, |sum| sum as f64)
    }
}

multiversion! {
    /// The luma of 64 pixels, channel after channel; of grey, whose second and third channel are not filled, its only
    /// channel.
    pub(crate) fn luma_of_pixels(channels: &[[u8; 64]; 3], is_gray: bool, samples: &mut [f32; 64]) {
        let [red, green, blue] = channels;
        if is_gray {
            samples.iter_mut().zip(red).for_each(|(sample, &gray)| *sample = gray.into());
            return;
        }
        for (((sample, &red), &green), &blue) in samples.iter_mut().zip(red).zip(green).zip(blue) {
            *sample = pixel_luma([red, green, blue]);
        }
    }
}

multiversion! {
    /// The luma of each pixel of a row: see [`pixel_luma`].
    pub(crate) fn luma_of_row(row: &[u8], layout: Layout, luma: &mut [f32]) {
        fill(row, layout, luma);
    }
}

#[inline(always)]
fn fill(row: &[u8], layout: Layout, luma: &mut [f32]) {
    match layout {
        Layout::Gray8 => fill_by(row.as_chunks().0, luma, |&[y]| y.into()),
        Layout::Gray16 => fill_by(row.as_chunks().0, luma, |&[a, b]| narrow(a, b).into()),
        Layout::Rgb8 => fill_by(row.as_chunks().0, luma, |&[r, g, b]| pixel_luma([r, g, b])),
        Layout::Bgr8 => fill_by(row.as_chunks().0, luma, |&[b, g, r]| pixel_luma([r, g, b])),
        Layout::Rgbx8 => fill_by(row.as_chunks().0, luma, |&[r, g, b, _]| pixel_luma([r, g, b])),
        Layout::Bgrx8 => fill_by(row.as_chunks().0, luma, |&[b, g, r, _]| pixel_luma([r, g, b])),
        Layout::Rgb16 | Layout::Rgbx16 => {
            let bytes = if layout == Layout::Rgb16 { 6 } else { 8 };
            for (luma, pixel) in luma.iter_mut().zip(row.chunks_exact(bytes)) {
                *luma = pixel_luma(samples(pixel, layout));
            }
        }
    }
}

#[inline(always)]
fn fill_by<const BYTES: usize>(pixels: &[[u8; BYTES]], luma: &mut [f32], of: impl Fn(&[u8; BYTES]) -> f32) {
    luma.iter_mut().zip(pixels).for_each(|(luma, pixel)| *luma = of(pixel));
}

/// The luma of a pixel in the reference's order of operations, of which PyPI's pdqhash rounds only the last to f32.
#[inline(always)]
pub(crate) fn pixel_luma(pixel: [u8; 3]) -> f32 {
    let ([red, green, blue], [red_weight, green_weight, blue_weight]) = (pixel.map(f64::from), LUMA);
    let luma = red_weight * red + green_weight * green + blue_weight * blue;
    #[expect(clippy::cast_possible_truncation, reason = "0 to 255")]
    let rounded = luma as f32;
    rounded
}

multiversion! {
    /// The luma of 64 grey pixels: themselves.
    pub(crate) fn luma_of_grays(grays: &[u8; 64], samples: &mut [f32; 64]) {
        samples.iter_mut().zip(grays).for_each(|(sample, &gray)| *sample = gray.into());
    }
}

#[inline(always)]
fn luma<T: Copy>(sums: &[T; 3 * SUMS], is_gray: bool, number: impl Fn(T) -> f64) -> [f64; SUMS] {
    let mut luma = [0.0; SUMS];
    let (red, rest) = sums.split_at(SUMS);
    let (green, blue) = rest.split_at(SUMS);
    if is_gray {
        luma.iter_mut().zip(red).for_each(|(luma, &gray)| *luma = number(gray));
        return luma;
    }
    let [red_weight, green_weight, blue_weight] = LUMA;
    for (((luma, &red), &green), &blue) in luma.iter_mut().zip(red).zip(green).zip(blue) {
        *luma = red_weight * number(red) + green_weight * number(green) + blue_weight * number(blue);
    }
    luma
}

multiversion! {
    /// Scales the first 64 places and rounds them to f32.
    pub(crate) fn scale(luma: &[f64; SUMS], factor: f64, samples: &mut [f32; 64]) {
        for (sample, luma) in samples.iter_mut().zip(luma) {
            #[expect(clippy::cast_possible_truncation, reason = "0 to 255")]
            let rounded = (luma * factor) as f32;
            *sample = rounded;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use crate::kernel::triangle::RowSums;

    fn scaled(level: Level, luma: &[f64; SUMS], factor: f64) -> [f32; 64] {
        let mut samples = [0.0; 64];
        scale(level, luma, factor, &mut samples);
        samples
    }

    #[test]
    fn every_level_and_width_equals_scalar() {
        let row: RowSums = core::array::from_fn(|i| (i * i * 31 % 65_521) as u32);
        let mut narrow: Narrow = core::array::from_fn(|i| (i * 7919 % 100_003) as u32);
        add_narrow(Level::SCALAR, &mut narrow, &row, 47);
        for (i, &sum) in narrow.iter().enumerate() {
            assert_eq!(sum, (i * 7919 % 100_003) as u32 + 47 * row[i]);
        }
        for level in Level::available() {
            let mut found: Narrow = core::array::from_fn(|i| (i * 7919 % 100_003) as u32);
            let mut wide: Wide = found.map(u64::from);
            add_narrow(level, &mut found, &row, 47);
            add_wide(level, &mut wide, &row, 47);
            assert_eq!((found, found.map(u64::from)), (narrow, wide), "{level:?}");
            for is_gray in [false, true] {
                let luma = luma_narrow(Level::SCALAR, &narrow, is_gray);
                assert_eq!(luma_narrow(level, &narrow, is_gray), luma, "{level:?}");
                assert_eq!(luma_wide(level, &wide, is_gray), luma, "{level:?}");
                assert_eq!(scaled(level, &luma, 1.0 / 2209.0), scaled(Level::SCALAR, &luma, 1.0 / 2209.0), "{level:?}");
            }
        }
    }

    #[test]
    fn the_luma_of_pixels_is_that_of_their_sums() {
        let channels: [[u8; 64]; 3] = core::array::from_fn(|c| core::array::from_fn(|i| (i * 83 + c * 101) as u8));
        let mut sums: Narrow = [0; 3 * SUMS];
        for (sums, channel) in sums.chunks_exact_mut(SUMS).zip(&channels) {
            sums.iter_mut().zip(channel).for_each(|(sum, &sample)| *sum = sample.into());
        }
        for is_gray in [false, true] {
            let expected = scaled(Level::SCALAR, &luma_narrow(Level::SCALAR, &sums, is_gray), 1.0);
            for level in Level::available() {
                let (mut found, mut grays) = ([0.0; 64], [0.0; 64]);
                luma_of_pixels(level, &channels, is_gray, &mut found);
                luma_of_grays(level, &channels[0], &mut grays);
                assert_eq!(found, expected, "{level:?}");
                assert!(!is_gray || grays == expected, "{level:?}");
            }
        }
    }

    #[test]
    fn the_luma_of_a_row_is_that_of_its_pixels_at_every_level() {
        for y in 0..=255 {
            assert_eq!(pixel_luma([y; 3]), f32::from(y));
        }
        let row: alloc::vec::Vec<u8> = (0..8 * 37_u32).map(|i| (i * i * 7 + i / 3) as u8).collect();
        for (layout, bytes) in crate::kernel::triangle::LAYOUTS {
            let expected: alloc::vec::Vec<f32> =
                row.chunks_exact(bytes).map(|pixel| pixel_luma(samples(pixel, layout))).collect();
            for level in Level::available() {
                let mut found = alloc::vec![0.0; expected.len()];
                luma_of_row(level, &row, layout, &mut found);
                assert_eq!(found, expected, "{level:?}, {layout:?}");
            }
        }
    }
}
