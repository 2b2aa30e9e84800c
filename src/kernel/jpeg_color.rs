//! YCbCr to RGB with the rounding of libjpeg: factors of 16 bits, each product rounded by itself but those of green, which are
//! rounded together.
//!
//! The products are split so that factors fit into 16 bits: 1.402 is 1 + 0.402, 1.772 is 2 - 0.228, 0.714 is 1 - 0.286.

#![expect(clippy::indexing_slicing, reason = "places in a group, and rows that the caller made equally long")]

use super::multiversion::multiversion;

/// 0.402, -0.228, -0.34414 and 0.28586 times 65,536, rounded.
const RED_OF_CR: i32 = 26_345;
const BLUE_OF_CB: i32 = -14_942;
const GREEN_OF_CB: i32 = -22_554;
const GREEN_OF_CR: i32 = 18_734;

/// Pixels that are converted together.
const GROUP: usize = 32;

multiversion! {
    /// Converts a row. All slices have a pixel for each three bytes of `pixels`, or more.
    pub(crate) fn ycc_to_rgb(luma: &[u8], cb: &[u8], cr: &[u8], pixels: &mut [u8]) {
        let (groups, rest) = pixels.as_chunks_mut::<{ 3 * GROUP }>();
        let [lumas, cbs, crs] = [luma, cb, cr].map(|row| row.as_chunks::<GROUP>().0);
        for (((group, lumas), cbs), crs) in groups.iter_mut().zip(lumas).zip(cbs).zip(crs) {
            // By colour first, then by pixel: each is a loop that vectorises.
            let mut colors = [[0; GROUP]; 3];
            let [reds, greens, blues] = &mut colors;
            for at in 0..GROUP {
                [reds[at], greens[at], blues[at]] = rgb(lumas[at], cbs[at], crs[at]);
            }
            for at in 0..GROUP {
                [group[3 * at], group[3 * at + 1], group[3 * at + 2]] = [reds[at], greens[at], blues[at]];
            }
        }
        let done = GROUP * groups.len();
        let rest = rest.as_chunks_mut::<3>().0.iter_mut().zip(&luma[done..]);
        for ((pixel, &luma), (&cb, &cr)) in rest.zip(cb[done..].iter().zip(&cr[done..])) {
            *pixel = rgb(luma, cb, cr);
        }
    }
}

#[inline(always)]
fn rgb(luma: u8, cb: u8, cr: u8) -> [u8; 3] {
    let [luma, cb, cr] = [luma, cb, cr].map(i16::from);
    let (cb, cr) = (cb - 128, cr - 128);
    let red = luma + cr + rounded(RED_OF_CR, cr);
    let blue = luma + 2 * cb + rounded(BLUE_OF_CB, cb);
    let of_both = GREEN_OF_CB * i32::from(cb) + GREEN_OF_CR * i32::from(cr) + 0x8000;
    let green = luma - cr + high(of_both);
    [red, green, blue].map(|sample| sample.clamp(0, 255).to_le_bytes()[0])
}

/// The product of a factor and twice a difference, halved and rounded: half of the product has too few bits.
#[inline(always)]
fn rounded(factor: i32, difference: i16) -> i16 {
    (high(factor * i32::from(2 * difference)) + 1) >> 1
}

#[inline(always)]
fn high(product: i32) -> i16 {
    (product >> 16) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use alloc::vec;
    use alloc::vec::Vec;

    /// libjpeg's own way, with factors of 16 bits.
    fn expected(luma: u8, cb: u8, cr: u8) -> [u8; 3] {
        let (luma, cb, cr) = (i32::from(luma), i32::from(cb) - 128, i32::from(cr) - 128);
        let red = luma + ((91_881 * cr + 0x8000) >> 16);
        let green = luma + ((-22_554 * cb - 46_802 * cr + 0x8000) >> 16);
        let blue = luma + ((116_130 * cb + 0x8000) >> 16);
        [red, green, blue].map(|sample| sample.clamp(0, 255).to_le_bytes()[0])
    }

    #[test]
    fn every_colour_is_libjpegs_at_every_level() {
        let cr: Vec<u8> = (0..=255).collect();
        for level in Level::available() {
            for luma in [0, 1, 77, 128, 254, 255] {
                for cb in 0..=255 {
                    let mut pixels = vec![0; 3 * 256];
                    ycc_to_rgb(level, &[luma; 256], &[cb; 256], &cr, &mut pixels);
                    let expected: Vec<u8> = cr.iter().flat_map(|&cr| expected(luma, cb, cr)).collect();
                    assert_eq!(pixels, expected, "{luma} {cb} {level:?}");
                }
            }
        }
    }

    #[test]
    fn rows_of_any_length_are_converted() {
        for width in 0..70 {
            for level in Level::available() {
                let row: Vec<u8> = (0..width).map(|at: u32| (at * 37 + 5) as u8).collect();
                let mut pixels = vec![9; 3 * width as usize + 1];
                ycc_to_rgb(level, &row, &row, &row, &mut pixels[..3 * width as usize]);
                let expected: Vec<u8> = row.iter().flat_map(|&it| expected(it, it, it)).chain([9]).collect();
                assert_eq!(pixels, expected, "{width} {level:?}");
            }
        }
    }
}
