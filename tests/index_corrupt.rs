//! A damaged index is refused, or answers as brute force over what it holds; it never panics.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "tests may panic, know their numbers, and tell what they skip"
)]

mod index_support;

use std::ops::ControlFlow;
use std::path::Path;

use index_support::{KINDS, Random, brute_force, profile, reseal, search, sections};
use lookalike::hash::HashBits;
use lookalike::index::{Builder, Index, Kind, Query, Source};

/// A small index with everything in it: several lists, shared hashes, empty and long texts.
fn small<const N: usize>(len: usize, kind: Kind) -> Vec<u8> {
    let mut random = Random(7);
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    builder.quarantined(3);
    let centre = random.hash::<N>();
    for number in 0..len {
        let bits = 1 + random.below(N);
        let hash = random.near(&centre, bits);
        let id = format!("id-{number}");
        let lists = ["alpha", "beta", "gämma"];
        let source =
            Source { list: lists[number % 3], id: &id, classification: "A1", jurisdiction: "NL", ..Source::default() };
        builder.add(hash, source).unwrap();
        if number % 4 == 0 {
            builder.add(hash, Source { list: "delta", ..source }).unwrap();
        }
    }
    builder.finish().unwrap()
}

fn every_small_index() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for kind in KINDS {
        for len in [0, 1, 2, 20] {
            all.push((format!("{kind}, 64 bits, {len} hashes"), small::<8>(len, kind)));
            all.push((format!("{kind}, 256 bits, {len} hashes"), small::<32>(len, kind)));
        }
    }
    // Enough for a root with groups, and for groups that are nodes.
    all.push(("bk-tree, 64 bits, 150 hashes".into(), small::<8>(150, Kind::BkTree)));
    // Enough for a look-up of the needle itself to read buckets, and for buckets that overflow.
    all.push(("mih, 64 bits, 250 hashes".into(), small::<8>(250, Kind::Mih)));
    all
}

/// Does with an index whatever can be done; nothing may panic, and what is said to be right must be right.
///
/// Says whether the index passed verification.
fn exercise(bytes: &[u8], open: impl Fn(&[u8]) -> Option<Index<&[u8]>>, case: impl Fn() -> String) -> bool {
    let Some(index) = open(bytes) else { return false };
    assert!(index.len() <= bytes.len() as u64 && index.entries() <= bytes.len() as u64, "{}", case());
    match index.profile().bits() {
        64 => exercise_width::<8>(&index, case),
        _ => exercise_width::<32>(&index, case),
    }
}

fn exercise_width<const N: usize>(index: &Index<&[u8]>, case: impl Fn() -> String) -> bool {
    let verified = index.verify().is_ok();
    let held: Vec<HashBits<N>> = index.hashes().unwrap().collect();
    let mut needles = vec![HashBits::from_bytes([0x5a; N])];
    needles.extend(held.first());
    needles.extend(held.last());
    for radius in [0, 3, N as u32, 8 * N as u32] {
        let mut visits = 0_u64;
        let answer = index.search(&Query::new(index.profile(), &needles).radius(radius), |_| {
            visits += 1;
            ControlFlow::Continue(())
        });
        assert!(visits <= index.len() * needles.len() as u64, "more hits than pairs: {}", case());
        assert!(answer.is_ok() || index.kind() != Kind::Linear && !verified, "{}", case());
        if verified {
            assert!(search(index, &needles, radius).unwrap() == brute_force(&held, &needles, radius), "{}", case());
        } else if index.kind() == Kind::Linear {
            // Damage may have made two stored hashes equal; then both are reported.
            let mut found = search(index, &needles, radius).unwrap();
            found.dedup();
            assert!(found == brute_force(&held, &needles, radius), "{}", case());
        }
    }
    let mut sources = 0;
    for slot in index.slots() {
        let all: Vec<_> = index.sources(slot).collect();
        assert!(!all.is_empty(), "a slot without sources or error: {}", case());
        sources += all.iter().filter(|source| source.is_ok()).count() as u64;
        assert!(!verified || all.iter().all(Result::is_ok), "{}", case());
    }
    let entries: u64 = index.lists().map_while(Result::ok).map(|list| list.entries).fold(0, u64::saturating_add);
    assert!(!verified || (sources, entries) == (index.entries(), index.entries()), "{}", case());
    verified
}

fn open(bytes: &[u8]) -> Option<Index<&[u8]>> {
    Index::open(bytes).ok()
}

fn open_without_checksums(bytes: &[u8]) -> Option<Index<&[u8]>> {
    Index::open_without_checksums(bytes).ok()
}

#[test]
fn an_undamaged_index_passes_everything() {
    for (name, bytes) in every_small_index() {
        assert!(exercise(&bytes, open, || name.clone()), "{name}");
        assert!(exercise(&bytes, open_without_checksums, || name.clone()), "{name}");
        let mut resealed = bytes.clone();
        reseal(&mut resealed);
        assert!(resealed == bytes, "the tests read the layout as the library writes it: {name}");
    }
}

#[test]
fn every_truncation_and_extension_is_refused() {
    for (name, bytes) in every_small_index() {
        for len in 0..bytes.len() {
            assert!(Index::open_without_checksums(&bytes[..len]).is_err(), "{name}, cut to {len} bytes");
        }
        for more in [1, 4, 64, 4096] {
            for filling in [0, 0xff] {
                let mut longer = bytes.clone();
                longer.resize(bytes.len() + more, filling);
                assert!(Index::open_without_checksums(longer).is_err(), "{name}, {more} bytes added");
            }
        }
    }
}

/// What a byte is changed by: everything in release, a spread in debug.
fn masks() -> impl Iterator<Item = u8> + Clone {
    (1..=255_u8).filter(|mask| !cfg!(debug_assertions) || [0x01, 0x10, 0x80, 0xff].contains(mask))
}

#[test]
fn every_changed_byte_is_refused_at_open() {
    for (name, bytes) in every_small_index() {
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for mask in masks() {
                changed[at] = bytes[at] ^ mask;
                assert!(Index::open(&changed).is_err(), "{name}, byte {at} changed by {mask:#x}");
            }
            changed[at] = bytes[at];
        }
    }
}

/// Files too long for every change in debug are changed here and there.
fn positions(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(if cfg!(debug_assertions) { 1 + len / 700 } else { 1 })
}

#[test]
fn every_changed_byte_is_survived_without_checksums() {
    for (name, bytes) in every_small_index() {
        let mut changed = bytes.clone();
        for at in positions(bytes.len()) {
            for mask in masks().step_by(if cfg!(debug_assertions) { 3 } else { 4 }) {
                changed[at] = bytes[at] ^ mask;
                exercise(&changed, open_without_checksums, || format!("{name}, byte {at} changed by {mask:#x}"));
            }
            changed[at] = bytes[at];
        }
    }
}

#[test]
fn every_changed_byte_is_survived_under_right_checksums() {
    for (name, bytes) in every_small_index() {
        for at in positions(bytes.len()) {
            for mask in masks().step_by(if cfg!(debug_assertions) { 3 } else { 4 }) {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                reseal(&mut changed);
                exercise(&changed, open, || format!("{name}, byte {at} changed by {mask:#x}, resealed"));
            }
        }
    }
}

#[test]
fn every_number_is_survived_at_its_extremes() {
    for (name, bytes) in every_small_index() {
        let mut words: Vec<usize> = (16..72).step_by(4).collect();
        for (_, start, len) in sections(&bytes) {
            words.extend((start..start + len / 4 * 4).step_by(if cfg!(debug_assertions) { 12 } else { 4 }));
        }
        for at in words {
            let word = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            for value in
                [0, 1, word.wrapping_sub(1), word.wrapping_add(1), word << 1, 0x7fff_ffff, u32::MAX - 1, u32::MAX]
            {
                let mut changed = bytes.clone();
                changed[at..at + 4].copy_from_slice(&value.to_le_bytes());
                reseal(&mut changed);
                exercise(&changed, open, || format!("{name}, word at {at} set to {value}"));
            }
        }
    }
}

/// Which id the tree has in the section table.
const TREE: u32 = 2;

#[test]
fn a_tree_that_breaks_its_rules_is_found_out() {
    let bytes = small::<8>(150, Kind::BkTree);
    let (_, tree, len) = *sections(&bytes).iter().find(|section| section.0 == TREE).unwrap();
    assert!(len > 12, "the tree must have groups");
    let fewer = Index::open(bytes.as_slice()).unwrap().len() as u32 - 1;
    let with = |at: usize, value: u32| {
        let mut changed = bytes.clone();
        changed[tree + at..tree + at + 4].copy_from_slice(&value.to_le_bytes());
        reseal(&mut changed);
        Index::open(changed).unwrap()
    };
    let message = |index: Index<Vec<u8>>| index.verify().unwrap_err().to_string();
    let says = |index, what| {
        let message = message(index);
        assert!(message.contains(what), "{message}");
    };
    says(with(0, fewer), "does not hold as many hashes as the index");
    says(with(4, 0), "is not in pre-order");
    says(with(4, 2), "is not in pre-order");
    says(with(12 + 4, 1), "has a leaf with children");
    says(with(len - 12, fewer), "has children that do not make up their parent");
    let edge = u32::from_le_bytes(bytes[tree + 20..tree + 24].try_into().unwrap());
    says(with(12 + 8, edge - 1), "has a hash at another distance from its pivot than its group");
    says(with(12 + 8, 0), "has groups out of order");
    // What a search comes across, it reports as damage rather than as an answer.
    let needles = [HashBits::from_bytes([0x5a; 8])];
    let query = Query::new(profile(8), &needles).radius(4);
    for index in [with(0, fewer), with(4, 0), with(4, u32::MAX), with(len - 12, fewer)] {
        assert!(index.search(&query, |_| ControlFlow::Continue(())).unwrap_err().is_corrupt());
    }
}

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
    let tree = small::<8>(150, Kind::BkTree);
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
    let linear = small::<32>(2, Kind::Linear);
    write("count-of-hashes-wraps.bin", &linear, 36, u32::MAX);
    write("count-of-lists-wraps.bin", &linear, 60, u32::MAX);
    write("hashes-longer-than-file.bin", &linear, 72 + 20, u32::MAX);
    let (_, ends, _) = *sections(&linear).iter().find(|section| section.0 == 7).unwrap();
    write("strings-run-backwards.bin", &linear, ends, 0x7fff_ffff);
}
