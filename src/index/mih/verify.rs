//! Checks that the tables hold every hash exactly where a look-up will search for it, without looking any of them up.
//!
//! Of each chunk the file has a list of entries: slot, prefix and sketch, in the order of the prefixes. The hashes have the same
//! list, in the order of the slots. That both are the same multiset is checked by their characteristic polynomials: the product
//! of `k + slot + a * bits` over all entries, modulo the prime 2^61 - 1. Different multisets have different polynomials in `k` and
//! `a`, which agree at a random point with a probability of at most `n / 2^61` (Schwartz 1980, Zippel 1979; used so for memory by
//! Blum et al., 1994): below 1e-8 for any list. Two passes in order replace a billion random accesses.
//!
//! The point is drawn anew for each verification where there is a source of randomness (feature `std`), so that nobody can make
//! a file that passes falsely; elsewhere it is fixed, and the check is against accidents.

use super::permuted::Permuted;
use super::ring::{Chunk, MAX_CHUNKS};
use super::{Bucket, Tables, corrupt};
use crate::index::Corrupt;
use crate::index::format::SectionId;

const PRIME: u64 = (1 << 61) - 1;

/// A product modulo [`PRIME`].
#[inline]
fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    // 2^61 is 1: the upper bits are added to the lower ones, twice
    #[expect(clippy::cast_possible_truncation, reason = "61 bits each")]
    let sum = (product as u64 & PRIME) + (product >> 61) as u64;
    (sum & PRIME) + (sum >> 61)
}

/// The point at which polynomials are compared.
#[derive(Clone, Copy)]
struct Point {
    k: u64,
    a: u64,
}

impl Point {
    fn new() -> Self {
        #[cfg(feature = "std")]
        let drawn = || {
            use core::hash::{BuildHasher, Hasher};
            std::hash::RandomState::new().build_hasher().finish()
        };
        #[cfg(not(feature = "std"))]
        let drawn = || 0x9e37_79b9_7f4a_7c15;
        Self { k: drawn() & PRIME, a: times(drawn() & PRIME, 0x0123_4567_89ab_cdef) }
    }

    /// What an entry multiplies the product by.
    #[inline]
    fn factor(&self, chunk: &Chunk, slot: usize, bucket: u32, sketch: u16) -> u64 {
        let bits = u64::from(bucket) | u64::from(sketch) << chunk.prefix;
        let sum = times(self.a, bits) + self.k + slot as u64; // of two numbers of 61 bits and one of 32
        (sum & PRIME) + (sum >> 61)
    }
}

impl<const N: usize> Tables<'_, N> {
    /// Checks everything that a builder promises of hashes, buckets, ids and overflow.
    pub(in crate::index) fn verify(&self) -> Result<(), Corrupt> {
        let point = Point::new();
        let chunks = self.ring.chunks();
        let mut products = [1; MAX_CHUNKS];
        let (mut before, mut slot) = (None, 0);
        self.hashes.for_each(|hash| {
            if before.replace(*hash).is_some_and(|before| before >= *hash) {
                return Err(corrupt(SectionId::Hashes, "holds hashes that do not rise"));
            }
            let permuted = Permuted::of(hash);
            for (product, chunk) in products.iter_mut().zip(chunks) {
                let (bucket, sketch) = chunk.place(&permuted);
                *product = times(*product, point.factor(chunk, slot, bucket, sketch));
            }
            slot += 1;
            Ok(())
        })?;
        for ((number, chunk), product) in chunks.iter().enumerate().zip(products) {
            let found = match self.ring.id_bytes {
                3 => self.verify_chunk(number, chunk, point, |[a, b, c]: [u8; 3]| [a, b, c, 0])?,
                _ => self.verify_chunk(number, chunk, point, |id: [u8; 4]| id)?,
            };
            // both are below 2^61 + 1, and 2^61 - 1 is 0
            if found % PRIME != product % PRIME {
                return Err(corrupt(SectionId::Ids, "does not hold every hash in its bucket"));
            }
        }
        Ok(())
    }

    /// Checks the order of a chunk's entries, and multiplies them.
    fn verify_chunk<const W: usize>(
        &self,
        number: usize,
        chunk: &Chunk,
        point: Point,
        word: impl Fn([u8; W]) -> [u8; 4],
    ) -> Result<u64, Corrupt> {
        let (mut entries, mut overflow) = (0, 0);
        // four products instead of one, which do not wait for each other
        let mut products = [1; 4];
        for (prefix, place) in (0..chunk.buckets()).zip(0..) {
            let bucket = self.bucket(chunk, prefix)?;
            if bucket.first != entries {
                return Err(corrupt(SectionId::Buckets, "does not follow from the bucket before"));
            }
            self.verify_unused(chunk, prefix, &bucket, &mut overflow)?;
            let at = (number * self.hashes.len() + entries) * W;
            let ids = self.ids.get(at..at + W * bucket.len).ok_or(corrupt(SectionId::Ids, "ends too early"))?;
            let mut before = None;
            for ((id, sketch), turn) in
                ids.as_chunks::<W>().0.iter().zip(bucket.sketches.iter().chain(bucket.overflow)).zip(0..)
            {
                let slot = u32::from_le_bytes(word(*id)) as usize;
                if before.replace(slot).is_some_and(|before| before >= slot) {
                    return Err(corrupt(SectionId::Ids, "has entries of a bucket that do not rise"));
                }
                if let Some(product) = products.get_mut(turn % 4_usize) {
                    *product = times(*product, point.factor(chunk, slot, place, u16::from_le_bytes(*sketch)));
                }
            }
            entries += bucket.len;
        }
        if entries != self.hashes.len() || overflow != chunk.overflow {
            return Err(corrupt(SectionId::Buckets, "does not hold as many entries as there are hashes"));
        }
        Ok(products.into_iter().fold(1, times))
    }

    /// Checks that what a bucket does not use is zero, and that its overflow follows that of the bucket before.
    fn verify_unused(
        &self,
        chunk: &Chunk,
        prefix: usize,
        bucket: &Bucket<'_>,
        overflow: &mut usize,
    ) -> Result<(), Corrupt> {
        let lanes = self.buckets(chunk).get(prefix).as_flattened().as_chunks::<2>().0;
        if bucket.overflow.is_empty() {
            let unused = lanes.get(super::HEAD_LANES + bucket.len..).unwrap_or_default();
            if unused.iter().any(|lane| *lane != [0; 2]) {
                return Err(corrupt(SectionId::Buckets, "has entries after the last"));
            }
        } else {
            let at = lanes.last_chunk().map(|&[[a, b], [c, d]]| u32::from_le_bytes([a, b, c, d]) as usize);
            if at != Some(*overflow) {
                return Err(corrupt(SectionId::Buckets, "has an overflow that does not follow the one before"));
            }
            *overflow += 2 + bucket.overflow.len();
        }
        Ok(())
    }
}
