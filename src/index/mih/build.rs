//! From sorted hashes to the tables of a multi-index: two passes, one that counts and one that places.
//!
//! The hashes are gone through in blocks that stay in a near cache: a block is permuted once and placed in one table after the other.
//! Tables share nothing, so each thread takes some of them; the bytes are the same for any number of threads.

use alloc::vec::Vec;

use super::permuted::Permuted;
use super::ring::{Chunk, HEAD_LANES, MAX_CHUNKS, Ring};
use crate::kernel::prefetch;
use crate::kernel::sketches::Line;

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
        let mut counts: Vec<Vec<u32>> = chunks.iter().map(|chunk| alloc::vec![0; chunk.buckets()]).collect();
        blocks(hashes, len, |_, block| {
            for (chunk, counts) in chunks.iter().zip(&mut counts) {
                for hash in block {
                    if let Some(count) = counts.get_mut(chunk.place(hash).0 as usize) {
                        *count += 1;
                    }
                }
            }
        });
        for (chunk, counts) in chunks.iter_mut().zip(counts) {
            let lanes = |&count: &u32| overflow_lanes(chunk, count as usize);
            chunk.overflow = counts.iter().map(lanes).sum();
        }
    });
    Ring::new(counted.into_iter(), 8 * N, len as u64)
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
        (own_lines, lines) = lines.split_at_mut(chunk.lines().min(lines.len()));
        (own_ids, ids) = ids.split_at_mut((len * ring.id_bytes).min(ids.len()));
        (own_overflow, overflow) = overflow.split_at_mut(chunk.overflow.min(overflow.len()));
        tables.push(Table { chunk, lines: own_lines, ids: own_ids, overflow: own_overflow });
    }
    in_parallel(&mut tables, len, |tables| {
        let mut placed: Vec<Vec<u32>> = tables.iter().map(|table| alloc::vec![0; table.chunk.buckets()]).collect();
        blocks(hashes, len, |_, block| {
            for (table, counts) in tables.iter().zip(&mut placed) {
                for hash in block {
                    if let Some(count) = counts.get_mut(table.chunk.place(hash).0 as usize) {
                        *count += 1;
                    }
                }
            }
        });
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
                        table.ask_for_bucket(bucket as usize);
                    }
                    if let Some(&(bucket, _)) = nearly.next() {
                        let number = placed.get(bucket as usize).copied().unwrap_or(0);
                        table.ask_for_id(bucket as usize, number as usize, ring.id_bytes);
                    }
                    if let Some(placed) = placed.get_mut(bucket as usize) {
                        table.put(bucket as usize, *placed as usize, sketch, slot, ring.id_bytes);
                        *placed += 1;
                    }
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
            put_word(lanes.first_chunk_mut(), first);
            let least = u16::try_from(count).unwrap_or(u16::MAX);
            if let Some(lane) = lanes.get_mut(HEAD_LANES - 1) {
                *lane = least.to_le_bytes();
            }
            let taken = overflow_lanes(&self.chunk, count as usize);
            if taken > 0 {
                // The overflow of a chunk has fewer lanes than the index has hashes and buckets, which words number.
                put_word(lanes.last_chunk_mut(), u32::try_from(lane).unwrap_or(u32::MAX));
                put_word(self.overflow.get_mut(lane..).and_then(<[_]>::first_chunk_mut), count);
                lane += taken;
            }
            first += count;
        }
    }

    /// Asks for the memory of a bucket's first line.
    #[inline]
    fn ask_for_bucket(&self, bucket: usize) {
        self.lines.get(bucket * self.chunk.lines_each).map(prefetch);
    }

    /// Asks for the memory where the slot of an entry will be written.
    #[inline]
    fn ask_for_id(&self, bucket: usize, number: usize, id_bytes: usize) {
        let head = self.lines.get(bucket * self.chunk.lines_each).and_then(|line| line.first_chunk());
        let first = head.map_or(0, |first| u32::from_le_bytes(*first) as usize);
        self.ids.get((first + number) * id_bytes).map(prefetch);
    }

    /// Writes the entry `number` of a bucket.
    #[inline]
    fn put(&mut self, bucket: usize, number: usize, sketch: u16, slot: usize, id_bytes: usize) {
        let lines_each = self.chunk.lines_each;
        let Some(lines) = self.lines.get_mut(bucket * lines_each..).and_then(|rest| rest.get_mut(..lines_each)) else {
            return;
        };
        let lanes = lines.as_flattened_mut().as_chunks_mut::<2>().0;
        let Some(&[[a, b], [c, d], count]) = lanes.first_chunk() else { return };
        let inline = self.chunk.inline(u16::from_le_bytes(count).into());
        let lane = if number < inline {
            lanes.get_mut(HEAD_LANES + number)
        } else {
            let lane = lanes.last_chunk().map_or(0, |&[[a, b], [c, d]]| u32::from_le_bytes([a, b, c, d]) as usize);
            self.overflow.get_mut(lane + 2 + number - inline)
        };
        if let Some(lane) = lane {
            *lane = sketch.to_le_bytes();
        }
        let at = (u32::from_le_bytes([a, b, c, d]) as usize + number) * id_bytes;
        let from = self.ids.get_mut(at..).unwrap_or_default();
        let [a, b, c, d, ..] = slot.to_le_bytes();
        if id_bytes == 3 {
            if let Some(id) = from.first_chunk_mut() {
                *id = [a, b, c];
            }
        } else if let Some(id) = from.first_chunk_mut() {
            *id = [a, b, c, d];
        }
    }
}

fn put_word(lanes: Option<&mut [[u8; 2]; 2]>, word: u32) {
    if let Some(lanes) = lanes {
        let [a, b, c, d] = word.to_le_bytes();
        *lanes = [[a, b], [c, d]];
    }
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
