//! Many look-ups at once, from an iterator of needles to an iterator of hits.

#![expect(clippy::indexing_slicing, reason = "no more needles of a group are done than it has")]

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;
use core::ops::ControlFlow;

use super::error::IndexError;
use super::{Hit, Index, Query};
use crate::hash::{HashBits, Profile};

/// Needles that are looked up together: enough that most buckets of a table of a million hashes are read by more than one.
const GROUP: usize = 8192;
/// Where needles have more hits than this together, fewer of them are looked up at a time.
const MOST_HITS: usize = 1 << 18;

impl<D: AsRef<[u8]>> Index<D> {
    /// Looks up needles as an iterator yields them, thousands at a time.
    ///
    /// Yields the hits in the order of the needles, of each needle the nearest first, among equals by hash. [`Hit::needle`]
    /// counts on over all needles: where a picture brings eight of them, hit `h` is of picture `h.needle / 8`.
    ///
    /// The hits are those of [`search`](Self::search). In an index of kind [`Mih`](super::IndexKind::Mih) needles are looked up in the order of
    /// the tables' prefixes, which takes a third to a half of the time that one look-up after the other takes; up to 8,192 needles are taken
    /// from the iterator before the first hit is yielded. Takes some 200 bytes of heap for each of them, and holds 2^18 hits or those
    /// of one needle.
    ///
    /// ```
    /// # use lookalike::hash::{Bits256, Profile};
    /// # use lookalike::index::{Builder, Index, Source};
    /// let listed: [Bits256; 2] = [Bits256::from_bytes([0x5a; 32]), Bits256::from_bytes([0x33; 32])];
    /// let mut builder = Builder::new(Profile::Pdq)?;
    /// for hash in listed {
    ///     builder.add(hash, Source { list: "example", ..Source::default() })?;
    /// }
    /// let index = Index::open(builder.finish()?)?;
    ///
    /// let uploads = [Bits256::ZERO, listed[1], listed[0]].into_iter();
    /// let hits: Result<Vec<_>, _> = index.batch(Profile::Pdq, 31, uploads)?.collect();
    /// let found: Vec<_> = hits?.iter().map(|hit| (hit.needle, hit.hash)).collect();
    /// assert_eq!(found, [(1, listed[1]), (2, listed[0])]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search). Damage of the index is an item, after which there are no more.
    pub fn batch<const N: usize, I: IntoIterator<Item = HashBits<N>>>(
        &self,
        profile: Profile,
        radius: u32,
        needles: I,
    ) -> Result<impl FusedIterator<Item = Result<Hit<N>, IndexError>> + fmt::Debug, IndexError> {
        self.check(&Query::<N>::new(profile, &[]).radius(radius))?;
        Ok(Batch {
            index: self,
            profile,
            radius,
            needles: needles.into_iter(),
            group: Vec::new(),
            done: 0,
            before: 0,
            at_a_time: GROUP,
            found: Vec::new().into_iter(),
            damage: None,
            ended: false,
        })
    }
}

/// The hits of many needles.
struct Batch<'a, D, I, const N: usize> {
    index: &'a Index<D>,
    profile: Profile,
    radius: u32,
    needles: I,
    /// Needles taken from the iterator, how many of them have been looked up, and how many there were before them.
    group: Vec<HashBits<N>>,
    done: usize,
    before: usize,
    /// How many are looked up at a time.
    at_a_time: usize,
    found: vec::IntoIter<Hit<N>>,
    damage: Option<IndexError>,
    /// The needles have ended, or the index is damaged.
    ended: bool,
}

impl<D: AsRef<[u8]>, I: Iterator<Item = HashBits<N>>, const N: usize> Batch<'_, D, I, N> {
    /// Looks the next needles up; none are left once this is `false`.
    fn look_up(&mut self) -> bool {
        if self.done == self.group.len() {
            self.before += self.group.len();
            (self.done, self.at_a_time) = (0, GROUP);
            self.group.clear();
            if !self.ended {
                self.group.extend(self.needles.by_ref().take(GROUP));
                // an iterator may yield more after its end; this one does not ask
                self.ended = self.group.len() < GROUP;
            }
        }
        let left = &self.group[self.done..];
        let needles = &left[..self.at_a_time.min(left.len())];
        if needles.is_empty() {
            return false;
        }
        let (mut found, first) = (Vec::new(), self.before + self.done);
        let searched = self.index.search_sorted(&Query::new(self.profile, needles).radius(self.radius), |hit| {
            found.push(Hit { needle: first + hit.needle, ..hit });
            if found.len() > MOST_HITS && needles.len() > 1 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if found.len() > MOST_HITS && needles.len() > 1 {
            self.at_a_time = needles.len() / 2;
            return true;
        }
        found.sort_unstable_by_key(|hit| (hit.needle, hit.distance, hit.hash));
        self.found = found.into_iter();
        self.done += needles.len();
        if let Err(damage) = searched {
            (self.damage, self.ended, self.done) = (Some(damage), true, self.group.len());
        }
        true
    }
}

impl<D: AsRef<[u8]>, I: Iterator<Item = HashBits<N>>, const N: usize> Iterator for Batch<'_, D, I, N> {
    type Item = Result<Hit<N>, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(hit) = self.found.next() {
                return Some(Ok(hit));
            }
            if let Some(damage) = self.damage.take() {
                return Some(Err(damage));
            }
            if !self.look_up() {
                return None;
            }
        }
    }
}

impl<D: AsRef<[u8]>, I: Iterator<Item = HashBits<N>>, const N: usize> FusedIterator for Batch<'_, D, I, N> {}

impl<D, I, const N: usize> fmt::Debug for Batch<'_, D, I, N> {
    /// Never prints needles.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("profile", &self.profile)
            .field("radius", &self.radius)
            .field("needles", &(self.before + self.done))
            .finish_non_exhaustive()
    }
}
