//! A picture with transparent pixels as a page shows it: blended with the colour behind.

use alloc::vec::Vec;

use super::error::DecodeError;
use super::limits::Limits;
use super::samples::zeros;
use crate::pixels::{ImageRef, PixelFormat};

/// Returns true if a pixel of the row is not opaque.
pub(super) fn is_transparent(row: &[u8], format: PixelFormat) -> bool {
    match format {
        PixelFormat::Rgba8 | PixelFormat::Bgra8 => row.as_chunks::<4>().0.iter().any(|pixel| pixel[3] != u8::MAX),
        PixelFormat::Rgba16 => row.as_chunks::<8>().0.iter().any(|pixel| pixel[6..] != [u8::MAX; 2]),
        _ => false,
    }
}

/// Returns true if pixels of this format can be transparent.
pub(super) const fn has_alpha(format: PixelFormat) -> bool {
    matches!(format, PixelFormat::Rgba8 | PixelFormat::Bgra8 | PixelFormat::Rgba16)
}

/// The picture blended with a grey behind it, as RGB of 8 bits; none if that changes nothing.
///
/// `round((sample * alpha + behind * (255 - alpha)) / 255)`, as browsers and libpng's simplified API do without gamma; of 16 bits the upper
/// eight, as libpng strips them.
pub(super) fn on(image: &ImageRef<'_>, behind: u8, limits: &Limits) -> Result<Option<Vec<u8>>, DecodeError> {
    let mut pixels = zeros(3 * u64::from(image.width()) * u64::from(image.height()), limits)?;
    let (mut to, mut is_changed) = (pixels.as_chunks_mut::<3>().0.iter_mut(), false);
    let mut put = |color: [u8; 3], alpha: u8| {
        let blended = color.map(|sample| {
            let sum = u32::from(sample) * u32::from(alpha) + u32::from(behind) * u32::from(u8::MAX - alpha);
            u8::try_from((sum + 127) / 255).expect("a mean of two bytes")
        });
        is_changed |= blended != color;
        if let Some(pixel) = to.next() {
            *pixel = blended;
        }
    };
    for row in image.rows() {
        match image.format() {
            PixelFormat::Rgba8 => row.as_chunks().0.iter().for_each(|[r, g, b, alpha]| put([*r, *g, *b], *alpha)),
            PixelFormat::Bgra8 => row.as_chunks().0.iter().for_each(|[b, g, r, alpha]| put([*r, *g, *b], *alpha)),
            PixelFormat::Rgba16 => {
                row.as_chunks().0.iter().for_each(|[_, r, _, g, _, b, _, alpha]| put([*r, *g, *b], *alpha));
            }
            _ => return Ok(None),
        }
    }
    Ok(is_changed.then_some(pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_are_blended_with_what_is_behind() {
        let pixels = [10, 20, 30, 255, 10, 20, 30, 0, 100, 200, 0, 128];
        let image = ImageRef::packed(&pixels, 3, 1, PixelFormat::Rgba8).unwrap();
        assert!(is_transparent(&pixels, PixelFormat::Rgba8));
        let on = |behind| on(&image, behind, &Limits::default()).unwrap().unwrap();
        assert_eq!(on(255), [10, 20, 30, 255, 255, 255, 177, 227, 127]);
        assert_eq!(on(0), [10, 20, 30, 0, 0, 0, 50, 100, 0]);
    }

    #[test]
    fn what_is_opaque_or_white_already_is_not_blended() {
        let white = [255, 255, 255, 0, 1, 2, 3, 255];
        let image = ImageRef::packed(&white, 2, 1, PixelFormat::Rgba8).unwrap();
        assert_eq!(on(&image, 255, &Limits::default()), Ok(None));
        assert!(!is_transparent(&[1, 2, 3, 255], PixelFormat::Rgba8));
        assert!(!is_transparent(&[1, 2, 3], PixelFormat::Rgb8));
    }
}
