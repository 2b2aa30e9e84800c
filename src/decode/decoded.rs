//! The pixels of a decoded picture.

use alloc::vec::Vec;
use core::fmt;

use super::error::{DecodeError, Stage};
use super::header::Header;
use crate::pixels::ImageRef;

/// A decoded picture.
pub struct Decoded {
    header: Header,
    pixels: Vec<u8>,
    is_salvaged: bool,
}

impl Decoded {
    /// Checks that the number of pixels is the one stated by the header.
    pub(super) fn new(header: Header, mut pixels: Vec<u8>) -> Result<Self, DecodeError> {
        let Header { format, width, height, pixel_format, .. } = header;
        match ImageRef::packed(&pixels, width, height, pixel_format) {
            Ok(_) => {
                pixels.shrink_to_fit();
                Ok(Self { header, pixels, is_salvaged: false })
            }
            Err(_) => Err(DecodeError::Corrupt { format, stage: Stage::Header }),
        }
    }

    /// Marks a picture whose file is damaged.
    pub(super) fn salvaged(self, is_salvaged: bool) -> Self {
        Self { is_salvaged, ..self }
    }

    /// Returns true if the file is damaged and the pixels are what viewers show all the same: see
    /// [`salvage`](super::salvage()).
    #[must_use]
    pub const fn is_salvaged(&self) -> bool {
        self.is_salvaged
    }

    /// Returns the header of the file.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Borrows the pixels: top row first, rows without padding.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "never panics: `new` made the same reference")]
    pub fn image(&self) -> ImageRef<'_> {
        let Header { width, height, pixel_format, .. } = self.header;
        ImageRef::packed(&self.pixels, width, height, pixel_format).expect("checked by `new`")
    }
}

impl fmt::Debug for Decoded {
    /// Never prints pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").field("header", &self.header).finish_non_exhaustive()
    }
}
