//! Search by looking at every hash: the definition of the answer, and the fastest way to it for short lists.

use core::ops::ControlFlow;

use crate::hash::HashBits;
use crate::kernel::Level;
use crate::kernel::hamming::{self, Pair};

/// Visits every pair of a needle and a hash within the radius, in the order of the slots up to blocks.
pub(super) fn search<const N: usize>(
    level: Level,
    hashes: &[[u8; N]],
    needles: &[HashBits<N>],
    radius: u32,
    visit: impl FnMut(Pair) -> ControlFlow<()>,
) -> ControlFlow<()> {
    hamming::scan(level, needles.iter().map(HashBits::as_bytes), hashes, radius, visit)
}
