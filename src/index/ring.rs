//! The geometry of multi-index hashing: how a hash is cut into chunks, how large the table of each chunk is, and what a radius
//! allows each chunk. See [`mih`](super::mih) for the search.

#![expect(
    clippy::indexing_slicing,
    reason = "chunks are numbered below the count of the ring, which is at most `MAX_CHUNKS`"
)]

use core::fmt;

use super::permuted::Permuted;
use crate::kernel::sketches::LANES;

/// The most chunks that a hash is cut into.
pub(super) const MAX_CHUNKS: usize = 16;
/// Bits of the sketch that stands for an entry in its bucket: those that follow the prefix.
pub(super) const SKETCH_BITS: u32 = 16;
/// Lanes of a bucket's first line that are not sketches: the first entry (two), the count.
pub(super) const HEAD_LANES: usize = 3;
/// Lanes at the end of a bucket that hold where its overflow lies, if it has one.
pub(super) const OVERFLOW_LANES: usize = 2;
/// The longest prefix: 2^24 buckets of a table are a gigabyte.
const MAX_PREFIX: u32 = 24;
/// The most lines of a bucket: what the count, in 16 bits, can still say is full.
pub(super) const MAX_LINES: usize = 2047;

/// One chunk of the hash and the table of its prefixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The first bit, in the order of [`Permuted`].
    pub(super) start: u32,
    /// Bits of the chunk.
    pub(super) width: u32,
    /// Its first bits, which number the buckets.
    pub(super) prefix: u32,
    /// Lines of a bucket.
    pub(super) lines_each: usize,
    /// Lanes of sketches in the overflow of all its buckets.
    pub(super) overflow: usize,
    /// Where its lines and its overflow begin, counted over all chunks.
    pub(super) first_line: usize,
    pub(super) first_overflow: usize,
}

impl Chunk {
    /// A chunk of some measures, which is not yet part of a ring.
    pub(super) const fn new(width: u32, prefix: u32, lines_each: usize, overflow: usize) -> Self {
        Self { start: 0, width, prefix, lines_each, overflow, first_line: 0, first_overflow: 0 }
    }

    /// Buckets of the table.
    pub(super) const fn buckets(&self) -> usize {
        1 << self.prefix
    }

    /// Lines of the table.
    pub(super) const fn lines(&self) -> usize {
        self.lines_each << self.prefix
    }

    /// Sketches that a bucket without overflow can hold.
    pub(super) const fn capacity(&self) -> usize {
        LANES * self.lines_each - HEAD_LANES
    }

    /// Sketches of a bucket that lie in its lines, of `count` in all.
    pub(super) const fn inline(&self, count: usize) -> usize {
        if count > self.capacity() { self.capacity() - OVERFLOW_LANES } else { count }
    }

    /// The bucket of a hash, and above it its sketch.
    #[inline]
    pub(super) fn bits(&self, hash: &Permuted) -> u64 {
        hash.bits(self.start, self.prefix + SKETCH_BITS)
    }

    /// The bucket of a hash, and its sketch.
    #[inline]
    pub(super) fn place(&self, hash: &Permuted) -> (u32, u16) {
        let bits = self.bits(hash);
        let bucket = bits & !(u64::MAX << self.prefix);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a prefix has at most 24 bits, and the sketch is the 16 after it"
        )]
        let place = (bucket as u32, (bits >> self.prefix) as u16);
        place
    }
}

/// The chunks of an index, as they are recorded in it: sound, whatever the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ring {
    chunks: [Chunk; MAX_CHUNKS],
    count: usize,
    /// Bytes of the number of a hash.
    pub(super) id_bytes: usize,
}

impl Ring {
    /// Of an index of another kind: nothing but zeros, which take no room among constants.
    pub(super) const NONE: Self = Self { chunks: [Chunk::new(0, 0, 0, 0); MAX_CHUNKS], count: 0, id_bytes: 0 };

    /// Takes chunks of which width, prefix, lines and overflow are given, for `hashes` hashes of `bits` bits.
    ///
    /// # Errors
    ///
    /// Says which rule they break.
    pub(super) fn new(
        given: impl ExactSizeIterator<Item = Chunk>,
        bits: usize,
        hashes: u64,
    ) -> Result<Self, &'static str> {
        let mut ring = Self { count: given.len(), id_bytes: id_bytes(hashes), ..Self::NONE };
        if ring.count == 0 || ring.count > MAX_CHUNKS {
            return Err("does not have 1 to 16 chunks");
        }
        let (mut start, mut first_line, mut first_overflow) = (0_u32, 0_usize, 0_usize);
        for (chunk, given) in ring.chunks.iter_mut().zip(given) {
            let Chunk { width, prefix, lines_each, overflow, .. } = given;
            if prefix == 0 || prefix > width.min(MAX_PREFIX) || lines_each == 0 || lines_each > MAX_LINES {
                return Err("has a chunk with measures that no builder chooses");
            }
            *chunk = Chunk { start, first_line, first_overflow, ..given };
            let too_large = "has more lines than can be addressed";
            start = start.checked_add(width).ok_or("does not cut hashes of this length")?;
            first_line =
                lines_each.checked_mul(1 << prefix).and_then(|it| first_line.checked_add(it)).ok_or(too_large)?;
            first_overflow = first_overflow.checked_add(overflow).ok_or(too_large)?;
        }
        if usize::try_from(start).ok() != Some(bits) {
            return Err("does not cut hashes of this length");
        }
        let chunks = ring.chunks();
        let next = chunks.iter().cycle().skip(1);
        if chunks.iter().zip(next).any(|(chunk, next)| chunk.prefix + SKETCH_BITS > chunk.width + next.width) {
            return Err("has a sketch that reaches over the next chunk");
        }
        Ok(ring)
    }

    /// The chunks, in their order around the ring.
    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks[..self.count]
    }

    /// Lines of all tables, and lanes of their overflows.
    pub(super) fn totals(&self) -> (usize, usize) {
        self.chunks().iter().fold((0, 0), |(lines, lanes), chunk| (lines + chunk.lines(), lanes + chunk.overflow))
    }

    /// Bits of the hashes.
    pub(super) fn bits(&self) -> u32 {
        self.chunks().iter().map(|chunk| chunk.width).sum()
    }

    /// What a radius allows each chunk.
    pub(super) fn allowances(&self, radius: u32) -> Allowances {
        let bits = u64::from(self.bits());
        let share = |end: u32| (u64::from(radius) + 1) * u64::from(end) / bits;
        let mut of = [0; MAX_CHUNKS];
        for (allowance, chunk) in of.iter_mut().zip(self.chunks()) {
            #[expect(clippy::cast_possible_truncation, reason = "a part of the radius plus one")]
            let share = (share(chunk.start + chunk.width) - share(chunk.start)) as u32;
            *allowance = share;
        }
        Allowances { of, count: self.count }
    }

    /// The first of some chunks at which a hash within the radius is found: which, and in which bits of the prefix they differ.
    ///
    /// Among all chunks there is one for every hash within the radius; hashes beyond it may have one too.
    pub(super) fn first_start(
        &self,
        allowances: &Allowances,
        of: usize,
        needle: &Permuted,
        hash: &Permuted,
    ) -> Option<(usize, u32)> {
        self.chunks().iter().take(of).enumerate().find_map(|(number, chunk)| {
            let ((bucket, sketch), (to_bucket, to_sketch)) = (chunk.place(needle), chunk.place(hash));
            let mask = bucket ^ to_bucket;
            let (prefix, sketch) = (mask.count_ones(), (sketch ^ to_sketch).count_ones());
            let is_start = prefix < allowances.own(number) && prefix + sketch < allowances.with_next(number);
            is_start.then_some((number, mask))
        })
    }
}

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |f: &mut fmt::Formatter<'_>, measure: fn(&Chunk) -> usize, noun: &str| {
            let all = self.chunks().iter().map(measure);
            match all.clone().min().zip(all.max()) {
                Some((1, 1)) => write!(f, "1 {noun}"),
                Some((least, most)) if least == most => write!(f, "{most} {noun}s"),
                Some((least, most)) => write!(f, "{least} to {most} {noun}s"),
                None => Ok(()),
            }
        };
        write!(f, "{} chunks of ", self.count)?;
        range(f, |chunk| chunk.width as usize, "bit")?;
        f.write_str(", prefixes of ")?;
        range(f, |chunk| chunk.prefix as usize, "bit")?;
        f.write_str(", ")?;
        range(f, |chunk| chunk.lines_each, "line")?;
        let overflow: usize = self.chunks().iter().map(|chunk| chunk.overflow).sum();
        write!(f, " a bucket, overflow of {overflow} lanes")
    }
}

/// How many bits each chunk may differ in, shared out over the ring: they add up to the radius plus one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowances {
    of: [u32; MAX_CHUNKS],
    count: usize,
}

impl Allowances {
    /// A prefix has to differ in fewer bits than this.
    #[inline]
    pub(super) fn own(&self, chunk: usize) -> u32 {
        self.of[chunk]
    }

    /// Prefix and sketch together have to differ in fewer bits than this.
    #[inline]
    pub(super) fn with_next(&self, chunk: usize) -> u32 {
        let next = if chunk + 1 == self.count { 0 } else { chunk + 1 };
        self.own(chunk).saturating_add(self.own(next))
    }
}

/// Bytes in which the numbers of so many hashes fit.
const fn id_bytes(hashes: u64) -> usize {
    if hashes <= 1 << 24 { 3 } else { 4 }
}

/// All values of `bits` bits with `ones` of them set, rising.
///
/// Source: Gosper's hack, "HAKMEM", item 175.
#[derive(Clone, Copy, Debug)]
pub(super) struct Masks {
    next: u32,
    end: u32,
}

impl Masks {
    /// How many there are of a weight.
    #[cfg(feature = "alloc")]
    pub(super) const fn count(bits: u32, ones: u32) -> u64 {
        let (mut chosen, mut count) = (0, 1);
        while chosen < ones {
            count = count * (bits as u64).saturating_sub(chosen as u64) / (chosen as u64 + 1);
            chosen += 1;
        }
        count
    }

    /// At most 24 bits.
    #[inline]
    pub(super) const fn new(bits: u32, ones: u32) -> Self {
        let end = 1 << bits;
        Self { next: if ones > bits { end } else { !(u32::MAX << ones) }, end }
    }
}

impl Iterator for Masks {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let mask = self.next;
        if mask >= self.end {
            return None;
        }
        // of 0 there is no other value with as many ones
        let low = mask & mask.wrapping_neg();
        let carried = mask.wrapping_add(low);
        self.next = if mask == 0 { self.end } else { (carried ^ mask) >> (2 + mask.trailing_zeros()) | carried };
        Some(mask)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use bitvec::order::Lsb0;
    use bitvec::view::BitView;

    fn ring(measures: &[(u32, u32)]) -> Ring {
        let chunks: Vec<_> = measures.iter().map(|&(width, prefix)| Chunk::new(width, prefix, 1, 0)).collect();
        let bits = measures.iter().map(|(width, _)| *width as usize).sum();
        Ring::new(chunks.into_iter(), bits, 1000).unwrap()
    }

    #[test]
    fn masks_are_all_values_of_their_weight_rising() {
        for bits in 1..=12 {
            for ones in 0..=13 {
                let expected: Vec<u32> = (0..1 << bits).filter(|mask: &u32| mask.count_ones() == ones).collect();
                assert_eq!(Masks::new(bits, ones).collect::<Vec<_>>(), expected, "{ones} of {bits}");
                assert_eq!(Masks::count(bits, ones), expected.len() as u64);
            }
        }
        assert_eq!(Masks::new(24, 2).count(), 276);
    }

    #[test]
    fn allowances_are_shared_out_in_full() {
        for measures in [&[(16, 16); 16][..], &[(16, 5); 4], &[(22, 20), (21, 21), (21, 20), (22, 22)]] {
            let ring = ring(measures);
            let bits = measures.iter().map(|(width, _)| width).sum();
            for radius in 0..=bits {
                let allowances = ring.allowances(radius);
                let all: Vec<u32> = (0..measures.len()).map(|chunk| allowances.own(chunk)).collect();
                assert_eq!(all.iter().sum::<u32>(), radius + 1);
                assert!(all.iter().max().unwrap() - all.iter().min().unwrap() <= 2, "{all:?}");
            }
        }
        let allowances = ring(&[(16, 16); 16]).allowances(31);
        assert!((0..16).all(|chunk| (allowances.own(chunk), allowances.with_next(chunk)) == (2, 4)));
    }

    #[test]
    fn every_hash_within_the_radius_has_a_start() {
        let mut state = 1_u64;
        let mut next = |end: usize| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(3);
            (state >> 33) as usize % end
        };
        for measures in [&[(16, 16); 16][..], &[(16, 3); 16], &[(32, 20), (64, 24), (64, 22), (96, 1)]] {
            let ring = ring(measures);
            for radius in [0, 1, 5, 15, 16, 31, 32, 47, 64, 128] {
                let allowances = ring.allowances(radius);
                for _ in 0..200 {
                    let needle: [u8; 32] = core::array::from_fn(|_| next(256) as u8);
                    let mut hash = needle;
                    // all in one corner, or anywhere: as many bits as the radius allows
                    let corner = 1 + next(256);
                    let bits = hash.view_bits_mut::<Lsb0>();
                    for _ in 0..radius {
                        let bit = next(corner);
                        bits.set(bit, !bits[bit]);
                    }
                    let start = ring.first_start(&allowances, 16, &Permuted::of(&needle), &Permuted::of(&hash));
                    assert!(start.is_some(), "radius {radius}");
                }
            }
        }
    }

    #[test]
    fn measures_that_make_no_sense_are_refused() {
        let chunk = |width, prefix| Chunk::new(width, prefix, 1, 0);
        let says = |chunks: &[Chunk], what| assert_eq!(Ring::new(chunks.iter().copied(), 64, 9), Err(what));
        says(&[], "does not have 1 to 16 chunks");
        says(&[chunk(4, 4); 17], "does not have 1 to 16 chunks");
        let measures = "has a chunk with measures that no builder chooses";
        says(&[chunk(16, 0); 4], measures);
        says(&[chunk(16, 17); 4], measures);
        says(&[chunk(32, 25); 2], measures);
        says(&[Chunk { lines_each: 0, ..chunk(16, 16) }; 4], measures);
        says(&[Chunk { lines_each: 2048, ..chunk(16, 16) }; 4], measures);
        says(&[chunk(16, 16); 3], "does not cut hashes of this length");
        says(&[chunk(u32::MAX, 16); 2], "does not cut hashes of this length");
        says(&[Chunk { overflow: usize::MAX, ..chunk(16, 16) }; 4], "has more lines than can be addressed");
        says(&[chunk(8, 8); 8], "has a sketch that reaches over the next chunk");
    }
}
