//! Arrays within slices, for vectors that are loaded whole.

#![forbid(unsafe_code)]

/// The `LEN` values from `at` on. Panics where there are fewer: that is a bug in a kernel.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "it is the one place where a kernel's offset is checked")]
pub(super) fn chunk_at<T, const LEN: usize>(values: &[T], at: usize) -> &[T; LEN] {
    values[at..].first_chunk().expect("a whole vector lies behind the offset")
}
