//! Many needles at once: table by table, bucket by bucket.
//!
//! The look-up of a single needle waits for memory. Thousands of needles probe most buckets of a table, many of them twice; so for each
//! chunk all probes of all needles are sorted by bucket, and the table is gone through once, from one end to the other: each line
//! is read from memory once, and in an order that the CPU can foresee. Of a table that fits the caches only the needles are sorted.

#![expect(clippy::indexing_slicing, reason = "keys hold the numbers of needles; a digit is below the number of places")]

use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::searcher::{AHEAD_LINES, Candidate, Ended, NeedleState, Searcher, Session, Waiting};
use super::tables::Tables;
use crate::hash::HashBits;
use crate::index::error::Corrupt;
use crate::index::linear;
use crate::index::ring::Masks;
use crate::kernel::hamming::Pair;
use crate::kernel::sketches::{Line, Probe};
use crate::kernel::{Level, prefetch};

/// Candidates that wait for being compared.
const WAITING: usize = 256;
/// How many probes ahead memory is state for.
const AHEAD: usize = 16;
/// Tables of so many bytes stay in the caches while needles pass over them once for each way in which prefixes may differ, which spares
/// sorting all probes.
const CACHED: usize = 8 << 20;
/// Probes that are sorted together: 4 MB with the room to sort them.
const MOST_PROBES: u64 = 1 << 18;

/// As [`search`](super::search), in another order: for some hundred needles and more.
///
/// Takes some 150 bytes of heap for each needle, and 4 MB.
pub(in crate::index) fn search_sorted<const N: usize>(
    level: Level,
    tables: Tables<'_, N>,
    needles: &[HashBits<N>],
    radius: u32,
    visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let searcher = Searcher::new(level, tables, radius);
    if !searcher.pays() {
        return Ok(linear::search(level, tables.hashes, needles, radius, visit));
    }
    let largest = tables.ring.chunks().iter().map(|chunk| size_of::<Line>() * chunk.lines()).max();
    let searcher = if largest.is_some_and(|bytes| bytes > CACHED) { searcher.by_bucket() } else { searcher };
    search_by(&searcher, needles, visit)
}

/// The same, once it is known to pay.
pub(super) fn search_by<const N: usize>(
    searcher: &Searcher<'_, N>,
    needles: &[HashBits<N>],
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let masks =
        |(number, chunk)| (0..searcher.most_ones(number, chunk)).map(|ones| Masks::count(chunk.prefix, ones)).max();
    let masks = searcher.active_chunks().filter_map(masks).max().expect("a chain starts somewhere");
    let at_a_time = usize::try_from((MOST_PROBES / masks).max(1)).expect("at most 2^18");
    let mut sorter = Sorter::default();
    for (number, needles) in needles.chunks(at_a_time).enumerate() {
        let visit = |pair: Pair, hash: &[u8; N]| visit(Pair { needle: at_a_time * number + pair.needle, ..pair }, hash);
        if search_group(searcher, needles, &mut sorter, visit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Looks up as many needles as have their probes sorted together.
fn search_group<const N: usize>(
    searcher: &Searcher<'_, N>,
    needles: &[HashBits<N>],
    sorter: &mut Sorter,
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let mut states: Vec<NeedleState> = needles.iter().map(NeedleState::new).collect();
    let mut slots = alloc::vec![Candidate::default(); WAITING];
    let (mut own, mut sketches) = (Vec::with_capacity(needles.len()), Vec::with_capacity(needles.len()));
    for (number, chunk) in searcher.active_chunks() {
        own.clear();
        sketches.clear();
        for (state, tag) in states.iter_mut().zip(0_u32..) {
            let (bucket, sketch) = state.place(chunk);
            sketches.push(sketch);
            if searcher.charge(number, state) {
                own.push((bucket, tag));
            }
        }
        own.sort_unstable();
        let buckets = searcher.tables.buckets(chunk);
        let waiting = Waiting::new(&mut slots);
        let mut session = Session { needles, states: &mut states, waiting, visit: &mut visit };
        for ones in 0..searcher.most_ones(number, chunk) {
            sorter.keys.clear();
            for mask in Masks::new(chunk.prefix, ones) {
                sorter.keys.extend(own.iter().map(|&(bucket, tag)| u64::from(bucket ^ mask) << 32 | u64::from(tag)));
            }
            // A needle that was broken off in this chunk still has probes, which find it so.
            let keys = if searcher.is_by_bucket() { sorter.sorted(chunk.prefix) } else { &sorter.keys };
            let mut from = 0;
            // A needle that is broken off ends the pass over the table, which goes on after it.
            while from < keys.len() {
                let mut ahead = keys[from..].iter().skip(AHEAD);
                let probes = keys[from..].iter().map(|&key| {
                    from += 1;
                    if let Some(&next) = ahead.next() {
                        buckets.get(bucket_of(next)).iter().take(AHEAD_LINES).for_each(prefetch);
                    }
                    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
                    let tag = key as u32;
                    Probe { bucket: bucket_of(key), sketch: sketches[tag as usize], tag }
                });
                match searcher.probe(number, chunk, ones, buckets, probes, &mut session)? {
                    ControlFlow::Continue(()) | ControlFlow::Break(Ended::Needle) => {}
                    ControlFlow::Break(Ended::All) => return Ok(ControlFlow::Break(())),
                }
            }
        }
        if searcher.compare(&mut session)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(searcher.scan_for_broken_off(needles, &states, visit))
}

/// The bucket of a key.
const fn bucket_of(key: u64) -> usize {
    // prefixes have at most 24 bits
    (key >> 32) as usize
}

/// Sorts keys by their upper halves, of which only some low bits are set: a radix sort, from the lowest digit on.
#[derive(Default)]
struct Sorter {
    keys: Vec<u64>,
    other: Vec<u64>,
}

impl Sorter {
    const DIGIT: u32 = 11;

    /// The keys by the `bits` lowest bits of their upper halves; equal ones as they were.
    fn sorted(&mut self, bits: u32) -> &[u64] {
        self.other.resize(self.keys.len(), 0);
        for shift in (32..32 + bits).step_by(Self::DIGIT as usize) {
            #[expect(clippy::cast_possible_truncation, reason = "eleven bits")]
            let digit = |key: u64| (key >> shift) as usize & ((1 << Self::DIGIT) - 1);
            let mut places = [0_usize; 1 << Self::DIGIT];
            self.keys.iter().for_each(|&key| places[digit(key)] += 1);
            let mut end = 0;
            for place in &mut places {
                (*place, end) = (end, end + *place);
            }
            for &key in &self.keys {
                let place = &mut places[digit(key)];
                self.other[*place] = key;
                *place += 1;
            }
            core::mem::swap(&mut self.keys, &mut self.other);
        }
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_by_their_upper_halves_and_stay_in_order() {
        let mut sorter = Sorter::default();
        for (len, bits) in [(0, 16), (1, 1), (1000, 1), (5000, 11), (5000, 12), (20_000, 24)] {
            let keys: Vec<u64> =
                (0..len).map(|i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) << 32 | i).collect();
            sorter.keys.clone_from(&keys);
            let mut expected = keys;
            expected.sort_by_key(|key| key >> 32);
            assert_eq!(sorter.sorted(bits), expected, "{len} keys of {bits} bits");
        }
    }
}
