//! Quantisation tables.

#![expect(clippy::indexing_slicing, reason = "a table has a place for each of 64 positions")]

use super::faults::CORRUPT;
use super::scan::NATURAL;
use crate::decode::error::DecodeError;

/// The steps of a block's coefficients, row by row.
pub(super) type Steps = [u16; 64];

/// The tables at hand.
#[derive(Default)]
pub(super) struct Quantisation([Option<Steps>; 4]);

impl Quantisation {
    /// Takes over the tables of a segment: of bytes or of 16 bits, in zigzag order.
    pub(super) fn define(&mut self, mut segment: &[u8]) -> Result<(), DecodeError> {
        while let Some((&head, rest)) = segment.split_first() {
            let size = if head >> 4 == 0 { 1 } else { 2 };
            let slot = self.0.get_mut(usize::from(head & 15)).ok_or(CORRUPT)?;
            let (values, rest) = rest.split_at_checked(64 * size).ok_or(CORRUPT)?;
            let mut steps = [0; 64];
            for (value, &place) in values.chunks(size).zip(&NATURAL) {
                steps[usize::from(place)] = value.iter().fold(0, |step, &byte| step << 8 | u16::from(byte));
            }
            *slot = Some(steps);
            segment = rest;
        }
        Ok(())
    }

    pub(super) fn get(&self, number: usize) -> Result<Steps, DecodeError> {
        self.0.get(number).copied().flatten().ok_or(CORRUPT)
    }
}

/// The steps of a component as the transform takes them. All zero for a component without a scan, as in libjpeg.
pub(super) fn steps_of(steps: &[Option<Steps>], component: usize) -> [i16; 64] {
    steps.get(component).copied().flatten().map_or([0; 64], |steps| steps.map(u16::cast_signed))
}
