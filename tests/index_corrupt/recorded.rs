//! Files that were crafted, or found by fuzzing: each is replayed.

use std::path::Path;

use lookalike::index::IndexKind;

use crate::exercise::{exercise, open, open_without_checksums};
use crate::index_support::{reseal, sections};
use crate::reference::small;
use crate::rules::TREE;

#[test]
fn a_recorded_file_is_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/index");
    let mut replayed = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let name = || path.display().to_string();
        exercise(&bytes, open, name);
        exercise(&bytes, open_without_checksums, name);
        let mut resealed = bytes.clone();
        if bytes.len() >= 28 {
            reseal(&mut resealed);
        }
        exercise(&resealed, open, name);
        replayed += 1;
    }
    assert!(replayed >= 6, "the recorded files are part of the checkout");
}

/// Writes the crafted files anew: `cargo test --test index_corrupt -- --ignored write`. Files found by fuzzing stay.
#[test]
#[ignore = "writes into the checkout"]
fn write_the_crafted_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/index");
    let tree = small::<8>(150, IndexKind::BkTree);
    let at = sections(&tree).iter().find(|section| section.0 == TREE).unwrap().1;
    let write = |name: &str, bytes: &[u8], at: usize, word: u32| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        reseal(&mut bytes);
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    write("tree-root-is-its-own-child.bin", &tree, at + 4, 0);
    write("tree-child-after-end.bin", &tree, at + 4, u32::MAX);
    write("tree-group-without-end.bin", &tree, at + 12, u32::MAX);
    write("tree-all-branches-in-one-block.bin", &tree, at + 8, u32::MAX);
    let linear = small::<32>(2, IndexKind::Linear);
    write("count-of-hashes-wraps.bin", &linear, 36, u32::MAX);
    write("count-of-lists-wraps.bin", &linear, 60, u32::MAX);
    write("hashes-longer-than-file.bin", &linear, 72 + 20, u32::MAX);
    let (_, ends, _) = *sections(&linear).iter().find(|section| section.0 == 7).unwrap();
    write("strings-run-backwards.bin", &linear, ends, 0x7fff_ffff);
    let linear = small::<8>(20, IndexKind::Linear);
    let (_, first, len) = *sections(&linear).iter().find(|section| section.0 == 3).unwrap();
    write("entries-without-a-hash-before-the-first.bin", &linear, first + len - 4, 0);
    let (_, md5, _) = *sections(&linear).iter().find(|section| section.0 == 13).unwrap();
    write("digest-of-an-entry-after-the-last.bin", &linear, md5 + 16, u32::MAX);
}
