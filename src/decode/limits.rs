//! Limits on the resources that decoding a picture may use.

use super::error::{DecodeError, Limited};
use crate::hash::pdq::MAX_SIDE;

/// Limits on a picture file, checked against its header before pixels are allocated.
///
/// ```
/// use lookalike::decode::Limits;
///
/// let limits = Limits::default().max_pixels(20_000_000).max_alloc_bytes(64 << 20);
/// assert_eq!(limits.max_frames, 50_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Width times height. Default 100,000,000: twice what cameras make, half a second of decoding.
    pub max_pixels: u64,
    /// Memory for decoding one picture, in bytes. Default 320 MiB: 100 megapixels of RGB, or a progressive JPEG of 50
    /// (whose coefficients must all be kept until the last scan).
    pub max_alloc_bytes: u64,
    /// Frames of an animation, pages of a TIFF. Default 50,000, an hour of animation.
    pub max_frames: u32,
    /// Frames of an animation that [`frames`](super::frames()) returns: the first, the last, and evenly spaced ones between. Default: all.
    /// With fewer a picture that does not match is only [partly checked](crate::matching::Outcome::PartlyChecked).
    pub max_sampled_frames: u32,
    /// Pixels of all frames of one animation, each as large as its canvas; and of all pictures in one file. Default
    /// 500,000,000: 500 frames of a megapixel, five seconds of GIF or fifteen of WebP.
    pub max_animation_pixels: u64,
    /// Scans of a JPEG. Default 100: encoders write about ten, but 80,000 are legal, and each costs a pass over the
    /// picture ("Two Issues with the JPEG Standard", libjpeg-turbo, 2016).
    pub max_scans: u32,
    /// Size of the file in bytes. Default 1 GiB: no encoder makes more of the pixels allowed.
    pub max_file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 100_000_000,
            max_alloc_bytes: 320 << 20,
            max_frames: 50_000,
            max_sampled_frames: u32::MAX,
            max_animation_pixels: 500_000_000,
            max_scans: 100,
            max_file_bytes: 1 << 30,
        }
    }
}

impl Limits {
    /// Sets the largest width times height.
    #[must_use]
    pub const fn max_pixels(self, max_pixels: u64) -> Self {
        Self { max_pixels, ..self }
    }

    /// Sets the largest amount of memory for decoding, in bytes.
    #[must_use]
    pub const fn max_alloc_bytes(self, max_alloc_bytes: u64) -> Self {
        Self { max_alloc_bytes, ..self }
    }

    /// Sets the largest number of frames or pages.
    #[must_use]
    pub const fn max_frames(self, max_frames: u32) -> Self {
        Self { max_frames, ..self }
    }

    /// Sets the number of frames of an animation that are returned, at least one.
    #[must_use]
    pub const fn max_sampled_frames(self, max_sampled_frames: u32) -> Self {
        Self { max_sampled_frames, ..self }
    }

    /// Sets the largest number of pixels drawn to compose the frames of one animation.
    #[must_use]
    pub const fn max_animation_pixels(self, max_animation_pixels: u64) -> Self {
        Self { max_animation_pixels, ..self }
    }

    /// Sets the largest number of scans of a JPEG.
    #[must_use]
    pub const fn max_scans(self, max_scans: u32) -> Self {
        Self { max_scans, ..self }
    }

    /// Sets the largest size of the file in bytes.
    #[must_use]
    pub const fn max_file_bytes(self, max_file_bytes: u64) -> Self {
        Self { max_file_bytes, ..self }
    }

    /// Returns an error if `found` exceeds the limit.
    pub(super) const fn check(&self, what: Limited, found: u64) -> Result<(), DecodeError> {
        let allowed = match what {
            Limited::FileBytes => self.max_file_bytes,
            Limited::Pixels => self.max_pixels,
            Limited::AllocBytes => self.max_alloc_bytes,
            Limited::Frames => self.max_frames as u64,
            Limited::Scans => self.max_scans as u64,
            Limited::AnimationPixels => self.max_animation_pixels,
            Limited::Side => MAX_SIDE as u64,
            // only the allocator knows
            Limited::Memory => u64::MAX,
        };
        if found <= allowed { Ok(()) } else { Err(DecodeError::OverLimit { what, found, allowed }) }
    }
}
