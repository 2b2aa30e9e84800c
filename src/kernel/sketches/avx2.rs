//! Sketches with AVX2: a line in two vectors.
//!
//! "At most `k` bits" needs no counting while `k` is small: clear the lowest bit `k` times and compare with zero. Beyond
//! that a shuffle counts the bits of each nibble.

#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_add_epi16, _mm256_and_si256, _mm256_cmpeq_epi16, _mm256_cmpgt_epi16,
    _mm256_maddubs_epi16, _mm256_movemask_epi8, _mm256_or_si256, _mm256_packs_epi16, _mm256_permute4x64_epi64,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16, _mm256_testz_si256, _mm256_xor_si256,
};
use core::ops::ControlFlow;

use super::{Buckets, Found, Line, Probe, probe_by};
use crate::kernel::chunk::chunk_at;
use crate::kernel::x86::load256;

/// As [`super::probe`].
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn probe<B>(
    buckets: Buckets<'_>,
    most: u32,
    probes: impl Iterator<Item = Probe>,
    visit: impl FnMut(Probe, Found) -> ControlFlow<B>,
) -> ControlFlow<B> {
    probe_by(|line, sketch, most| within(line, sketch, most), buckets, most, probes, visit)
}

/// Up to so many bits clearing takes fewer operations than counting.
const MOST_CLEARED: u32 = 3;

/// As [`super::within`].
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn within(line: &Line, sketch: u16, most: u32) -> u32 {
    let (low, high) = (chunk_at(line, 0), chunk_at(line, 32));
    let sketch = _mm256_set1_epi16(sketch.cast_signed());
    let (low, high) = (_mm256_xor_si256(load256(low), sketch), _mm256_xor_si256(load256(high), sketch));
    let (low, high) = if most <= MOST_CLEARED {
        (is_cleared(low, most), is_cleared(high, most))
    } else {
        let most = _mm256_set1_epi16(most.min(16) as i16);
        (is_counted(low, most), is_counted(high, most))
    };
    let any = _mm256_or_si256(low, high);
    if _mm256_testz_si256(any, any) == 1 {
        return 0;
    }
    // packing works in halves: the middle quarters change places
    let bytes = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi16(low, high));
    _mm256_movemask_epi8(bytes).cast_unsigned()
}

/// All ones in each lane that has at most `most` ones.
#[inline]
#[target_feature(enable = "avx2")]
fn is_cleared(mut lanes: __m256i, most: u32) -> __m256i {
    for _ in 0..most {
        lanes = _mm256_and_si256(lanes, _mm256_add_epi16(lanes, _mm256_set1_epi16(-1)));
    }
    _mm256_cmpeq_epi16(lanes, _mm256_setzero_si256())
}

/// All ones in each lane that has at most `most` ones.
#[inline]
#[target_feature(enable = "avx2")]
fn is_counted(lanes: __m256i, most: __m256i) -> __m256i {
    let counts = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    );
    let nibble = _mm256_set1_epi8(0x0f);
    let low = _mm256_shuffle_epi8(counts, _mm256_and_si256(lanes, nibble));
    let high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16::<4>(lanes), nibble));
    let ones = _mm256_maddubs_epi16(_mm256_add_epi8(low, high), _mm256_set1_epi8(1));
    _mm256_xor_si256(_mm256_cmpgt_epi16(ones, most), _mm256_set1_epi16(-1))
}
