//! A picture's pixels, borrowed: bytes, width, height, stride and pixel format, checked once.

#![forbid(unsafe_code)]

use core::fmt;

/// How the samples of one pixel lie in memory.
///
/// Samples are read as they are: no colour space, gamma or ICC profile is applied, and alpha is dropped, because the
/// reference implementations do neither. 16-bit samples are little-endian and count as 8-bit ones after division by
/// 257, rounded to nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelFormat {
    /// One byte of grey (or a planar luma channel).
    Gray8,
    /// Red, green, blue: one byte each.
    Rgb8,
    /// Red, green, blue, alpha: one byte each; alpha is dropped.
    Rgba8,
    /// Blue, green, red: one byte each.
    Bgr8,
    /// Blue, green, red, alpha: one byte each; alpha is dropped.
    Bgra8,
    /// Grey: two bytes, little-endian.
    Gray16,
    /// Red, green, blue: two bytes each, little-endian.
    Rgb16,
    /// Red, green, blue, alpha: two bytes each, little-endian; alpha is dropped.
    Rgba16,
}

impl PixelFormat {
    /// How many bytes one pixel takes: 1 to 8.
    #[must_use]
    pub const fn bytes_per_pixel(self) -> usize {
        match self {
            Self::Gray8 => 1,
            Self::Gray16 => 2,
            Self::Rgb8 | Self::Bgr8 => 3,
            Self::Rgba8 | Self::Bgra8 => 4,
            Self::Rgb16 => 6,
            Self::Rgba16 => 8,
        }
    }

    /// Whether the format holds grey only.
    #[must_use]
    pub const fn is_gray(self) -> bool {
        matches!(self, Self::Gray8 | Self::Gray16)
    }
}

/// A borrowed picture: every row is known to lie within the bytes.
///
/// ```
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// let bytes = [0; 3 * 2 * 2];
/// let image = ImageRef::packed(&bytes, 2, 2, PixelFormat::Rgb8)?;
/// assert_eq!((image.width(), image.height()), (2, 2));
/// assert_eq!(image.rows().count(), 2);
/// assert!(ImageRef::packed(&bytes, 3, 2, PixelFormat::Rgb8).is_err());
/// # Ok::<(), lookalike::pixels::ImageError>(())
/// ```
#[derive(Clone, Copy)]
pub struct ImageRef<'a> {
    bytes: &'a [u8],
    width: u32,
    height: u32,
    row_bytes: usize,
    stride_bytes: usize,
    format: PixelFormat,
}

impl<'a> ImageRef<'a> {
    /// Borrows a picture whose rows start `stride_bytes` apart.
    ///
    /// The last row need not be padded to the stride; bytes after it are ignored.
    ///
    /// # Errors
    ///
    /// Refuses a width or height of zero, a stride shorter than a row, and bytes too few for the last row. Sizes whose
    /// products overflow are refused as too few bytes.
    pub fn new(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        stride_bytes: usize,
        format: PixelFormat,
    ) -> Result<Self, ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError(Kind::Empty { width, height }));
        }
        let found = bytes.len();
        let short = |needed| ImageError(Kind::TooShort { found, needed });
        let row_bytes = row_bytes(width, format).ok_or(short(None))?;
        if stride_bytes < row_bytes {
            return Err(ImageError(Kind::Stride { found: stride_bytes, needed: row_bytes }));
        }
        let needed = usize::try_from(height - 1)
            .ok()
            .and_then(|rows| rows.checked_mul(stride_bytes))
            .and_then(|start| start.checked_add(row_bytes));
        match needed {
            Some(needed) if needed <= found => Ok(Self { bytes, width, height, row_bytes, stride_bytes, format }),
            needed => Err(short(needed)),
        }
    }

    /// Borrows a picture whose rows follow each other without padding.
    ///
    /// # Errors
    ///
    /// As [`ImageRef::new`].
    pub fn packed(bytes: &'a [u8], width: u32, height: u32, format: PixelFormat) -> Result<Self, ImageError> {
        Self::new(bytes, width, height, row_bytes(width, format).unwrap_or(usize::MAX), format)
    }

    /// Pixels per row: at least 1.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows: at least 1.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// How the samples lie in memory.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// The rows from top to bottom, each exactly `width * bytes_per_pixel` bytes, without padding.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let image = *self;
        (0..self.height).map_while(move |row| image.row(row))
    }

    /// Borrows a rectangle of the picture; none if it is empty or reaches beyond the picture.
    #[must_use]
    pub fn crop(&self, left: u32, top: u32, width: u32, height: u32) -> Option<Self> {
        let is_within = left.checked_add(width)? <= self.width && top.checked_add(height)? <= self.height;
        if width == 0 || height == 0 || !is_within {
            return None;
        }
        let bytes_per_pixel = self.format.bytes_per_pixel();
        let start = top as usize * self.stride_bytes + left as usize * bytes_per_pixel;
        let row_bytes = width as usize * bytes_per_pixel;
        Some(Self { bytes: self.bytes.get(start..)?, width, height, row_bytes, ..*self })
    }

    /// Row `y` from the top, without padding; none below the last.
    #[must_use]
    pub fn row(&self, y: u32) -> Option<&'a [u8]> {
        if y < self.height { self.bytes.get(y as usize * self.stride_bytes..)?.get(..self.row_bytes) } else { None }
    }
}

fn row_bytes(width: u32, format: PixelFormat) -> Option<usize> {
    usize::try_from(width).ok()?.checked_mul(format.bytes_per_pixel())
}

impl fmt::Debug for ImageRef<'_> {
    /// Never prints pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageRef")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("stride_bytes", &self.stride_bytes)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// Says why bytes and measures do not make a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageError(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Empty { width: u32, height: u32 },
    Stride { found: usize, needed: usize },
    TooShort { found: usize, needed: Option<usize> },
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Empty { width, height } => write!(f, "a picture of {width}x{height} has no pixels"),
            Kind::Stride { found, needed } => write!(f, "stride of {found} bytes is shorter than a row of {needed}"),
            Kind::TooShort { found, needed: Some(needed) } => {
                write!(f, "found {found} bytes, the picture needs {needed}")
            }
            Kind::TooShort { found, needed: None } => {
                write!(f, "found {found} bytes, the picture needs more than this machine can address")
            }
        }
    }
}

impl core::error::Error for ImageError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    fn rows_leave_the_padding_out() {
        let bytes = [1, 2, 0, 3, 4, 0, 5, 6];
        let image = ImageRef::new(&bytes, 2, 3, 3, PixelFormat::Gray8).unwrap();
        assert_eq!(image.rows().collect::<Vec<_>>(), [&[1, 2][..], &[3, 4], &[5, 6]]);
    }

    #[test]
    fn a_crop_has_the_pixels_of_its_rectangle() {
        let bytes: Vec<u8> = (0..20).collect();
        let image = ImageRef::new(&bytes, 4, 4, 5, PixelFormat::Gray8).unwrap();
        let crop = image.crop(1, 1, 3, 2).unwrap();
        assert_eq!((crop.width(), crop.height()), (3, 2));
        assert_eq!(crop.rows().collect::<Vec<_>>(), [&[6, 7, 8][..], &[11, 12, 13]]);
        assert!(image.crop(1, 1, 4, 1).is_none() && image.crop(0, 4, 1, 1).is_none());
        assert!(image.crop(0, 0, 0, 1).is_none() && image.crop(u32::MAX, 0, 1, 1).is_none());
    }

    #[test]
    fn measures_that_do_not_fit_are_refused() {
        let bytes = [0; 11];
        let message = |w, h, stride| ImageRef::new(&bytes, w, h, stride, PixelFormat::Rgb8).unwrap_err().to_string();
        assert_eq!(message(0, 1, 3), "a picture of 0x1 has no pixels");
        assert_eq!(message(2, 2, 5), "stride of 5 bytes is shorter than a row of 6");
        assert_eq!(message(2, 2, 6), "found 11 bytes, the picture needs 12");
        assert!(message(u32::MAX, u32::MAX, usize::MAX).contains("more than this machine"));
        assert!(ImageRef::new(&bytes, 1, 3, 4, PixelFormat::Rgb8).is_ok());
    }
}
