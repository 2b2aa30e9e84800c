//! What a device decides, and how it says so: the same on the microcontroller and on the machine that checks it.
#![no_std]
#![deny(unsafe_code)]

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
pub static LIST: [u8; include_bytes!(env!("FIRMWARE_LIST")).len()] = *include_bytes!(env!("FIRMWARE_LIST"));

include!(env!("FIRMWARE_PICTURES"));

/// Bytes of flash that are list and pictures, and no code.
pub fn data_bytes() -> usize {
    let of = |stored: &Stored| match stored.content {
        Content::Raw(bytes) | Content::Jpeg(bytes) => bytes.len(),
        Content::Hashes(..) => 0,
    };
    LIST.len() + size_of_val(PICTURES) + PICTURES.iter().map(|stored| of(stored) + stored.name.len()).sum::<usize>()
}

/// The operator's rules, in flash.
pub const RULES: Rules<'static> =
    Rules::new(ListRule::new("", 31)).lists(&[ListRule::new("forum", 16).minimum_quality(70)]).allow_radius(10);

/// The most findings of a picture that are judged; with more its outcome is `over_limit`, never a match less.
pub const MOST_FINDINGS: usize = 8;

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

impl Line<'_> {
    /// Says it in pieces. Without `core::fmt`, which is 3 KB of code that a device need not have.
    pub fn say(&self, mut say: impl FnMut(&str)) {
        let hashes = self.hashes.to_be_bytes().map(|byte| [byte >> 4, byte & 15]);
        say(self.name);
        say(": ");
        say(self.hashed);
        say(" ");
        hashes.iter().flatten().for_each(|&digit| {
            say("0123456789abcdef".get(usize::from(digit)..).map_or("", |it| it.get(..1).unwrap_or("")))
        });
        say(" quality ");
        number(self.quality.into(), &mut say);
        say(" margin ");
        number(self.margin.into(), &mut say);
        say(": ");
        say(self.outcome.name());
        say(if self.to_confirm { ", to be confirmed, " } else { ", " });
        number(self.findings as u64, &mut say);
        say(" findings");
        if let Some(Nearest { distance, transform, source }) = &self.nearest {
            say(", nearest ");
            say(source.list);
            say("/");
            say(source.id);
            say(" at ");
            number((*distance).into(), &mut say);
            say(" ");
            say(transform.name());
        }
        say("\n");
    }
}

/// Says a number.
pub fn number(number: u64, say: &mut impl FnMut(&str)) {
    let (mut digits, mut at, mut left) = ([b'0'; 20], 20, number);
    loop {
        at -= 1;
        // by subtraction, for want of a division of 64 bits
        let mut tenth = 0_u64;
        for shift in (0..61).rev() {
            if left >> shift >= 10 {
                left -= 10 << shift;
                tenth |= 1 << shift;
            }
        }
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0' | left.to_le_bytes()[0];
        }
        left = tenth;
        if left == 0 || at == 0 {
            break;
        }
    }
    say(digits.get(at..).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or(""));
}
