//! The digest of entries: the same for the same entries, however they are stored, and another as soon as anything of them differs.

#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    reason = "tests may panic, and know their numbers"
)]

mod index_support;

use std::path::Path;

use index_support::{KINDS, Random, profile};
use lookalike::entry::{Digest, DigestKind, Opinion, Role};
use lookalike::hash::{Bits64, HashBits, Profile};
use lookalike::index::{Builder, Index, IndexKind, Source};
use lookalike::store::{EntryDigests, Sha256Digest};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry<const N: usize> {
    hash: Option<HashBits<N>>,
    digests: Vec<Digest>,
    list: String,
    id: String,
    classification: String,
    owner: String,
    jurisdiction: String,
    opinion: Opinion,
    role: Role,
}

impl<const N: usize> Entry<N> {
    fn source(&self) -> Source<'_> {
        Source {
            list: &self.list,
            id: &self.id,
            classification: &self.classification,
            owner: &self.owner,
            jurisdiction: &self.jurisdiction,
            opinion: self.opinion,
            role: self.role,
        }
    }
}

/// Two lists, with hashes that several entries have, entries without a hash, and digests of every kind.
fn entries<const N: usize>(len: usize) -> Vec<Entry<N>> {
    let mut random = Random(23);
    let shared: HashBits<N> = random.hash();
    (0..len)
        .map(|number| {
            let hash = match number % 6 {
                0 => Some(shared),
                1 => None,
                _ => Some(random.near(&shared, number % 7)),
            };
            let mut digests: Vec<_> =
                DigestKind::ALL.into_iter().take(number % 4).map(|kind| random.digest(kind)).collect();
            if hash.is_none() {
                digests.extend([random.digest(DigestKind::Sha1), random.digest(DigestKind::Sha1)]);
            }
            Entry {
                hash,
                digests,
                list: ["hotline", "vault"][number % 2].into(),
                // numbers are stored otherwise than texts, and sorted as texts
                id: if number % 3 == 0 { number.to_string() } else { format!("entry {number}") },
                classification: ["A1", "", "B2"][number % 3].into(),
                owner: ["", "desk"][number % 2].into(),
                jurisdiction: ["GB", "US", ""][number / 3 % 3].into(),
                opinion: Opinion::ALL[number % 4],
                role: [Role::Abuse, Role::Test][number % 2],
            }
        })
        .collect()
}

fn built<const N: usize>(entries: &[Entry<N>], kind: IndexKind) -> Index<Vec<u8>> {
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    for entry in entries {
        builder.add_entry(entry.hash, &entry.digests, entry.source()).unwrap();
    }
    Index::open(builder.finish().unwrap()).unwrap()
}

fn digests<const N: usize>(entries: &[Entry<N>], kind: IndexKind) -> EntryDigests {
    EntryDigests::of(&built(entries, kind)).unwrap()
}

/// The digest of a list as somebody would write it from the documented table alone.
fn by_the_table<const N: usize>(entries: &[Entry<N>], list: &str) -> Sha256Digest {
    let mut bytes = b"lookalike entries 1\n".to_vec();
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.bytes());
    };
    let mut all: Vec<_> = entries.iter().filter(|entry| entry.list == list).collect();
    let place = |of: &Entry<N>| {
        let opinion = Opinion::ALL.iter().position(|it| *it == of.opinion).unwrap() as u8;
        let texts = [&of.classification, &of.owner, &of.jurisdiction].map(|text| text.as_bytes().to_vec());
        (of.hash.is_none(), of.hash.map(|hash| hash.as_bytes().to_vec()), texts, opinion, of.id.as_bytes().to_vec())
    };
    all.sort_by_key(|entry| place(entry));
    text(&mut bytes, profile(N).name());
    text(&mut bytes, list);
    text(&mut bytes, all[0].role.name());
    for entry in &all {
        let (has_none, hash, texts, opinion, id) = place(entry);
        bytes.push(u8::from(!has_none));
        bytes.extend(hash.unwrap_or_default());
        texts.iter().for_each(|it| text(&mut bytes, std::str::from_utf8(it).unwrap()));
        bytes.push(opinion);
        text(&mut bytes, std::str::from_utf8(&id).unwrap());
        let mut digests = entry.digests.clone();
        digests.sort_unstable();
        for digest in digests {
            bytes.push(1 + DigestKind::ALL.iter().position(|kind| *kind == digest.kind()).unwrap() as u8);
            bytes.extend(digest.as_bytes());
        }
        bytes.push(0);
    }
    bytes.push(2);
    bytes.extend((all.len() as u64).to_le_bytes());
    Sha256Digest::of(&bytes)
}

fn agrees_everywhere<const N: usize>() {
    let mut entries = entries::<N>(700);
    let expected = digests(&entries, IndexKind::Linear);
    assert_eq!(expected.entries(), 700);
    let mut whole = b"lookalike lists 1\n".to_vec();
    let name = profile(N).name();
    whole.extend((name.len() as u32).to_le_bytes());
    whole.extend(name.bytes());
    for list in ["hotline", "vault"] {
        let found = expected.list(list);
        assert_eq!((found.entries, found.sha256), (350, by_the_table(&entries, list)));
        whole.push(1);
        whole.extend((list.len() as u32).to_le_bytes());
        whole.extend(list.bytes());
        whole.extend(350_u64.to_le_bytes());
        whole.extend(found.sha256.as_bytes());
    }
    whole.push(2);
    whole.extend(2_u64.to_le_bytes());
    assert_eq!(expected.whole(), Sha256Digest::of(&whole));
    assert_eq!(expected.lists().map(|(name, _)| name).collect::<Vec<_>>(), ["hotline", "vault"]);

    let mut random = Random(24);
    for kind in KINDS {
        random.shuffle(&mut entries);
        // entries that come twice are one
        let mut twice = entries.clone();
        twice.extend_from_slice(&entries[..100]);
        assert_eq!(digests(&twice, kind), expected, "{kind}");
        // one list's digest is its own, whatever else there is
        let one: Vec<_> = entries.iter().filter(|entry| entry.list == "vault").cloned().collect();
        let one = digests(&one, kind);
        assert_eq!((one.list("vault"), one.list("hotline").entries), (expected.list("vault"), 0));
        assert_ne!(one.whole(), expected.whole());
    }
}

#[test]
fn kinds_and_orders_of_adding_leave_no_trace() {
    agrees_everywhere::<8>();
    agrees_everywhere::<32>();
}

#[test]
fn files_of_every_version_agree() {
    let golden = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        EntryDigests::of(&Index::open(std::fs::read(path).unwrap()).unwrap()).unwrap()
    };
    for kind in ["linear-64", "bk-tree-64", "bk-tree-256", "empty"] {
        assert_eq!(golden(&format!("index-v1-{kind}.bin")), golden(&format!("index-v2-{kind}.bin")), "{kind}");
    }
    assert_eq!(golden("index-v2-empty.bin"), golden("index-v3-empty.bin"));
    // the bytes never change, or nothing that was signed could be checked any more
    let names = ["v1-linear-64", "v3-linear-64", "v3-empty"];
    let found = names.map(|name| golden(&format!("index-{name}.bin")).whole().to_string());
    let expected = [
        "b41085f9b8f66cd2e2ff0c9d99b1c5a3d9e080f4c6296c8468554331a6cf8309",
        "ed10cf21be36b91320a1e9f9ec0f0ee3bc147954c8eed748e03ed40fd6a21e63",
        "9ec1845db853956d020cf0735d68b2e5a52016a9c3dc574704ba0eb0e551506a",
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_field_of_every_entry_counts() {
    let all = entries::<8>(24);
    let expected = digests(&all, IndexKind::Linear);
    let mut seen = vec![expected.whole()];
    let mut changed = |entries: &[Entry<8>], what: &str| {
        let found = digests(entries, IndexKind::Linear);
        assert!(!seen.contains(&found.whole()), "{what}");
        seen.push(found.whole());
    };
    for at in 0..all.len() {
        let mut with = |what: &str, change: &dyn Fn(&mut Entry<8>)| {
            let mut entries = all.clone();
            change(&mut entries[at]);
            if entries != all {
                changed(&entries, &format!("{what} of entry {at}"));
            }
        };
        with("a bit of the hash", &|it| {
            it.hash = it.hash.map(|hash| {
                let mut bytes = *hash.as_bytes();
                bytes[7] ^= 1;
                Bits64::from_bytes(bytes)
            });
        });
        with("the hash", &|it| it.hash = it.hash.filter(|_| it.digests.is_empty()));
        with("the id", &|it| it.id.push('x'));
        with("the classification", &|it| it.classification.push('x'));
        with("the owner", &|it| it.owner.push('x'));
        with("the jurisdiction", &|it| it.jurisdiction.push('x'));
        with("the opinion", &|it| {
            it.opinion = if it.opinion == Opinion::Seed { Opinion::Disputed } else { Opinion::Seed }
        });
        with("a further digest", &|it| it.digests.push(DigestKind::Md5.parse(&"ab".repeat(16)).unwrap()));
        with("no digest", &|it| {
            if it.hash.is_some() {
                it.digests.clear();
            }
        });
        with("the list", &|it| it.list = "elsewhere".into());
    }
    for at in 0..all.len() {
        let mut fewer = all.clone();
        fewer.remove(at);
        changed(&fewer, "an entry that is missing");
    }
    let mut other_role = all.clone();
    other_role.iter_mut().filter(|entry| entry.list == "vault").for_each(|entry| entry.role = Role::Allow);
    changed(&other_role, "the role");
    changed(&[], "nothing");
}

#[test]
fn a_digester_shows_no_entry() {
    let mut digests = EntryDigests::new(Profile::Phash64);
    let entry = &entries::<8>(4)[3];
    digests.add(entry.hash, &entry.source(), entry.digests.iter().copied());
    assert_eq!(format!("{digests:?}"), "EntryDigests { profile: Phash64, .. }");
}

#[test]
fn neighbouring_texts_do_not_run_into_each_other() {
    let of = |classification: &str, owner: &str, id: &str| {
        let entry = Entry::<8> {
            hash: Some(Bits64::ZERO),
            digests: Vec::new(),
            list: "l".into(),
            id: id.into(),
            classification: classification.into(),
            owner: owner.into(),
            jurisdiction: String::new(),
            opinion: Opinion::Unstated,
            role: Role::Abuse,
        };
        digests(&[entry], IndexKind::Linear).whole()
    };
    let all = [of("ab", "c", ""), of("a", "bc", ""), of("abc", "", ""), of("", "abc", ""), of("", "", "abc")];
    for (number, digest) in all.iter().enumerate() {
        assert!(!all[..number].contains(digest));
    }
}

#[test]
fn profiles_of_one_length_differ() {
    let of = |profile: Profile| {
        let mut builder = Builder::<8>::new(profile).unwrap();
        builder.add(Bits64::from_bytes([1; 8]), Source { list: "l", ..Source::default() }).unwrap();
        EntryDigests::of(&Index::open(builder.finish().unwrap()).unwrap()).unwrap()
    };
    let (one, other) = (of(Profile::Phash64), of(Profile::Dhash64));
    assert!(one.whole() != other.whole() && one.list("l") != other.list("l") && one.list("m") != other.list("m"));
}

/// `cargo test --release --features store --test store_entries -- --ignored --nocapture ten_million`
#[test]
#[ignore = "takes gigabytes and the better part of a minute; its figures are recorded in ARCHITECTURE.md"]
#[allow(clippy::print_stdout, reason = "it is run for what it prints")]
fn ten_million_entries_are_digested() {
    const ENTRIES: u64 = 10_000_000;
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0)
    };
    let mut random = Random(25);
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap().kind(Some(IndexKind::Linear));
    for number in 0..ENTRIES {
        let id = number.to_string();
        let source = Source { list: "hotline", id: &id, classification: "A1", owner: "desk", ..Source::default() };
        builder.add(random.hash(), source).unwrap();
    }
    let index = Index::open(builder.finish().unwrap()).unwrap();
    let (before, started) = (resident(), std::time::Instant::now());
    let digests = EntryDigests::of(&index).unwrap();
    let (took, after) = (started.elapsed(), resident());
    assert_eq!(digests.list("hotline").entries, ENTRIES);
    println!("{ENTRIES} entries in {took:.2?}; resident {before} kB before, {after} kB after");
}
