//! YCbCr to RGB with the rounding of libjpeg: factors of 16 bits, each product rounded by itself but those of green, which are
//! rounded together.
//!
//! The products are split so that factors fit into 16 bits: 1.402 is 1 + 0.402, 1.772 is 2 - 0.228, 0.714 is 1 - 0.286.

use super::multiversion::multiversion;

/// 0.402, -0.228, -0.34414 and 0.28586 times 65,536, rounded.
const RED_OF_CR: i32 = 26_345;
const BLUE_OF_CB: i32 = -14_942;
const GREEN_OF_CB: i32 = -22_554;
const GREEN_OF_CR: i32 = 18_734;

multiversion! {
    /// Converts a row. All slices have a pixel for each three bytes of `pixels`, or more.
    pub(crate) fn ycc_to_rgb(luma: &[u8], cb: &[u8], cr: &[u8], pixels: &mut [u8]) {
        let (pixels, _) = pixels.as_chunks_mut::<3>();
        for (((pixel, &luma), &cb), &cr) in pixels.iter_mut().zip(luma).zip(cb).zip(cr) {
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
#[expect(clippy::cast_possible_truncation, reason = "the upper half of 32 bits")]
fn high(product: i32) -> i16 {
    (product >> 16) as i16
}
