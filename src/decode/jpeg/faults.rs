//! Errors, and damage that libjpeg only warns of.

use crate::decode::error::{DecodeError, Stage};
use crate::decode::sniff::Format;

pub(super) const CORRUPT: DecodeError = corrupt(Stage::Header);

pub(super) const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::Jpeg, stage }
}

pub(super) const fn unsupported(format: &'static str) -> DecodeError {
    DecodeError::Unsupported { format }
}

/// What is done about damage for which libjpeg has a remedy.
pub(super) struct Faults {
    is_lenient: bool,
    /// There was some.
    pub(super) is_damaged: bool,
}

impl Faults {
    pub(super) const fn new(is_lenient: bool) -> Self {
        Self { is_lenient, is_damaged: false }
    }

    /// Takes note of damage: an error, or to be lived with.
    #[cold]
    pub(super) fn note(&mut self, stage: Stage) -> Result<(), DecodeError> {
        self.is_damaged = true;
        if self.is_lenient { Ok(()) } else { Err(corrupt(stage)) }
    }

    /// The symbol that libjpeg takes an invalid code for.
    #[cold]
    pub(super) const fn lenient_symbol(&mut self) -> Option<u8> {
        self.is_damaged = true;
        if self.is_lenient { Some(0) } else { None }
    }
}
