//! Every byte changed by every value: as a disk or a bad memory does it, and by somebody who makes the checksums right again.

use crate::exercise::{Tally, exercise, open, open_without_checksums};
use crate::index_support::{reseal, sections};
use crate::reference::{Reference, references};

/// By what a byte is changed where nothing but opening follows: by everything, unoptimised by a spread.
fn masks() -> impl Iterator<Item = u8> + Clone {
    (1..=255_u8).filter(|mask| !cfg!(debug_assertions) || [0x01, 0x10, 0x80, 0xff].contains(mask))
}

/// By what a byte is changed where the whole index is exercised afterwards: by every seventh value, in long files by single bits.
fn fewer_masks(len: usize) -> Vec<u8> {
    if cfg!(debug_assertions) {
        vec![0x01, 0xff]
    } else if len < LONG {
        (1..=255).step_by(7).collect()
    } else {
        (0..8).map(|bit| 1 << bit).collect()
    }
}

/// From so many bytes on, more changes would take minutes: those are for [`all_values_without_checksums`] and its like.
const LONG: usize = 4 << 10;

/// Unoptimised, files too long for every place are changed here and there.
fn positions(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(if cfg!(debug_assertions) { 1 + len / 250 } else { 1 })
}

#[test]
fn every_changed_byte_is_refused_at_open() {
    let mut tally = Tally::default();
    for Reference { name, bytes, .. } in references() {
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for mask in masks() {
                changed[at] = bytes[at] ^ mask;
                tally.refuses(&changed, || format!("{name}, byte {at} changed by {mask:#x}"));
            }
            changed[at] = bytes[at];
        }
    }
    println!("every byte changed, checksums intact: {tally}");
}

/// Changes bytes without making checksums right, and opens without looking at them, as a mapped file of a store is opened.
fn without_checksums(masks: impl Fn(usize) -> Vec<u8>) {
    let mut tally = Tally::default();
    for Reference { name, bytes, .. } in references() {
        let mut changed = bytes.clone();
        for at in positions(bytes.len()) {
            for mask in masks(bytes.len()) {
                changed[at] = bytes[at] ^ mask;
                let case = || format!("{name}, byte {at} changed by {mask:#x}");
                tally.count(exercise(&changed, open_without_checksums, case));
            }
            changed[at] = bytes[at];
        }
    }
    println!("every byte changed, checksums ignored: {tally}");
}

/// Changes bytes and makes all checksums right again.
fn mended(masks: impl Fn(usize) -> Vec<u8>) {
    let mut tally = Tally::default();
    for Reference { name, bytes, .. } in references() {
        let mut changed = bytes.clone();
        for at in positions(bytes.len()) {
            for mask in masks(bytes.len()) {
                changed.copy_from_slice(&bytes);
                changed[at] ^= mask;
                reseal(&mut changed);
                tally.count(exercise(&changed, open, || format!("{name}, byte {at} changed by {mask:#x}, mended")));
            }
        }
    }
    println!("every byte changed, checksums mended: {tally}");
}

#[test]
fn every_changed_byte_is_survived_without_checksums() {
    without_checksums(fewer_masks);
}

#[test]
fn every_changed_byte_is_survived_under_right_checksums() {
    mended(fewer_masks);
}

/// `cargo test --release --test index_corrupt -- --ignored --nocapture all_values`
#[test]
#[ignore = "takes an hour"]
fn all_values_without_checksums() {
    without_checksums(|_| (1..=255).collect());
}

/// `cargo test --release --test index_corrupt -- --ignored --nocapture all_values`
#[test]
#[ignore = "takes an hour"]
fn all_values_under_right_checksums() {
    mended(|_| (1..=255).collect());
}

#[test]
fn every_number_is_survived_at_its_extremes() {
    let mut tally = Tally::default();
    for Reference { name, bytes, .. } in references() {
        let mut words: Vec<usize> = (16..72).step_by(4).collect();
        let step = if cfg!(debug_assertions) { 4 * (1 + bytes.len() / 400) } else { 4 };
        for (_, start, len) in sections(&bytes) {
            words.extend((start..start + len / 4 * 4).step_by(step));
        }
        for at in words {
            let word = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            for value in
                [0, 1, word.wrapping_sub(1), word.wrapping_add(1), word << 1, 0x7fff_ffff, u32::MAX - 1, u32::MAX]
            {
                let mut changed = bytes.clone();
                changed[at..at + 4].copy_from_slice(&value.to_le_bytes());
                reseal(&mut changed);
                tally.count(exercise(&changed, open, || format!("{name}, word at {at} set to {value}")));
            }
        }
    }
    println!("every word at its extremes, checksums mended: {tally}");
}
