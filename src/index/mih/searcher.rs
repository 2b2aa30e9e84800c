//! One look-up: from buckets to candidates, from candidates to hits, and what happens when it costs too much.

use core::ops::ControlFlow;

use super::cost::Costs;
use super::permuted::Permuted;
use super::ring::{Allowances, Chunk, HEAD_LANES, Masks};
use super::{AHEAD_BUCKETS, AHEAD_LINES, GROUP, Tables, corrupt};
use crate::hash::HashBits;
use crate::index::format::SectionId;
use crate::index::{Corrupt, linear};
use crate::kernel::hamming::Pair;
use crate::kernel::sketches::{self, Buckets, Found, LANES, Probe};
use crate::kernel::{Level, prefetch};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    chunk: usize,
    /// Differing bits of the prefix; and which, or which bucket: see [`Searcher::by_bucket`].
    ones: u32,
    at: u32,
    slot: usize,
}

/// A needle being looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    permuted: Permuted,
    spent: u64,
    /// Where it was given up.
    broken_off: Option<Place>,
    /// What was reported last.
    last: Option<Place>,
}

impl Asked {
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

/// What a walk needs beside the index: the needles, their states, the candidates, and who is told of hits.
pub(super) struct Session<'s, 'b, const N: usize, V> {
    pub(super) needles: &'s [HashBits<N>],
    pub(super) asked: &'s mut [Asked],
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
    fn place(&self, chunk: usize, bucket: u32, mask: u32, slot: usize) -> Place {
        Place { chunk, ones: mask.count_ones(), at: if self.by_bucket { bucket } else { mask }, slot }
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

    /// Asks for the memory of the buckets that a needle will need of a chunk.
    #[inline]
    pub(super) fn ask_ahead(&self, number: usize, asked: &Asked) {
        let Some(chunk) = self.tables.ring.chunks().get(number) else { return };
        let buckets = self.tables.buckets(chunk);
        let (bucket, _) = asked.place(chunk);
        let masks = (0..self.most_ones(number, chunk)).flat_map(|ones| Masks::new(chunk.prefix, ones));
        for mask in masks.take(AHEAD_BUCKETS) {
            for line in buckets.get((bucket ^ mask) as usize).iter().take(AHEAD_LINES) {
                prefetch(line);
            }
        }
    }

    /// Counts what reading all buckets of a chunk will cost a needle; whether it may.
    pub(super) fn charge(&self, number: usize, asked: &mut Asked) -> bool {
        if asked.broken_off.is_some() {
            return false;
        }
        asked.spent = asked.spent.saturating_add(self.costs.of_chunk(number));
        if asked.spent > self.costs.most {
            asked.broken_off = Some(Place { chunk: number, ones: 0, at: 0, slot: 0 });
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
        let (Some(chunk), Some(asked)) = (self.tables.ring.chunks().get(number), session.asked.get_mut(needle)) else {
            return Ok(ControlFlow::Continue(()));
        };
        if !self.charge(number, asked) {
            return Ok(ControlFlow::Continue(()));
        }
        let (bucket, sketch) = asked.place(chunk);
        let buckets = self.tables.buckets(chunk);
        let tag = u32::try_from(needle).unwrap_or(u32::MAX);
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
        let Some(asked) = session.asked.get(probe.tag as usize) else { return Ok(()) };
        if asked.broken_off.is_some() {
            return Ok(());
        }
        let at = u32::try_from(probe.bucket).unwrap_or(u32::MAX);
        let mask = asked.place(chunk).0 ^ at;
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
        (place, mask): (Place, u32),
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
            if let Some(id) = self.tables.id_at(place.chunk, last).and_then(<[u8]>::first) {
                prefetch(id);
            }
            let waiting = &mut session.waiting;
            if let Some(to) = waiting.slots.get_mut(waiting.len) {
                // The builder numbers chunks, entries and slots by words; the reader has held the file to that.
                let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
                *to = Candidate { needle: tag, chunk: number(place.chunk), mask, entry: number(last) };
                waiting.len += 1;
            }
        }
        if count == 0 {
            return Ok(());
        }
        let covered = |searcher: &Self| Ok::<_, Corrupt>(searcher.tables.id(place.chunk, last)? + 1);
        self.spend_or(Costs::of_candidates(count), tag, session, |searcher| {
            Ok(Place { slot: covered(searcher)?, ..place })
        })
    }

    /// Counts a cost; breaks the needle off at a place if it has become too high.
    fn spend<V>(&self, cost: u64, place: Place, tag: u32, session: &mut Session<'_, '_, N, V>) -> Result<(), Stop> {
        self.spend_or(cost, tag, session, |_| Ok(place))
    }

    fn spend_or<V>(
        &self,
        cost: u64,
        tag: u32,
        session: &mut Session<'_, '_, N, V>,
        place: impl FnOnce(&Self) -> Result<Place, Corrupt>,
    ) -> Result<(), Stop> {
        let Some(asked) = session.asked.get_mut(tag as usize) else { return Ok(()) };
        asked.spent = asked.spent.saturating_add(cost);
        if asked.spent <= self.costs.most {
            return Ok(());
        }
        asked.broken_off = Some(place(self)?);
        Err(Stop::BrokenOff)
    }

    /// Compares the waiting candidates with their needles, and reports those within the radius that start here.
    pub(super) fn compare<V: FnMut(Pair, &[u8; N]) -> ControlFlow<()>>(
        &self,
        session: &mut Session<'_, '_, N, V>,
    ) -> Result<ControlFlow<()>, Corrupt> {
        let len = core::mem::take(&mut session.waiting.len);
        let waiting = session.waiting.slots.get_mut(..len).unwrap_or_default();
        for candidate in waiting.iter_mut() {
            let slot = self.tables.id(candidate.chunk as usize, candidate.entry as usize)?;
            self.tables.hashes.prefetch(slot);
            candidate.entry = u32::try_from(slot).unwrap_or(u32::MAX);
        }
        for candidate in waiting.iter() {
            let (number, slot) = (candidate.needle as usize, candidate.entry as usize);
            let (Some(needle), Some(asked)) = (session.needles.get(number), session.asked.get_mut(number)) else {
                continue;
            };
            let Some((distance, hash)) = self.tables.hashes.within(slot, needle.as_bytes(), self.radius) else {
                continue;
            };
            if self.starts_here(candidate, asked, &hash)?
                && (session.visit)(Pair { needle: number, hash: slot, distance }, &hash).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether a hash within the radius is to be reported for this candidate, rather than for another chunk.
    fn starts_here(&self, candidate: &Candidate, asked: &mut Asked, hash: &[u8; N]) -> Result<bool, Corrupt> {
        let damaged = |what| Err(corrupt(SectionId::Ids, what));
        let (chunk, slot) = (candidate.chunk as usize, candidate.entry as usize);
        let hash = Permuted::of(hash);
        if self.tables.ring.chunks().get(chunk).is_none_or(|it| asked.place(it).0 ^ it.place(&hash).0 != candidate.mask)
        {
            return damaged("has an entry in a bucket of another prefix");
        }
        let start = self.tables.ring.first_start(&self.allowances, chunk + 1, &asked.permuted, &hash);
        if start != Some((chunk, candidate.mask)) {
            return Ok(false);
        }
        let place = self.place(chunk, self.bucket_of(chunk, asked) ^ candidate.mask, candidate.mask, slot);
        if asked.last.is_some_and(|last| last >= place) {
            return damaged("has entries of a bucket that do not rise");
        }
        asked.last = Some(place);
        Ok(true)
    }

    /// Scans for the needles whose look-up was broken off, and reports what had not been reported.
    pub(super) fn scan_for_broken_off(
        &self,
        needles: &[HashBits<N>],
        asked: &[Asked],
        mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut broken_off = asked.iter().enumerate().filter_map(|(number, asked)| Some((number, asked.broken_off?)));
        loop {
            let (mut group, mut numbers) = ([HashBits::ZERO; GROUP], [(0, None); GROUP]);
            let mut len = 0;
            // the needles come last: the zip asks for one only if there is room for it
            for ((hash, to), (number, place)) in group.iter_mut().zip(&mut numbers).zip(broken_off.by_ref()) {
                *hash = needles.get(number).copied().unwrap_or(HashBits::ZERO);
                *to = (number, Some(place));
                len += 1;
            }
            if len == 0 {
                return ControlFlow::Continue(());
            }
            let group = group.get(..len).unwrap_or_default();
            if asked.iter().all(|asked| asked.last.is_none()) {
                // Half of a list may be reported now: nothing is done for a hit but that.
                if let [only] = group {
                    let needle = numbers.first().map_or(0, |it| it.0);
                    let visit = |pair, hash: &[u8; N]| visit(Pair { needle, ..pair }, hash);
                    linear::search(self.level, self.tables.hashes, core::slice::from_ref(only), self.radius, visit)?;
                } else {
                    let needle = |pair: Pair| numbers.get(pair.needle).map_or(0, |it| it.0);
                    linear::search(self.level, self.tables.hashes, group, self.radius, |pair, hash| {
                        visit(Pair { needle: needle(pair), ..pair }, hash)
                    })?;
                }
                continue;
            }
            linear::search(self.level, self.tables.hashes, group, self.radius, |pair, hash| {
                let Some(&(number, Some(place))) = numbers.get(pair.needle) else { return ControlFlow::Continue(()) };
                if asked.get(number).is_some_and(|asked| self.is_before(place, asked, pair.hash, hash)) {
                    return ControlFlow::Continue(());
                }
                visit(Pair { needle: number, ..pair }, hash)
            })?;
        }
    }

    /// Whether a hash within the radius was reported before the look-up was broken off.
    #[inline(never)]
    fn is_before(&self, broken_off: Place, asked: &Asked, slot: usize, hash: &[u8; N]) -> bool {
        // only the chunks up to there can have reported it
        let (hash, chunks) = (Permuted::of(hash), broken_off.chunk + 1);
        let start = self.tables.ring.first_start(&self.allowances, chunks, &asked.permuted, &hash);
        start.is_some_and(|(chunk, mask)| {
            self.place(chunk, self.bucket_of(chunk, asked) ^ mask, mask, slot) < broken_off
        })
    }

    /// The bucket of a needle itself.
    fn bucket_of(&self, chunk: usize, asked: &Asked) -> u32 {
        self.tables.ring.chunks().get(chunk).map_or(0, |chunk| asked.place(chunk).0)
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
