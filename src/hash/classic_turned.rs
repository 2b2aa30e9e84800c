//! Classic hashes of a picture turned or mirrored, by really turning its pixels.
//!
//! A classic hash cannot be turned itself, as PDQ's coefficients can: reductions round after each axis, in an order that
//! the measures decide. So the turned picture's rows are put together, some at a time, and hashed.

#![expect(
    clippy::indexing_slicing,
    reason = "rows and columns are turned within the measures of the picture, and a strip has as many as are taken at a time"
)]

use alloc::vec::Vec;

use super::{ClassicHashes, ClassicStream, Dihedral, Profile};
use crate::pixels::{ImageError, ImageRef};

/// Rows put together at a time where the axes are swapped: as many pixels of a row as lie in one or two lines of cache.
const STRIP: u32 = 16;

impl ClassicStream {
    /// Makes the hashes of `profiles` from a whole picture, as if its pixels had been turned or mirrored before.
    ///
    /// Cost: as [`ClassicStream::of_image`], and a copying of the pixels; 16 rows of the turned picture are held.
    ///
    /// ```
    /// use lookalike::hash::{ClassicStream, Dihedral, Profile};
    /// use lookalike::pixels::{ImageRef, PixelFormat};
    ///
    /// // Dark above, light below: turned by a quarter counter-clockwise, what was above is on the left.
    /// let pixels: Vec<u8> = (0..40 * 30).map(|i| if i < 40 * 15 { 10 } else { 200 }).collect();
    /// let image = ImageRef::packed(&pixels, 40, 30, PixelFormat::Gray8)?;
    /// let hashes = ClassicStream::of_turned(&image, &[Profile::Ahash64], Dihedral::Rotate90)?;
    /// assert_eq!(hashes.bits64(Profile::Ahash64).unwrap().to_string(), "0f0f0f0f0f0f0f0f");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ClassicStream::new`].
    pub fn of_turned(
        image: &ImageRef<'_>,
        profiles: &[Profile],
        dihedral: Dihedral,
    ) -> Result<ClassicHashes, ImageError> {
        let turn = match image.format().bytes_per_pixel() {
            1 => of_pixels::<1>,
            2 => of_pixels::<2>,
            3 => of_pixels::<3>,
            4 => of_pixels::<4>,
            6 => of_pixels::<6>,
            _ => of_pixels::<8>,
        };
        if dihedral == Dihedral::Original { Self::of_image(image, profiles) } else { turn(image, profiles, dihedral) }
    }
}

/// For pixels of `BYTES`.
fn of_pixels<const BYTES: usize>(
    image: &ImageRef<'_>,
    profiles: &[Profile],
    dihedral: Dihedral,
) -> Result<ClassicHashes, ImageError> {
    let (number, swap) = dihedral.parts();
    let (upside_down, mirrored) = (number & 1 != 0, number & 2 != 0);
    let (width, height) = (image.width(), image.height());
    let memory = |_| ImageError::memory(width, height);
    let (new_width, new_height) = if swap { (height, width) } else { (width, height) };
    let mut stream = ClassicStream::new(new_width, new_height, image.format(), profiles)?;

    let strip_rows = if swap { STRIP } else { 1 };
    let row_len = new_width as usize;
    let strip_len = row_len.saturating_mul(strip_rows as usize);
    let mut strip: Vec<[u8; BYTES]> = Vec::new();
    strip.try_reserve_exact(strip_len).map_err(memory)?;
    strip.resize(strip_len, [0; BYTES]);

    let row = |y: u32| image.row_at(y).as_chunks().0;
    for first in (0..new_height).step_by(strip_rows as usize) {
        let rows = strip_rows.min(new_height - first);
        if swap {
            // A column of the picture, from the left or from the right, is a row of the turned one.
            let left = if mirrored { width - first - rows } else { first };
            for y in 0..height {
                let to = if upside_down { height - 1 - y } else { y };
                let pixels = &row(y)[left as usize..(left + rows) as usize];
                for (at, pixel) in pixels.iter().enumerate() {
                    let at = if mirrored { rows as usize - 1 - at } else { at };
                    strip[at * row_len + to as usize] = *pixel;
                }
            }
        } else {
            let y = if upside_down { height - 1 - first } else { first };
            let row = row(y);
            if mirrored {
                strip.iter_mut().zip(row.iter().rev()).for_each(|(place, pixel)| *place = *pixel);
            } else {
                strip.iter_mut().zip(row).for_each(|(place, pixel)| *place = *pixel);
            }
        }
        for row in strip.chunks(row_len).take(rows as usize) {
            stream.push_row(row.as_flattened())?;
        }
    }
    stream.finish()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::pixels::PixelFormat;

    /// The turned picture, from the definition of each turn.
    fn turn(pixels: &[u8], bytes: usize, width: usize, height: usize, dihedral: Dihedral) -> (Vec<u8>, usize, usize) {
        let swaps =
            matches!(dihedral, Dihedral::Rotate90 | Dihedral::Rotate270 | Dihedral::FlipPlus1 | Dihedral::FlipMinus1);
        let (new_width, new_height) = if swaps { (height, width) } else { (width, height) };
        let (right, bottom) = (width - 1, height - 1);
        let mut turned = Vec::new();
        for (y, x) in (0..new_height).flat_map(|y| (0..new_width).map(move |x| (y, x))) {
            let (from_x, from_y) = match dihedral {
                Dihedral::Original => (x, y),
                Dihedral::Rotate90 => (right - y, x),
                Dihedral::Rotate180 => (right - x, bottom - y),
                Dihedral::Rotate270 => (y, bottom - x),
                Dihedral::FlipX => (x, bottom - y),
                Dihedral::FlipY => (right - x, y),
                Dihedral::FlipPlus1 => (y, x),
                Dihedral::FlipMinus1 => (right - y, bottom - x),
            };
            turned.extend_from_slice(&pixels[(from_y * width + from_x) * bytes..][..bytes]);
        }
        (turned, new_width, new_height)
    }

    #[test]
    fn hashes_are_those_of_turned_pixels_in_every_format() {
        let profiles: Vec<Profile> = Profile::all().skip(2).collect();
        let formats = [
            PixelFormat::Gray8,
            PixelFormat::Gray16,
            PixelFormat::Rgb8,
            PixelFormat::Bgra8,
            PixelFormat::Rgb16,
            PixelFormat::Rgba16,
        ];
        for (format, (width, height)) in
            formats.into_iter().cycle().zip([(1, 1), (5, 1), (1, 40), (15, 17), (33, 16), (70, 90), (97, 64), (31, 50)])
        {
            let bytes = format.bytes_per_pixel();
            let pixels: Vec<u8> = (0..width * height * bytes)
                .map(|at| {
                    (((at as u32).wrapping_mul(2_654_435_761) >> 26) as usize + at * 190 / (width * height * bytes))
                        as u8
                })
                .collect();
            let image = ImageRef::packed(&pixels, width as u32, height as u32, format).unwrap();
            for dihedral in Dihedral::ALL {
                let (turned, new_width, new_height) = turn(&pixels, bytes, width, height, dihedral);
                let expected = ImageRef::packed(&turned, new_width as u32, new_height as u32, format).unwrap();
                let expected = ClassicStream::of_image(&expected, &profiles).unwrap();
                let found = ClassicStream::of_turned(&image, &profiles, dihedral).unwrap();
                assert_eq!(found, expected, "{format:?} {width}x{height} {dihedral}");
            }
        }
    }
}
