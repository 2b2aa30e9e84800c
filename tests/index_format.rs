//! The file: the same entries give the same bytes, now and in every later version; provenance survives in it.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    reason = "tests may panic, and know their numbers"
)]

mod index_support;

use std::path::Path;

use index_support::{KINDS, Random, profile, sections};
use lookalike::hash::{Bits64, Bits256, HashBits, Profile};
use lookalike::index::{Builder, Index, Kind, Query, Source};

/// Entries as a fixed set of lists would bring them. Golden files depend on every one of them.
fn entries<const N: usize>(len: usize) -> Vec<(HashBits<N>, [String; 5])> {
    let mut random = Random(11);
    let centres: [HashBits<N>; 3] = std::array::from_fn(|_| random.hash());
    (0..len)
        .map(|number| {
            let bits = random.below(2 * N);
            let hash = random.near(&centres[number % 3], bits);
            let list = ["ncmec", "stopncii", "hotline"][number % 3];
            let classification = ["A1", "A2", "", "B1"][number % 4];
            let (owner, jurisdiction) = if number % 5 == 0 { ("", "") } else { ("IWF", "GB") };
            let id = format!("entry-{}", number * 7919 % 1009);
            (hash, [list, &id, classification, owner, jurisdiction].map(String::from))
        })
        .collect()
}

fn add<const N: usize>(builder: &mut Builder<N>, (hash, source): &(HashBits<N>, [String; 5])) {
    let [list, id, classification, owner, jurisdiction] = source.each_ref().map(String::as_str);
    builder.add(*hash, Source { list, id, classification, owner, jurisdiction, ..Source::default() }).unwrap();
}

fn file<const N: usize>(entries: &[(HashBits<N>, [String; 5])], kind: Option<Kind>) -> Vec<u8> {
    let mut builder = Builder::new(profile(N)).unwrap().kind(kind);
    builder.quarantined(2);
    entries.iter().for_each(|entry| add(&mut builder, entry));
    builder.finish().unwrap()
}

/// `UPDATE_GOLDEN=1 cargo test --test index_format` writes the files anew: for a decision of the builder that changed on
/// purpose. Where an old file can no longer be read, the version has to change, and the old file stays.
fn assert_golden(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, bytes).unwrap();
    }
    let golden = std::fs::read(&path).unwrap();
    assert!(golden == bytes, "{name} is no longer written as it was");
    Index::open(golden).unwrap().verify().unwrap();
}

#[test]
fn golden_files_are_written_byte_for_byte() {
    assert_golden("index-v3-linear-64.bin", &file(&entries::<8>(12), Some(Kind::Linear)));
    assert_golden("index-v3-linear-256.bin", &file(&entries::<32>(260), Some(Kind::Linear)));
    assert_golden("index-v3-bk-tree-64.bin", &file(&entries::<8>(200), Some(Kind::BkTree)));
    assert_golden("index-v3-bk-tree-256.bin", &file(&entries::<32>(200), Some(Kind::BkTree)));
    assert_golden("index-v3-mih-64.bin", &file(&entries::<8>(300), Some(Kind::Mih)));
    assert_golden("index-v3-mih-256.bin", &file(&entries::<32>(30), Some(Kind::Mih)));
    assert_golden("index-v3-empty.bin", &file::<32>(&[], None));
}

#[test]
fn files_of_version_1_are_still_read() {
    fn is_read<const N: usize>(name: &str, kind: Kind, entries: &[(HashBits<N>, [String; 5])]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(bytes[16], 1);
        let index = Index::open(bytes).unwrap();
        index.verify().unwrap();
        let anew = Index::open(file(entries, Some(kind))).unwrap();
        assert_eq!((index.kind(), index.len(), index.entries()), (kind, anew.len(), anew.entries()));
        let found = |index: &Index<Vec<u8>>, needle| {
            let hits = index.hits(&Query::new(index.profile(), &[needle]).radius(N as u32)).unwrap();
            hits.iter()
                .map(|hit| {
                    let sources = index.sources(hit.slot).map(|source| source.unwrap().id.to_owned());
                    (hit.hash, hit.distance, sources.collect::<Vec<_>>())
                })
                .collect::<Vec<_>>()
        };
        for (hash, _) in entries {
            let hits = found(&index, *hash);
            assert!(!hits.is_empty() && hits == found(&anew, *hash), "{name}");
        }
    }
    is_read("index-v1-linear-64.bin", Kind::Linear, &entries::<8>(12));
    is_read("index-v1-linear-256.bin", Kind::Linear, &entries::<32>(12));
    is_read("index-v1-bk-tree-64.bin", Kind::BkTree, &entries::<8>(200));
    is_read("index-v1-bk-tree-256.bin", Kind::BkTree, &entries::<32>(200));
    is_read::<32>("index-v1-empty.bin", Kind::Linear, &[]);
}

#[test]
fn the_header_is_where_the_documentation_says() {
    let entries = entries::<32>(12);
    let bytes = file(&entries, Some(Kind::Linear));
    assert_eq!(&bytes[..16], b"lookalike index\0");
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!([word(16), word(20), word(24), word(28)], [3, 1 << 16 | 1, 10 << 16 | 32, 0]);
    assert_eq!([word(32), word(40), word(48), word(56)], [12, 12, 2, 3]);
    assert_eq!(word(64) as usize, bytes.len());
    let ids: Vec<u32> = sections(&bytes).iter().map(|section| section.0).collect();
    assert_eq!(ids, [1, 3, 4, 5, 6, 7, 8, 13, 14, 15]);
    for (_, start, _) in sections(&bytes) {
        assert_eq!(start % 64, 0);
    }
    let mut hashes: Vec<_> = entries.iter().map(|entry| entry.0).collect();
    hashes.sort_unstable();
    let (_, start, len) = sections(&bytes)[0];
    assert_eq!(bytes[start..start + len], hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>());
}

#[test]
fn the_order_of_insertion_leaves_no_trace() {
    let mut random = Random(12);
    let mut entries = entries::<8>(400);
    entries.extend_from_within(..50); // entries that come twice
    for kind in KINDS {
        let expected = file(&entries, Some(kind));
        for _ in 0..10 {
            random.shuffle(&mut entries);
            assert!(file(&entries, Some(kind)) == expected, "{kind}");
        }
    }
}

#[test]
fn every_source_of_a_hash_is_kept_once() {
    let shared: Bits64 = "b7b78fa7173336d6".parse().unwrap();
    for kind in KINDS {
        let mut builder = Builder::new(Profile::Phash64).unwrap().kind(Some(kind));
        let one = Source {
            list: "one",
            id: "7",
            classification: "A1",
            owner: "IWF",
            jurisdiction: "GB",
            ..Source::default()
        };
        let two = Source { list: "two", id: "x\u{e9}", ..Source::default() };
        for source in [two, one, Source { id: "8", ..one }, one, two] {
            builder.add(shared, source).unwrap();
        }
        builder.add(Bits64::ZERO, two).unwrap();
        let index = Index::open(builder.finish().unwrap()).unwrap();
        assert_eq!((index.len(), index.entries()), (2, 4));
        let lists: Vec<_> = index.lists().map(|list| list.unwrap()).map(|list| (list.name, list.entries)).collect();
        assert_eq!(lists, [("one", 2), ("two", 2)]);
        let hits = index.hits(&Query::new(Profile::Phash64, &[shared]).radius(0)).unwrap();
        let sources: Vec<_> = index.sources(hits[0].slot).map(Result::unwrap).collect();
        assert_eq!(sources, [one, Source { id: "8", ..one }, two]);
        let slots: Vec<_> = index.slots().zip(index.hashes::<8>().unwrap()).collect();
        assert!(slots.contains(&(hits[0].slot, shared)));
    }
}

#[test]
fn every_entry_is_found_with_its_provenance() {
    for kind in KINDS {
        let mut expected = entries::<8>(700);
        let index = Index::open(file(&expected, Some(kind))).unwrap();
        index.verify().unwrap();
        let mut found = Vec::new();
        for (slot, hash) in index.slots().zip(index.hashes::<8>().unwrap()) {
            for source in index.sources(slot) {
                let Source { list, id, classification, owner, jurisdiction, .. } = source.unwrap();
                found.push((hash, [list, id, classification, owner, jurisdiction].map(String::from)));
            }
        }
        found.sort_unstable();
        expected.sort_unstable();
        expected.dedup();
        assert!(found == expected, "{kind}");
    }
}

#[test]
fn a_slot_of_another_index_is_an_error() {
    let large = Index::open(file(&entries::<8>(50), None)).unwrap();
    let small = Index::open(file(&entries::<8>(5), None)).unwrap();
    let slot = large.slots().last().unwrap();
    let sources: Vec<_> = small.sources(slot).collect();
    assert!(matches!(sources[..], [Err(error)] if error.is_corrupt()));
}

#[test]
fn counts_and_choices_are_recorded() {
    let bytes = file(&entries::<8>(12), None);
    let index = Index::open(&bytes).unwrap();
    assert_eq!((index.profile(), index.kind(), index.quarantined()), (Profile::Phash64, Kind::Linear, 2));
    assert!(!index.is_empty());
    assert_eq!(format!("{index:?}"), "Index { profile: Phash64, kind: Linear, len: 12, entries: 12, .. }");

    let mut random = Random(13);
    let mut builder = Builder::new(Profile::Phash64).unwrap();
    for _ in 0..5000 {
        builder.add(random.hash::<8>(), Source::default()).unwrap();
    }
    assert_eq!(Index::open(builder.finish().unwrap()).unwrap().kind(), Kind::Mih);

    let error = Builder::<8>::new(Profile::Pdq).unwrap_err();
    assert_eq!(error.to_string(), "found hashes of 64 bits, those of profile pdq have 256");
}

#[test]
fn what_is_refused_is_told_apart() {
    let bytes = file(&entries::<32>(3), None);
    let message = |bytes: &[u8]| Index::open(bytes).unwrap_err().to_string();
    assert_eq!(message(b""), "found 0 bytes, too few for the header of an index");
    assert_eq!(message(b"GIF89a, and some more bytes"), "not an index: it does not begin with \"lookalike index\"");
    assert_eq!(message(&bytes[..70]), "found 70 bytes, too few for the header of an index");
    let cut = message(&bytes[..bytes.len() - 1]);
    assert_eq!(
        cut,
        format!(
            "found {} bytes, the header records {}: the file was cut short or added to",
            bytes.len() - 1,
            bytes.len()
        )
    );
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        changed
    };
    assert_eq!(message(&with(16, 4)), "found format version 4, expected 1 to 3: build the index with this version");
    assert!(message(&with(32, 9)).starts_with("the header is damaged: its checksum does not match"));
    let resealed = |at: usize, value: u8| {
        let mut changed = with(at, value);
        index_support::reseal(&mut changed);
        changed
    };
    assert_eq!(message(&resealed(20, 99)), "profile 99 is not known to this version");
    assert_eq!(message(&resealed(22, 99)), "index kind 99 is not known to this version");
    assert!(message(&resealed(28, 1)).contains("a reserved field is not zero"));
    assert!(message(&resealed(24, 8)).contains("the length of its hashes is not that of its profile"));
    let (_, start, _) = sections(&bytes)[0];
    let damaged = message(&with(start, !bytes[start]));
    assert_eq!(
        damaged,
        "the index is damaged: section \"hashes\" does not match its checksum; build it or copy it again"
    );
}

#[test]
fn the_same_bytes_are_an_index_wherever_they_lie() {
    let bytes = file(&entries::<32>(20), Some(Kind::Linear));
    let needle: Bits256 = entries::<32>(20)[3].0;
    // At every alignment, as flash or a larger file would hold them.
    for shift in 0..9 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(&bytes);
        let index = Index::open(&shifted[shift..]).unwrap();
        let hits = index.hits(&Query::new(Profile::Pdq, &[needle]).radius(0)).unwrap();
        assert_eq!(hits.len(), 1);
        assert_eq!(index.into_inner(), bytes);
    }
}
