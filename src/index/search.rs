//! The question and its answer: needles and a radius in, every stored hash within it out.

#![expect(clippy::indexing_slicing, reason = "the tree reports pairs of the hashes that it was passed")]

use core::fmt;
use core::ops::ControlFlow;

use super::error::{Corrupt, IndexError};
use super::format::Header;
use super::hashes::Hashes;
use super::mih::Tables;
use super::section::SectionId;
use super::{Index, IndexKind, bk_tree, linear, mih};
use crate::hash::{HashBits, Profile};
use crate::kernel::hamming::Pair;
use crate::wire;

/// What to look for: hashes made under one profile, and how far from them a stored hash may lie.
///
/// All needles are looked up in one go, so that, say, the eight dihedral hashes of a picture are one query.
#[derive(Clone, Copy)]
pub struct Query<'a, const N: usize> {
    profile: Profile,
    needles: &'a [HashBits<N>],
    radius: u32,
}

impl<'a, const N: usize> Query<'a, N> {
    /// Asks about hashes made under `profile`, within [its default radius](Profile::default_radius).
    #[must_use]
    pub fn new(profile: Profile, needles: &'a [HashBits<N>]) -> Self {
        Self { profile, needles, radius: profile.default_radius() }
    }

    /// Whether it can be asked of an index with this header.
    pub(super) fn check(&self, header: &Header) -> Result<(), IndexError> {
        check_width::<N>(header)?;
        if self.profile != header.profile {
            return Err(IndexError::profile(self.profile, header.profile));
        }
        let largest = header.profile.bits();
        if usize::try_from(self.radius).map_or(true, |radius| radius > largest) {
            return Err(IndexError::radius(self.radius, largest));
        }
        Ok(())
    }

    pub(super) const fn needles(&self) -> &'a [HashBits<N>] {
        self.needles
    }

    pub(super) const fn radius_bits(&self) -> u32 {
        self.radius
    }

    /// Sets the largest distance that counts, inclusive: `0..=8 * N` bits.
    #[must_use]
    pub const fn radius(mut self, bits: u32) -> Self {
        self.radius = bits;
        self
    }
}

impl<const N: usize> fmt::Debug for Query<'_, N> {
    /// Never prints the needles: a hash is not anonymous.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("profile", &self.profile)
            .field("needles", &self.needles.len())
            .field("radius", &self.radius)
            .finish()
    }
}

/// Number of needles from which sorting them pays off.
#[cfg(feature = "alloc")]
const SORTED_FROM: usize = 64;

/// Whether hashes of so many bytes are those of an index.
fn check_width<const N: usize>(header: &Header) -> Result<(), IndexError> {
    let expected = header.hash_bytes;
    if N == expected { Ok(()) } else { Err(IndexError::width(8 * N, 8 * expected)) }
}

/// Needles that a scan without other searches compares at a time: the stack counts there, and flash is read at once.
pub(super) const SCANNED: usize = 2;

/// Makes hits of pairs of positions.
pub(super) fn hits<const N: usize>(
    visit: &mut impl FnMut(Hit<N>) -> ControlFlow<()>,
) -> impl FnMut(Pair, &[u8; N]) -> ControlFlow<()> {
    move |Pair { needle, hash, distance }, &bytes| {
        visit(Hit { distance, needle, hash: HashBits::from_bytes(bytes), slot: Slot::new(hash) })
    }
}

/// Where an index keeps a hash: the key to its [sources](Index::sources). It means nothing in any other index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(super) u32);

impl Slot {
    /// The slot of a position in an index.
    pub(super) fn new(position: usize) -> Self {
        Self(wire::number(position))
    }

    /// The position of the hash in its index: below [`Index::len`].
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A stored hash within the radius of a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit<const N: usize> {
    /// The bits in which needle and hash differ: at most the radius.
    pub distance: u32,
    /// The position of the needle in the query.
    pub needle: usize,
    /// The stored hash.
    pub hash: HashBits<N>,
    /// Where the index keeps it.
    pub slot: Slot,
}

impl<D: AsRef<[u8]>> Index<D> {
    /// Visits every pair of a needle and a stored hash within the radius, once, until the visitor breaks.
    ///
    /// Exact for every radius. The order of the hits is not promised. Allocates nothing and never panics. The cost is
    /// at most about that of comparing every needle with every hash, whatever the bytes of the index say.
    ///
    /// # Errors
    ///
    /// Refuses needles of another length or profile than the index holds, and a radius above the length of the hashes.
    /// Reports damage of the index where it comes across it; hits visited before that are true.
    pub fn search<const N: usize>(
        &self,
        query: &Query<'_, N>,
        mut visit: impl FnMut(Hit<N>) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        let (hashes, needles, radius) = (self.check(query)?, query.needles, query.radius);
        let level = self.cpu_level();
        let hit = hits(&mut visit);
        // Broken off or gone through: the visitor knows which, and the caller does not ask.
        let _: ControlFlow<()> = match self.kind() {
            IndexKind::Linear => linear::search(level, hashes, needles, radius, hit),
            IndexKind::BkTree => {
                let (branches, rows) = (wire::records(self.section(SectionId::Tree)?), self.rows()?);
                let mut hit = hit;
                bk_tree::search(level, rows, branches, needles, radius, |pair| hit(pair, &rows[pair.hash]))?
            }
            IndexKind::Mih => mih::search(level, self.tables(hashes)?, needles, radius, hit)?,
        };
        Ok(())
    }

    /// Visits the same pairs by comparing every needle with every hash, whatever the kind of the index.
    ///
    /// For devices: a program that calls this and not [`search`](Self::search) has neither tree nor multi-index in it, which is two thirds of
    /// the code, and takes 6 KB of stack. Of a [linear](IndexKind::Linear) index it is the same search.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn scan<const N: usize>(
        &self,
        query: &Query<'_, N>,
        mut visit: impl FnMut(Hit<N>) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        let hashes = self.check(query)?;
        let _: ControlFlow<()> =
            linear::search_by::<N, SCANNED>(self.cpu_level(), hashes, query.needles, query.radius, hits(&mut visit));
        Ok(())
    }

    /// The same hits, where there are many needles, in another order.
    #[cfg(feature = "alloc")]
    pub(super) fn search_sorted<const N: usize>(
        &self,
        query: &Query<'_, N>,
        mut visit: impl FnMut(Hit<N>) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        if self.kind() != IndexKind::Mih || query.needles.len() < SORTED_FROM {
            return self.search(query, visit);
        }
        let hashes = self.check(query)?;
        let (level, tables, hit) = (self.cpu_level(), self.tables(hashes)?, hits(&mut visit));
        let _: ControlFlow<()> = mih::search_sorted(level, tables, query.needles, query.radius, hit)?;
        Ok(())
    }

    /// Visits the stored hashes in the order of their slots.
    ///
    /// # Errors
    ///
    /// Refuses a length other than that of the index's hashes.
    pub fn hashes<const N: usize>(
        &self,
    ) -> Result<impl ExactSizeIterator<Item = HashBits<N>> + '_ + use<'_, D, N>, IndexError> {
        let hashes = self.stored::<N>()?;
        Ok((0..hashes.len()).map(move |slot| HashBits::from_bytes(hashes.at(slot))))
    }

    /// Visits the slots in order: those of [`hashes`](Self::hashes).
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<D> {
        (0..self.header().hashes).map(Slot)
    }

    /// The stored hashes, in whichever layout they lie.
    pub(super) fn stored<const N: usize>(&self) -> Result<Hashes<'_, N>, IndexError> {
        check_width::<N>(self.header())?;
        let bytes = self.section(SectionId::Hashes)?;
        Ok(if self.header().is_sliced() { Hashes::sliced(bytes) } else { Hashes::rows(bytes) })
    }

    /// The stored hashes of an index in which they are never sliced.
    pub(super) fn rows<const N: usize>(&self) -> Result<&[[u8; N]], Corrupt> {
        Ok(self.section(SectionId::Hashes)?.as_chunks().0)
    }

    /// The tables of a multi-index.
    pub(super) fn tables<'a, const N: usize>(&'a self, hashes: Hashes<'a, N>) -> Result<Tables<'a, N>, Corrupt> {
        Ok(Tables {
            ring: &self.header().ring,
            hashes,
            lines: self.section(SectionId::Buckets)?.as_chunks().0,
            ids: self.section(SectionId::Ids)?,
            overflow: self.section(SectionId::Overflow)?.as_chunks().0,
        })
    }

    pub(super) fn check<const N: usize>(&self, query: &Query<'_, N>) -> Result<Hashes<'_, N>, IndexError> {
        let hashes = self.stored::<N>()?;
        query.check(self.header())?;
        Ok(hashes)
    }
}

#[cfg(feature = "alloc")]
impl<D: AsRef<[u8]>> Index<D> {
    /// Collects every hit, nearest first; among equals by hash, then by needle. The order depends on no kind of index.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn hits<const N: usize>(&self, query: &Query<'_, N>) -> Result<alloc::vec::Vec<Hit<N>>, IndexError> {
        let mut hits = alloc::vec::Vec::new();
        self.search(query, |hit| {
            hits.push(hit);
            ControlFlow::Continue(())
        })?;
        hits.sort_unstable_by_key(|hit| (hit.distance, hit.hash, hit.needle));
        Ok(hits)
    }
}
