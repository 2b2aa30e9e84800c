//! The indexes that are damaged, each with the version of its list before the last.

use lookalike::entry::{DigestKind, Opinion, Role};
use lookalike::hash::HashBits;
use lookalike::index::{Builder, Index, IndexKind, Source};

use crate::index_support::{KINDS, Random, profile};

/// An index that is damaged.
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// The index of the same list before some of its entries were changed: what a disk has that lost a write.
    pub(crate) previous: Vec<u8>,
}

/// What the entries of an index are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Of one list, one entry a hash.
    Plain,
    /// A few hashes, each of many entries of several lists, some of them twice.
    Duplicates,
    /// Hashes that are equal but for one byte, and so in every chunk but one.
    Skewed,
    /// No hash, only digests.
    Digests,
    /// Everything: see [`small`].
    Mixed,
}

use Shape::{Digests, Duplicates, Mixed, Plain, Skewed};

/// Those that have a name: the sizes around a block of the kernel and a node of the tree, and what lists are at their extremes.
const NAMED: [(&str, Shape, usize, IndexKind, usize); 18] = [
    ("empty", Plain, 0, IndexKind::Linear, 8),
    ("empty", Plain, 0, IndexKind::Mih, 32),
    ("one entry", Plain, 1, IndexKind::BkTree, 8),
    ("one entry", Plain, 1, IndexKind::Linear, 32),
    ("two entries", Plain, 2, IndexKind::Mih, 8),
    ("two entries", Plain, 2, IndexKind::BkTree, 32),
    ("255 entries", Plain, 255, IndexKind::Linear, 8),
    ("255 entries", Plain, 255, IndexKind::BkTree, 32),
    ("256 entries", Plain, 256, IndexKind::Mih, 8),
    ("256 entries", Plain, 256, IndexKind::BkTree, 8),
    ("257 entries", Plain, 257, IndexKind::BkTree, 8),
    ("257 entries", Plain, 257, IndexKind::Linear, 32),
    ("duplicates", Duplicates, 240, IndexKind::Linear, 8),
    ("duplicates", Duplicates, 240, IndexKind::Mih, 8),
    ("digests without hashes", Digests, 120, IndexKind::Linear, 32),
    ("several sources, digests with and without hashes", Mixed, 60, IndexKind::Linear, 32),
    ("equal in all chunks but one", Skewed, 256, IndexKind::Mih, 8),
    ("equal in all chunks but one", Skewed, 200, IndexKind::BkTree, 32),
];

/// Every index of the tests.
pub(crate) fn references() -> Vec<Reference> {
    let named = NAMED.into_iter().map(|(name, shape, len, kind, width)| {
        let with = |is_previous| match width {
            8 => built::<8>(shape, len, kind, is_previous),
            _ => built::<32>(shape, len, kind, is_previous),
        };
        Reference { name: format!("{name}, {kind}, {} bits", 8 * width), bytes: with(false), previous: with(true) }
    });
    let mut all: Vec<Reference> = named.collect();
    for kind in KINDS {
        for len in [0, 1, 2, 20] {
            all.push(mixed::<8>(len, kind));
            all.push(mixed::<32>(len, kind));
        }
    }
    // Enough for a root with groups, and for groups that are nodes.
    all.push(mixed::<8>(150, IndexKind::BkTree));
    // Enough for a look-up of the needle itself to read buckets, and for buckets that overflow.
    all.push(mixed::<8>(250, IndexKind::Mih));
    all
}

fn mixed<const N: usize>(len: usize, kind: IndexKind) -> Reference {
    let with = |is_previous| built::<N>(Mixed, len, kind, is_previous);
    Reference { name: format!("{len} mixed entries, {kind}, {} bits", 8 * N), bytes: with(false), previous: with(true) }
}

/// Whether the entry of a number was another one in the version before.
fn is_changed(number: usize) -> bool {
    number.is_multiple_of(16)
}

fn built<const N: usize>(shape: Shape, len: usize, kind: IndexKind, is_previous: bool) -> Vec<u8> {
    // of an empty list some entries were removed
    let len = if len == 0 && is_previous { 3 } else { len };
    if shape == Mixed {
        return version_of_small::<N>(len, kind, is_previous);
    }
    let (mut random, mut other) = (Random(11), Random(12));
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    let centre = random.hash::<N>();
    for number in 0..len {
        // so many that no two are equal
        let bits = 4 + random.below(2 * N);
        let mut hash = match shape {
            Skewed => {
                let mut bytes = *centre.as_bytes();
                bytes[N - 1] = number as u8;
                HashBits::from_bytes(bytes)
            }
            Duplicates => random_of(&centre, number % 9),
            _ => random.near(&centre, bits),
        };
        let mut digest = random.digest(DigestKind::ALL[number % 3]);
        if is_previous && is_changed(number) {
            hash = other.near(&hash, 3);
            digest = other.digest(digest.kind());
        }
        let id = (number / 2).to_string();
        let source = Source { list: ["hotline", "police"][number % 2], id: &id, owner: "O", ..Source::default() };
        match shape {
            Digests => builder.add_entry(None, &[digest], source).map(drop).unwrap(),
            Duplicates => {
                for _ in 0..1 + number % 2 {
                    builder.add(hash, source).unwrap();
                }
            }
            _ => builder.add(hash, Source { list: "hotline", ..source }).map(drop).unwrap(),
        }
    }
    builder.finish().unwrap()
}

/// The same hash for the same number, near a centre.
fn random_of<const N: usize>(centre: &HashBits<N>, number: usize) -> HashBits<N> {
    Random(100 + number as u64).near(centre, 1 + number)
}

/// A small index with everything in it: several lists and roles, shared hashes, entries without one, digests, empty and long texts.
pub(crate) fn small<const N: usize>(len: usize, kind: IndexKind) -> Vec<u8> {
    version_of_small::<N>(len, kind, false)
}

fn version_of_small<const N: usize>(len: usize, kind: IndexKind, is_previous: bool) -> Vec<u8> {
    let (mut random, mut other) = (Random(7), Random(8));
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    builder.quarantined(3);
    let centre = random.hash::<N>();
    let mut digest = random.digest(DigestKind::Sha1);
    for number in 0..len {
        let bits = 1 + random.below(N);
        let mut hash = random.near(&centre, bits);
        if is_previous && is_changed(number) {
            hash = other.near(&hash, 3);
        }
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

#[test]
fn the_references_are_what_they_are_called() {
    let all = references();
    for Reference { name, bytes, previous } in &all {
        assert!(bytes != previous, "{name}");
        for bytes in [bytes, previous] {
            Index::open(bytes.as_slice()).unwrap().verify().unwrap();
        }
        println!("{name}: {} bytes, before {}", bytes.len(), previous.len());
    }
    let of = |name: &str| {
        let found = all.iter().find(|reference| reference.name.starts_with(name)).unwrap();
        Index::open(found.bytes.as_slice()).unwrap()
    };
    let counts = |name: &str| (of(name).len(), of(name).entries());
    assert_eq!(counts("empty"), (0, 0));
    for (name, shape, len, kind, width) in NAMED.into_iter().filter(|named| named.1 == Plain) {
        let found = counts(&format!("{name}, {kind}, {} bits", 8 * width));
        assert_eq!(found, (len as u64, len as u64), "{shape:?}");
    }
    assert_eq!(counts("digests without hashes").0, 0);
    let (hashes, entries) = counts("duplicates");
    assert!(hashes < 12 && entries == 240, "{hashes} hashes of {entries} entries");
    let sizes = all.iter().filter(|reference| (4 << 10..16 << 10).contains(&reference.bytes.len()));
    assert!(sizes.count() >= 12, "references of 4 to 16 KiB");
}
