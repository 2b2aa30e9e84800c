//! What a device decides, and how it says so: the same on the microcontroller and on the machine that checks it.
#![no_std]
#![deny(unsafe_code)]

pub mod drawn;

use lookalike::hash::Dihedral;
use lookalike::index::Source;
#[cfg(feature = "jpeg")]
use lookalike::jpeg::Needs;
use lookalike::matching::{Finding, ListRule, Outcome, Rules};

/// A picture in flash.
pub struct Stored {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    pub is_color: bool,
    pub content: Content,
}

/// What of it is there.
#[allow(clippy::large_enum_variant, reason = "it lies in flash and is never moved")]
pub enum Content {
    /// Rows of pixels.
    Raw(&'static [u8]),
    /// The frame of [`drawn`].
    Drawn,
    Jpeg(&'static [u8]),
    /// The quality, and the eight hashes, made elsewhere.
    Hashes(u8, [[u8; 32]; 8]),
}

/// The list, compiled when the firmware was built. A device in the field maps its list's slot of flash here instead.
#[allow(unsafe_code, reason = "named, so that its size can be told from that of the code")]
#[unsafe(no_mangle)]
pub static LIST: [u8; include_bytes!(env!("FIRMWARE_LIST")).len()] = *include_bytes!(env!("FIRMWARE_LIST"));

include!(env!("FIRMWARE_PICTURES"));

/// Bytes of flash that are list and pictures, and no code.
pub fn data_bytes() -> usize {
    let of = |stored: &Stored| match stored.content {
        Content::Raw(bytes) | Content::Jpeg(bytes) => bytes.len(),
        Content::Drawn | Content::Hashes(..) => 0,
    };
    LIST.len() + size_of_val(PICTURES) + PICTURES.iter().map(|stored| of(stored) + stored.name.len()).sum::<usize>()
}

/// The operator's rules, in flash.
pub const RULES: Rules<'static> =
    Rules::new(ListRule::new("", 31)).lists(&[ListRule::new("forum", 16).minimum_quality(70)]).allow_radius(10);

/// The most findings of a picture that are judged; with more its outcome is `over_limit`, never a match less.
pub const MOST_FINDINGS: usize = 8;

/// The device's memory for a JPEG: numbers for sums and weights, and blocks. Enough for a baseline file of up to 4,096 pixels a row.
#[cfg(feature = "jpeg")]
pub const NUMBERS: usize = 7150;
#[cfg(feature = "jpeg")]
pub const BLOCKS: usize = 512;

/// What becomes of a JPEG that needs more memory than that; none of one for which it is enough.
#[cfg(feature = "jpeg")]
pub fn over_memory(needs: &Needs) -> Option<Outcome> {
    let demands = [
        ("numbers of memory", needs.sums + needs.weights, NUMBERS),
        ("blocks of memory", needs.blocks, BLOCKS),
        ("histories in memory", needs.history, 0),
    ];
    let over = demands.into_iter().find(|(_, found, allowed)| found > allowed);
    over.map(|(what, found, allowed)| Outcome::OverLimit { what, found: found as u64, allowed: allowed as u64 })
}

/// The nearest entry: of several at the same distance the first by id, then by how the picture is turned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nearest<'a> {
    pub distance: u32,
    pub id: &'a str,
    pub transform: Dihedral,
    pub list: &'a str,
}

impl<'a> Nearest<'a> {
    pub fn of(finding: &Finding<'a, 32>) -> Self {
        let Source { id, list, .. } = finding.source;
        Self { distance: finding.distance, id, transform: finding.transform, list }
    }
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
    pub outcome: Outcome,
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

impl Line<'_> {
    /// Says it in pieces. Without `core::fmt`, which is 3 KB of code that a device need not have.
    pub fn say(&self, say: &mut impl FnMut(&[u8])) {
        say(self.name.as_bytes());
        say(b": ");
        say(self.hashed.as_bytes());
        say(b" ");
        for byte in self.hashes.to_be_bytes() {
            say(&[byte >> 4, byte & 15].map(|digit| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
        }
        say(b" quality ");
        number(self.quality.into(), say);
        say(b" margin ");
        number(self.margin, say);
        say(b": ");
        say(self.outcome.name().as_bytes());
        if let Outcome::OverLimit { what, found, allowed } = self.outcome {
            say(b" (");
            number(small(found), say);
            say(b" ");
            say(what.as_bytes());
            say(b", not over ");
            number(small(allowed), say);
            say(b")");
        }
        say(if self.to_confirm { b", to be confirmed, " } else { b", " });
        number(small(self.findings), say);
        say(b" findings");
        if let Some(Nearest { distance, id, transform, list }) = &self.nearest {
            say(b", nearest ");
            say(list.as_bytes());
            say(b"/");
            say(id.as_bytes());
            say(b" at ");
            number(*distance, say);
            say(b" ");
            say(transform.name().as_bytes());
        }
        say(b"\n");
    }
}

/// A count as [`number`] says it.
pub fn small(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

/// Says a number.
pub fn number(number: u32, say: &mut impl FnMut(&[u8])) {
    let (mut digits, mut left, mut at) = ([b'0'; 10], number, 10);
    for digit in digits.iter_mut().rev() {
        *digit |= (left % 10).to_le_bytes()[0];
        left /= 10;
        at -= 1;
        if left == 0 {
            break;
        }
    }
    say(digits.get(at..).unwrap_or_default());
}
