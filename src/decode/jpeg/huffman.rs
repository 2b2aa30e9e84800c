//! Huffman tables: codes to symbols, and where there is room, to the value that a symbol and the bits after it stand for.

#![expect(clippy::indexing_slicing, reason = "indices have as many bits as the tables have entries for")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "codes and values have 16 bits at most"
)]

use alloc::boxed::Box;

use super::bits::Bits;
use super::faults::CORRUPT;
use crate::decode::error::DecodeError;

/// Bits that are looked up at once. 10: longer codes are rare, and the table is of 4 KB.
const LOOKED_UP: u32 = 10;

/// The longest code.
const LONGEST: usize = 16;

/// A table of codes.
pub(super) struct Table {
    /// By the next bits: a code and the bits after it. From the lowest bit: 6 of length, 0 if the code is longer than what is looked
    /// up; [`HAS_VALUE`]; from 256 on the symbol.
    entries: [u32; 1 << LOOKED_UP],
    /// By the next bits: the symbol, and in the lower byte the length of its code, 0 if it is longer.
    codes: [u16; 1 << LOOKED_UP],
    /// The symbols, by code.
    symbols: [u8; 256],
    /// By length: the first code that is longer, its bits at the left end of 16; and what is to be added to a code for the place of
    /// its symbol.
    ends: [u32; LONGEST + 1],
    places: [i32; LONGEST + 1],
}

/// Of an entry: the bits after the code are in the length, the symbol is the run alone, and the upper 16 bits are the value.
const HAS_VALUE: u32 = 0x80;

/// A code and the bits after it.
#[derive(Clone, Copy)]
pub(super) struct Coded {
    /// The upper half of the symbol: zeros before the value.
    pub(super) run: usize,
    /// The lower half: the bits of the value. 0 for symbols that stand for something else.
    pub(super) size: u32,
    pub(super) value: i32,
}

impl Table {
    /// Reads the tables of a segment: 16 numbers of codes, and their symbols.
    pub(super) fn new(counts: &[u8; LONGEST], symbols: &[u8]) -> Option<Box<Self>> {
        let mut table = Box::new(Self {
            entries: [0; 1 << LOOKED_UP],
            codes: [0; 1 << LOOKED_UP],
            symbols: [0; 256],
            ends: [0; LONGEST + 1],
            places: [0; LONGEST + 1],
        });
        table.symbols.get_mut(..symbols.len())?.copy_from_slice(symbols);
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, &count) in (1..).zip(counts) {
            table.places[length as usize] = i32::try_from(place).ok()? - i32::try_from(code).ok()?;
            // No code is all ones, which libjpeg checks where there are codes.
            if count > 0 && code + u32::from(count) >= 1 << length {
                return None;
            }
            for _ in 0..count {
                if length <= LOOKED_UP {
                    table.enter(code, length, *symbols.get(place)?);
                }
                code += 1;
                place += 1;
            }
            table.ends[length as usize] = code << (LONGEST as u32 - length);
            code <<= 1;
        }
        Some(table)
    }

    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        let free = LOOKED_UP - length;
        let size = u32::from(symbol & 15);
        for rest in 0..1 << free {
            let place = (code << free | rest) as usize;
            self.codes[place] = u16::from(symbol) << 8 | length as u16;
            let entry = &mut self.entries[place];
            *entry = if size > 0 && size <= free {
                let value = extended(rest >> (free - size), size);
                (value as u32) << 16 | u32::from(symbol >> 4) << 8 | HAS_VALUE | (length + size)
            } else {
                u32::from(symbol) << 8 | length
            };
        }
    }

    /// Reads a code and the bits after it; none if there is no such code, which takes 17 bits, as in libjpeg.
    #[inline(always)]
    pub(super) fn read(&self, bits: &mut Bits<'_>) -> Option<Coded> {
        bits.refill();
        let entry = self.entries[bits.peek(LOOKED_UP) as usize];
        if entry & HAS_VALUE != 0 {
            bits.skip(entry & 0x3f);
            let value = (entry as i32) >> 16;
            return Some(Coded { run: (entry >> 8 & 15) as usize, size: 1, value });
        }
        let symbol = if entry != 0 {
            bits.skip(entry & 0x3f);
            entry >> 8
        } else {
            u32::from(self.read_long(bits)?)
        };
        let (run, size) = ((symbol >> 4) as usize, symbol & 15);
        let value = if size > 0 { extended(bits.take(size), size) } else { 0 };
        Some(Coded { run, size, value })
    }

    /// Reads a code and not the bits after it.
    #[inline(always)]
    pub(super) fn read_symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        bits.refill();
        let [length, symbol] = self.codes[bits.peek(LOOKED_UP) as usize].to_le_bytes();
        if length == 0 {
            return self.read_long(bits);
        }
        bits.skip(u32::from(length));
        Some(symbol)
    }

    fn read_long(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let code = bits.peek(16);
        let Some(length) = (1..=LONGEST).find(|&length| code < self.ends[length]) else {
            bits.skip(17);
            return None;
        };
        bits.skip(length as u32);
        let place = (code >> (LONGEST - length)) as i32 + self.places[length];
        Some(self.symbols[(place & 0xff) as usize])
    }
}

/// The value of so many bits: the lower half is negative.
#[inline(always)]
fn extended(bits: u32, size: u32) -> i32 {
    let bits = bits as i32;
    if bits >> (size - 1) == 0 { bits - (1 << size) + 1 } else { bits }
}

/// The tables at hand, by class and number.
#[derive(Default)]
pub(super) struct Tables {
    dc: [Slot; 4],
    ac: [Slot; 4],
}

#[derive(Default)]
enum Slot {
    #[default]
    Missing,
    /// No prefix code, or one with symbols that cannot be. It is an error only for a scan that uses it.
    Unusable,
    Table(Box<Table>),
}

impl Slot {
    fn get(&self) -> Result<&Table, DecodeError> {
        match self {
            Self::Table(table) => Ok(table),
            Self::Missing | Self::Unusable => Err(CORRUPT),
        }
    }
}

impl Tables {
    /// Takes over the tables of a segment.
    pub(super) fn define(&mut self, mut segment: &[u8]) -> Result<(), DecodeError> {
        while segment.len() > LONGEST {
            let Some((&[head], rest)) = segment.split_first_chunk() else { return Err(CORRUPT) };
            let Some((counts, rest)) = rest.split_first_chunk::<LONGEST>() else { return Err(CORRUPT) };
            let all: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let Some((symbols, rest)) = rest.split_at_checked(all).filter(|_| all <= 256) else { return Err(CORRUPT) };
            let (slots, number) = if head & 0x10 == 0 { (&mut self.dc, head) } else { (&mut self.ac, head - 0x10) };
            let Some(slot) = slots.get_mut(usize::from(number)) else { return Err(CORRUPT) };
            let is_possible = head & 0x10 != 0 || symbols.iter().all(|&size| size <= 15);
            *slot = Table::new(counts, symbols).filter(|_| is_possible).map_or(Slot::Unusable, Slot::Table);
            segment = rest;
        }
        if segment.is_empty() { Ok(()) } else { Err(CORRUPT) }
    }

    /// Fills in the tables of the standard where there are none, as in frames of motion JPEG.
    pub(super) fn fill_in(&mut self) {
        let [dc_0, dc_1, ..] = &mut self.dc;
        let [ac_0, ac_1, ..] = &mut self.ac;
        let standard: [(&mut Slot, &[u8; LONGEST], &[u8]); 4] = [
            (dc_0, &DC_LUMA, &DC_SYMBOLS),
            (dc_1, &DC_CHROMA, &DC_SYMBOLS),
            (ac_0, &AC_LUMA, &AC_LUMA_SYMBOLS),
            (ac_1, &AC_CHROMA, &AC_CHROMA_SYMBOLS),
        ];
        for (slot, counts, symbols) in standard {
            if matches!(slot, Slot::Missing) {
                *slot = Table::new(counts, symbols).map_or(Slot::Unusable, Slot::Table);
            }
        }
    }

    pub(super) fn dc(&self, number: usize) -> Result<&Table, DecodeError> {
        self.dc.get(number).ok_or(CORRUPT)?.get()
    }

    pub(super) fn ac(&self, number: usize) -> Result<&Table, DecodeError> {
        self.ac.get(number).ok_or(CORRUPT)?.get()
    }
}

// ITU-T T.81, tables K.3 to K.6.
const DC_LUMA: [u8; LONGEST] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CHROMA: [u8; LONGEST] = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_LUMA: [u8; LONGEST] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
const AC_CHROMA: [u8; LONGEST] = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77];
const AC_LUMA_SYMBOLS: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14,
    0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09,
    0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a,
    0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65,
    0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
    0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9,
    0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
    0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea,
    0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];
const AC_CHROMA_SYMBOLS: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32,
    0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16,
    0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39,
    0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64,
    0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86,
    0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8,
    0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9,
    0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];
