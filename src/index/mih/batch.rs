//! Many needles at once: table by table, in the order of their prefixes.
//!
//! The look-up of a single needle waits for memory. Of many needles those with neighbouring prefixes read neighbouring buckets:
//! so for each chunk the needles are sorted by prefix, and for each way in which prefixes may differ all of them pass over the
//! table once, from one end to the other. The table of one chunk is a few megabytes at a million hashes, where all tables are
//! sixteen times as much, so that it stays in the caches.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::lookup::{Asked, Candidate, Ended, Lookup, Session, Waiting};
use super::ring::Masks;
use super::{AHEAD_LINES, Tables};
use crate::hash::HashBits;
use crate::index::{Corrupt, linear};
use crate::kernel::hamming::Pair;
use crate::kernel::sketches::Probe;
use crate::kernel::{Level, prefetch};

/// Candidates that wait for being compared.
const WAITING: usize = 256;
/// How many probes ahead memory is asked for.
const AHEAD: usize = 16;

/// As [`search`](super::search), in another order: for some hundred needles and more.
///
/// Takes some 150 bytes of heap for each needle.
pub(in crate::index) fn search_sorted<const N: usize>(
    level: Level,
    tables: Tables<'_, N>,
    needles: &[HashBits<N>],
    radius: u32,
    visit: impl FnMut(Pair) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let lookup = Lookup::new(level, tables, radius);
    if !lookup.pays() {
        return Ok(linear::search(level, tables.hashes, needles, radius, visit));
    }
    search_by(&lookup, needles, visit)
}

/// The same, once it is known to pay.
pub(super) fn search_by<const N: usize>(
    lookup: &Lookup<'_, N>,
    needles: &[HashBits<N>],
    mut visit: impl FnMut(Pair) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let tables = &lookup.tables;
    let mut asked: Vec<Asked> = needles.iter().map(Asked::new).collect();
    let mut slots = alloc::vec![Candidate::default(); WAITING];
    let mut order: Vec<Probe> = Vec::with_capacity(needles.len());
    for (number, chunk) in lookup.active_chunks() {
        order.clear();
        for (asked, tag) in asked.iter_mut().zip(0..) {
            if lookup.charge(number, asked) {
                let (bucket, sketch) = asked.place(chunk);
                order.push(Probe { bucket: bucket as usize, sketch, tag });
            }
        }
        order.sort_unstable_by_key(|probe| (probe.bucket, probe.tag));
        let buckets = tables.buckets(chunk);
        let waiting = Waiting::new(&mut slots);
        let mut session = Session { needles, asked: &mut asked, waiting, visit: &mut visit };
        for ones in 0..lookup.most_ones(number, chunk) {
            for mask in Masks::new(chunk.prefix, ones) {
                let mut from = 0;
                // A needle that is broken off ends the pass over the table, which goes on after it.
                while let Some(rest) = order.get(from..).filter(|rest| !rest.is_empty()) {
                    let mask = mask as usize;
                    let mut ahead = rest.iter().skip(AHEAD);
                    let probes = rest.iter().map(|probe| {
                        from += 1;
                        if let Some(next) = ahead.next() {
                            buckets.get(next.bucket ^ mask).iter().take(AHEAD_LINES).for_each(prefetch);
                        }
                        Probe { bucket: probe.bucket ^ mask, ..*probe }
                    });
                    match lookup.probe(number, chunk, ones, buckets, probes, &mut session)? {
                        ControlFlow::Continue(()) | ControlFlow::Break(Ended::Needle) => {}
                        ControlFlow::Break(Ended::All) => return Ok(ControlFlow::Break(())),
                    }
                }
            }
        }
        if lookup.compare(&mut session)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(lookup.scan_for_broken_off(needles, &asked, visit))
}
