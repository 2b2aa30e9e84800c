//! Search, by kind, length, radius and data: `cargo bench --bench search`.
//!
//! One needle at a time unless a name says otherwise. Every hit is consumed, and the number of hits of all needles
//! together is compared with brute force before anything is timed. Throughput is in bytes of stored hashes: for `linear`
//! a figure above the bandwidth of the cache level that holds them, or of memory, which is measured and printed first, would mean
//! that the work was optimised away (of 256 bits it reads 12 bytes of 32 for nearly all hashes).
//!
//! Data: *uniform*, as hashes of unrelated pictures are, and *clustered*, families of near-duplicates as in real lists; one needle in
//! eight is stored. `LOOKALIKE_BENCH_HASHES=1000000` benches that many hashes instead of 100,000. The last group is the worst case:
//! lists and needles made to be bad for an index, timed beside the linear kind on the same hashes, with the ratio.
//! Other tools on the same data: `benches/peers/search.py`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench may panic, and knows its numbers"
)]
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Index, IndexKind, Query, Source};

const NEEDLES: usize = 64;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn hash<const N: usize>(&mut self) -> HashBits<N> {
        HashBits::from_bytes(std::array::from_fn(|_| (self.next() >> 56) as u8))
    }

    /// A hash with up to so many bits changed.
    fn near<const N: usize>(&mut self, hash: &HashBits<N>, bits: usize) -> HashBits<N> {
        let mut near = *hash;
        let places = near.bits_mut();
        for _ in 0..bits {
            let bit = self.next() as usize % (8 * N);
            places.set(bit, !places[bit]);
        }
        near
    }
}

type Data<const N: usize> = (Vec<HashBits<N>>, Vec<HashBits<N>>);

/// Needles for hashes: mostly far from all, which is what nearly every look-up meets.
fn with_needles<const N: usize>(random: &mut Random, hashes: Vec<HashBits<N>>) -> Data<N> {
    let stored = hashes.iter().copied().step_by(hashes.len() / 8);
    let needles = (0..NEEDLES - 8).map(|_| random.hash()).chain(stored.take(8)).collect();
    (hashes, needles)
}

fn uniform<const N: usize>(len: usize) -> Data<N> {
    let mut random = Random(len as u64);
    let hashes = (0..len).map(|_| random.hash()).collect();
    with_needles(&mut random, hashes)
}

fn clustered<const N: usize>(len: usize) -> Data<N> {
    let mut random = Random(len as u64 + 1);
    let centres: Vec<HashBits<N>> = (0..len / 20).map(|_| random.hash()).collect();
    let hashes = (0..len).map(|i| random.near(&centres[i % centres.len()], i / centres.len() * N / 20)).collect();
    with_needles(&mut random, hashes)
}

fn build<const N: usize>(hashes: &[HashBits<N>], profile: Profile, kind: IndexKind) -> Index<Vec<u8>> {
    let mut builder = Builder::new(profile).unwrap().kind(Some(kind));
    for hash in hashes {
        builder.add(*hash, Source::default()).unwrap();
    }
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
    let mut hashes = hashes.to_vec();
    hashes.sort_unstable();
    hashes.dedup();
    let near = |needle: &&HashBits<N>, hash: &HashBits<N>| needle.distance(hash) <= radius;
    hashes.iter().map(|hash| needles.iter().filter(|needle| near(needle, hash)).count() as u64).sum()
}

/// Bytes a second of reading memory from one end to the other: the fastest of several passes.
fn print_bandwidth(_: &mut Criterion) {
    let bytes = vec![1_u8; 256 << 20];
    let pass = || {
        let start = Instant::now();
        let words = bytes.as_chunks::<8>().0;
        black_box(words.iter().fold(0, |sum: u64, word| sum.wrapping_add(u64::from_le_bytes(*word))));
        start.elapsed()
    };
    let fastest = (0..7).map(|_| pass()).min().unwrap_or(Duration::MAX);
    println!("reading memory: {:.1} GB/s", bytes.len() as f64 / fastest.as_secs_f64() / 1e9);
}

/// How many hashes are looked up in: fewer where the benches are only tried out.
fn len() -> usize {
    let asked = std::env::var("LOOKALIKE_BENCH_HASHES").ok().map(|len| len.parse().unwrap());
    asked.unwrap_or(if is_trial() { 20_000 } else { 100_000 })
}

/// `cargo bench -- --test` runs everything once and times nothing.
fn is_trial() -> bool {
    std::env::args().any(|argument| argument == "--test")
}

fn search<const N: usize>(c: &mut Criterion, profile: Profile, name: &str, (hashes, needles): &Data<N>, radii: &[u32]) {
    let mut group = c.benchmark_group(format!("{} bits, {} {name}", 8 * N, hashes.len()));
    group.throughput(Throughput::Bytes((hashes.len() * N) as u64)).sample_size(20);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for kind in IndexKind::all() {
        let index = build(hashes, profile, kind);
        println!("{kind}: {:.1} bytes a hash", index.as_bytes().len() as f64 / index.len() as f64);
        for &radius in radii {
            let expected = brute_force(hashes, needles, radius);
            assert!(expected >= 8);
            let one_by_one = needles.chunks(1).map(|needle| count(&index, needle, radius)).sum::<u64>();
            assert_eq!((one_by_one, count(&index, needles, radius)), (expected, expected));
            assert_eq!(index.batch(profile, radius, needles.iter().copied()).unwrap().count() as u64, expected);
            let mut cycle = needles.chunks(1).cycle();
            group.bench_function(format!("{kind}, radius {radius}"), |b| {
                b.iter(|| count(&index, black_box(cycle.next().unwrap()), radius));
            });
        }
        let (eight, radius) = (needles.first_chunk::<8>().unwrap(), radii.first().unwrap());
        group.bench_function(format!("{kind}, radius {radius}, eight needles"), |b| {
            b.iter(|| count(&index, black_box(eight), *radius));
        });
        let many: Vec<HashBits<N>> = needles.iter().copied().cycle().take(4096).enumerate().map(turned).collect();
        if kind == IndexKind::Mih {
            group.bench_function(format!("{kind}, radius {radius}, a batch of 4096"), |b| {
                b.iter(|| {
                    index.batch(profile, *radius, black_box(&many).iter().copied()).unwrap().map(black_box).count()
                });
            });
        }
    }
    group.finish();
}

/// The same needle, told apart from its copies by a rotation of its bytes.
fn turned<const N: usize>((number, hash): (usize, HashBits<N>)) -> HashBits<N> {
    let mut bytes = *hash.as_bytes();
    bytes.rotate_left(number / NEEDLES % N);
    HashBits::from_bytes(bytes.map(|byte| byte ^ (number / NEEDLES / N) as u8))
}

/// Lists in which buckets are as full as can be, and needles that meet them.
fn worst<const N: usize>(len: usize) -> Vec<(&'static str, Data<N>)> {
    let mut random = Random(77);
    let base: HashBits<N> = random.hash();
    let noisy = |random: &mut Random, most: usize| -> Vec<HashBits<N>> {
        (0..len).map(|i| random.near(&base, i % most)).collect()
    };
    let (near, far) = (noisy(&mut random, 24), noisy(&mut random, 8 * N));
    // a few prefixes in every chunk: bytes drawn from four values
    let few = (0..len).map(|_| HashBits::from_bytes(random.hash::<N>().as_bytes().map(|byte| byte & 0x11))).collect();
    // equal but for a quarter of the bytes: some chunks are equal throughout
    let equal = (0..len)
        .map(|_| {
            let mut bytes = *base.as_bytes();
            bytes[..N / 4].copy_from_slice(&random.hash::<N>().as_bytes()[..N / 4]);
            HashBits::from_bytes(bytes)
        })
        .collect();
    let blank: Vec<HashBits<N>> = (0..len).map(|i| random.near(&HashBits::ZERO, 1 + i % 12)).collect();
    let asked = |hashes: Vec<HashBits<N>>, needle| (hashes, vec![needle; 1]);
    vec![
        ("copies of the needle, all within the radius", asked(near, base)),
        ("copies of the needle at all distances", asked(far, base)),
        ("few values in every byte, a blank needle", asked(few, HashBits::ZERO)),
        ("equal in three quarters of the bytes", asked(equal, base)),
        ("nearly blank pictures, a blank needle", asked(blank, HashBits::ZERO)),
    ]
}

/// The same look-up by every kind, in turns: the ratio of the medians to the linear kind's.
fn worst_cases<const N: usize>(profile: Profile, radius: u32) {
    let len = len();
    println!("worst cases, {} bits, {len} hashes, radius {radius}: time of the linear kind, and times as long", 8 * N);
    for (name, (hashes, needles)) in worst::<N>(len) {
        let expected = brute_force(&hashes, &needles, radius);
        let indexes: Vec<_> = IndexKind::all().map(|kind| build(&hashes, profile, kind)).collect();
        let rounds = if is_trial() { 1 } else { 31 };
        let mut times: Vec<Vec<Duration>> = indexes.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for (index, times) in indexes.iter().zip(&mut times) {
                let start = Instant::now();
                assert_eq!(count(index, black_box(&needles), radius), expected);
                times.push(start.elapsed());
            }
        }
        let median = |times: &mut Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64()
        };
        let medians: Vec<f64> = times.iter_mut().map(median).collect();
        let ratios: Vec<String> = IndexKind::all()
            .zip(&medians)
            .skip(1)
            .map(|(kind, time)| format!("{kind} {:.2}", time / medians[0]))
            .collect();
        println!("  {name}: {expected} hits, {:.1} us; {}", 1e6 * medians[0], ratios.join(", "));
    }
}

fn benches(c: &mut Criterion) {
    let len = len();
    search(c, Profile::Phash64, "uniform", &uniform::<8>(len), &[2, 4, 8]);
    search(c, Profile::Pdq, "uniform", &uniform::<32>(len), &[31, 15, 47]);
    search(c, Profile::Pdq, "clustered", &clustered::<32>(len), &[31]);
    worst_cases::<32>(Profile::Pdq, 31);
    worst_cases::<8>(Profile::Phash64, 4);
}

criterion_group!(all, print_bandwidth, benches);
criterion_main!(all);
