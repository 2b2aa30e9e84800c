//! From sorted hashes to the tables of a multi-index: two passes, one that counts and one that places.
//!
//! The hashes are gone through in blocks that stay in a near cache: a block is permuted once and placed in one table after the other.
//! Tables share nothing, so each thread takes some of them; the bytes are the same for any number of threads.

#![expect(clippy::indexing_slicing, reason = "buckets are numbered by their prefix; lanes and ids have been counted")]

use alloc::vec::Vec;

use crate::index::permuted::Permuted;
use crate::index::ring::{Chunk, HEAD_LANES, MAX_CHUNKS, Ring};
use crate::kernel::prefetch;
use crate::kernel::sketches::Line;
use crate::wire;

/// Hashes of a block.
const BLOCK: usize = 2048;
/// How many entries ahead memory is asked for: of buckets twice as many, as the heads of buckets say where ids lie.
const AHEAD: usize = 12;

/// What hashes need beside their own bytes to be looked up, as it will stand in the file.
pub(in crate::index) struct Parts<'o> {
    pub(in crate::index) lines: &'o mut [u8],
    pub(in crate::index) ids: &'o mut [u8],
    pub(in crate::index) overflow: &'o mut [u8],
}

/// Counts the buckets of chunks of which width, prefix and lines are chosen: how much overflow each will have.
///
/// `hashes` are those of the slots in order. Takes four bytes for each bucket of all tables, for each thread those of its own.
pub(in crate::index) fn count<const N: usize>(
    chosen: &[Chunk],
    hashes: &(impl Fn(usize) -> [u8; N] + Sync),
    len: usize,
) -> Result<Ring, &'static str> {
    let ring = Ring::new(chosen.iter().copied(), 8 * N, len as u64)?;
    let mut counted: Vec<Chunk> = ring.chunks().to_vec();
    in_parallel(&mut counted, len, |chunks| {
        let counts = counts(chunks, hashes, len);
        for (chunk, counts) in chunks.iter_mut().zip(counts) {
            let lanes = |&count: &u32| overflow_lanes(chunk, count as usize);
            chunk.overflow = counts.iter().map(lanes).sum();
        }
    });
    Ring::new(counted.into_iter(), 8 * N, len as u64)
}

/// Counts the hashes in each bucket of some chunks.
fn counts<const N: usize>(chunks: &[Chunk], hashes: &impl Fn(usize) -> [u8; N], len: usize) -> Vec<Vec<u32>> {
    let mut counts: Vec<Vec<u32>> = chunks.iter().map(|chunk| alloc::vec![0; chunk.buckets()]).collect();
    blocks(hashes, len, |_, block| {
        for (chunk, counts) in chunks.iter().zip(&mut counts) {
            block.iter().for_each(|hash| counts[chunk.place(hash).0 as usize] += 1);
        }
    });
    counts
}

/// Lanes that a bucket of so many entries takes of the overflow: their count and those that do not fit.
const fn overflow_lanes(chunk: &Chunk, count: usize) -> usize {
    let inline = chunk.inline(count);
    if inline < count { 2 + count - inline } else { 0 }
}

/// One chunk's part of the file, which is all zeros at first.
struct Table<'o> {
    chunk: Chunk,
    lines: &'o mut [Line],
    ids: &'o mut [u8],
    overflow: &'o mut [[u8; 2]],
}

/// Fills the tables of a counted ring.
///
/// Takes four bytes for each bucket of all tables, for each thread those of its own.
pub(in crate::index) fn build<const N: usize>(
    ring: &Ring,
    hashes: &(impl Fn(usize) -> [u8; N] + Sync),
    len: usize,
    parts: Parts<'_>,
) {
    let (mut lines, mut ids) = (parts.lines.as_chunks_mut().0, parts.ids);
    let mut overflow = parts.overflow.as_chunks_mut().0;
    let mut tables = Vec::with_capacity(MAX_CHUNKS);
    for &chunk in ring.chunks() {
        let (own_lines, own_ids, own_overflow);
        (own_lines, lines) = lines.split_at_mut(chunk.lines());
        (own_ids, ids) = ids.split_at_mut(len * ring.id_bytes);
        (own_overflow, overflow) = overflow.split_at_mut(chunk.overflow);
        tables.push(Table { chunk, lines: own_lines, ids: own_ids, overflow: own_overflow });
    }
    in_parallel(&mut tables, len, |tables| {
        let chunks: Vec<Chunk> = tables.iter().map(|table| table.chunk).collect();
        let mut placed = counts(&chunks, hashes, len);
        for (table, counts) in tables.iter_mut().zip(&mut placed) {
            table.write_heads(counts);
            counts.fill(0);
        }
        let mut places = Vec::with_capacity(BLOCK.min(len));
        blocks(hashes, len, |first, block| {
            for (table, placed) in tables.iter_mut().zip(&mut placed) {
                places.clear();
                places.extend(block.iter().map(|hash| table.chunk.place(hash)));
                let (mut ahead, mut nearly) = (places.iter().skip(2 * AHEAD), places.iter().skip(AHEAD));
                for (&(bucket, sketch), slot) in places.iter().zip(first..) {
                    if let Some(&(bucket, _)) = ahead.next() {
                        table.prefetch_bucket(bucket as usize);
                    }
                    if let Some(&(bucket, _)) = nearly.next() {
                        table.prefetch_id(bucket as usize, placed[bucket as usize] as usize, ring.id_bytes);
                    }
                    let placed = &mut placed[bucket as usize];
                    table.put(bucket as usize, *placed as usize, sketch, slot, ring.id_bytes);
                    *placed += 1;
                }
            }
        });
    });
}

impl Table<'_> {
    /// Writes what the buckets say of themselves, and where their overflow lies.
    fn write_heads(&mut self, counts: &[u32]) {
        let (mut first, mut lane) = (0_u32, 0_usize);
        for (bucket, &count) in self.lines.chunks_mut(self.chunk.lines_each).zip(counts) {
            let lanes = bucket.as_flattened_mut().as_chunks_mut::<2>().0;
            put_word(&mut lanes[..2], first);
            lanes[HEAD_LANES - 1] = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes(); // more are counted in the overflow
            let taken = overflow_lanes(&self.chunk, count as usize);
            if taken > 0 {
                let end = lanes.len();
                // The overflow of a chunk has fewer lanes than the index has hashes and buckets, which words number.
                put_word(&mut lanes[end - 2..], wire::number(lane));
                put_word(&mut self.overflow[lane..lane + 2], count);
                lane += taken;
            }
            first += count;
        }
    }

    /// Prefetches the first line of a bucket.
    #[inline]
    fn prefetch_bucket(&self, bucket: usize) {
        prefetch(&self.lines[bucket * self.chunk.lines_each]);
    }

    /// Prefetches the place of the slot of an entry; the entry after the last of the table has none.
    #[inline]
    fn prefetch_id(&self, bucket: usize, number: usize, id_bytes: usize) {
        let [a, b, c, d, ..] = self.lines[bucket * self.chunk.lines_each];
        self.ids.get((u32::from_le_bytes([a, b, c, d]) as usize + number) * id_bytes).map(prefetch);
    }

    /// Writes the entry `number` of a bucket.
    #[inline]
    fn put(&mut self, bucket: usize, number: usize, sketch: u16, slot: usize, id_bytes: usize) {
        let lines_each = self.chunk.lines_each;
        let lanes = self.lines[bucket * lines_each..][..lines_each].as_flattened_mut().as_chunks_mut::<2>().0;
        let (first, count) = (word(&lanes[..2]), u16::from_le_bytes(lanes[HEAD_LANES - 1]));
        let inline = self.chunk.inline(count.into());
        let lane = if number < inline {
            &mut lanes[HEAD_LANES + number]
        } else {
            &mut self.overflow[word(&lanes[lanes.len() - 2..]) as usize + 2 + number - inline]
        };
        *lane = sketch.to_le_bytes();
        let at = (first as usize + number) * id_bytes;
        self.ids[at..at + id_bytes].copy_from_slice(&slot.to_le_bytes()[..id_bytes]);
    }
}

fn word(lanes: &[[u8; 2]]) -> u32 {
    u32::from_le_bytes([lanes[0][0], lanes[0][1], lanes[1][0], lanes[1][1]])
}

fn put_word(lanes: &mut [[u8; 2]], word: u32) {
    lanes.as_flattened_mut().copy_from_slice(&word.to_le_bytes());
}

/// Permutes all hashes, block after block: the slot of the first of each, and the block.
fn blocks<const N: usize>(hashes: &impl Fn(usize) -> [u8; N], len: usize, mut visit: impl FnMut(usize, &[Permuted])) {
    let mut block = Vec::with_capacity(BLOCK.min(len));
    for first in (0..len).step_by(BLOCK) {
        block.clear();
        block.extend((first..len).take(BLOCK).map(|slot| Permuted::of(&hashes(slot))));
        visit(first, &block);
    }
}

/// With fewer hashes than this a second thread costs more than it saves (178 us and 25 without it for 64, equal here).
#[cfg(feature = "std")]
const FEW: usize = 1 << 12;

/// Does some work for so many hashes on parts of a slice, on as many threads as the machine has cores.
#[cfg(feature = "std")]
fn in_parallel<T: Send>(items: &mut [T], hashes: usize, work: impl Fn(&mut [T]) + Sync) {
    use std::sync::Mutex;
    use std::thread;

    if hashes < FEW {
        return work(items);
    }
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len()).max(1);
    let share = items.len().div_ceil(threads).max(1);
    let shares: Vec<_> = items.chunks_mut(share).map(|share| Mutex::new(Some(share))).collect();
    let take = |share: &Mutex<Option<&mut [T]>>| share.lock().ok().and_then(|mut share| share.take()).map(&work);
    let help = || {
        for share in &shares {
            take(share);
        }
    };
    thread::scope(|scope| {
        for _ in 1..shares.len() {
            // what a thread that cannot be had would have taken, this one takes
            let _ = thread::Builder::new().spawn_scoped(scope, help);
        }
        help();
    });
}

/// Does some work on a slice.
#[cfg(not(feature = "std"))]
fn in_parallel<T>(items: &mut [T], _: usize, work: impl Fn(&mut [T])) {
    work(items);
}
