//! Two slots of flash for lists, and a record that says which of them counts.
//!
//! The record is kept twice, each copy in a sector of its own; a new one is written over the older copy, so that one is whole at every
//! moment. An update is:
//!
//! 1. write [`Record::receiving`]: from here on the slot that is not current holds nothing that may be looked up;
//! 2. erase that slot, and receive into it;
//! 3. verify what came: signatures, rollback, length and digest, and that it opens; this is the caller's;
//! 4. write [`Record::installed`]: from here on the new list is current, and the one before its fallback.
//!
//! At every start, [`start`] finds the list. Wherever an update is broken off it finds the old one or the new one, whole; and never
//! one that was not verified, as a list that is half received, or received and refused, might open as well.

#![no_std]
#![forbid(unsafe_code)]

use lookalike::index::{Index, IndexError};

#[cfg(test)]
mod tests;

/// Bytes of a record.
pub const RECORD_BYTES: usize = 56;
const LABEL: [u8; 4] = *b"slot";

/// One of the two slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    const fn of<T: Copy>(self, [a, b]: [T; 2]) -> T {
        match self {
            Self::A => a,
            Self::B => b,
        }
    }
}

/// What is known of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    sequence: u32,
    current: Slot,
    /// Bytes of the verified list in each slot; 0 where there is none.
    lengths: [u32; 2],
    /// SHA-256 of the manifest of the current list, by which the next one is judged.
    manifest: [u8; 32],
}

impl Record {
    /// Of a device that leaves the factory with a verified list in slot A.
    pub const fn first(length: u32, manifest: [u8; 32]) -> Self {
        Self { sequence: 1, current: Slot::A, lengths: [length, 0], manifest }
    }

    /// The slot that is looked up.
    pub const fn current(&self) -> Slot {
        self.current
    }

    /// The digest of the manifest of the current list.
    pub const fn manifest(&self) -> &[u8; 32] {
        &self.manifest
    }

    /// Which of the two copies is written next with this record: the one that does not hold the record before.
    pub const fn copy(&self) -> usize {
        (self.sequence & 1) as usize
    }

    /// To be written before the slot that is not current is erased.
    pub const fn receiving(self) -> Self {
        let [a, b] = self.lengths;
        let lengths = match self.current {
            Slot::A => [a, 0],
            Slot::B => [0, b],
        };
        Self { sequence: self.sequence.wrapping_add(1), lengths, ..self }
    }

    /// To be written when the slot that is not current holds a verified list.
    pub const fn installed(self, length: u32, manifest: [u8; 32]) -> Self {
        let [a, b] = self.lengths;
        let lengths = match self.current {
            Slot::A => [a, length],
            Slot::B => [length, b],
        };
        Self { sequence: self.sequence.wrapping_add(1), current: self.current.other(), lengths, manifest }
    }

    /// As it is written: label, sequence number, current slot, lengths, digest, CRC-32 of all before.
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let current = match self.current {
            Slot::A => 0_u32,
            Slot::B => 1,
        };
        let words = [u32::from_le_bytes(LABEL), self.sequence, current, self.lengths[0], self.lengths[1]];
        let (words_to, rest) = bytes.as_chunks_mut::<4>().0.split_at_mut(5);
        words_to.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_le_bytes());
        rest.as_flattened_mut()[..32].copy_from_slice(&self.manifest);
        let sum = crc32(&bytes[..RECORD_BYTES - 4]);
        bytes[RECORD_BYTES - 4..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads one copy; none of one that was not written to its end, is worn, or was never written.
    pub fn read(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let (summed, sum) = bytes.split_last_chunk::<4>()?;
        let (&[label, sequence, current, a, b], manifest) = summed.as_chunks::<4>().0.split_first_chunk::<5>()?;
        if label != LABEL || crc32(summed) != u32::from_le_bytes(*sum) {
            return None;
        }
        let current = match u32::from_le_bytes(current) {
            0 => Slot::A,
            1 => Slot::B,
            _ => return None,
        };
        Some(Self {
            sequence: u32::from_le_bytes(sequence),
            current,
            lengths: [u32::from_le_bytes(a), u32::from_le_bytes(b)],
            manifest: manifest.as_flattened().try_into().ok()?,
        })
    }

    /// The newer of the copies that are whole.
    pub fn latest(copies: [&[u8; RECORD_BYTES]; 2]) -> Option<Self> {
        copies.into_iter().filter_map(Self::read).max_by_key(|record| record.sequence)
    }
}

/// What a device has at its start.
#[derive(Debug)]
pub enum Start<'f> {
    /// The current list.
    Current(Index<&'f [u8]>),
    /// The current list does not open; this is the one before. To be reported, and the current one asked for again.
    Fallback(Index<&'f [u8]>, IndexError),
    /// No list: every picture is `unreadable`, and none `no_match`.
    Nothing,
}

/// Finds the list: looks at the header and every checksum, which takes a device a few ten milliseconds for 10,000 hashes.
pub fn start<'f>(copies: [&[u8; RECORD_BYTES]; 2], slots: [&'f [u8]; 2]) -> Start<'f> {
    let Some(record) = Record::latest(copies) else { return Start::Nothing };
    let open = |slot: Slot| {
        let length = usize::try_from(slot.of(record.lengths)).ok().filter(|&length| length > 0)?;
        // a length beyond the slot is no list's, and is refused as what is there is: too short
        let bytes: &'f [u8] = slot.of(slots);
        Some(Index::open_linear(bytes.get(..length).unwrap_or(bytes)))
    };
    let other = || open(record.current.other()).and_then(Result::ok);
    match open(record.current) {
        Some(Ok(index)) => Start::Current(index),
        Some(Err(error)) => other().map_or(Start::Nothing, |index| Start::Fallback(index, error)),
        None => Start::Nothing,
    }
}

/// CRC-32 (IEEE 802.3), bit by bit: a record is short.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |rest: u32| if rest & 1 == 1 { rest >> 1 ^ 0xedb8_8320 } else { rest >> 1 };
    !bytes.iter().fold(!0, |rest, &byte| (0..8).fold(rest ^ u32::from(byte), |rest, _| step(rest)))
}
