//! Indexes: from arbitrary bytes and from damaged good ones, opening and searching never panic and end; undamaged ones
//! answer as brute force does.

#![no_main]

use core::ops::ControlFlow;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
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
    for (i, hash) in hashes.iter().enumerate() {
        let id = i.to_string();
        let source = Source { list: "fuzz", id: &id, ..Source::default() };
        builder.add(*hash, source).expect("small entries");
    }
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
        let _ = index.verify();
        index.lists().take(100).for_each(drop);
    }
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
