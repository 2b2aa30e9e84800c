//! Every byte changed by every value: as a disk or a bad memory does it, and by somebody who makes the checksums right again.

use crate::exercise::{Tally, exercise, open, open_without_checksums};
use crate::index_support::{reseal, sections};
use crate::reference::{Reference, references};

/// By what a byte is changed where nothing but opening follows: by everything, unoptimised by a spread.
fn masks() -> impl Iterator<Item = u8> + Clone {
    (1..=255_u8).filter(|mask| !cfg!(debug_assertions) || [0x01, 0x10, 0x80, 0xff].contains(mask))
}

/// By what a byte is changed where the whole index is exercised afterwards: by twelve values, in long files by one bit, and by all of them;
/// by every value it is for [`all_values_under_right_checksums`].
fn fewer_masks(at: usize, len: usize) -> Vec<u8> {
    if cfg!(debug_assertions) {
        vec![0x01, 0xff]
    } else if len < LONG {
        (1..=255).step_by(23).collect()
    } else {
        vec![1 << (at % 8), 0xff]
    }
}

/// From so many bytes on, that would take minutes.
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

/// As a file of a store is opened that is mapped.
#[test]
fn every_changed_byte_is_survived_without_checksums() {
    let mut tally = Tally::default();
    for Reference { name, bytes, .. } in references() {
        let mut changed = bytes.clone();
        for at in positions(bytes.len()) {
            for mask in fewer_masks(at, bytes.len()) {
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
fn mended(references: &[Reference], masks: impl Fn(usize, usize) -> Vec<u8>) {
    let mut tally = Tally::default();
    for Reference { name, bytes, .. } in references {
        let mut changed = bytes.clone();
        for at in positions(bytes.len()) {
            for mask in masks(at, bytes.len()) {
                changed.copy_from_slice(bytes);
                changed[at] ^= mask;
                reseal(&mut changed);
                tally.count(exercise(&changed, open, || format!("{name}, byte {at} changed by {mask:#x}, mended")));
            }
        }
    }
    let of = if let [one] = references { format!(" of {}", one.name) } else { String::new() };
    println!("every byte{of} changed, checksums mended: {tally}");
}

#[test]
fn every_changed_byte_is_survived_under_right_checksums() {
    mended(&references(), fewer_masks);
}

/// `cargo test --release --test index_corrupt -- --ignored --nocapture all_values`
#[test]
#[ignore = "takes an hour of one core"]
fn all_values_under_right_checksums() {
    let mut all = references();
    all.sort_by_key(|reference| reference.bytes.len());
    // of each two of a length one goes to each thread
    let (mut here, mut there) = (Vec::new(), Vec::new());
    all.into_iter().enumerate().for_each(|(at, it)| if at % 2 == 0 { here.push(it) } else { there.push(it) });
    // it takes so long that each is told
    let each = |all: &[Reference]| {
        all.iter().for_each(|one| mended(std::slice::from_ref(one), |_, _| (1..=255).collect()));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| each(&there));
        each(&here);
    });
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
