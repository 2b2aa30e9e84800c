//! Search equals brute force: all kinds, both lengths, every radius, on data made to break it.

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

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use bitvec::order::Msb0;
use bitvec::view::BitView;
use index_support::{Found, KINDS, Random, brute_force, build, profile, search};
use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{Bits64, Bits256, HashBits, Profile};
use lookalike::index::{Builder, Index, IndexKind, Query, Source};
use proptest::prelude::*;

/// Radii around every threshold in use, and both ends; those above the length are left out.
fn radii<const N: usize>() -> impl Iterator<Item = u32> {
    [0, 1, 2, 3, 4, 7, 8, 16, 30, 31, 32, 33, 63, 64, 128, 255, 256]
        .into_iter()
        .filter(|&radius| radius <= 8 * N as u32)
}

fn assert_exact<const N: usize>(name: &str, hashes: &[HashBits<N>], needles: &[HashBits<N>]) {
    for kind in KINDS {
        let index = build(hashes, kind);
        index.verify().unwrap();
        for radius in radii::<N>() {
            let expected = brute_force(hashes, needles, radius);
            let found = search(&index, needles, radius).unwrap();
            assert!(found == expected, "{name}, {kind}, {N} bytes, {} hashes, radius {radius}", hashes.len());
            let mut one_by_one = Vec::new();
            for (number, needle) in needles.iter().enumerate() {
                let found = search(&index, std::slice::from_ref(needle), radius).unwrap();
                one_by_one.extend(found.into_iter().map(|(hash, _, distance)| (hash, number, distance)));
            }
            one_by_one.sort_unstable();
            assert!(one_by_one == expected, "{name}, {kind}, {N} bytes, one needle at a time, radius {radius}");
        }
    }
}

/// Families of near-duplicates, as real lists have them: every member a few bits from its centre.
fn clustered<const N: usize>(random: &mut Random, len: usize) -> Vec<HashBits<N>> {
    let centres: Vec<HashBits<N>> = (0..len / 20 + 1).map(|_| random.hash()).collect();
    (0..len)
        .map(|_| {
            let (centre, bits) = (random.below(centres.len()), random.below(2 * N));
            random.near(&centres[centre], bits)
        })
        .collect()
}

/// Needles that are stored, near to stored ones, far from all, and the two extremes.
fn needles_for<const N: usize>(random: &mut Random, hashes: &[HashBits<N>]) -> Vec<HashBits<N>> {
    let mut needles = vec![HashBits::ZERO, HashBits::from_bytes([0xff; N]), random.hash()];
    for bits in [0, 1, 4, 31, 32] {
        if !hashes.is_empty() {
            let at = random.below(hashes.len());
            needles.push(random.near(&hashes[at], bits));
        }
    }
    needles
}

fn every_size_of_clusters<const N: usize>() {
    let mut random = Random(1);
    // 128 hashes make a node; 64 are a block of the kernel.
    for len in [0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 130, 257, 700, 3000] {
        let hashes = clustered::<N>(&mut random, len);
        let needles = needles_for(&mut random, &hashes);
        assert_exact("clustered", &hashes, &needles);
    }
}

#[test]
fn clusters_of_every_size_are_searched_exactly() {
    every_size_of_clusters::<8>();
    every_size_of_clusters::<32>();
}

fn duplicates<const N: usize>() {
    let mut random = Random(2);
    let few = clustered::<N>(&mut random, 150);
    let hashes: Vec<_> = (0..3000).map(|_| few[random.below(few.len())]).collect();
    let index = build(&hashes, IndexKind::BkTree);
    assert!(index.len() <= 150);
    assert_eq!(index.entries(), index.len(), "entries without an id of their own are one");
    let needles = needles_for(&mut random, &hashes);
    assert_exact("duplicates", &hashes, &needles);
}

#[test]
fn duplicates_are_stored_once_and_reported_once() {
    duplicates::<8>();
    duplicates::<32>();
}

fn planted<const N: usize>() {
    let mut random = Random(3);
    let mut hashes: Vec<HashBits<N>> = (0..2000).map(|_| random.hash()).collect();
    for radius in radii::<N>() {
        let needle = random.hash::<N>();
        let inside = random.near(&needle, radius as usize);
        let outside = random.near(&needle, (radius as usize + 1).min(8 * N));
        hashes.extend([inside, outside]);
        for kind in KINDS {
            let found = search(&build(&hashes, kind), &[needle], radius).unwrap();
            assert!(found.contains(&(inside, 0, radius)), "{kind}, planted at the radius {radius}");
            let is_outside = radius < 8 * N as u32;
            assert!(
                !is_outside || found.iter().all(|hit| hit.0 != outside),
                "{kind}, planted after the radius {radius}"
            );
        }
    }
    let needles = needles_for(&mut random, &hashes);
    assert_exact("planted", &hashes, &needles);
}

#[test]
fn a_hash_at_the_radius_is_found_and_one_after_it_is_not() {
    planted::<8>();
    planted::<32>();
}

/// Sets that a tree cannot divide, or divides badly.
fn adversarial<const N: usize>() {
    let mut random = Random(4);
    // All hashes of a few low bits behind one prefix: distances of at most 12.
    let prefix: Vec<HashBits<N>> = (0..3000_u16)
        .map(|i| {
            let mut bytes = [0xa5; N];
            bytes[N - 2..].copy_from_slice(&i.to_be_bytes());
            HashBits::from_bytes(bytes)
        })
        .collect();
    assert_exact("one prefix", &prefix, &[prefix[0], prefix[2999], random.hash(), random.near(&prefix[77], 3)]);

    // A single bit set: every two hashes lie at distance 2, so that every pivot has one group.
    let single: Vec<HashBits<N>> = (0..8 * N).map(|bit| flip(HashBits::ZERO, bit)).collect();
    assert_exact("equal distances", &single, &[HashBits::ZERO, single[0], random.hash()]);

    // Each bit doubled, and pairs that exclude each other: distances are even, and few differ.
    let paired: Vec<HashBits<N>> = (0..3000)
        .map(|_| {
            let half = random.next();
            HashBits::from_bytes(std::array::from_fn(|at| {
                if at % 2 == 0 { (half >> at) as u8 } else { !(half >> (at - 1)) as u8 }
            }))
        })
        .collect();
    assert_exact("one weight", &paired, &[paired[0], paired[1], random.hash(), HashBits::ZERO]);

    // A thermometer: distances from the first are all different.
    let mut rising = vec![HashBits::<N>::ZERO];
    (0..8 * N).for_each(|bit| rising.push(flip(rising[bit], bit)));
    assert_exact("rising weight", &rising, &[HashBits::ZERO, rising[8 * N], rising[4 * N], random.hash()]);
}

fn flip<const N: usize>(mut hash: HashBits<N>, bit: usize) -> HashBits<N> {
    index_support::flip(&mut hash, bit);
    hash
}

#[test]
fn sets_that_a_tree_cannot_divide_are_searched_exactly() {
    adversarial::<8>();
    adversarial::<32>();
}

/// Lists as they are, and as they should not be.
fn lists<const N: usize>(random: &mut Random, len: usize) -> [(&'static str, Vec<HashBits<N>>); 4] {
    let base = random.hash::<N>();
    // one byte in two is one of four values
    let skewed = (0..len).map(|_| {
        let mut bytes = *random.hash::<N>().as_bytes();
        bytes.iter_mut().step_by(2).for_each(|byte| *byte &= 0x11);
        HashBits::from_bytes(bytes)
    });
    let skewed = skewed.collect();
    let uniform: Vec<_> = (0..len).map(|_| random.hash()).collect();
    let duplicates = (0..len).map(|i| {
        let bits = [0, 0, 1, 2][i % 4];
        random.near(if i % 3 == 0 { &base } else { &uniform[i % uniform.len().min(40)] }, bits)
    });
    let duplicates = duplicates.collect();
    [("clustered", clustered(random, len)), ("skewed", skewed), ("duplicates", duplicates), ("uniform", uniform)]
}

/// Needles near stored hashes, and a radius for each: around its distance, or any.
fn asked<const N: usize>(random: &mut Random, hashes: &[HashBits<N>], number: usize) -> (HashBits<N>, u32) {
    let radius = random.below(65) as u32;
    let bits = match number % 4 {
        0 => radius as usize,
        1 => radius as usize + 1,
        _ => random.below(radius as usize + 2),
    };
    match hashes.len() {
        0 => (random.hash(), radius),
        _ if number % 16 == 7 => (random.hash(), radius),
        len => {
            let hash = &hashes[random.below(len)];
            (random.near(hash, bits.min(8 * N)), radius)
        }
    }
}

/// Pairs of a needle and an index whose answers were compared, by the way the index was asked.
fn compare<const N: usize>(random: &mut Random, len: usize, needles: usize) -> usize {
    let mut pairs = 0;
    for (name, hashes) in lists::<N>(random, len) {
        let indexes = KINDS.map(|kind| build(&hashes, kind));
        let mut distinct = hashes.clone();
        distinct.sort_unstable();
        distinct.dedup();
        for number in 0..needles {
            let (needle, radius) = asked(random, &hashes, number);
            let expected = brute_force_sorted(&distinct, &needle, radius);
            for (index, kind) in indexes.iter().zip(KINDS) {
                let found = search(index, &[needle], radius).unwrap();
                assert!(found == expected, "{name}, {kind}, {N} bytes, {len} hashes, radius {radius}");
                pairs += 1;
            }
        }
        // the same needles at one radius each as one query, and as a batch
        for radius in [0, 4, 31, 33] {
            let many: Vec<_> = (0..needles.min(600)).map(|number| asked(random, &hashes, number).0).collect();
            let mut expected = Vec::new();
            for (number, needle) in many.iter().enumerate() {
                let found = brute_force_sorted(&distinct, needle, radius);
                expected.extend(found.into_iter().map(|(hash, _, distance)| (hash, number, distance)));
            }
            expected.sort_unstable();
            for (index, kind) in indexes.iter().zip(KINDS) {
                assert!(search(index, &many, radius).unwrap() == expected, "{name}, {kind}, together, radius {radius}");
                let hits = index.batch(index.profile(), radius, many.iter().copied()).unwrap();
                let hits: Vec<_> = hits.map(|hit| hit.unwrap()).collect();
                assert!(hits.is_sorted_by_key(|hit| (hit.needle, hit.distance, hit.hash)));
                let mut found: Vec<_> = hits.iter().map(|hit| (hit.hash, hit.needle, hit.distance)).collect();
                found.sort_unstable();
                assert!(found == expected, "{name}, {kind}, batch, radius {radius}");
                pairs += 2 * many.len();
            }
        }
    }
    pairs
}

/// The definition of the answer, over hashes that are distinct and rise.
fn brute_force_sorted<const N: usize>(hashes: &[HashBits<N>], needle: &HashBits<N>, radius: u32) -> Vec<Found<N>> {
    let near = hashes.iter().map(|hash| (*hash, 0, hash.distance(needle)));
    near.filter(|&(_, _, distance)| distance <= radius).collect()
}

#[test]
fn a_million_answers_equal_brute_force() {
    let fewer = if cfg!(debug_assertions) { 120 } else { 1 };
    let sizes = [(0, 40), (1, 400), (2, 400), (255, 8000), (256, 8000), (257, 8000), (3000, 12_000), (40_000, 2600)];
    let sum = |compare: fn(&mut Random, usize, usize) -> usize, seed: u64| -> usize {
        let mut random = Random(seed);
        sizes.iter().map(|&(len, needles)| compare(&mut random, len, (needles / fewer).max(20))).sum()
    };
    // side by side: it is the longest of all tests
    let pairs = std::thread::scope(|scope| {
        let short = scope.spawn(|| sum(compare::<8>, 14));
        sum(compare::<32>, 15) + short.join().unwrap()
    });
    println!("{pairs} pairs of a needle and an index compared with brute force");
    assert!(pairs >= 1_000_000 / fewer);
}

/// `cargo test --release --test index_exact -- --ignored --nocapture a_hundred_million`
#[test]
#[ignore = "takes minutes"]
fn a_hundred_million_answers_equal_brute_force() {
    // every length up to 40 and those around blocks and nodes, of 20 lists of each sort; then some that are long
    let around = [63, 64, 65, 126, 127, 128, 129, 130, 255, 256, 257];
    let short = (0..20).flat_map(|_| (0..=40).chain(around).map(|len| (len, 800)));
    let sizes: Vec<(usize, usize)> = short.chain([(3000, 20_000), (40_000, 5000)]).collect();
    let sum = |compare: fn(&mut Random, usize, usize) -> usize, seed: u64| -> (usize, usize) {
        let mut random = Random(seed);
        let pairs = sizes.iter().map(|&(len, needles)| (compare(&mut random, len, needles), len));
        pairs.fold((0, 0), |(all, hashes), (pairs, len)| (all + pairs, hashes + pairs * len))
    };
    let ((short, of_short), (long, of_long)) = std::thread::scope(|scope| {
        let short = scope.spawn(|| sum(compare::<8>, 16));
        (sum(compare::<32>, 17), short.join().unwrap())
    });
    let (pairs, hashes) = (short + long, of_short + of_long);
    println!(
        "{pairs} pairs of a needle and an index, {hashes} of a needle and a listed hash, compared with brute force"
    );
    assert!(pairs >= 100_000_000);
}

#[test]
fn a_batch_goes_on_after_its_first_group() {
    let mut random = Random(29);
    let hashes: Vec<Bits64> = (0..10).map(|_| random.hash()).collect();
    let index = build(&hashes, IndexKind::Linear);
    // three groups of 8,192, the last of which is short
    let needles = || (0..20_000).map(|number| hashes[number % 10]);
    let hits = index.batch(index.profile(), 0, needles()).unwrap();
    let found: Vec<_> = hits.map(|hit| hit.unwrap()).map(|hit| (hit.needle, hit.hash)).collect();
    assert!(found == needles().enumerate().collect::<Vec<_>>(), "{} of 20,000 found", found.len());
}

#[test]
fn a_batch_with_more_hits_than_memory_should_hold_is_looked_up_in_parts() {
    let mut random = Random(15);
    let hashes: Vec<Bits64> = (0..3000).map(|_| random.hash()).collect();
    let needles: Vec<Bits64> = (0..300).map(|_| random.hash()).collect();
    for kind in KINDS {
        let index = build(&hashes, kind);
        // every hash is a hit of every needle
        let mut seen = 0;
        for hit in index.batch(index.profile(), 64, needles.iter().copied()).unwrap() {
            assert_eq!(hit.unwrap().needle, seen / 3000, "{kind}");
            seen += 1;
        }
        assert_eq!(seen, 900_000);
    }
}

/// Digests as lists have them, and as somebody would choose them who wants to lead a search astray.
fn digests(random: &mut Random, kind: DigestKind, len: usize) -> Vec<Digest> {
    let with = |change: &mut dyn FnMut(&mut [u8])| {
        let mut bytes = vec![0x5a; kind.bytes()];
        change(&mut bytes);
        Digest::from_bytes(kind, &bytes).unwrap()
    };
    let mut all = vec![with(&mut |bytes| bytes.fill(0)), with(&mut |bytes| bytes.fill(0xff))];
    for number in 0..len {
        all.push(random.digest(kind));
        // all but the last two bytes equal; the first byte alone different; one bit set
        all.push(with(&mut |bytes| bytes[kind.bytes() - 2..].copy_from_slice(&(number as u16).to_be_bytes())));
        all.push(with(&mut |bytes| bytes[0] = number as u8));
        let bit = random.below(8 * kind.bytes());
        all.push(with(&mut |bytes| {
            bytes.fill(0);
            bytes.view_bits_mut::<Msb0>().set(bit, true);
        }));
    }
    all
}

/// What an entry with a digest is known by.
type Known = (String, String, bool);

#[test]
fn digests_are_found_exactly() {
    let mut random = Random(16);
    let mut asked = 0;
    for len in [0, 1, 2, 7, 64, 900] {
        for kind in KINDS {
            let mut builder = Builder::<8>::new(Profile::Phash64).unwrap().kind(Some(kind));
            let mut oracle: HashMap<Digest, Vec<Known>> = HashMap::new();
            for of in DigestKind::ALL {
                let all = if len == 0 { Vec::new() } else { digests(&mut random, of, len) };
                for (number, digest) in all.iter().enumerate() {
                    // a third is on several lists, some on one list under several ids, some beside a digest of another kind
                    for copy in 0..1 + number % 3 {
                        let list = ["c", "a", "b"][(number + copy) % 3];
                        let id = format!("{}", number % 50 * 10 + copy);
                        let hash = (number % 2 == 0).then(|| random.hash());
                        let other = random.digest(DigestKind::ALL[number % 3]);
                        let source = Source { list, id: &id, ..Source::default() };
                        builder.add_entry(hash, &[other, *digest], source).unwrap();
                        for digest in [other, *digest] {
                            oracle.entry(digest).or_default().push((list.into(), id.clone(), hash.is_some()));
                        }
                    }
                }
            }
            let index = Index::open(builder.finish().unwrap()).unwrap();
            index.verify().unwrap();
            let mut needles: Vec<Digest> = oracle.keys().copied().collect();
            for of in DigestKind::ALL {
                needles.extend(digests(&mut random, of, 20));
            }
            for needle in needles {
                let found: Vec<(String, String)> =
                    index.find(&needle).map(Result::unwrap).map(|it| (it.list.to_owned(), it.id.to_owned())).collect();
                assert!(found.is_sorted(), "by list and id");
                let mut expected = oracle.get(&needle).cloned().unwrap_or_default();
                expected.sort_unstable();
                // entries without a hash and of the same source are one; those with different hashes are not
                expected.dedup_by(|a, b| a == b && !a.2);
                let expected: Vec<_> = expected.into_iter().map(|(list, id, _)| (list, id)).collect();
                assert!(found == expected, "{kind}, {}, {len}", needle.kind());
                asked += 1;
            }
        }
    }
    assert!(asked > 50_000, "{asked}");
}

/// Found through `LOOKALIKE_SHARED`, or beside the checkout.
fn reference_hashes(name: &str) -> Option<Vec<Bits256>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("LOOKALIKE_SHARED").map_or_else(beside, PathBuf::from);
    let text = std::fs::read_to_string(shared.join("pdq-reference/images/reg-test-input").join(name)).ok()?;
    Some(text.lines().map(|line| line.trim().parse().unwrap()).collect())
}

#[test]
fn the_reference_needles_are_found_in_the_reference_haystack() {
    let (Some(haystack), Some(needles)) = (reference_hashes("haystack.txt"), reference_hashes("needles.txt")) else {
        println!("skipped: the reference pictures are not beside the checkout; set LOOKALIKE_SHARED to their folder");
        return;
    };
    assert_eq!((haystack.len(), needles.len()), (1350, 100));
    for kind in KINDS {
        let index = build(&haystack, kind);
        index.verify().unwrap();
        for radius in [0, 1, 30, 31, 32, 64, 128] {
            let expected = brute_force(&haystack, &needles, radius);
            assert_eq!(search(&index, &needles, radius).unwrap(), expected, "{kind}, radius {radius}");
        }
    }
    assert!(!brute_force(&haystack, &needles, 31).is_empty(), "the test must have something to find");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_family_is_searched_exactly(seed: u64, len in 0_usize..600, spread in 1_usize..30, radius in 0_u32..=64) {
        let mut random = Random(seed);
        let centre = random.hash::<8>();
        let hashes: Vec<Bits64> = (0..len)
            .map(|_| {
                let bits = random.below(spread);
                random.near(&centre, bits)
            })
            .collect();
        let needles = needles_for(&mut random, &hashes);
        let expected = brute_force(&hashes, &needles, radius);
        for kind in KINDS {
            prop_assert_eq!(&search(&build(&hashes, kind), &needles, radius).unwrap(), &expected);
        }
    }
}

#[test]
fn the_visitor_ends_the_search_when_it_has_enough() {
    let mut random = Random(5);
    let hashes: Vec<Bits64> = (0..2000).map(|_| random.hash()).collect();
    for kind in KINDS {
        for radius in [26, 64] {
            let index = build(&hashes, kind);
            let mut visits = 0;
            let query = Query::new(profile(8), &hashes[..3]).radius(radius);
            let visit = |_| {
                visits += 1;
                if visits == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            index.search(&query, visit).unwrap();
            assert_eq!(visits, 5, "{kind}");
        }
    }
}

#[test]
fn hits_come_nearest_first_whatever_the_kind() {
    let mut random = Random(6);
    let hashes = clustered::<32>(&mut random, 500);
    let query = Query::new(Profile::Pdq, &hashes[..4]).radius(100);
    let [linear, tree, mih] = KINDS.map(|kind| {
        let hits = build(&hashes, kind).hits(&query).unwrap();
        hits.into_iter().map(|hit| (hit.distance, hit.hash, hit.needle)).collect::<Vec<_>>()
    });
    assert!(linear.len() > 4 && linear.is_sorted());
    assert_eq!(linear, tree);
    assert_eq!(linear, mih);
}

#[test]
fn a_question_that_does_not_fit_is_refused() {
    let index = build(&[Bits256::ZERO], IndexKind::Linear);
    let message = |error: lookalike::index::IndexError| {
        assert!(!error.is_corrupt());
        error.to_string()
    };
    let ask = |profile, radius| index.hits(&Query::new(profile, &[Bits256::ZERO]).radius(radius)).unwrap_err();
    assert_eq!(message(ask(Profile::Pdq, 257)), "radius out of range: found 257 bits, expected at most 256");
    assert_eq!(message(ask(Profile::Phash256, 31)), "needles of the wrong profile: found phash256, expected pdq");
    let narrow = index.hits(&Query::new(Profile::Phash64, &[Bits64::ZERO])).unwrap_err();
    assert_eq!(message(narrow), "needles of the wrong length: found 64 bits, expected 256");
    assert!(index.hashes::<8>().is_err());
    let nothing = Index::hits::<32>(&index, &Query::new(Profile::Pdq, &[])).unwrap();
    assert!(nothing.is_empty());
}
