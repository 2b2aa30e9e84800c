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
            return Err(ImageError::empty(width, height));
        }
        let needed_row = u64::from(width) * format.bytes_per_pixel() as u64;
        if (stride_bytes as u64) < needed_row {
            return Err(ImageError::buffer("stride in bytes", stride_bytes, needed_row));
        }
        let needed = u64::from(height - 1).saturating_mul(stride_bytes as u64).saturating_add(needed_row);
        if (bytes.len() as u64) < needed {
            return Err(ImageError::buffer("pixels in bytes", bytes.len(), needed));
        }
        let row_bytes = width as usize * format.bytes_per_pixel();
        Ok(Self { bytes, width, height, row_bytes, stride_bytes, format })
    }

    /// Borrows a picture whose rows follow each other without padding.
    ///
    /// # Errors
    ///
    /// As [`ImageRef::new`].
    pub fn packed(bytes: &'a [u8], width: u32, height: u32, format: PixelFormat) -> Result<Self, ImageError> {
        Self::new(bytes, width, height, (width as usize).saturating_mul(format.bytes_per_pixel()), format)
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
        (0..self.height).map(move |y| image.row_at(y))
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
        Some(Self { bytes: self.bytes.split_at(start).1, width, height, row_bytes, ..*self })
    }

    /// Row `y` from the top, without padding; none below the last.
    #[must_use]
    pub fn row(&self, y: u32) -> Option<&'a [u8]> {
        (y < self.height).then(|| self.row_at(y))
    }

    /// A row of the picture.
    #[expect(clippy::indexing_slicing, reason = "the buffer was checked to hold every row")]
    pub(crate) fn row_at(&self, y: u32) -> &'a [u8] {
        &self.bytes[y as usize * self.stride_bytes..][..self.row_bytes]
    }
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

/// Error returned when pixels cannot be read from memory, or a picture cannot be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageError {
    kind: ImageErrorKind,
    /// What the numbers count; of [`ImageErrorKind::Profile`] the profile's name, of [`ImageErrorKind::Corrupt`] the invalid part.
    what: &'static str,
    /// Of [`ImageErrorKind::Empty`] and [`ImageErrorKind::Memory`] width and height.
    found: u64,
    expected: u64,
}

/// Causes of an [`ImageError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageErrorKind {
    /// The picture has no pixels.
    Empty,
    /// The picture has more pixels, in all or along a side, than can be hashed.
    TooLarge,
    /// The buffer or its stride is too short for the picture.
    Buffer,
    /// A row has another length, or the picture another number of rows, than announced.
    Rows,
    /// There is not enough memory.
    Memory,
    /// The bytes are not a packed spectrum or grid.
    Corrupt,
    /// The profile is not that of a classic hash.
    Profile,
}

impl ImageError {
    /// The cause.
    #[must_use]
    pub const fn kind(&self) -> ImageErrorKind {
        self.kind
    }

    pub(crate) const fn empty(width: u32, height: u32) -> Self {
        Self { kind: ImageErrorKind::Empty, what: "", found: width as u64, expected: height as u64 }
    }

    pub(crate) const fn too_large(what: &'static str, found: u64, most: u32) -> Self {
        Self { kind: ImageErrorKind::TooLarge, what, found, expected: most as u64 }
    }

    pub(crate) const fn buffer(what: &'static str, found: usize, least: u64) -> Self {
        Self { kind: ImageErrorKind::Buffer, what, found: found as u64, expected: least }
    }

    pub(crate) const fn row_length(found: usize, expected: usize) -> Self {
        Self { kind: ImageErrorKind::Rows, what: "row length in bytes", found: found as u64, expected: expected as u64 }
    }

    pub(crate) const fn row_count(found: u64, expected: u32) -> Self {
        Self { kind: ImageErrorKind::Rows, what: "number of rows", found, expected: expected as u64 }
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn memory(width: u32, height: u32) -> Self {
        Self { kind: ImageErrorKind::Memory, what: "", found: width as u64, expected: height as u64 }
    }

    pub(crate) const fn corrupt(what: &'static str) -> Self {
        Self { kind: ImageErrorKind::Corrupt, what, found: 0, expected: 0 }
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn profile(name: &'static str) -> Self {
        Self { kind: ImageErrorKind::Profile, what: name, found: 0, expected: 0 }
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, what, found, expected } = *self;
        match kind {
            ImageErrorKind::Empty => {
                write!(f, "picture without pixels: found {found}x{expected}, expected at least 1x1")
            }
            ImageErrorKind::TooLarge => {
                write!(f, "{what}: found {found}, expected at most {expected}; scale the picture down")
            }
            ImageErrorKind::Buffer => write!(f, "{what}: found {found}, expected at least {expected}"),
            ImageErrorKind::Rows => write!(f, "{what}: found {found}, expected {expected}"),
            ImageErrorKind::Memory => {
                write!(f, "not enough memory to hash a picture of {found}x{expected}; scale it down")
            }
            ImageErrorKind::Corrupt => write!(f, "packed spectrum or grid: invalid {what}; use the bytes of to_bytes"),
            ImageErrorKind::Profile => {
                write!(f, "profile: found {what}, expected one of ahash, dhash, phash, whash, blockhash")
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
        assert_eq!(message(0, 1, 3), "picture without pixels: found 0x1, expected at least 1x1");
        assert_eq!(message(2, 2, 5), "stride in bytes: found 5, expected at least 6");
        assert_eq!(message(2, 2, 6), "pixels in bytes: found 11, expected at least 12");
        // About 2^64, on machines of 32 and of 64 bits.
        assert!(message(1, u32::MAX, usize::MAX).contains("found 11, expected at least 1844"));
        assert!(ImageRef::new(&bytes, 1, 3, 4, PixelFormat::Rgb8).is_ok());
    }
}
