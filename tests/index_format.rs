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

use index_support::{DIGESTS, KINDS, Random, digest_rows, profile, sections};
use lookalike::entry::{Digest, DigestKind, Opinion, Role};
use lookalike::hash::{Bits64, Bits256, HashBits, Profile};
use lookalike::index::{Builder, EntryNumber, Index, IndexKind, Query, Source};

/// An entry of a list: hash, digests, then list, id, classification, owner, jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed<const N: usize> {
    hash: Option<HashBits<N>>,
    digests: Vec<Digest>,
    texts: [String; 5],
    opinion: Opinion,
    role: Role,
}

impl<const N: usize> Listed<N> {
    fn source(&self) -> Source<'_> {
        let [list, id, classification, owner, jurisdiction] = self.texts.each_ref().map(String::as_str);
        Source { list, id, classification, owner, jurisdiction, opinion: self.opinion, role: self.role }
    }
}

/// Entries as a fixed set of lists would bring them. Golden files depend on every one of them.
fn entries<const N: usize>(len: usize) -> Vec<Listed<N>> {
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
            let texts = [list, &id, classification, owner, jurisdiction].map(String::from);
            Listed { hash: Some(hash), digests: Vec::new(), texts, opinion: Opinion::Unstated, role: Role::Abuse }
        })
        .collect()
}

/// The same with what version 3 can hold: some without a hash, digests of every kind, opinions, roles, numbers as ids.
fn entries_with_digests<const N: usize>(len: usize) -> Vec<Listed<N>> {
    let mut random = Random(17);
    let shared = random.digest(DigestKind::Md5);
    let mut entries = entries(len);
    for (number, entry) in entries.iter_mut().enumerate() {
        entry.opinion = Opinion::ALL[number % 7 % 4];
        entry.role = Role::ALL[number % 3];
        if number % 3 == 1 {
            entry.texts[1] = (number * number * 7919).to_string();
        }
        if number % 4 == 3 {
            entry.hash = None;
        }
        for kind in DigestKind::ALL.into_iter().filter(|&kind| entry.hash.is_none() || number % 5 == kind as usize) {
            entry.digests.push(random.digest(kind));
        }
        match number % 10 {
            1 => entry.digests.push(shared),
            // two of a kind: a picture that was stored in two ways
            2 => entry.digests.extend([random.digest(DigestKind::Sha1), random.digest(DigestKind::Sha1), shared]),
            _ => {}
        }
        entry.digests.sort_unstable();
    }
    entries
}

fn add<const N: usize>(builder: &mut Builder<N>, entry: &Listed<N>) -> EntryNumber {
    builder.add_entry(entry.hash, &entry.digests, entry.source()).unwrap()
}

fn file<const N: usize>(entries: &[Listed<N>], kind: Option<IndexKind>) -> Vec<u8> {
    let mut builder = Builder::new(profile(N)).unwrap().kind(kind);
    builder.quarantined(2);
    for entry in entries {
        add(&mut builder, entry);
    }
    assert_eq!(builder.entries(), entries.len() as u64);
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
    assert_golden("index-v3-linear-64.bin", &file(&entries_with_digests::<8>(12), Some(IndexKind::Linear)));
    assert_golden("index-v3-linear-256.bin", &file(&entries_with_digests::<32>(350), Some(IndexKind::Linear)));
    assert_golden("index-v3-bk-tree-64.bin", &file(&entries_with_digests::<8>(200), Some(IndexKind::BkTree)));
    assert_golden("index-v3-mih-64.bin", &file(&entries_with_digests::<8>(300), Some(IndexKind::Mih)));
    assert_golden("index-v3-mih-256.bin", &file(&entries_with_digests::<32>(30), Some(IndexKind::Mih)));
    assert_golden("index-v3-empty.bin", &file::<32>(&[], None));
}

/// A file that an earlier version wrote answers as one that is made of the same entries today.
fn is_read<const N: usize>(version: u8, name: &str, kind: IndexKind, entries: &[Listed<N>]) {
    let name = format!("index-v{version}-{name}.bin");
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&name)).unwrap();
    assert_eq!(bytes[16], version);
    let index = Index::open(bytes).unwrap();
    index.verify().unwrap();
    let anew = Index::open(file(entries, Some(kind))).unwrap();
    assert_eq!((index.kind(), index.len(), index.entries()), (kind, anew.len(), anew.entries()));
    let found = |index: &Index<Vec<u8>>, needle| {
        let hits = index.hits(&Query::new(index.profile(), &[needle]).radius(N as u32)).unwrap();
        hits.iter()
            .map(|hit| {
                let sources = index.sources(hit.slot).map(|source| format!("{:?}", source.unwrap()));
                (hit.hash, hit.distance, sources.collect::<Vec<_>>())
            })
            .collect::<Vec<_>>()
    };
    for hash in entries.iter().filter_map(|entry| entry.hash) {
        let hits = found(&index, hash);
        assert!(!hits.is_empty() && hits == found(&anew, hash), "{name}");
    }
    let lists = |index: &Index<Vec<u8>>| format!("{:?}", index.lists().collect::<Vec<_>>());
    assert_eq!(lists(&index), lists(&anew), "{name}");
    assert!(all_of::<N>(&index) == all_of(&anew), "{name}");
    for kind in DigestKind::ALL {
        assert_eq!(index.digests(kind), 0);
        assert!(index.find(&Random(1).digest(kind)).next().is_none());
    }
}

/// Every entry of an index in order.
fn all_of<const N: usize>(index: &Index<Vec<u8>>) -> Vec<Listed<N>> {
    let all = index.in_order::<N>().unwrap();
    assert_eq!(all.len(), index.entries());
    let owned = all.iter().map(|entry| {
        let entry = entry.unwrap();
        let Source { list, id, classification, owner, jurisdiction, opinion, role } = entry.source;
        let texts = [list, id, classification, owner, jurisdiction].map(String::from);
        Listed { hash: entry.hash, digests: entry.digests().collect(), texts, opinion, role }
    });
    owned.collect()
}

#[test]
fn files_of_version_1_are_still_read() {
    is_read(1, "linear-64", IndexKind::Linear, &entries::<8>(12));
    is_read(1, "linear-256", IndexKind::Linear, &entries::<32>(12));
    is_read(1, "bk-tree-64", IndexKind::BkTree, &entries::<8>(200));
    is_read(1, "bk-tree-256", IndexKind::BkTree, &entries::<32>(200));
    is_read::<32>(1, "empty", IndexKind::Linear, &[]);
}

#[test]
fn files_of_version_2_are_still_read() {
    is_read(2, "linear-64", IndexKind::Linear, &entries::<8>(12));
    is_read(2, "linear-256", IndexKind::Linear, &entries::<32>(260));
    is_read(2, "bk-tree-64", IndexKind::BkTree, &entries::<8>(200));
    is_read(2, "bk-tree-256", IndexKind::BkTree, &entries::<32>(200));
    is_read(2, "mih-64", IndexKind::Mih, &entries::<8>(300));
    is_read(2, "mih-256", IndexKind::Mih, &entries::<32>(30));
    is_read::<32>(2, "empty", IndexKind::Linear, &[]);
}

#[test]
fn the_header_is_where_the_documentation_says() {
    let entries = entries::<32>(12);
    let bytes = file(&entries, Some(IndexKind::Linear));
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
    let mut hashes: Vec<_> = entries.iter().filter_map(|entry| entry.hash).collect();
    hashes.sort_unstable();
    let (_, start, len) = sections(&bytes)[0];
    assert_eq!(bytes[start..start + len], hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>());
}

#[test]
fn digests_are_where_the_documentation_says() {
    let mut entries = entries_with_digests::<32>(40);
    let bytes = file(&entries, Some(IndexKind::Linear));
    // Linear indexes have their entries in the order of hashes and sources, which is also that of their numbers.
    let index = Index::open(bytes.clone()).unwrap();
    entries = all_of(&index);
    for (kind, id) in DIGESTS {
        let rows = digest_rows(&bytes, kind);
        assert!(rows.len() > 9 && rows.is_sorted_by_key(|row| row.0));
        assert_eq!(index.digests(kind), rows.len() as u64);
        let (_, start, len) = *sections(&bytes).iter().find(|section| section.0 == id).unwrap();
        assert_eq!((start % 64, len), (0, rows.len() * (kind.bytes() + 4)));
        let mut expected: Vec<_> = (0..)
            .zip(&entries)
            .flat_map(|(number, entry)| entry.digests.iter().map(move |digest| (*digest, number)))
            .filter(|(digest, _)| digest.kind() == kind)
            .collect();
        // of equal digests the row of the lesser source comes first
        let source = |number: u32| {
            let Source { list, id, classification, owner, jurisdiction, opinion, .. } =
                entries[number as usize].source();
            (list, classification, owner, jurisdiction, opinion, id)
        };
        expected.sort_unstable_by_key(|&(digest, number)| (digest, source(number), number));
        assert!(rows == expected, "{kind}");
    }
}

#[test]
fn the_order_of_insertion_leaves_no_trace() {
    let mut random = Random(12);
    let mut entries = entries_with_digests::<8>(400);
    entries.extend_from_within(..50); // entries that come twice
    for kind in KINDS {
        let expected = file(&entries, Some(kind));
        for _ in 0..10 {
            random.shuffle(&mut entries);
            entries.iter_mut().for_each(|entry| random.shuffle(&mut entry.digests));
            assert!(file(&entries, Some(kind)) == expected, "{kind}");
        }
    }
}

#[test]
fn what_was_removed_leaves_no_trace() {
    let mut random = Random(18);
    let kept = entries_with_digests::<8>(300);
    // Some are equal to entries that stay, some share parts with them, some have lists and texts of their own.
    let mut removed: Vec<_> = kept.iter().step_by(3).cloned().collect();
    removed.extend(kept.iter().step_by(4).cloned().map(|mut entry| {
        entry.digests = vec![random.digest(DigestKind::Sha256), random.digest(DigestKind::Sha256)];
        entry
    }));
    removed.extend(kept.iter().step_by(5).enumerate().map(|(number, entry)| {
        let mut entry = entry.clone();
        entry.hash = entry.hash.map(|_| random.hash());
        entry.texts = ["gone", "id", "of", "its", "own"].map(|text| format!("{text} {number}"));
        entry.texts[1] = [String::from("17"), String::from("x")][number % 2].clone();
        entry
    }));
    for kind in KINDS {
        let expected = file(&kept, Some(kind));
        for _ in 0..5 {
            let mut all: Vec<(&Listed<8>, bool)> = kept.iter().map(|entry| (entry, true)).collect();
            all.extend(removed.iter().map(|entry| (entry, false)));
            random.shuffle(&mut all);
            let mut builder = Builder::new(profile(8)).unwrap().kind(Some(kind));
            builder.quarantined(2);
            let mut to_remove = Vec::new();
            for (entry, is_kept) in all {
                let number = add(&mut builder, entry);
                if !is_kept {
                    to_remove.push(number);
                }
            }
            random.shuffle(&mut to_remove);
            for &number in to_remove.iter().chain(&to_remove[..9]) {
                builder.remove(number);
            }
            let hashed = kept.iter().filter(|entry| entry.hash.is_some()).count() as u64;
            assert_eq!((builder.entries(), builder.hashed()), (kept.len() as u64, hashed));
            assert!(builder.finish().unwrap() == expected, "{kind}");
        }
        let mut builder = Builder::new(profile(8)).unwrap().kind(Some(kind));
        builder.quarantined(2);
        let numbers: Vec<_> = kept.iter().map(|entry| add(&mut builder, entry)).collect();
        numbers.into_iter().for_each(|number| builder.remove(number));
        assert!(builder.finish().unwrap() == file::<8>(&[], Some(kind)), "{kind}, all removed");
    }
}

#[test]
fn entries_of_one_hash_and_source_are_one_with_all_their_digests() {
    let mut random = Random(19);
    let hash: Bits64 = random.hash();
    let [a, b, c] = [DigestKind::Md5, DigestKind::Md5, DigestKind::Sha1].map(|kind| random.digest(kind));
    let source = Source { list: "one", id: "7", ..Source::default() };
    for kind in KINDS {
        let mut builder = Builder::new(Profile::Phash64).unwrap().kind(Some(kind));
        builder.add_entry(Some(hash), &[a], source).unwrap();
        builder.add_entry(Some(hash), &[b, a, a], source).unwrap();
        builder.add_entry(None, &[c], source).unwrap();
        builder.add_entry(None, &[c, a], source).unwrap();
        let index = Index::open(builder.finish().unwrap()).unwrap();
        index.verify().unwrap();
        assert_eq!((index.len(), index.entries()), (1, 2));
        assert_eq!(DigestKind::ALL.map(|kind| index.digests(kind)), [3, 1, 0]);
        let all: Vec<_> = all_of::<8>(&index).into_iter().map(|entry| (entry.hash, entry.digests)).collect();
        let mut of_hash = vec![a, b];
        of_hash.sort_unstable();
        assert_eq!(all, [(Some(hash), of_hash), (None, vec![a, c])]);
        assert_eq!(index.find(&a).map(Result::unwrap).collect::<Vec<_>>(), [source; 2]);
    }
}

#[test]
fn an_index_of_digests_alone_is_an_index() {
    let mut random = Random(20);
    for kind in KINDS.map(Some).into_iter().chain([None]) {
        let mut builder = Builder::<32>::new(Profile::Pdq).unwrap().kind(kind);
        let digest = random.digest(DigestKind::Sha256);
        let source =
            Source { list: "nsrl", id: "a", role: Role::Allow, opinion: Opinion::Disputed, ..Source::default() };
        builder.add_entry(None, &[digest], source).unwrap();
        assert_eq!((builder.entries(), builder.hashed()), (1, 0));
        let index = Index::open(builder.finish().unwrap()).unwrap();
        index.verify().unwrap();
        assert_eq!((index.len(), index.entries(), index.is_empty()), (0, 1, true));
        assert_eq!(index.find(&digest).map(Result::unwrap).collect::<Vec<_>>(), [source]);
        assert!(index.hits(&Query::new(Profile::Pdq, &[random.hash::<32>()]).radius(256)).unwrap().is_empty());
        let list = index.lists().next().unwrap().unwrap();
        assert_eq!((list.name, list.entries, list.role), ("nsrl", 1, Role::Allow));
    }
}

#[test]
fn what_makes_no_entry_is_refused_and_changes_nothing() {
    let mut random = Random(21);
    let mut builder = Builder::<8>::new(Profile::Phash64).unwrap();
    let source = Source { list: "hotline \u{1b}", id: "1", ..Source::default() };
    builder.add(random.hash(), source).unwrap();
    let message = builder.add_entry(None, &[], source).unwrap_err().to_string();
    assert_eq!(message, "entry that nothing can match: expected a hash or a digest; leave it out");
    let other = Source { role: Role::Allow, classification: "never seen", ..source };
    let message = builder.add_entry(Some(random.hash()), &[], other).unwrap_err().to_string();
    let expected = "list \"hotline \\u{1b}\" with two roles: found allow, expected abuse as before; give the lists \
                    different names";
    assert_eq!(message, expected);
    assert_eq!((builder.entries(), builder.hashed()), (1, 1));
    let bytes = builder.finish().unwrap();
    Index::open(bytes.as_slice()).unwrap().verify().unwrap();
    assert!(!bytes.windows(10).any(|window| window == b"never seen"));
}

#[test]
fn ids_that_are_numbers_are_texts_like_others() {
    let ids = [
        "0",
        "00",
        "007",
        "7",
        "70",
        "69",
        "9",
        "10",
        "1",
        "2147483647",
        "2147483648",
        "4294967295",
        "99999999999",
        "-1",
        "+1",
        "1.",
        "",
        " 1",
        "a",
        "1a",
        "\u{661}",
        "123456789",
        "1234567890",
        "2147483639",
    ];
    let mut random = Random(22);
    let mut builder = Builder::<8>::new(Profile::Phash64).unwrap();
    for id in ids {
        // as classifications too, where they may already be known
        builder.add(random.hash(), Source { list: "7", id, classification: id, ..Source::default() }).unwrap();
    }
    let index = Index::open(builder.finish().unwrap()).unwrap();
    index.verify().unwrap();
    let mut found: Vec<_> = all_of::<8>(&index).into_iter().map(|entry| entry.texts[1].clone()).collect();
    found.sort_unstable();
    let mut expected = ids.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert!(all_of::<8>(&index).iter().all(|entry| entry.texts[0] == "7" && entry.texts[1] == entry.texts[2]));
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
        let mut expected = entries_with_digests::<8>(700);
        let index = Index::open(file(&expected, Some(kind))).unwrap();
        index.verify().unwrap();
        let mut found = Vec::new();
        for (slot, hash) in index.slots().zip(index.hashes::<8>().unwrap()) {
            for source in index.sources(slot) {
                let Source { list, id, classification, owner, jurisdiction, opinion, role } = source.unwrap();
                let texts = [list, id, classification, owner, jurisdiction].map(String::from);
                found.push(Listed { hash: Some(hash), digests: Vec::new(), texts, opinion, role });
            }
        }
        found.sort_unstable();
        let mut with_hash: Vec<_> = expected.iter().filter(|entry| entry.hash.is_some()).cloned().collect();
        with_hash.iter_mut().for_each(|entry| entry.digests.clear());
        with_hash.sort_unstable();
        assert!(found == with_hash, "{kind}");

        // the same entries in the same order, whatever the kind
        let in_order = all_of::<8>(&index);
        expected.sort_unstable_by(|a, b| {
            let key = |entry: &Listed<8>| {
                let [list, id, classification, owner, jurisdiction] = entry.texts.clone();
                (entry.hash.is_none(), entry.hash, list, classification, owner, jurisdiction, entry.opinion, id)
            };
            key(a).cmp(&key(b))
        });
        assert!(in_order == expected, "{kind}");
        let all = index.in_order::<8>().unwrap();
        let listed: Vec<_> = all.iter().map(Result::unwrap).collect();
        assert!(listed.is_sorted_by(|a, b| a.compare(b).is_lt()), "{kind}");
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
    assert_eq!((index.profile(), index.kind(), index.quarantined()), (Profile::Phash64, IndexKind::Linear, 2));
    assert!(!index.is_empty());
    assert_eq!(format!("{index:?}"), "Index { profile: Phash64, kind: Linear, len: 12, entries: 12, .. }");

    let mut random = Random(13);
    let mut builder = Builder::new(Profile::Phash64).unwrap();
    for _ in 0..5000 {
        builder.add(random.hash::<8>(), Source::default()).unwrap();
    }
    assert_eq!(Index::open(builder.finish().unwrap()).unwrap().kind(), IndexKind::Mih);

    let error = Builder::<8>::new(Profile::Pdq).unwrap_err();
    assert_eq!(error.to_string(), "hashes of the wrong length: found 64 bits, expected 256 of profile pdq");
}

#[test]
fn what_is_refused_is_told_apart() {
    let bytes = file(&entries::<32>(3), None);
    let message = |bytes: &[u8]| Index::open(bytes).unwrap_err().to_string();
    assert_eq!(message(b""), "truncated index: found 0 bytes, expected a header; copy the index again");
    assert_eq!(
        message(b"GIF89a, and some more bytes"),
        "not an index: expected a file that begins with \"lookalike index\""
    );
    assert_eq!(message(&bytes[..70]), "truncated index: found 70 bytes, expected a header; copy the index again");
    let cut = message(&bytes[..bytes.len() - 1]);
    assert_eq!(
        cut,
        format!(
            "index of the wrong length: found {} bytes, expected {}; copy the index again",
            bytes.len() - 1,
            bytes.len()
        )
    );
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        changed
    };
    assert_eq!(message(&with(16, 4)), "unsupported index version: found 4, expected 1 to 3; build the index again");
    assert!(message(&with(32, 9)).starts_with("damaged index: header does not match its checksum"));
    let resealed = |at: usize, value: u8| {
        let mut changed = with(at, value);
        index_support::reseal(&mut changed);
        changed
    };
    assert_eq!(
        message(&resealed(20, 99)),
        "unsupported profile: found number 99; update lookalike or build the index again"
    );
    assert_eq!(
        message(&resealed(22, 99)),
        "unsupported index kind: found number 99; update lookalike or build the index again"
    );
    assert!(message(&resealed(28, 1)).contains("has a reserved field that is not zero"));
    assert!(message(&resealed(24, 8)).contains("has hashes of another length than its profile"));
    let (_, start, _) = sections(&bytes)[0];
    let damaged = message(&with(start, !bytes[start]));
    assert_eq!(damaged, "damaged index: section `hashes` does not match its checksum; copy or build the index again");
}

#[test]
fn a_linear_index_is_opened_by_itself_and_no_other_so() {
    let linear = file(&entries_with_digests::<32>(300), Some(IndexKind::Linear));
    let (whole, alone) = (Index::open(&linear).unwrap(), Index::open_linear(&linear).unwrap());
    assert_eq!(
        all_of::<32>(&Index::open_linear(linear.clone()).unwrap()),
        all_of(&Index::open(linear.clone()).unwrap())
    );
    assert_eq!((alone.kind(), alone.len(), alone.entries()), (whole.kind(), whole.len(), whole.entries()));
    for (kind, name) in [(IndexKind::BkTree, "bk-tree"), (IndexKind::Mih, "mih")] {
        let other = file(&entries::<8>(300), Some(kind));
        assert_eq!(Index::open(&other).unwrap().kind(), kind);
        let expected = format!("unsupported index kind: found {name}, expected linear; build the index again");
        assert_eq!(Index::open_linear(&other).unwrap_err().to_string(), expected);
        assert_eq!(Index::open_linear_without_checksums(&other).unwrap_err().to_string(), expected);
    }
    // what is damaged is refused alike, wherever it is: in the header by both, elsewhere where checksums are looked at
    let mut damaged = linear.clone();
    for at in (0..linear.len()).filter(|at| *at < 400 || at % 97 == 0) {
        damaged[at] ^= 0x40;
        assert_eq!(Index::open_linear(&damaged).err(), Index::open(&damaged).err(), "byte {at}");
        let (alone, whole) =
            (Index::open_linear_without_checksums(&damaged).err(), Index::open_without_checksums(&damaged).err());
        assert_eq!(alone, whole, "byte {at}");
        damaged[at] ^= 0x40;
        assert_eq!(Index::open_linear(&linear[..at]).err(), Index::open(&linear[..at]).err(), "{at} bytes");
    }
}

#[test]
fn the_same_bytes_are_an_index_wherever_they_lie() {
    let bytes = file(&entries::<32>(20), Some(IndexKind::Linear));
    let needle: Bits256 = entries::<32>(20)[3].hash.unwrap();
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

/// Small enough for Miri, which runs it in both orders of bytes (`.ci/sanitize`).
fn is_whole_and_survives_damage<const N: usize>(kind: IndexKind) {
    let entries = entries_with_digests::<N>(12);
    let bytes = file(&entries, Some(kind));
    let exercise = |index: &Index<&[u8]>, needle: HashBits<N>| {
        let found = [0, N as u32].map(|radius| {
            let hits = index.hits(&Query::new(index.profile(), &[needle]).radius(radius));
            hits.map(|hits| hits.iter().map(|hit| index.sources(hit.slot).filter(Result::is_ok).count()).sum::<usize>())
        });
        let digests = entries[0].digests.iter().map(|digest| index.find(digest).count()).sum::<usize>();
        (found, digests, index.verify().is_ok())
    };
    let needle = entries.iter().find_map(|entry| entry.hash).unwrap();
    let whole = exercise(&Index::open(&bytes[..]).unwrap(), needle);
    assert!(whole.0.iter().all(|found| found.as_ref().is_ok_and(|found| *found > 0)) && whole.1 > 0 && whole.2);
    let step = if cfg!(miri) { 1013 } else { 103 };
    for len in (0..bytes.len()).step_by(step) {
        assert!(Index::open_without_checksums(&bytes[..len]).is_err());
    }
    let mut damaged = bytes.clone();
    for at in (8..bytes.len()).step_by(step) {
        damaged[at] ^= 0x81;
        if let Ok(index) = Index::open_without_checksums(&damaged[..]) {
            // whatever is found, or is damage
            let _ = exercise(&index, needle);
        }
        damaged[at] = bytes[at];
    }
}

#[test]
fn small_indexes_are_whole_and_survive_damage() {
    for kind in KINDS {
        is_whole_and_survives_damage::<8>(kind);
        is_whole_and_survives_damage::<32>(kind);
    }
}
