//! The builder against brute force: whatever is listed, in whatever order, is found at exactly its distance, in every arrangement.

#![no_main]

#[path = "parts/index.rs"]
mod index;

use core::ops::ControlFlow;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Index, IndexKind, Query, Source};

#[derive(Arbitrary, Debug)]
struct Input {
    is_long: bool,
    kind: u8,
    /// Which entry is the needle, and bits that are flipped in it.
    needle: u8,
    flips: [u8; 2],
    radius: u8,
    /// How many entries are taken back.
    removed: u8,
    /// Many needles take another way than one, and more time: they are few of 256.
    many: u8,
    /// Listed hashes: a base, of which some bits are flipped, so that there are neighbours at every distance.
    entries: Vec<([u8; 4], u8)>,
}

fuzz_target!(|input: Input| if input.is_long {
    run::<32>(&input, Profile::Pdq)
} else {
    run::<8>(&input, Profile::Phash64)
});

fn run<const N: usize>(input: &Input, profile: Profile) {
    let hashes: Vec<HashBits<N>> = input.entries.iter().take(64).map(|(flips, base)| spread(flips, *base)).collect();
    // the last of the listed hashes are taken back
    let kept = hashes.len() - usize::from(input.removed).min(hashes.len());
    let kind = IndexKind::all().nth(usize::from(input.kind) % IndexKind::all().len()).expect("there are kinds");
    let build = |order: &mut dyn Iterator<Item = usize>| {
        let mut builder = Builder::new(profile).expect("the width fits").kind(Some(kind));
        for number in order {
            let (hash, id) = (hashes[number], number.to_string());
            let source = Source { list: "fuzz", id: &id, ..Source::default() };
            let entry = builder.add_entry(Some(hash), &digests(&hash), source).expect("small entries");
            if number >= kept {
                builder.remove(entry);
            }
        }
        builder.finish().expect("few entries")
    };
    let bytes = build(&mut (0..hashes.len()));
    assert!(bytes == build(&mut (0..hashes.len()).rev()), "the order in which entries come makes a difference");

    let index = Index::open(&bytes[..]).expect("an undamaged index");
    index.verify().expect("an undamaged index");
    let hashes = &hashes[..kept];
    let listed = hashes.get(usize::from(input.needle)).copied().unwrap_or(HashBits::ZERO);
    let mut needle = *listed.as_bytes();
    input.flips.iter().for_each(|flip| needle[usize::from(*flip) / 8 % N] ^= 1 << (flip % 8));
    let radius = u32::from(input.radius) % (8 * N as u32 + 1);
    let needles = vec![HashBits::from_bytes(needle); if input.many < 24 { 70 } else { 1 }];
    let mut found = Vec::new();
    index
        .search(&Query::new(profile, &needles).radius(radius), |hit| {
            assert!(hit.needle > 0 || index.sources(hit.slot).all(|source| source.is_ok()));
            found.push((hit.hash, hit.needle, hit.distance));
            ControlFlow::Continue(())
        })
        .expect("an undamaged index");
    found.sort_unstable();
    let expected = index::brute_force(hashes, &needles, radius);
    assert_eq!(found, expected);
    let batch = index.batch(profile, radius, needles.iter().copied()).expect("the width is right");
    assert_eq!(batch.filter(Result::is_ok).count(), expected.len());
    for digest in digests(&listed) {
        let expected = hashes.iter().filter(|hash| digests(hash).contains(&digest)).count();
        assert_eq!(index.find(&digest).filter(Result::is_ok).count(), expected);
    }
}

/// Digests that hashes have in common if their first bytes are the same.
fn digests<const N: usize>(hash: &HashBits<N>) -> Vec<Digest> {
    let &[first, second, ..] = &hash.as_bytes()[..] else { return Vec::new() };
    let of = |(kind, byte): (DigestKind, u8)| Digest::from_bytes(kind, &vec![byte; kind.bytes()]);
    DigestKind::ALL.into_iter().zip([first, second, first & 1]).take(usize::from(second % 4)).filter_map(of).collect()
}

fn spread<const N: usize>(flips: &[u8; 4], base: u8) -> HashBits<N> {
    let mut bytes = [base; N];
    for flip in flips {
        bytes[usize::from(*flip) / 8 % N] ^= 1 << (flip % 8);
    }
    HashBits::from_bytes(bytes)
}
