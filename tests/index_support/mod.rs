//! What the tests of the index share: clustered hashes, brute force, and the reading of a file by its documented layout.

#![allow(dead_code, unreachable_pub, reason = "every test takes what it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    reason = "tests may panic, and know their numbers"
)]

use std::ops::ControlFlow;

use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Index, IndexError, IndexKind, Query, Source};

pub const KINDS: [IndexKind; 3] = [IndexKind::Linear, IndexKind::BkTree, IndexKind::Mih];

/// Changes one bit of a hash.
pub fn flip<const N: usize>(hash: &mut HashBits<N>, bit: usize) {
    let bits = hash.bits_mut();
    bits.set(bit, !bits[bit]);
}

/// A hit as brute force knows it: hash, needle, distance.
pub type Found<const N: usize> = (HashBits<N>, usize, u32);

/// A small generator of pseudo-random numbers (SplitMix64), so that every run sees the same data.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn hash<const N: usize>(&mut self) -> HashBits<N> {
        HashBits::from_bytes(std::array::from_fn(|_| self.next() as u8))
    }

    /// The same hash with exactly so many bits changed.
    pub fn near<const N: usize>(&mut self, hash: &HashBits<N>, bits: usize) -> HashBits<N> {
        let mut positions: Vec<usize> = (0..8 * N).collect();
        let mut near = *hash;
        for bit in 0..bits {
            let other = bit + self.below(8 * N - bit);
            positions.swap(bit, other);
            // golden files were drawn with the bits of a byte counted from the lowest
            flip(&mut near, positions[bit] ^ 7);
        }
        near
    }

    pub fn digest(&mut self, kind: DigestKind) -> Digest {
        let bytes: Vec<u8> = (0..kind.bytes()).map(|_| self.next() as u8).collect();
        Digest::from_bytes(kind, &bytes).unwrap()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

/// The profile that tests use for hashes of this length.
pub fn profile(bytes: usize) -> Profile {
    if bytes == 8 { Profile::Phash64 } else { Profile::Pdq }
}

pub fn build<const N: usize>(hashes: &[HashBits<N>], kind: IndexKind) -> Index<Vec<u8>> {
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    for hash in hashes {
        builder.add(*hash, Source { list: "test", ..Source::default() }).unwrap();
    }
    Index::open(builder.finish().unwrap()).unwrap()
}

/// The definition of the answer, over hashes each of which counts once.
pub fn brute_force<const N: usize>(hashes: &[HashBits<N>], needles: &[HashBits<N>], radius: u32) -> Vec<Found<N>> {
    let mut hashes = hashes.to_vec();
    hashes.sort_unstable();
    hashes.dedup();
    let mut found = Vec::new();
    for hash in hashes {
        for (number, needle) in needles.iter().enumerate() {
            // an oracle that has nothing in common with the kernels
            let differing = hash.bits().iter().by_vals().zip(needle.bits().iter().by_vals()).filter(|(a, b)| a != b);
            let distance = differing.count() as u32;
            if distance <= radius {
                found.push((hash, number, distance));
            }
        }
    }
    found
}

/// Every hit of a search, sorted as brute force sorts.
pub fn search<const N: usize, D: AsRef<[u8]>>(
    index: &Index<D>,
    needles: &[HashBits<N>],
    radius: u32,
) -> Result<Vec<Found<N>>, IndexError> {
    let mut found = Vec::new();
    index.search(&Query::new(index.profile(), needles).radius(radius), |hit| {
        found.push((hit.hash, hit.needle, hit.distance));
        ControlFlow::Continue(())
    })?;
    found.sort_unstable();
    Ok(found)
}

/// Where the documented layout puts the section table: one row of id (4), checksum (4), offset (8), length (8) each.
const TABLE: usize = 72;
const ROW: usize = 24;

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(&bytes[at..at + N]);
    u64::from_le_bytes(wide)
}

/// The sections of a file as (id, start, length), read by the documented layout rather than by the library.
pub fn sections(bytes: &[u8]) -> Vec<(u32, usize, usize)> {
    (0..number::<2>(bytes, 26) as usize)
        .map(|row| TABLE + ROW * row)
        .map(|row| {
            let (id, start, len) = (number::<4>(bytes, row), number::<8>(bytes, row + 8), number::<8>(bytes, row + 16));
            (id as u32, start as usize, len as usize)
        })
        .collect()
}

/// Which ids the sections of digests have.
pub const DIGESTS: [(DigestKind, u32); 3] = [(DigestKind::Md5, 13), (DigestKind::Sha1, 14), (DigestKind::Sha256, 15)];

/// The digests that a file holds, row by row, read by the documented layout rather than by the library.
pub fn digest_rows(bytes: &[u8], kind: DigestKind) -> Vec<(Digest, u32)> {
    let id = DIGESTS.iter().find(|row| row.0 == kind).unwrap().1;
    let Some(&(_, start, len)) = sections(bytes).iter().find(|section| section.0 == id) else { return Vec::new() };
    let rows = bytes[start..start + len].chunks_exact(kind.bytes() + 4);
    rows.map(|row| {
        let (digest, entry) = row.split_at(kind.bytes());
        (Digest::from_bytes(kind, digest).unwrap(), u32::from_le_bytes(entry.try_into().unwrap()))
    })
    .collect()
}

/// Makes every checksum right again as far as the layout still allows.
pub fn reseal(bytes: &mut [u8]) {
    let count = number::<2>(bytes, 26) as usize;
    let end = TABLE + ROW * count;
    if bytes.len() < end + 4 {
        return;
    }
    for row in (TABLE..end).step_by(ROW) {
        let (start, len) = (number::<8>(bytes, row + 8) as usize, number::<8>(bytes, row + 16) as usize);
        if let Some(content) = bytes.get(start..start.saturating_add(len)) {
            let checksum = crc32fast::hash(content);
            bytes[row + 4..row + 8].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    let checksum = crc32fast::hash(&bytes[..end]);
    bytes[end..end + 4].copy_from_slice(&checksum.to_le_bytes());
}
