//! Updates broken off everywhere, records and lists damaged: what a device finds at its next start.

extern crate std;

use std::format;
use std::vec;
use std::vec::Vec;

use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Index, IndexKind, Source};

use super::*;

const SLOT_BYTES: usize = 4096;

/// A list of so many entries, by which it is told from others.
fn list(entries: u8) -> Vec<u8> {
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap().kind(Some(IndexKind::Linear));
    for number in 0..entries {
        let id = format!("{number}");
        let source = Source { list: "hotline", id: &id, ..Source::default() };
        builder.add(Bits256::from_bytes([number.wrapping_mul(37); 32]), source).unwrap();
    }
    builder.finish().unwrap()
}

fn digest(of: u8) -> [u8; 32] {
    [of; 32]
}

/// Flash, of which a write may be the last before the power fails.
#[derive(Clone)]
struct Flash {
    copies: [[u8; RECORD_BYTES]; 2],
    slots: [Vec<u8>; 2],
    /// Bytes that are still written or erased.
    power: usize,
}

impl Flash {
    /// As it leaves the factory.
    fn new(first: &[u8]) -> Self {
        let mut flash = Self {
            copies: [[0xff; RECORD_BYTES]; 2],
            slots: [(); 2].map(|()| vec![0xff; SLOT_BYTES]),
            power: usize::MAX,
        };
        flash.slots[0][..first.len()].copy_from_slice(first);
        flash.write(Record::first(first.len() as u32, digest(1)));
        flash
    }

    fn spend(power: &mut usize, to: &mut [u8], bytes: impl Iterator<Item = u8>) {
        for (to, byte) in to.iter_mut().zip(bytes) {
            if *power == 0 {
                return;
            }
            *power -= 1;
            *to = byte;
        }
    }

    /// Erases the copy and writes it.
    fn write(&mut self, record: Record) {
        let copy = &mut self.copies[record.copy()];
        Self::spend(&mut self.power, copy, std::iter::repeat(0xff));
        Self::spend(&mut self.power, copy, record.to_bytes().into_iter());
    }

    /// The whole update, as far as the power lasts.
    fn update(&mut self, list: &[u8], manifest: [u8; 32]) {
        let before = self.record();
        let receiving = before.receiving();
        self.write(receiving);
        let slot = &mut self.slots[usize::from(before.current() == Slot::A)];
        Self::spend(&mut self.power, slot, std::iter::repeat(0xff));
        Self::spend(&mut self.power, slot, list.iter().copied());
        self.write(receiving.installed(list.len() as u32, manifest));
    }

    fn record(&self) -> Record {
        Record::latest([&self.copies[0], &self.copies[1]]).expect("one copy is always whole")
    }

    fn start(&self) -> Start<'_> {
        start([&self.copies[0], &self.copies[1]], [&self.slots[0], &self.slots[1]])
    }

    /// Entries of the list that is found, and whether it is the fallback.
    fn found(&self) -> Option<(u64, bool)> {
        match self.start() {
            Start::Current(index) => Some((index.entries(), false)),
            Start::Fallback(index, _) => Some((index.entries(), true)),
            Start::Nothing => None,
        }
    }
}

#[test]
fn a_record_is_read_as_it_was_written_and_no_other_way() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    let first = Record::first(700, digest(9));
    let records = [first, first.receiving(), first.receiving().installed(900, digest(8))];
    for (record, after) in records.iter().zip(&records[1..]) {
        assert_ne!(record.copy(), after.copy(), "a record is never written over the one before");
    }
    for record in records {
        let bytes = record.to_bytes();
        assert_eq!(Record::read(&bytes), Some(record));
        for bit in 0..8 * RECORD_BYTES {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Record::read(&damaged), None, "bit {bit}");
        }
    }
    for never_written in [[0; RECORD_BYTES], [0xff; RECORD_BYTES]] {
        assert_eq!(Record::read(&never_written), None);
    }
}

#[test]
fn an_update_broken_off_anywhere_leaves_the_old_list_or_the_new() {
    let (first, second, third) = (list(3), list(5), list(4));
    let mut updated = Flash::new(&first);
    updated.update(&second, digest(2));
    assert_eq!((updated.found(), *updated.record().manifest()), (Some((5, false)), digest(2)));
    // from slot A to B, and back over the list before
    for (before, list, old, new) in [(Flash::new(&first), &second, 3, 5), (updated, &third, 5, 4)] {
        let whole = 4 * RECORD_BYTES + SLOT_BYTES + list.len();
        let mut switched_at = None;
        for power in 0..=whole {
            let mut flash = Flash { power, ..before.clone() };
            flash.update(list, digest(7));
            let found = flash.found();
            if found == Some((new, false)) {
                switched_at.get_or_insert(power);
            } else {
                assert_eq!((found, switched_at), (Some((old, false)), None), "{power} bytes");
            }
            assert_eq!(*flash.record().manifest() == digest(7), switched_at.is_some(), "{power} bytes");
            // the next attempt goes through
            flash.power = usize::MAX;
            flash.update(list, digest(7));
            assert_eq!(flash.found(), Some((new, false)), "{power} bytes, and again");
        }
        assert_eq!(switched_at, Some(whole), "by its last byte");
    }
}

#[test]
fn a_damaged_list_is_told_and_the_one_before_answers() {
    let mut flash = Flash::new(&list(3));
    flash.update(&list(5), digest(2));
    let length = list(5).len();
    for at in (0..length).step_by(7) {
        let mut damaged = flash.clone();
        damaged.slots[1][at] ^= 0x10;
        let Start::Fallback(index, why) = damaged.start() else { panic!("byte {at}") };
        assert_eq!(index.entries(), 3);
        assert_eq!(Some(why), Index::open(&damaged.slots[1][..length]).err());
        damaged.slots[0][at % 500] ^= 0x10;
        assert_eq!(damaged.found(), None, "neither opens");
    }
}

#[test]
fn what_was_not_verified_is_never_looked_up() {
    let (first, second) = (list(3), list(5));
    let mut in_b = Flash::new(&first);
    in_b.update(&second, digest(2));
    let mut in_a = in_b.clone();
    in_a.update(&first, digest(3));
    for (mut flash, current, old, third) in [(in_b, 1, 5, &first), (in_a, 0, 3, &second)] {
        // all of a list is there that is as long as the one before was, but its record is not
        flash.power = 2 * RECORD_BYTES + SLOT_BYTES + third.len();
        flash.update(third, digest(4));
        assert_eq!(flash.slots[1 - current][..third.len()], third[..]);
        assert_eq!(flash.found(), Some((old, false)));
        flash.slots[current][100] ^= 1;
        assert_eq!(flash.found(), None, "it would open, and might be anybody's");
        flash.power = usize::MAX;
        flash.update(third, digest(4));
        assert_eq!(flash.found(), Some((8 - old, false)), "until it is received again");
    }
}

#[test]
fn one_copy_of_the_record_is_enough_and_none_is_no_list() {
    let mut flash = Flash::new(&list(3));
    flash.update(&list(5), digest(2));
    let newest = flash.record().copy();
    let mut worn = flash.clone();
    worn.copies[newest][20] ^= 1;
    assert_eq!(worn.found(), Some((3, false)), "the record before, whose list is still there");
    worn.copies[1 - newest][20] ^= 1;
    assert_eq!(worn.found(), None);
    flash.copies[1 - newest] = [0xff; RECORD_BYTES];
    assert_eq!(flash.found(), Some((5, false)));
    // a length that no slot has
    flash.copies = [Record::first(u32::MAX, digest(1)).to_bytes(); 2];
    assert_eq!(flash.found(), None);
}
