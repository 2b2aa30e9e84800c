//! The definition, sketch by sketch.

#![forbid(unsafe_code)]

use core::ops::ControlFlow;

use super::{Buckets, Found, Line, Probe, probe_by};

/// As [`super::probe`].
#[inline]
pub(super) fn probe<B>(
    buckets: Buckets<'_>,
    most: u32,
    probes: impl Iterator<Item = Probe>,
    visit: impl FnMut(Probe, Found) -> ControlFlow<B>,
) -> ControlFlow<B> {
    probe_by(within, buckets, most, probes, visit)
}

/// As [`super::within`].
#[inline]
pub(super) fn within(line: &Line, sketch: u16, most: u32) -> u32 {
    let near = |lane: &[u8; 2]| (u16::from_le_bytes(*lane) ^ sketch).count_ones() <= most;
    line.as_chunks().0.iter().rev().fold(0, |bits, lane| bits << 1 | u32::from(near(lane)))
}
