//! A frame of 12 megapixels, drawn row by row as a sensor sends it: it is never in memory as a whole, neither in RAM nor in flash.
//!
//! Device and PC draw it by these integers.

/// Pixels of a row, of one byte each.
pub const WIDTH: usize = 4096;
/// Rows.
pub const HEIGHT: usize = 3072;

/// Draws a row: soft waves across blocks of different grey.
pub fn row(y: usize, to: &mut [u8; WIDTH]) {
    for (x, pixel) in to.iter_mut().enumerate() {
        let block = ((x >> 9) * 5 + (y >> 8) * 3 + (x >> 10) * (y >> 9)) & 7;
        let wave = (x * 3 + y * 2) >> 4 & 127;
        let wave = if wave < 64 { wave } else { 127 - wave };
        *pixel = (20 * block + wave + (y >> 7)).to_le_bytes()[0];
    }
}
