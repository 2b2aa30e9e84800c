//! Converts samples from the decoders' layouts to those of [`PixelFormat`](crate::pixels::PixelFormat), in place.

#![expect(clippy::indexing_slicing, reason = "counts to the number of pixels")]

use alloc::vec::Vec;

use super::error::{DecodeError, Limited};
use super::limits::Limits;

/// Allocates a buffer of zeros within the limits.
pub(super) fn zeros(bytes: u64, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    limits.check(Limited::AllocBytes, bytes)?;
    let missing = DecodeError::OverLimit { what: Limited::Memory, found: bytes, allowed: 0 };
    let len = usize::try_from(bytes).map_err(|_| missing)?;
    // Zeroed by the system, so pages that are never written take no memory.
    bytemuck::allocation::try_zeroed_vec(len).map_err(|()| missing)
}

/// Keeps the first `keep` of every `group` bytes, to drop alpha or extra samples.
pub(super) fn keep_first(pixels: &mut Vec<u8>, keep: usize, group: usize) {
    if keep >= group {
        return;
    }
    let count = pixels.len() / group;
    for index in 0..count {
        pixels.copy_within(index * group..index * group + keep, index * keep);
    }
    pixels.truncate(count * keep);
}

/// Converts native 16-bit samples to little-endian ones.
pub(super) fn native_to_little_endian(samples: &mut [u8]) {
    if cfg!(target_endian = "big") {
        swap_bytes(samples);
    }
}

/// Swaps the bytes of 16-bit samples.
pub(super) fn swap_bytes(samples: &mut [u8]) {
    for sample in samples.as_chunks_mut::<2>().0 {
        sample.reverse();
    }
}

/// Converts CMYK to RGB as Pillow does: each ink absorbs its share of the light that black leaves.
pub(super) fn cmyk_to_rgb(pixels: &mut Vec<u8>) {
    let count = pixels.len() / 4;
    for index in 0..count {
        let [c, m, y, k] = pixels.as_chunks().0[index];
        pixels.as_chunks_mut().0[index] = [c, m, y].map(|ink| absorbed(ink, 255 - k));
    }
    pixels.truncate(3 * count);
}

/// What an ink leaves of the light that black leaves.
#[inline]
pub(super) fn absorbed(ink: u8, light: u8) -> u8 {
    // Division by 255, rounded.
    let product = u16::from(ink) * u16::from(light) + 128;
    let share = ((product >> 8) + product) >> 8;
    // The share is at most the light.
    light.saturating_sub(share.to_le_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_the_machine_does_not_have_is_an_error() {
        let limits = Limits::default().max_alloc_bytes(u64::MAX);
        for bytes in [1 << 62, u64::MAX] {
            let expected = DecodeError::OverLimit { what: Limited::Memory, found: bytes, allowed: 0 };
            // looked at: memory that nobody uses is optimised away, and is always there
            assert_eq!(core::hint::black_box(zeros(bytes, &limits)).err(), Some(expected));
        }
        assert_eq!(zeros(3, &limits), Ok(Vec::from([0; 3])));
        let over = DecodeError::OverLimit { what: Limited::AllocBytes, found: 3, allowed: 2 };
        assert_eq!(zeros(3, &limits.max_alloc_bytes(2)), Err(over));
    }
}
