//! Ring-filtered multi-index hashing: exact look-ups that read a few hundred cache lines, however long the list.
//!
//! A hash is cut into `m` *chunks* laid out as a ring. If two hashes differ in at most `r` bits, and *allowances* `t` that add
//! up to `r + 1` are shared out over the chunks, then the differences `d - t` of all chunks add up to less than 0; so there is a
//! chunk from which on *every* partial sum around the ring is below 0 (the cycle lemma): that chunk itself differs in fewer
//! bits than its allowance, it and the next together in fewer than both allowances, and so on. Looking only at the first
//! condition is multi-index hashing (Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012; with unequal
//! allowances Qin et al., "GPH", 2018), the chain is the pigeonring principle (Qin, Xiao, "Pigeonring", 2018).
//!
//! Each chunk has a table: hashes by the first bits of the chunk, the *prefix*. A look-up reads the *buckets* of all prefixes that
//! differ from the needle's in fewer bits than allowed: at 256 bits, 16 chunks and radius 31 that is 17 buckets a chunk. Beside each
//! entry stands a *sketch*, the 16 bits that follow the prefix, which hold the next chunk: an entry is a *candidate* only
//! if prefix and sketch together differ in fewer bits than both chunks may. Of unrelated hashes one in 90,000 remains; without
//! sketches it is one in 240, each of which costs two accesses to memory. Candidates are compared in full.
//!
//! A hash is found from every chunk that may start its chain, and reported only from the first: no set of what was seen is
//! needed, and no memory. Chunks are the diagonals of the hash laid out as a square ([`permuted`]).
//!
//! The radius is the query's: a wider one reads more buckets. Before a look-up its cost is estimated, and counted as it runs
//! ([`cost`]). Where it would not pay, or no longer does because the needle's buckets are full, all hashes are scanned, and those that
//! have been reported are left out: reports come in the order of chunk, prefix and slot, so the place where the look-up
//! was broken off tells.
//!
//! Sections of the file:
//!
//! ```text
//! chunks      a record of four words each: width and prefix (16 bits each), lines of a bucket, lanes of overflow (two words)
//! buckets     per chunk 2^prefix buckets of some lines of 64 bytes: 32 lanes of 16 bits a line
//!             lanes 0, 1: first entry, counted within the chunk; lane 2: count of entries; then their sketches
//!             If they do not fit, the last two lanes hold where in the chunk's overflow the others lie.
//! ids         per chunk and entry the slot of the hash, in 3 bytes up to 2^24 hashes, else 4; rising within a bucket
//! overflow    lanes of 16 bits, per chunk and full bucket: the count of its entries (two lanes), then the sketches
//!             that did not fit. Lane 2 of the bucket says 65,535 where the count is larger.
//! ```

#[cfg(feature = "alloc")]
mod batch;
#[cfg(feature = "alloc")]
mod build;
mod cost;
mod permuted;
mod ring;
mod searcher;
#[cfg(all(test, feature = "alloc"))]
mod tests;
mod verify;

use core::ops::ControlFlow;

use super::Corrupt;
use super::format::SectionId;
use super::hashes::Hashes;
use super::linear;
use crate::hash::HashBits;
use crate::kernel::Level;
use crate::kernel::hamming::Pair;
use crate::kernel::sketches::{Buckets, Line};
use ring::HEAD_LANES;
use searcher::{Asked, Candidate, Searcher, Session, Waiting};

#[cfg(feature = "alloc")]
pub(super) use batch::search_sorted;
#[cfg(feature = "alloc")]
pub(super) use build::{Parts, build, count};
#[cfg(feature = "alloc")]
pub(super) use cost::{expected, pays, scan};
#[cfg(feature = "alloc")]
pub(super) use ring::MAX_LINES;
pub(super) use ring::{Chunk, MAX_CHUNKS, Ring};

/// Needles that are looked up side by side.
const GROUP: usize = 16;
/// Candidates that wait for being compared.
const WAITING: usize = 64;
/// How many steps (a chunk of a needle each) ahead memory is asked for.
const AHEAD: usize = 4;
/// Buckets and lines of each that are asked for ahead of a step.
const AHEAD_BUCKETS: usize = 64;
const AHEAD_LINES: usize = 8;

/// A multi-index as it lies in the file.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a, const N: usize> {
    pub(super) ring: &'a Ring,
    pub(super) hashes: Hashes<'a, N>,
    pub(super) lines: &'a [Line],
    pub(super) ids: &'a [u8],
    pub(super) overflow: &'a [[u8; 2]],
}

const fn corrupt(section: SectionId, what: &'static str) -> Corrupt {
    Corrupt { section, what }
}

impl<'a, const N: usize> Tables<'a, N> {
    /// The buckets of a chunk.
    fn buckets(&self, chunk: &Chunk) -> Buckets<'a> {
        let lines = self.lines.get(chunk.first_line..).and_then(|rest| rest.get(..chunk.lines()));
        let capacity = u16::try_from(chunk.capacity()).unwrap_or(u16::MAX);
        Buckets { lines: lines.unwrap_or_default(), lines_each: chunk.lines_each, capacity }
    }

    /// What a bucket says of itself: the first of its entries, how many there are, and its overflow.
    fn bucket(&self, chunk: &Chunk, bucket: usize) -> Result<Bucket<'a>, Corrupt> {
        let broken = |what| Err(corrupt(SectionId::Buckets, what));
        let lines = self.buckets(chunk).get(bucket);
        let lanes = lines.as_flattened().as_chunks::<2>().0;
        let Some((&[[a, b], [c, d], count], sketches)) = lanes.split_first_chunk::<HEAD_LANES>() else {
            return broken("lacks a bucket");
        };
        let first = u32::from_le_bytes([a, b, c, d]) as usize;
        let mut len = usize::from(u16::from_le_bytes(count));
        let mut overflow: &[[u8; 2]] = &[];
        let inline = chunk.inline(len);
        if inline < len {
            let Some(&[[a, b], [c, d]]) = sketches.last_chunk::<2>() else { return broken("lacks a bucket") };
            let of_chunk = self.overflow.get(chunk.first_overflow..).and_then(|rest| rest.get(..chunk.overflow));
            let from = of_chunk.and_then(|rest| rest.get(u32::from_le_bytes([a, b, c, d]) as usize..));
            let Some((&[[a, b], [c, d]], rest)) = from.and_then(|from| from.split_first_chunk::<2>()) else {
                return broken("refers past the end of the overflow");
            };
            let all = u32::from_le_bytes([a, b, c, d]) as usize;
            if all.min(usize::from(u16::MAX)) != len {
                return broken("counts other entries than its overflow");
            }
            len = all;
            overflow = match rest.get(..len - inline) {
                Some(overflow) => overflow,
                None => return broken("refers past the end of the overflow"),
            };
        }
        if first.checked_add(len).is_none_or(|end| end > self.hashes.len()) {
            return broken("refers past the last entry");
        }
        Ok(Bucket { first, len, sketches: sketches.get(..inline).unwrap_or_default(), overflow })
    }

    /// Where the number of an entry stands.
    #[inline]
    fn id_at(&self, chunk: usize, entry: usize) -> Option<&'a [u8]> {
        let at = (chunk * self.hashes.len() + entry) * self.ring.id_bytes;
        self.ids.get(at..at + self.ring.id_bytes)
    }

    /// The slot of an entry.
    #[inline]
    fn id(&self, chunk: usize, entry: usize) -> Result<usize, Corrupt> {
        let slot = match self.id_at(chunk, entry) {
            Some(&[a, b, c]) => u32::from_le_bytes([a, b, c, 0]) as usize,
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]) as usize,
            _ => return Err(corrupt(SectionId::Ids, "lacks an entry that a bucket refers to")),
        };
        if slot < self.hashes.len() { Ok(slot) } else { Err(corrupt(SectionId::Ids, "refers past the last hash")) }
    }
}

/// A bucket, checked.
struct Bucket<'a> {
    first: usize,
    len: usize,
    /// The sketches of its first entries, and of the others.
    sketches: &'a [[u8; 2]],
    overflow: &'a [[u8; 2]],
}

/// Visits every pair of a needle and a hash within the radius, once.
///
/// Takes about 4 KB of stack. Costs are those of [`cost`].
pub(super) fn search<const N: usize>(
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
    search_by(&searcher, needles, visit)
}

/// The same, once it is known to pay.
fn search_by<const N: usize>(
    searcher: &Searcher<'_, N>,
    needles: &[HashBits<N>],
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    for (number, group) in needles.chunks(GROUP).enumerate() {
        let mut asked = [Asked::default(); GROUP];
        asked.iter_mut().zip(group).for_each(|(asked, needle)| *asked = Asked::new(needle));
        let asked = asked.get_mut(..group.len()).unwrap_or_default();
        if needles.len() <= GROUP {
            // the usual case, in which their numbers are right as they are
            return search_group(searcher, group, asked, visit);
        }
        let visit = |pair: Pair, hash: &[u8; N]| visit(Pair { needle: GROUP * number + pair.needle, ..pair }, hash);
        if search_group(searcher, group, asked, visit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Looks a few needles up, chunk by chunk, so that the memory of one needle's buckets arrives while another's are read.
fn search_group<const N: usize>(
    searcher: &Searcher<'_, N>,
    needles: &[HashBits<N>],
    asked: &mut [Asked],
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let (mut active, mut chunks) = ([0; MAX_CHUNKS], 0);
    for ((number, _), to) in searcher.active_chunks().zip(&mut active) {
        *to = number;
        chunks += 1;
    }
    let steps = chunks * asked.len();
    let step = |at: usize| (active.get(at / needles.len().max(1)).copied().unwrap_or(0), at % needles.len().max(1));
    let ask_ahead = |at: usize, asked: &[Asked]| {
        let (chunk, needle) = step(at);
        if let Some(asked) = asked.get(needle).filter(|_| at < steps) {
            searcher.ask_ahead(chunk, asked);
        }
    };
    (0..AHEAD).for_each(|at| ask_ahead(at, asked));
    let mut slots = [Candidate::default(); WAITING];
    let mut session = Session { needles, asked, waiting: Waiting::new(&mut slots), visit: &mut visit };
    for at in 0..steps {
        ask_ahead(at + AHEAD, session.asked);
        let (chunk, needle) = step(at);
        if searcher.walk(chunk, needle, &mut session)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if searcher.compare(&mut session)?.is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let asked = session.asked;
    Ok(searcher.scan_for_broken_off(needles, asked, visit))
}
