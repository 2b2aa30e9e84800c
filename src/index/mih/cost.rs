//! What a look-up costs beside a scan, before it begins and while it runs.
//!
//! Costs are counted in hashes that a scan at a small radius compares in the same time, so that both ways can be weighed on any machine
//! without a clock. The constants are ratios measured on one core of a Zen 3 (`benches/search.rs`); elsewhere they shift the
//! point at which one way takes over, never an answer.

#![expect(clippy::indexing_slicing, reason = "a sketch has 16 bits, and chunks are numbered by the ring")]

use crate::index::linear;
use crate::index::ring::{Allowances, MAX_CHUNKS, Ring};
#[cfg(feature = "alloc")]
use crate::index::ring::{Chunk, Masks};

/// The first line of a bucket, which no cache holds.
const FIRST_LINE: u64 = 32;
/// A line that follows one that was just read.
const NEXT_LINE: u64 = 12;
/// An entry whose sketch is near: its number and the hash are two more places in memory.
const CANDIDATE: u64 = 100;
/// Sketches of an overflow that are compared in the time of one hash of a scan.
const OVERFLOW_SKETCHES: u64 = 2;
/// A sketch in a bucket that holds a noticeable part of all hashes, this one in 256: they are there because they are alike, so many
/// will be candidates. What is charged for that ends a look-up before anything is reported, which the scan would have to leave out.
const CROWDED: u64 = 8;
const CROWD_PART: u64 = 256;
/// A look-up is begun if it is expected to cost at most this part of a scan, and broken off for a scan when it has cost
/// that part: together they cost at most 1 + 1 / PART of a scan, where the constants hold.
const PART: u64 = 6;

/// How many of the values of 16 bits differ from one of them in at most `i` bits.
const BALL_16: [u64; 17] = {
    let mut balls = [0; 17];
    let (mut ones, mut choose, mut sum) = (0_usize, 1, 0);
    while ones <= 16 {
        sum += choose;
        balls[ones] = sum;
        choose = choose * (16 - ones as u64) / (ones as u64 + 1);
        ones += 1;
    }
    balls
};

/// What the steps of a look-up at one radius cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    /// Reading all buckets of each chunk.
    of_chunk: [u64; MAX_CHUNKS],
    /// All chunks, and the entries expected to be near by chance.
    expected: u64,
    /// Sketches in the overflow of a bucket from which on it is crowded.
    crowd: u64,
    /// What a look-up may cost before it is broken off.
    pub(super) most: u64,
}

impl Costs {
    pub(super) fn new(ring: &Ring, allowances: &Allowances, hashes: u64, radius: u32) -> Self {
        // fuzzing, few hashes are to be looked up all the same
        let most = if cfg!(fuzzing) { 64 * hashes } else { scan(ring.bits(), hashes, radius) / PART };
        let mut costs = Self { of_chunk: [0; MAX_CHUNKS], expected: 0, crowd: hashes / CROWD_PART, most };
        for ((number, chunk), cost) in ring.chunks().iter().enumerate().zip(&mut costs.of_chunk) {
            let bucket = FIRST_LINE + NEXT_LINE * (chunk.lines_each as u64 - 1);
            let (own, with_next) = (allowances.own(number), allowances.with_next(number));
            let (mut probes, mut near, mut choose) = (0_u64, 0_u64, 1_u64);
            for ones in 0..own.min(chunk.prefix + 1) {
                probes += choose; // at most 2^24 in all
                // Sketches that are near, of 2^16, in as many buckets. `own` is at most `with_next`, so nothing wraps.
                let ball = BALL_16[(with_next - ones - 1).min(16) as usize];
                near += choose * ball;
                choose = choose * u64::from(chunk.prefix - ones) / u64::from(ones + 1);
            }
            *cost = probes * bucket;
            // at most 2^40 near sketches, and 2^32 hashes
            let candidates =
                (near >> 8).saturating_mul(hashes >> chunk.prefix.min(8)) >> (8 + chunk.prefix - chunk.prefix.min(8));
            costs.expected = costs.expected.saturating_add(*cost).saturating_add(CANDIDATE.saturating_mul(candidates));
        }
        costs
    }

    /// Whether a look-up is expected to be worth it.
    pub(super) const fn pays(&self) -> bool {
        self.expected <= self.most || cfg!(fuzzing)
    }

    pub(super) fn of_chunk(&self, chunk: usize) -> u64 {
        self.of_chunk[chunk]
    }

    /// Of entries whose sketches are near.
    pub(super) const fn of_candidates(count: u32) -> u64 {
        CANDIDATE * count as u64
    }

    /// Of sketches in an overflow.
    pub(super) const fn of_overflow(&self, sketches: usize) -> u64 {
        let sketches = sketches as u64;
        let read = FIRST_LINE + sketches / OVERFLOW_SKETCHES;
        if sketches > self.crowd { read + CROWDED * sketches } else { read }
    }
}

/// What a look-up by chunks of chosen measures is expected to cost, in hashes of a scan, and how many buckets it reads.
#[cfg(feature = "alloc")]
pub(in crate::index) fn expected(chunks: &[Chunk], bits: u32, hashes: u64, radius: u32) -> (u64, u64) {
    // tables that this machine cannot address never pay
    let Ok(ring) = Ring::new(chunks.iter().copied(), bits as usize, hashes) else { return (u64::MAX, 0) };
    let allowances = ring.allowances(radius);
    let costs = Costs::new(&ring, &allowances, hashes, radius);
    let of_chunk = |(number, chunk): (usize, &Chunk)| {
        let ones = allowances.own(number).min(chunk.prefix + 1);
        (0..ones).map(|ones| Masks::count(chunk.prefix, ones)).sum::<u64>()
    };
    (costs.expected, ring.chunks().iter().enumerate().map(of_chunk).sum())
}

/// Whether a look-up of some expected cost is worth it.
#[cfg(feature = "alloc")]
pub(in crate::index) const fn pays(expected: u64, scan: u64) -> bool {
    expected <= scan / PART
}

/// What a scan costs.
pub(in crate::index) const fn scan(bits: u32, hashes: u64, radius: u32) -> u64 {
    hashes.saturating_mul(linear::slowness(bits, radius))
}
