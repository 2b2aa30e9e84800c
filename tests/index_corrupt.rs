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

use index_support::{DIGESTS, KINDS, Random, brute_force, digest_rows, profile, reseal, search, sections};
use lookalike::entry::{Digest, DigestKind, Opinion, Role};
use lookalike::hash::HashBits;
use lookalike::index::{Builder, Index, Kind, Query, Source};

/// A small index with everything in it: several lists and roles, shared hashes, entries without one, digests, empty and long texts.
fn small<const N: usize>(len: usize, kind: Kind) -> Vec<u8> {
    let mut random = Random(7);
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    builder.quarantined(3);
    let centre = random.hash::<N>();
    let mut digest = random.digest(DigestKind::Sha1);
    for number in 0..len {
        let bits = 1 + random.below(N);
        let hash = random.near(&centre, bits);
        let id = if number % 2 == 0 { number.to_string() } else { format!("id-{number}") };
        let source = Source {
            list: ["alpha", "beta", "gämma"][number % 3],
            id: &id,
            classification: "A1",
            jurisdiction: "NL",
            opinion: Opinion::ALL[number % 4],
            role: Role::ALL[number % 3],
            ..Source::default()
        };
        // of a long index every tenth entry has digests, so that it stays short enough for every change
        if number % 10 < 3 {
            // the second of a pair has a digest of the first
            let before = std::mem::replace(&mut digest, random.digest(DigestKind::ALL[number % 3]));
            builder.add_entry(Some(hash), &[digest, before], source).unwrap();
            builder.add_entry(None, &[digest], Source { id: "without a hash", ..source }).unwrap();
        } else {
            builder.add(hash, source).unwrap();
        }
        if number % 4 == 0 {
            builder.add(hash, Source { list: "delta", role: Role::Abuse, ..source }).unwrap();
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
    assert!(!verified || entries == index.entries() && sources <= entries, "{}", case());
    exercise_entries::<N>(index, verified, &case);
    DigestKind::ALL.iter().for_each(|&kind| exercise_find(index, kind, verified, &case));
    verified
}

/// All entries in order: no more than there are, and an error only as the last.
fn exercise_entries<const N: usize>(index: &Index<&[u8]>, verified: bool, case: &impl Fn() -> String) {
    let Ok(all) = index.in_order::<N>() else {
        assert!(!verified, "{}", case());
        return;
    };
    let (mut given, mut digests, mut damaged) = (0, 0, false);
    for entry in all.iter() {
        assert!(!damaged, "more after an error: {}", case());
        damaged = entry.is_err();
        given += u64::from(!damaged);
        digests += entry.map_or(0, |entry| entry.digests().count() as u64);
    }
    assert!(given <= index.entries() && (damaged || given == index.entries()), "{}", case());
    let rows: u64 = DigestKind::ALL.iter().map(|&kind| index.digests(kind)).sum();
    assert!(digests <= rows && (!verified || !damaged && digests == rows), "{}", case());
}

/// Digests that are there, that are nearly there, and that are not.
fn exercise_find(index: &Index<&[u8]>, kind: DigestKind, verified: bool, case: &impl Fn() -> String) {
    let rows = digest_rows(index.as_bytes(), kind);
    assert_eq!(rows.len() as u64, index.digests(kind), "{}", case());
    let mut needles = [0, 0x5a, 0xff].map(|byte| Digest::from_bytes(kind, &vec![byte; kind.bytes()]).unwrap()).to_vec();
    for (digest, _) in rows.iter().take(3).chain(rows.last()).chain(rows.get(rows.len() / 2)) {
        let mut near = digest.as_bytes().to_vec();
        *near.last_mut().unwrap() ^= 1;
        needles.extend([*digest, Digest::from_bytes(kind, &near).unwrap()]);
    }
    for needle in needles {
        let found: Vec<_> = index.find(&needle).collect();
        let expected = rows.iter().filter(|row| row.0 == needle).count();
        // whatever the order, no row is found twice, and none of another digest
        assert!(found.len() <= expected, "{}", case());
        assert!(!verified || found.len() == expected && found.iter().all(Result::is_ok), "{}", case());
    }
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

/// From so many bytes on, all changes would take minutes.
const LONG: usize = 12 << 10;

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
            for mask in fewer_masks(bytes.len()) {
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
            for mask in fewer_masks(bytes.len()) {
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
fn digests_that_break_their_rules_are_found_out() {
    let bytes = small::<8>(20, Kind::Linear);
    let index = Index::open(bytes.as_slice()).unwrap();
    let entries = index.entries() as u32;
    for (kind, id) in DIGESTS {
        let (_, start, len) = *sections(&bytes).iter().find(|section| section.0 == id).unwrap();
        let width = kind.bytes() + 4;
        let rows = digest_rows(&bytes, kind);
        assert!(
            len / width > 3 && rows.windows(2).any(|pair| pair[0].0 == pair[1].0),
            "{kind} needs rows of one digest"
        );
        let changed = |change: &dyn Fn(&mut [u8])| {
            let mut changed = bytes.clone();
            change(&mut changed[start..start + len]);
            reseal(&mut changed);
            Index::open(changed).unwrap()
        };
        let says = |index: &Index<Vec<u8>>, what: &str| {
            let message = index.verify().unwrap_err().to_string();
            assert!(
                message.contains(what) && message.contains(&format!("section \"{kind}\"")) == what.contains("rise"),
                "{message}"
            );
        };
        // neighbours in the wrong order, once of different digests, once of the same
        let swapped = |at: usize| {
            changed(&|rows| (0..width).for_each(|byte| rows.swap(at * width + byte, (at + 1) * width + byte)))
        };
        for at in [0, rows.windows(2).position(|pair| pair[0].0 == pair[1].0).unwrap()] {
            says(&swapped(at), "holds records that do not rise");
        }
        // the same row twice
        says(&changed(&|rows| rows.copy_within(..width, width)), "holds records that do not rise");
        // an entry that is not there is damage to whoever asks, not an answer
        let dangling = changed(&|rows| rows[kind.bytes()..width].copy_from_slice(&entries.to_le_bytes()));
        says(&dangling, "lacks a record that another section refers to");
        let found: Vec<_> = dangling.find(&rows[0].0).collect();
        assert!(matches!(found[..], [Err(error), ..] if error.is_corrupt()));
        // nobody reads part of a row
        let mut cut = bytes.clone();
        let row = 72 + 24 * sections(&bytes).iter().position(|section| section.0 == id).unwrap();
        cut[row + 16..row + 20].copy_from_slice(&(len as u32 - 4).to_le_bytes());
        reseal(&mut cut);
        let message = Index::open(cut).unwrap_err().to_string();
        assert!(message.contains("does not have the length that the header calls for"), "{message}");
    }
}

#[test]
fn words_that_are_not_known_are_damage() {
    let bytes = small::<8>(20, Kind::Linear);
    let with = |id: u32, at: usize, value: u32| {
        let (_, start, _) = *sections(&bytes).iter().find(|section| section.0 == id).unwrap();
        let mut changed = bytes.clone();
        changed[start + at..start + at + 4].copy_from_slice(&value.to_le_bytes());
        reseal(&mut changed);
        Index::open(changed).unwrap()
    };
    for (id, at, words) in [(5, 16, "an opinion that is not known"), (6, 4, "a role that is not known")] {
        let index = with(id, at, 4);
        let message = index.verify().unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
        let sources = index.slots().flat_map(|slot| index.sources(slot));
        assert!(sources.filter_map(Result::err).any(|error| error.to_string().contains(words)));
        // a role that is known is believed
        assert!(id == 5 || with(id, at, 2).verify().is_ok());
    }
    let roles = with(6, 4, 4);
    assert!(roles.lists().next().unwrap().unwrap_err().is_corrupt());
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
    let linear = small::<8>(20, Kind::Linear);
    let (_, first, len) = *sections(&linear).iter().find(|section| section.0 == 3).unwrap();
    write("entries-without-a-hash-before-the-first.bin", &linear, first + len - 4, 0);
    let (_, md5, _) = *sections(&linear).iter().find(|section| section.0 == 13).unwrap();
    write("digest-of-an-entry-after-the-last.bin", &linear, md5 + 16, u32::MAX);
}
