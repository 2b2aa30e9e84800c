//! Every byte of every file, changed.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use lookalike::mmap::Opener;

use super::reference::{DEEDS, Deed, Reference, references};

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
    fn masks(self, reference: &Reference, path: &Path) -> Vec<u8> {
        match self {
            Self::Spread => vec![0x01, 0x80],
            Self::Most if !reference.is_named_first(path) => (0..8).map(|bit| 1 << bit).chain([0xff]).collect(),
            _ => (1..=255).collect(),
        }
    }

    /// Every how manieth byte is changed for readers.
    fn step(self, len: usize) -> usize {
        if matches!(self, Self::Spread) { 1 + len / 64 } else { 1 }
    }

    /// Every how manieth byte is changed for writers, which do much with it.
    fn long_step(self, path: &Path, len: usize) -> usize {
        // of names nearly every byte can lead a writer astray
        let is_names = is_names(path);
        match self {
            Self::Spread => 1 + len / if is_names { 32 } else { 8 },
            Self::Most if !is_names => 5,
            _ => 1,
        }
    }
}

fn is_names(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "names")
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
            let masks = effort.masks(&reference, &path);
            each_change(&reference, (&path, bytes), effort.step(bytes.len()), &masks, |case| {
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
            each_change(&reference, (&path, bytes), effort.long_step(&path, bytes.len()), &[0x04], |case| {
                let deed = if is_names(&path) { Deed::Change } else { deeds.next().unwrap() };
                opened += 1;
                refused += u64::from(reference.write(deed, &path, case));
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
