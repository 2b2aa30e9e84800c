//! Every way through a multi-index gives what comparing all pairs gives, whatever the measures and wherever it is broken off.

use super::searcher::Searcher;
use super::*;
use crate::hash::HashBits;
use crate::index::hashes::{Hashes, write_sliced};
use crate::index::permuted::Permuted;
use crate::index::ring::{Chunk, Ring};
use crate::kernel::Level;
use crate::kernel::hamming::Pair;
use alloc::vec;
use alloc::vec::Vec;
use bitvec::order::Msb0;
use bitvec::view::BitView;
use core::ops::ControlFlow;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn hash<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.next() as u8)
    }

    /// A hash with exactly so many bits changed.
    fn near<const N: usize>(&mut self, hash: &[u8; N], bits: usize) -> [u8; N] {
        let mut changed = HashBits::<N>::ZERO;
        while changed.count_ones() < bits as u32 {
            changed.bits_mut().set(self.below(8 * N), true);
        }
        core::array::from_fn(|at| hash[at] ^ changed.as_bytes()[at])
    }
}

/// The sections of a multi-index with measures of one's own.
struct Built<const N: usize> {
    rows: Vec<[u8; N]>,
    ring: Ring,
    hashes: Vec<u8>,
    lines: Vec<u8>,
    ids: Vec<u8>,
    overflow: Vec<u8>,
}

fn build_with<const N: usize>(mut rows: Vec<[u8; N]>, chosen: &[Chunk]) -> Built<N> {
    rows.sort_unstable();
    rows.dedup();
    let hash = |slot: usize| rows[slot];
    let ring = count(chosen, &hash, rows.len()).unwrap();
    let (lines, lanes) = ring.totals();
    let mut built = Built {
        ring,
        hashes: vec![0; N * rows.len()],
        lines: vec![0; 64 * lines],
        ids: vec![0; rows.len() * ring.id_bytes * ring.chunks().len()],
        overflow: vec![0; 2 * lanes],
        rows: Vec::new(),
    };
    write_sliced(rows.iter(), &mut built.hashes);
    let (lines, ids, overflow) = (&mut built.lines[..], &mut built.ids[..], &mut built.overflow[..]);
    build(&ring, &hash, rows.len(), Parts { lines, ids, overflow });
    built.rows = rows;
    built
}

impl<const N: usize> Built<N> {
    fn tables(&self) -> Tables<'_, N> {
        Tables {
            ring: &self.ring,
            hashes: Hashes::sliced(&self.hashes),
            lines: self.lines.as_chunks().0,
            ids: &self.ids,
            overflow: self.overflow.as_chunks().0,
        }
    }

    /// Every pair within the radius, by every way there is.
    fn assert_exact(&self, needles: &[HashBits<N>], radius: u32, what: &str) {
        let mut expected = Vec::new();
        for (number, needle) in needles.iter().enumerate() {
            for (slot, row) in self.rows.iter().enumerate() {
                let distance = needle.distance(&HashBits::from_bytes(*row));
                if distance <= radius {
                    expected.push((number, slot, distance));
                }
            }
        }
        // never broken off, at once, and here and there
        for most in [u64::MAX, 0, 33, 150, 400, 700, 1500, 4000, 12_000] {
            for (sorted, by_bucket) in [(false, false), (true, false), (true, true)] {
                let searcher = Searcher::new(Level::best(), self.tables(), radius).with_most(most);
                let searcher = if by_bucket { searcher.by_bucket() } else { searcher };
                let mut found = Vec::new();
                let visit = |pair: Pair, _: &[u8; N]| {
                    found.push((pair.needle, pair.hash, pair.distance));
                    ControlFlow::Continue(())
                };
                let flow = if sorted {
                    sorted::search_by(&searcher, needles, visit)
                } else {
                    interleaved::search_by(&searcher, needles, visit)
                };
                assert_eq!(flow, Ok(ControlFlow::Continue(())));
                found.sort_unstable();
                assert_eq!(found, expected, "{what}, {N} bytes, radius {radius}, at most {most}, sorted {sorted}");
            }
        }
    }
}

/// `count` chunks of the same width, with these prefixes and lines.
fn chunks(bits: u32, count: u32, prefix: u32, lines_each: usize) -> Vec<Chunk> {
    (0..count).map(|i| Chunk::new(bits * (i + 1) / count - bits * i / count, prefix, lines_each, 0)).collect()
}

fn families<const N: usize>(random: &mut Random, len: usize) -> Vec<[u8; N]> {
    let centres: Vec<[u8; N]> = (0..len / 30 + 1).map(|_| random.hash()).collect();
    (0..len)
        .map(|i| {
            let bits = random.below(5 * N / 2);
            random.near(&centres[i % centres.len()], bits)
        })
        .collect()
}

fn needles<const N: usize>(random: &mut Random, rows: &[[u8; N]], count: usize) -> Vec<HashBits<N>> {
    let mut needles: Vec<_> = (0..count)
        .map(|i| {
            let (row, bits) = (random.below(rows.len()), i % 40);
            random.near(&rows[row], bits)
        })
        .collect();
    needles.extend([[0; N], [0xff; N], random.hash()]);
    needles.into_iter().map(HashBits::from_bytes).collect()
}

fn every_measure<const N: usize>(measures: &[(u32, u32, usize)], radii: &[u32]) {
    let mut random = Random(N as u64);
    for &(count, prefix, lines_each) in measures {
        for len in [1, 2, 40, 257, 900] {
            let built = build_with(families::<N>(&mut random, len), &chunks(8 * N as u32, count, prefix, lines_each));
            built.tables().verify().unwrap();
            let needles = needles(&mut random, &built.rows, 37);
            for &radius in radii {
                built.assert_exact(&needles, radius, "families");
            }
        }
    }
}

#[test]
fn every_measure_finds_every_pair() {
    every_measure::<32>(
        &[(16, 6, 1), (16, 2, 1), (16, 10, 2), (12, 7, 1), (12, 3, 2), (11, 5, 1)],
        &[0, 1, 15, 23, 31, 32, 47],
    );
    every_measure::<8>(&[(4, 6, 1), (4, 2, 1), (4, 13, 1), (3, 4, 3)], &[0, 1, 2, 3, 4, 8, 10, 16]);
}

/// Lists made so that buckets are as uneven as can be.
fn skewed<const N: usize>(random: &mut Random) -> Vec<(&'static str, Vec<[u8; N]>)> {
    let base: [u8; N] = random.hash();
    let near = |random: &mut Random, most: usize| {
        (0..900)
            .map(|_| {
                let bits = random.below(most);
                random.near(&base, bits)
            })
            .collect::<Vec<_>>()
    };
    // equal in all chunks but one: bits of one diagonal
    let one_chunk = (0..900_u32).map(|i| {
        let mut hash = base;
        for row in 0..2 * N / if N == 8 { 2 } else { 4 } {
            let side = if N == 8 { 8 } else { 16 };
            let bit = side * row + (side - 1 - row % side);
            hash[bit / 8 % N] ^= (((i >> (row % 10)) & 1) as u8) << (bit % 8);
        }
        hash
    });
    vec![
        ("near copies of one hash", near(random, 6)),
        ("far copies of one hash", near(random, N)),
        ("all in one chunk", one_chunk.collect()),
        ("few ones", (0..900).map(|_| random.near(&[0; N], 2)).collect()),
    ]
}

fn skewed_lists<const N: usize>(count: u32, radii: &[u32]) {
    let mut random = Random(5);
    for (what, rows) in skewed::<N>(&mut random) {
        let built = build_with(rows, &chunks(8 * N as u32, count, 6, 1));
        built.tables().verify().unwrap();
        assert!(built.ring.totals().1 > 0, "{what}: there must be overflow");
        let needles = needles(&mut random, &built.rows, 9);
        for &radius in radii {
            built.assert_exact(&needles, radius, what);
        }
    }
}

#[test]
fn full_buckets_are_searched_exactly() {
    skewed_lists::<32>(16, &[0, 4, 31]);
    skewed_lists::<8>(4, &[0, 2, 4, 10]);
}

#[test]
fn counts_beyond_sixteen_bits_are_in_the_overflow() {
    let mut random = Random(9);
    let base: [u8; 8] = random.hash();
    let rows: Vec<[u8; 8]> =
        (0..70_000_u64).map(|i| (u64::from_be_bytes(base) ^ (i * 0x1_0001)).to_be_bytes()).collect();
    let built = build_with(rows, &chunks(64, 4, 1, 1));
    built.tables().verify().unwrap();
    let longest = (0..2).map(|bucket| built.tables().bucket(&built.ring.chunks()[0], bucket).unwrap().len).max();
    assert!(longest.unwrap() > 65_535 || built.rows.len() < 65_536, "{longest:?}");
    let needles = [HashBits::from_bytes(built.rows[5]), HashBits::from_bytes(random.near(&built.rows[60_000], 3))];
    built.assert_exact(&needles, 3, "counts");
}

#[test]
fn needles_after_the_first_group_keep_their_numbers() {
    let mut random = Random(17);
    let built = build_with(families::<8>(&mut random, 40), &chunks(64, 4, 13, 1));
    // 916 a group: at this radius a needle has up to 286 probes of one weight in a chunk
    let needles = needles(&mut random, &built.rows, 1000);
    let searcher = Searcher::new(Level::best(), built.tables(), 16).with_most(u64::MAX);
    let mut found = Vec::new();
    let flow = sorted::search_by(&searcher, &needles, |pair, _| {
        found.push((pair.needle, pair.hash));
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    found.sort_unstable();
    let slots = |needle: &HashBits<8>| {
        let needle = *needle;
        let rows = built.rows.iter().enumerate();
        rows.filter(move |(_, row)| needle.distance(&HashBits::from_bytes(**row)) <= 16).map(|(slot, _)| slot)
    };
    let expected =
        needles.iter().enumerate().flat_map(|(number, needle)| slots(needle).map(move |slot| (number, slot)));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

fn flipped(mut hash: [u8; 32], places: impl Iterator<Item = usize>) -> [u8; 32] {
    let bits = hash.view_bits_mut::<Msb0>();
    places.for_each(|bit| bits.set(bit, !bits[bit]));
    hash
}

/// Errors of exactly the radius, and of one more, piled up at every boundary of chunks.
#[test]
fn errors_on_every_boundary_are_counted_exactly() {
    let mut random = Random(11);
    let ring = build_with(vec![[0; 32]], &chunks(256, 16, 4, 1)).ring;
    // which bit of the hash is bit i of the permuted one
    let mut places = [0; 256];
    for bit in 0..256 {
        let mut hash = HashBits::<32>::ZERO;
        hash.bits_mut().set(bit, true);
        let permuted = Permuted::of(hash.as_bytes());
        places[(0..256).find(|&i| permuted.bits(i, 1) == 1).unwrap() as usize] = bit;
    }
    for radius in [0, 15, 16, 31, 33] {
        let needle: [u8; 32] = random.hash();
        let mut rows: Vec<[u8; 32]> = (0..300).map(|_| random.hash()).collect();
        for chunk in ring.chunks() {
            for errors in [radius, radius + 1] {
                // in a run over the boundary, from one side of it or the other, or some in every chunk
                for first in [chunk.start, chunk.start + 256 - errors, chunk.start + 256 - errors / 2] {
                    rows.push(flipped(needle, (0..errors).map(|i| places[((first + i) % 256) as usize])));
                }
                let spread = (0..errors).map(|i| places[((chunk.start + 8 + i * 16 + i / 16) % 256) as usize]);
                rows.push(flipped(needle, spread));
            }
        }
        let built = build_with(rows, &chunks(256, 16, 5, 1));
        built.assert_exact(&[HashBits::from_bytes(needle)], radius, "boundaries");
        built.assert_exact(&[HashBits::from_bytes(needle)], radius + 1, "boundaries");
    }
}

#[test]
fn the_visitor_can_stop_every_way() {
    let mut random = Random(13);
    let built = build_with(families::<32>(&mut random, 500), &chunks(256, 16, 4, 1));
    let needles = needles(&mut random, &built.rows, 20);
    for most in [u64::MAX, 0, 2000] {
        for (sorted, by_bucket) in [(false, false), (true, false), (true, true)] {
            let searcher = Searcher::new(Level::best(), built.tables(), 31).with_most(most);
            let searcher = if by_bucket { searcher.by_bucket() } else { searcher };
            let mut visits = 0;
            let visit = |_: Pair, _: &[u8; 32]| {
                visits += 1;
                if visits == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let flow = if sorted {
                sorted::search_by(&searcher, &needles, visit)
            } else {
                interleaved::search_by(&searcher, &needles, visit)
            };
            assert_eq!((flow, visits), (Ok(ControlFlow::Break(())), 7), "at most {most}, sorted {sorted}");
        }
    }
}

#[test]
fn what_no_builder_writes_is_found_out() {
    let mut random = Random(15);
    let built = build_with(families::<32>(&mut random, 400), &chunks(256, 16, 3, 1));
    let says = |change: &dyn Fn(&mut Built<32>), what: &str| {
        let mut changed = Built {
            rows: built.rows.clone(),
            ring: built.ring,
            hashes: built.hashes.clone(),
            lines: built.lines.clone(),
            ids: built.ids.clone(),
            overflow: built.overflow.clone(),
        };
        change(&mut changed);
        let error = changed.tables().verify().unwrap_err();
        assert_eq!(error.what, what);
    };
    says(&|built| built.hashes[400 * 32 - 32..].fill(0), "holds hashes that do not rise");
    says(&|built| built.lines[0] = 1, "does not follow from the bucket before");
    says(&|built| built.lines[6] ^= 1, "does not hold every hash in its bucket");
    says(&|built| built.lines[4] -= 1, "counts other entries than its overflow");
    says(&|built| built.lines[62] = 0xff, "refers past the end of the overflow");
    says(&|built| built.overflow[0] += 1, "counts other entries than its overflow");
    says(&|built| built.ids.swap(0, 3), "has entries of a bucket that do not rise");
}
