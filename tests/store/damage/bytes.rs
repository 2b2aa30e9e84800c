//! Every byte of every file, changed.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use lookalike::mmap::Opener;

use super::reference::{DEEDS, Reference, references};

/// How much is tried.
#[derive(Clone, Copy)]
enum Effort {
    Spread,
    /// Every byte: every value where that costs little, single bits elsewhere.
    Most,
    All,
}

const EFFORT: Effort = if cfg!(debug_assertions) { Effort::Spread } else { Effort::Most };

impl Effort {
    /// By what each byte of a file is changed.
    fn masks(self, path: &Path) -> Vec<u8> {
        let is_short = path.starts_with("CURRENT") || path.starts_with("generations");
        match self {
            Self::Spread => vec![0x01, 0x80],
            Self::Most if !is_short => (0..8).map(|bit| 1 << bit).chain([0xff]).collect(),
            _ => (1..=255).collect(),
        }
    }

    /// Every how manieth byte is changed, of so many, and before somebody writes.
    fn steps(self, len: usize) -> (usize, usize) {
        match self {
            Self::Spread => (1 + len / 64, 1 + len / 8),
            Self::Most => (1, 5),
            Self::All => (1, 1),
        }
    }
}

/// Calls `with` with one byte changed after the other; the file is as before in the end.
fn each_change(
    reference: &Reference,
    (path, bytes): (&Path, &[u8]),
    step: usize,
    masks: &[u8],
    mut with: impl FnMut(&dyn Fn() -> String),
) {
    let whole = reference.path().join(path);
    for at in (0..bytes.len()).step_by(step) {
        for mask in masks {
            // anew each time: whoever wrote may have put another file in its place
            let mut file = OpenOptions::new().write(true).open(&whole).unwrap();
            let mut put = |byte: u8| {
                file.seek(SeekFrom::Start(at as u64)).unwrap();
                file.write_all(&[byte]).unwrap();
            };
            put(bytes[at] ^ mask);
            with(&|| format!("{}: byte {at} of {} changed by {mask:#x}", reference.name, path.display()));
            put(bytes[at]);
        }
    }
}

fn readers(effort: Effort) {
    let (mut opened, mut refused) = (0_u64, 0_u64);
    for reference in references() {
        for (path, bytes, _) in reference.files() {
            let is_index = path.extension().is_some_and(|kind| kind == "idx");
            // only indexes are opened in different ways
            let openers = if is_index { vec![Opener::default(), Opener::owned()] } else { vec![Opener::owned()] };
            let before = reference.opened_before().unwrap();
            let (step, _) = effort.steps(bytes.len());
            each_change(&reference, (&path, bytes), step, &effort.masks(&path), |case| {
                for opener in &openers {
                    opened += 1;
                    refused += u64::from(reference.read(*opener, &path, case));
                }
                if path.starts_with("CURRENT") {
                    reference.reload(&before, &path, case);
                }
            });
        }
    }
    assert!(refused > 0 && refused < opened, "what a reader does not need may be damaged");
    println!("every byte of stores changed, readers: {opened} opens, {refused} refused, the others exact");
}

fn writers(effort: Effort) {
    let (mut opened, mut refused) = (0_u64, 0_u64);
    for reference in references() {
        let mut deeds = DEEDS.into_iter().cycle();
        for (path, bytes, _) in reference.files() {
            let (_, step) = effort.steps(bytes.len());
            each_change(&reference, (&path, bytes), step, &[0x04], |case| {
                opened += 1;
                refused += u64::from(reference.write(deeds.next().unwrap(), &path, case));
                reference.restore();
            });
        }
    }
    assert!(refused > 0 && refused < opened, "what a writer does not need may be damaged");
    println!("every byte of stores changed, writers: {opened} opens, {refused} refused, the others as without damage");
}

#[test]
fn a_changed_byte_is_refused_or_does_not_matter_to_readers() {
    readers(EFFORT);
}

#[test]
fn a_changed_byte_is_refused_or_does_not_matter_to_writers() {
    writers(EFFORT);
}

#[test]
#[ignore = "takes minutes"]
fn every_value_of_every_byte_is_refused_or_does_not_matter() {
    readers(Effort::All);
    writers(Effort::All);
}
