//! Indexes: from arbitrary bytes and from damaged good ones, opening and searching never panic and end; undamaged ones
//! answer as brute force does, for hashes and digests.

#![no_main]

use core::ops::ControlFlow;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Index, Kind, Query, Source};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    long: bool,
    kind: u8,
    /// Listed hashes: a base, of which some bits are flipped, so that there are neighbours at every distance.
    entries: Vec<([u8; 4], u8)>,
    /// Which entry is the needle.
    needle: u8,
    radius: u8,
    /// How many entries are taken back.
    removed: u8,
    /// Bytes to overwrite in the finished file: position and value.
    damage: Vec<(u32, u8)>,
    cut: Option<u16>,
    raw: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    if input.long { run::<32>(&input, Profile::Pdq) } else { run::<8>(&input, Profile::Phash64) }
});

fn run<const N: usize>(input: &Input<'_>, profile: Profile) {
    open_and_search::<N>(input.raw, profile, u32::from(input.radius));

    let hashes: Vec<HashBits<N>> = input.entries.iter().map(|(flips, base)| spread(*flips, *base)).collect();
    let mut builder = Builder::new(profile).expect("the width fits").kind(Some(kind(input)));
    // the last of the listed hashes are taken back
    let kept = hashes.len() - usize::from(input.removed).min(hashes.len());
    for (i, hash) in hashes.iter().enumerate() {
        let id = i.to_string();
        let source = Source { list: "fuzz", id: &id, ..Source::default() };
        let entry = builder.add_entry(Some(*hash), &digests(hash), source).expect("small entries");
        if i >= kept {
            builder.remove(entry);
        }
    }
    let hashes = &hashes[..kept];
    let mut bytes = builder.finish().expect("few entries");

    let index = Index::open(&bytes[..]).expect("an undamaged index");
    index.verify().expect("an undamaged index");
    if let Some(needle) = hashes.get(usize::from(input.needle)) {
        let radius = u32::from(input.radius) % (8 * N as u32 + 1);
        let mut found = Vec::new();
        let needles = [*needle];
        let query = Query::new(profile, &needles).radius(radius);
        index
            .search(&query, |hit| {
                assert!(index.sources(hit.slot).all(|source| source.is_ok()));
                found.push(hit.hash);
                ControlFlow::Continue(())
            })
            .expect("an undamaged index");
        let mut expected: Vec<_> = hashes.iter().copied().filter(|hash| hash.distance(needle) <= radius).collect();
        expected.sort_unstable();
        expected.dedup();
        found.sort_unstable();
        assert_eq!(found, expected);
        for digest in digests(needle) {
            let expected = hashes.iter().filter(|hash| digests(hash).contains(&digest)).count();
            assert_eq!(index.find(&digest).filter(Result::is_ok).count(), expected);
        }
        // many at once take another way
        let many = [*needle; 300];
        let hits = index.batch(profile, radius, many.iter().copied()).expect("an undamaged index");
        assert_eq!(hits.filter(Result::is_ok).count(), 300 * expected.len());
    }

    let before = bytes.clone();
    for (position, value) in &input.damage {
        let position = *position as usize % bytes.len();
        bytes[position] = *value;
    }
    if let Some(cut) = input.cut {
        bytes.truncate(usize::from(cut));
    }
    if bytes != before {
        // a checksum of 32 bits cannot refuse every damage of many bytes, but what is let through must still be safe
        open_and_search::<N>(&bytes, profile, u32::from(input.radius));
    }
}

fn open_and_search<const N: usize>(bytes: &[u8], profile: Profile, radius: u32) {
    for index in [Index::open(bytes), Index::open_without_checksums(bytes)].into_iter().flatten() {
        let needles = [HashBits::<N>::ZERO, HashBits::from_bytes([0x5A; N])];
        let mut hits = 0_u64;
        let _ = index.search(&Query::new(profile, &needles).radius(radius), |hit| {
            hits += 1;
            index.sources(hit.slot).take(100).for_each(drop);
            ControlFlow::Continue(())
        });
        assert!(hits <= 2 * index.len());
        for byte in [0, 0x5A, 0xFF] {
            for digest in digests(&HashBits::<N>::from_bytes([byte; N])) {
                assert!(index.find(&digest).count() as u64 <= index.digests(digest.kind()));
            }
        }
        let all = index.in_order::<N>().into_iter();
        all.for_each(|all| assert!(all.iter().filter(Result::is_ok).count() as u64 <= index.entries()));
        let _ = index.verify();
        index.lists().take(100).for_each(drop);
    }
}

/// Digests that hashes have in common if their first bytes are the same.
fn digests<const N: usize>(hash: &HashBits<N>) -> Vec<Digest> {
    let &[first, second, ..] = &hash.as_bytes()[..] else { return Vec::new() };
    let of = |(kind, byte): (DigestKind, u8)| Digest::from_bytes(kind, &vec![byte; kind.bytes()]);
    DigestKind::ALL.into_iter().zip([first, second, first & 1]).take(usize::from(second % 4)).filter_map(of).collect()
}

fn kind(input: &Input<'_>) -> Kind {
    Kind::all().nth(usize::from(input.kind) % Kind::all().len()).expect("there are kinds")
}

fn spread<const N: usize>(flips: [u8; 4], base: u8) -> HashBits<N> {
    let mut bytes = [base; N];
    for flip in flips {
        bytes[usize::from(flip) / 8 % N] ^= 1 << (flip % 8);
    }
    HashBits::from_bytes(bytes)
}
