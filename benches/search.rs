//! Search, by kind, length and radius: `cargo bench --bench search`.
//!
//! One needle at a time unless a name says otherwise. Every hit is consumed, and the number of hits of all needles
//! together is compared with brute force before anything is timed. Throughput is in bytes of stored hashes: for `linear`
//! a figure above the bandwidth of the cache level that holds them would mean that the work was optimised away.
//! The `bk-tree` crate stands beside the tree, on the same hashes and needles.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    reason = "a bench may panic, and knows its numbers"
)]
use std::hint::black_box;
use std::ops::ControlFlow;

use bk_tree::{BKTree, Metric};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Index, Kind, Query, Source};

const NEEDLES: usize = 64;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn hash<const N: usize>(&mut self) -> HashBits<N> {
        HashBits::from_bytes(std::array::from_fn(|_| {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            ((z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8
        }))
    }
}

/// Uniform hashes, as unrelated pictures have them: what nearly every look-up meets. One needle in eight is stored.
fn data<const N: usize>(len: usize) -> (Vec<HashBits<N>>, Vec<HashBits<N>>) {
    let mut random = Random(len as u64);
    let hashes: Vec<HashBits<N>> = (0..len).map(|_| random.hash()).collect();
    let stored = hashes.iter().copied().step_by(len / 8);
    let needles = (0..NEEDLES - 8).map(|_| random.hash()).chain(stored.take(8)).collect();
    (hashes, needles)
}

fn build<const N: usize>(hashes: &[HashBits<N>], profile: Profile, kind: Kind) -> Index<Vec<u8>> {
    let mut builder = Builder::new(profile).unwrap().kind(Some(kind));
    hashes.iter().for_each(|hash| builder.add(*hash, Source::default()).unwrap());
    Index::open(builder.finish().unwrap()).unwrap()
}

fn count<const N: usize>(index: &Index<Vec<u8>>, needles: &[HashBits<N>], radius: u32) -> u64 {
    let mut hits = 0;
    let query = Query::new(index.profile(), needles).radius(radius);
    index
        .search(&query, |hit| {
            black_box(hit);
            hits += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    hits
}

fn brute_force<const N: usize>(hashes: &[HashBits<N>], needles: &[HashBits<N>], radius: u32) -> u64 {
    let near = |needle: &&HashBits<N>, hash: &HashBits<N>| needle.distance(hash) <= radius;
    hashes.iter().map(|hash| needles.iter().filter(|needle| near(needle, hash)).count() as u64).sum()
}

struct Hamming;

impl<const N: usize> Metric<HashBits<N>> for Hamming {
    fn distance(&self, a: &HashBits<N>, b: &HashBits<N>) -> u32 {
        a.distance(b)
    }

    fn threshold_distance(&self, a: &HashBits<N>, b: &HashBits<N>, _: u32) -> Option<u32> {
        Some(a.distance(b))
    }
}

fn search<const N: usize>(c: &mut Criterion, profile: Profile, len: usize, radii: &[u32]) {
    let (hashes, needles) = data::<N>(len);
    let mut group = c.benchmark_group(format!("{} bits, {len} hashes", 8 * N));
    group.throughput(Throughput::Bytes((len * N) as u64)).sample_size(20);
    let mut crate_tree = BKTree::new(Hamming);
    crate_tree.extend(hashes.iter().copied());
    for kind in Kind::all() {
        let index = build(&hashes, profile, kind);
        for &radius in radii {
            let expected = brute_force(&hashes, &needles, radius);
            assert!(expected >= 8);
            let one_by_one = needles.chunks(1).map(|needle| count(&index, needle, radius)).sum::<u64>();
            assert_eq!((one_by_one, count(&index, &needles, radius)), (expected, expected));
            let mut cycle = needles.chunks(1).cycle();
            group.bench_function(format!("{kind}, radius {radius}"), |b| {
                b.iter(|| count(&index, black_box(cycle.next().unwrap()), radius));
            });
        }
        let (eight, radius) = (needles.first_chunk::<8>().unwrap(), radii.first().unwrap());
        group.bench_function(format!("{kind}, radius {radius}, eight needles"), |b| {
            b.iter(|| count(&index, black_box(eight), *radius));
        });
    }
    for &radius in radii {
        let found = |needle| crate_tree.find(needle, radius).map(black_box).count() as u64;
        assert_eq!(needles.iter().map(found).sum::<u64>(), brute_force(&hashes, &needles, radius));
        let mut cycle = needles.iter().cycle();
        group.sample_size(10).bench_function(format!("bk-tree crate, radius {radius}"), |b| {
            b.iter(|| found(black_box(cycle.next().unwrap())));
        });
    }
    group.finish();
}

fn benches(c: &mut Criterion) {
    search::<8>(c, Profile::Phash64, 100_000, &[2, 4, 8]);
    search::<32>(c, Profile::Pdq, 100_000, &[31]);
}

criterion_group!(all, benches);
criterion_main!(all);
