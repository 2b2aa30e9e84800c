//! The search for a needle: from buckets to candidates, from candidates to hits, and what happens when it costs too much.

#![expect(
    clippy::indexing_slicing,
    reason = "chunks are numbered by the ring and needles by their session; the waiting list is emptied before it is full"
)]

use core::ops::ControlFlow;

use super::cost::Costs;
use super::tables::{Tables, corrupt};
use crate::hash::HashBits;
use crate::index::error::Corrupt;
use crate::index::linear;
use crate::index::permuted::Permuted;
use crate::index::ring::{Allowances, Chunk, HEAD_LANES, Masks};
use crate::index::section::SectionId;
use crate::kernel::hamming::Pair;
use crate::kernel::sketches::{self, Buckets, Found, LANES, Probe};
use crate::kernel::{Level, prefetch};
use crate::wire;

/// Needles that are scanned for together once their searches were broken off, and that are searched for side by side.
pub(super) const GROUP: usize = 16;
/// Buckets of a step that are prefetched, and lines of each bucket.
const AHEAD_BUCKETS: usize = 64;
pub(super) const AHEAD_LINES: usize = 8;

/// What all needles of a query have in common.
pub(super) struct Searcher<'a, const N: usize> {
    level: Level,
    pub(super) tables: Tables<'a, N>,
    radius: u32,
    allowances: Allowances,
    costs: Costs,
    /// Whether buckets with as many differing bits are read in their own order, rather than in that of the differing bits.
    by_bucket: bool,
}

/// Where in the order of reports of a needle something stands: entries before it have been reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    chunk: usize,
    /// Differing bits of the prefix; and which, or which bucket: see [`Searcher::by_bucket`].
    ones: u32,
    at: u32,
    slot: usize,
}

/// What is known of a needle while it is searched for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NeedleState {
    permuted: Permuted,
    spent: u64,
    /// Where it was given up.
    broken_off: Option<Position>,
    /// What was reported last.
    last: Option<Position>,
}

impl NeedleState {
    pub(super) fn new<const N: usize>(needle: &HashBits<N>) -> Self {
        Self { permuted: Permuted::of(needle.as_bytes()), ..Self::default() }
    }

    /// Its bucket and its sketch.
    #[inline]
    pub(super) fn place(&self, chunk: &Chunk) -> (u32, u16) {
        chunk.place(&self.permuted)
    }
}

/// An entry whose sketch is near.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Candidate {
    needle: u32,
    chunk: u32,
    /// The bits in which its prefix differs from the needle's.
    mask: u32,
    /// Which entry of the chunk; later its slot.
    entry: u32,
}

/// Candidates that wait until their memory has arrived.
pub(super) struct Waiting<'b> {
    slots: &'b mut [Candidate],
    len: usize,
}

impl<'b> Waiting<'b> {
    pub(super) fn new(slots: &'b mut [Candidate]) -> Self {
        Self { slots, len: 0 }
    }
}

/// Why a walk through buckets ends early.
enum Stop {
    /// This needle has cost too much.
    BrokenOff,
    /// The visitor has enough.
    Visitor,
    Damage(Corrupt),
}

impl From<Corrupt> for Stop {
    fn from(corrupt: Corrupt) -> Self {
        Self::Damage(corrupt)
    }
}

/// What a walk needs beside the index: the needles, their states, the candidates, and the visitor of hits.
pub(super) struct Session<'s, 'b, const N: usize, V> {
    pub(super) needles: &'s [HashBits<N>],
    pub(super) states: &'s mut [NeedleState],
    pub(super) waiting: Waiting<'b>,
    pub(super) visit: V,
}

impl<'a, const N: usize> Searcher<'a, N> {
    pub(super) fn new(level: Level, tables: Tables<'a, N>, radius: u32) -> Self {
        let allowances = tables.ring.allowances(radius);
        let costs = Costs::new(tables.ring, &allowances, tables.hashes.len() as u64, radius);
        Self { level, tables, radius, allowances, costs, by_bucket: false }
    }

    /// The same for a walk that reads buckets in their order.
    #[cfg(feature = "alloc")]
    pub(super) fn by_bucket(mut self) -> Self {
        self.by_bucket = true;
        self
    }

    #[cfg(feature = "alloc")]
    pub(super) const fn is_by_bucket(&self) -> bool {
        self.by_bucket
    }

    /// The place of an entry in the order of reports of a needle.
    fn place(&self, chunk: usize, bucket: u32, mask: u32, slot: usize) -> Position {
        Position { chunk, ones: mask.count_ones(), at: if self.by_bucket { bucket } else { mask }, slot }
    }

    /// The same with another limit on what a needle may cost before it is broken off.
    #[cfg(all(test, feature = "alloc"))]
    pub(super) fn with_most(mut self, most: u64) -> Self {
        self.costs.most = most;
        self
    }

    /// Whether looking up is expected to be cheaper than scanning, by far.
    pub(super) const fn pays(&self) -> bool {
        self.costs.pays()
    }

    /// The chunks in which a chain can start.
    pub(super) fn active_chunks(&self) -> impl Iterator<Item = (usize, &'a Chunk)> + use<'_, 'a, N> {
        let all = self.tables.ring.chunks().iter().enumerate();
        all.filter(|(number, _)| self.allowances.own(*number) > 0)
    }

    /// In how many bits prefixes of a chunk may differ, exclusive.
    pub(super) fn most_ones(&self, number: usize, chunk: &Chunk) -> u32 {
        self.allowances.own(number).min(chunk.prefix + 1)
    }

    /// In how many bits sketches may differ, where prefixes differ in some.
    pub(super) fn most_in_sketch(&self, number: usize, ones: u32) -> u32 {
        // a chain starts only where the prefix differs in fewer bits than its own allowance
        self.allowances.with_next(number) - ones - 1
    }

    /// The chunk of a number.
    #[inline]
    fn chunk(&self, number: usize) -> &'a Chunk {
        &self.tables.ring.chunks()[number]
    }

    /// Prefetches the buckets that a needle needs of a chunk.
    #[inline]
    pub(super) fn prefetch(&self, number: usize, state: &NeedleState) {
        let chunk = self.chunk(number);
        let buckets = self.tables.buckets(chunk);
        let (bucket, _) = state.place(chunk);
        let masks = (0..self.most_ones(number, chunk)).flat_map(|ones| Masks::new(chunk.prefix, ones));
        for mask in masks.take(AHEAD_BUCKETS) {
            for line in buckets.get((bucket ^ mask) as usize).iter().take(AHEAD_LINES) {
                prefetch(line);
            }
        }
    }

    /// Counts what reading all buckets of a chunk will cost a needle; whether it may.
    pub(super) fn charge(&self, number: usize, state: &mut NeedleState) -> bool {
        if state.broken_off.is_some() {
            return false;
        }
        state.spent = state.spent.saturating_add(self.costs.of_chunk(number));
        if state.spent > self.costs.most {
            state.broken_off = Some(Position { chunk: number, ones: 0, at: 0, slot: 0 });
            return false;
        }
        true
    }

    /// Looks a needle up in one chunk.
    pub(super) fn walk<V: FnMut(Pair, &[u8; N]) -> ControlFlow<()>>(
        &self,
        number: usize,
        needle: usize,
        session: &mut Session<'_, '_, N, V>,
    ) -> Result<ControlFlow<()>, Corrupt> {
        let (chunk, state) = (self.chunk(number), &mut session.states[needle]);
        if !self.charge(number, state) {
            return Ok(ControlFlow::Continue(()));
        }
        let (bucket, sketch) = state.place(chunk);
        let buckets = self.tables.buckets(chunk);
        let tag = wire::number(needle);
        for ones in 0..self.most_ones(number, chunk) {
            let probes =
                Masks::new(chunk.prefix, ones).map(|mask| Probe { bucket: (bucket ^ mask) as usize, sketch, tag });
            match self.probe(number, chunk, ones, buckets, probes, session)? {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Ended::Needle) => break,
                ControlFlow::Break(Ended::All) => return Ok(ControlFlow::Break(())),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Looks into buckets whose prefixes differ from their needle's in `ones` bits.
    #[inline]
    pub(super) fn probe<V: FnMut(Pair, &[u8; N]) -> ControlFlow<()>>(
        &self,
        number: usize,
        chunk: &Chunk,
        ones: u32,
        buckets: Buckets<'_>,
        probes: impl Iterator<Item = Probe>,
        session: &mut Session<'_, '_, N, V>,
    ) -> Result<ControlFlow<Ended>, Corrupt> {
        let most = self.most_in_sketch(number, ones);
        let flow = sketches::probe(self.level, buckets, most, probes, |probe, found| {
            match self.found(number, chunk, most, probe, found, session) {
                Ok(()) => ControlFlow::Continue(()),
                Err(stop) => ControlFlow::Break(stop),
            }
        });
        match flow {
            ControlFlow::Continue(()) => Ok(ControlFlow::Continue(())),
            ControlFlow::Break(Stop::BrokenOff) => Ok(ControlFlow::Break(Ended::Needle)),
            ControlFlow::Break(Stop::Visitor) => Ok(ControlFlow::Break(Ended::All)),
            ControlFlow::Break(Stop::Damage(corrupt)) => Err(corrupt),
        }
    }

    /// Takes what was found in a bucket: the rare case.
    #[cold]
    #[inline(never)]
    fn found<V: FnMut(Pair, &[u8; N]) -> ControlFlow<()>>(
        &self,
        number: usize,
        chunk: &Chunk,
        most: u32,
        probe: Probe,
        found: Found,
        session: &mut Session<'_, '_, N, V>,
    ) -> Result<(), Stop> {
        let state = &session.states[probe.tag as usize];
        if state.broken_off.is_some() {
            return Ok(());
        }
        let at = wire::number(probe.bucket);
        let mask = state.place(chunk).0 ^ at;
        let bucket = self.tables.bucket(chunk, probe.bucket)?;
        let place = (self.place(number, at, mask, 0), mask);
        match found {
            Found::Lanes { line, bits } => {
                // lanes 0 to 2 of line 0 are no sketches, and those after the last are not in use
                let entries = (LANES * line).wrapping_sub(HEAD_LANES);
                let lanes = ones(bits).map(|lane| entries.wrapping_add(lane)).filter(|&at| at < bucket.sketches.len());
                self.take(place, bucket.first, lanes, probe.tag, session)
            }
            // Before anything of such a bucket is reported, it is known whether all of it can be read.
            Found::Full => self.spend(self.costs.of_overflow(bucket.overflow.len()), place.0, probe.tag, session),
            Found::Overflow => {
                let inline = bucket.sketches.len();
                let (lines, rest) = bucket.overflow.as_flattened().as_chunks();
                for (line, first) in lines.iter().zip((bucket.first + inline..).step_by(LANES)) {
                    let bits = sketches::within(self.level, line, probe.sketch, most);
                    if bits != 0 {
                        self.take(place, first, ones(bits), probe.tag, session)?;
                    }
                }
                let first = bucket.first + inline + LANES * lines.len();
                let near = |lane: &[u8; 2]| (u16::from_le_bytes(*lane) ^ probe.sketch).count_ones() <= most;
                let lanes = rest.as_chunks().0.iter().enumerate().filter(|(_, lane)| near(lane)).map(|(at, _)| at);
                self.take(place, first, lanes, probe.tag, session)
            }
        }
    }

    /// Puts candidates on the waiting list, by their places after the entry `first`.
    fn take<V: FnMut(Pair, &[u8; N]) -> ControlFlow<()>>(
        &self,
        (place, mask): (Position, u32),
        first: usize,
        lanes: impl Iterator<Item = usize>,
        tag: u32,
        session: &mut Session<'_, '_, N, V>,
    ) -> Result<(), Stop> {
        let (mut count, mut last) = (0, 0);
        for lane in lanes {
            last = first + lane;
            count += 1;
            if session.waiting.len == session.waiting.slots.len() && self.compare(session)?.is_break() {
                return Err(Stop::Visitor);
            }
            prefetch(&self.tables.id_bytes(place.chunk, last)[0]);
            let waiting = &mut session.waiting;
            waiting.slots[waiting.len] =
                Candidate { needle: tag, chunk: wire::number(place.chunk), mask, entry: wire::number(last) };
            waiting.len += 1;
        }
        if count == 0 {
            return Ok(());
        }
        self.spend_or(Costs::of_candidates(count), tag, session, || {
            Ok(Position { slot: self.tables.slot(place.chunk, last)? + 1, ..place })
        })
    }

    /// Counts a cost; breaks the needle off at a place if it has become too high.
    fn spend<V>(&self, cost: u64, place: Position, tag: u32, session: &mut Session<'_, '_, N, V>) -> Result<(), Stop> {
        self.spend_or(cost, tag, session, || Ok(place))
    }

    fn spend_or<V>(
        &self,
        cost: u64,
        tag: u32,
        session: &mut Session<'_, '_, N, V>,
        place: impl FnOnce() -> Result<Position, Corrupt>,
    ) -> Result<(), Stop> {
        let state = &mut session.states[tag as usize];
        state.spent = state.spent.saturating_add(cost);
        if state.spent <= self.costs.most {
            return Ok(());
        }
        state.broken_off = Some(place()?);
        Err(Stop::BrokenOff)
    }

    /// Compares the waiting candidates with their needles, and reports those within the radius that start here.
    pub(super) fn compare<V: FnMut(Pair, &[u8; N]) -> ControlFlow<()>>(
        &self,
        session: &mut Session<'_, '_, N, V>,
    ) -> Result<ControlFlow<()>, Corrupt> {
        let len = core::mem::take(&mut session.waiting.len);
        let waiting = &mut session.waiting.slots[..len];
        for candidate in waiting.iter_mut() {
            let slot = self.tables.slot(candidate.chunk as usize, candidate.entry as usize)?;
            self.tables.hashes.prefetch(slot);
            candidate.entry = wire::number(slot);
        }
        for candidate in waiting.iter() {
            let (number, slot) = (candidate.needle as usize, candidate.entry as usize);
            let (needle, state) = (&session.needles[number], &mut session.states[number]);
            let Some((distance, hash)) = self.tables.hashes.within(slot, needle.as_bytes(), self.radius) else {
                continue; // sketches are near, hashes are not
            };
            if self.starts_here(candidate, state, &hash)?
                && (session.visit)(Pair { needle: number, hash: slot, distance }, &hash).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether a hash within the radius is to be reported for this candidate, rather than for another chunk.
    fn starts_here(&self, candidate: &Candidate, state: &mut NeedleState, hash: &[u8; N]) -> Result<bool, Corrupt> {
        let damaged = |what| Err(corrupt(SectionId::Ids, what));
        let (chunk, slot) = (candidate.chunk as usize, candidate.entry as usize);
        let hash = Permuted::of(hash);
        if self.bucket_of(chunk, state) ^ self.chunk(chunk).place(&hash).0 != candidate.mask {
            return damaged("has an entry in a bucket of another prefix");
        }
        let start = self.tables.ring.first_start(&self.allowances, chunk + 1, &state.permuted, &hash);
        if start != Some((chunk, candidate.mask)) {
            return Ok(false);
        }
        let place = self.place(chunk, self.bucket_of(chunk, state) ^ candidate.mask, candidate.mask, slot);
        if state.last.is_some_and(|last| last >= place) {
            return damaged("has entries of a bucket that do not rise");
        }
        state.last = Some(place);
        Ok(true)
    }

    /// Scans for the needles whose look-up was broken off, and reports what had not been reported.
    pub(super) fn scan_for_broken_off(
        &self,
        needles: &[HashBits<N>],
        states: &[NeedleState],
        mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let is_nothing_reported = states.iter().all(|state| state.last.is_none());
        let mut broken_off = states.iter().enumerate().filter_map(|(number, state)| Some((number, state.broken_off?)));
        loop {
            let (mut group, mut numbers) = ([HashBits::ZERO; GROUP], [(0, Position::default()); GROUP]);
            let mut len = 0;
            // the needles come last: the zip asks for one only if there is room for it
            for ((hash, to), (number, place)) in group.iter_mut().zip(&mut numbers).zip(broken_off.by_ref()) {
                (*hash, *to) = (needles[number], (number, place));
                len += 1;
            }
            if len == 0 {
                return ControlFlow::Continue(());
            }
            linear::search(self.level, self.tables.hashes, &group[..len], self.radius, |pair, hash| {
                let (number, place) = numbers[pair.needle];
                if !is_nothing_reported && self.is_before(place, &states[number], pair.hash, hash) {
                    return ControlFlow::Continue(());
                }
                visit(Pair { needle: number, ..pair }, hash)
            })?;
        }
    }

    /// Whether a hash within the radius was reported before the look-up was broken off.
    #[inline(never)]
    fn is_before(&self, broken_off: Position, state: &NeedleState, slot: usize, hash: &[u8; N]) -> bool {
        // only the chunks up to there can have reported it
        let (hash, chunks) = (Permuted::of(hash), broken_off.chunk + 1);
        let start = self.tables.ring.first_start(&self.allowances, chunks, &state.permuted, &hash);
        start.is_some_and(|(chunk, mask)| {
            self.place(chunk, self.bucket_of(chunk, state) ^ mask, mask, slot) < broken_off
        })
    }

    /// The bucket of a needle itself.
    fn bucket_of(&self, chunk: usize, state: &NeedleState) -> u32 {
        state.place(self.chunk(chunk)).0
    }
}

/// What ended a probe.
pub(super) enum Ended {
    /// A needle was broken off.
    Needle,
    /// The visitor has enough.
    All,
}

/// The places of the ones of a word, rising.
fn ones(mut bits: u32) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        bits = if bits == 0 { return None } else { bits & (bits - 1) };
        Some(at)
    })
}
