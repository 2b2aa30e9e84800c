//! What a device decides, and how it says so: the same on the microcontroller and on the machine that checks it.
#![no_std]
#![deny(unsafe_code)]

use core::fmt;

use lookalike::hash::Dihedral;
use lookalike::index::Source;
use lookalike::matching::{ListRule, Outcome, Rules};

/// A picture in flash.
pub struct Stored {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    pub is_color: bool,
    pub content: Content,
}

/// What of it is there.
pub enum Content {
    /// Rows of pixels.
    Raw(&'static [u8]),
    Jpeg(&'static [u8]),
    /// The quality, and the eight hashes, made elsewhere.
    Hashes(u8, [[u8; 32]; 8]),
}

/// The list, compiled when the firmware was built. A device in the field maps its list's slot of flash here instead.
#[allow(unsafe_code, reason = "named, so that its size can be told from that of the code")]
#[unsafe(no_mangle)]
pub static LIST: [u8; include_bytes!(concat!(env!("OUT_DIR"), "/index.bin")).len()] =
    *include_bytes!(concat!(env!("OUT_DIR"), "/index.bin"));

include!(concat!(env!("OUT_DIR"), "/pictures.rs"));

/// The operator's rules, in flash.
pub const RULES: Rules<'static> =
    Rules::new(ListRule::new("", 31)).lists(&[ListRule::new("forum", 16).minimum_quality(70)]).allow_radius(10);

/// The most findings of a picture that are judged; with more its outcome is `over_limit`, never a match less.
pub const MOST_FINDINGS: usize = 16;

/// The nearest entry.
#[derive(Clone, Copy)]
pub struct Nearest<'a> {
    pub distance: u32,
    pub transform: Dihedral,
    pub source: Source<'a>,
}

/// A picture's line in the output.
pub struct Line<'a> {
    pub name: &'a str,
    /// What was hashed: `exact` from pixels, `screened` from coefficients, `given`.
    pub hashed: &'a str,
    /// All eight hashes summed up, so that none is printed.
    pub hashes: u64,
    pub quality: u8,
    /// How many bits a screened hash may be off; 0 of an exact one.
    pub margin: u32,
    pub outcome: Outcome<()>,
    /// Whether something lies within the radius and the margin of a screened hash. Then the outcome is what the screened hash says, and
    /// whoever has the pixels decides by the exact one.
    pub to_confirm: bool,
    pub nearest: Option<Nearest<'a>>,
    pub findings: usize,
}

/// FNV-1a of the eight hashes.
pub fn summed<'a>(hashes: impl IntoIterator<Item = &'a [u8; 32]>) -> u64 {
    let bytes = hashes.into_iter().flatten();
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let confirm = if self.to_confirm { ", to be confirmed" } else { "" };
        write!(f, "{}: {} {:016x} quality {} margin {}: ", self.name, self.hashed, self.hashes, self.quality, self.margin)?;
        write!(f, "{}{confirm}, {} findings", self.outcome.name(), self.findings)?;
        if let Some(Nearest { distance, transform, source }) = &self.nearest {
            write!(f, ", nearest {}/{} at {distance} {}", source.list, source.id, transform.name())?;
        }
        Ok(())
    }
}
