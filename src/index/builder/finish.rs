//! What was added becomes a file.

#![expect(clippy::indexing_slicing, reason = "entries, hashes and slots have the numbers that they were given here")]

use alloc::vec::Vec;

use bitvec::vec::BitVec;

use super::digests;
use super::error::{BuildError, Reason};
use super::origins::Ranked;
use super::shape::Shape;
use super::texts::Used;
use super::{Builder, Hashed};
use crate::index::format::{self, Counts, Entry, List};
use crate::index::hashes::write_sliced;
use crate::index::section::SectionId;
use crate::index::{IndexKind, Plan, bk_tree, mih, planner};
use crate::wire;

impl<const N: usize> Builder<N> {
    /// Puts the index together: O(n log n), for a tree up to 32 distances per hash, for a multi-index on all cores.
    ///
    /// Takes the length of the file on top of what [`add_entry`](Self::add_entry) took, but for digests, whose memory is given back
    /// as they are written, and 16 bytes for each entry; for a multi-index four bytes for each bucket as well.
    ///
    /// # Errors
    ///
    /// Refuses an index longer than this machine can address.
    pub fn finish(self) -> Result<Vec<u8>, BuildError> {
        let Self {
            profile, kind, radius, quarantined, mut entries, shapes, mut hashes, digests, origins, texts, ..
        } = self;
        let mut used = Used::none(&texts);
        let mut used_origins: BitVec = BitVec::repeat(false, origins.len());
        for (entry, _) in entries.iter().zip(&shapes).filter(|(_, shape)| shape.is_live()) {
            used.add(entry.id);
            used_origins.set(entry.origin as usize, true);
        }
        used_origins.iter_ones().flat_map(|origin| origins.texts(origin)).for_each(|text| used.add(text));
        let mut texts = texts.into_ranked(used);
        let Ranked { origins, lists, ranks: origin_ranks } = origins.into_ranked(&used_origins, &texts);
        // entries that were removed may have texts that have no rank
        for (entry, _) in entries.iter_mut().zip(&shapes).filter(|(_, shape)| shape.is_live()) {
            *entry = Entry { origin: origin_ranks[entry.origin as usize], id: texts.of(entry.id) };
        }
        texts.forget_ranks();

        let entry_of = |number: u32| entries[number as usize];
        hashes.retain(|(_, number)| shapes[*number as usize].is_live());
        hashes.sort_unstable_by(|(a, first), (b, second)| {
            a.cmp(b).then_with(|| entry_of(*first).cmp(&entry_of(*second)))
        });
        let mut slots = slots(&hashes);
        let radius = radius.unwrap_or_else(|| profile.default_radius());
        let kind = kind.unwrap_or_else(|| Plan::new(profile, slots.len() as u64, radius).kind());
        let mut tree = Vec::new();
        if kind == IndexKind::BkTree {
            let mut in_tree: Vec<_> = slots.iter().map(|&first| (hashes[first as usize].0, first)).collect();
            bk_tree::build(&mut in_tree).iter().for_each(|branch| branch.write(&mut tree));
            slots.iter_mut().zip(in_tree).for_each(|(slot, (_, first))| *slot = first);
        }
        let hash = |slot: usize| hashes[slots[slot] as usize].0;
        let (mut ring, mut chunks) = (None, Vec::new());
        if kind == IndexKind::Mih {
            let bits = wire::number(profile.bits());
            let chosen = planner::chunks(bits, slots.len() as u64);
            let counted = mih::count(&chosen, &hash, slots.len()).map_err(|_| BuildError(Reason::TooLong))?;
            counted.chunks().iter().for_each(|chunk| chunk.write(&mut chunks));
            ring = Some(counted);
        }

        let mut numbered = Numbered::new(if digests.is_empty() { 0 } else { entries.len() });
        let mut first_entries = Vec::with_capacity(4 * slots.len() + 4);
        for &first in &slots {
            first_entries.extend_from_slice(&numbered.len().to_le_bytes());
            let from_here = &hashes[first as usize..];
            let of_hash = from_here.iter().take_while(|(hash, _)| *hash == from_here[0].0);
            numbered.group(of_hash.map(|&(_, number)| (entry_of(number), number)));
        }
        first_entries.extend_from_slice(&numbered.len().to_le_bytes());
        let without_hash = without_hash(&entries, &shapes);
        // memory that would be there twice
        drop(entries);
        numbered.group(without_hash.into_iter());
        let Numbered { entries: numbered, mut finals } = numbered;
        of_more(&mut finals, &shapes);

        let mut origin_entries = alloc::vec![0_u64; origins.len()];
        numbered.iter().for_each(|&entry| origin_entries[Entry::read(entry).origin as usize] += 1);
        let (mut origin_bytes, mut list_bytes) = (Vec::new(), Vec::new());
        origins.iter().for_each(|origin| origin.write(&mut origin_bytes));
        let mut counted = origins.iter().zip(&origin_entries).peekable();
        for (number, &(name, role)) in (0..).zip(&lists) {
            let mut entries = 0;
            while let Some((_, count)) = counted.next_if(|(origin, _)| origin.list == number) {
                entries += count;
            }
            List { name, role, entries }.write(&mut list_bytes);
        }

        let counts = Counts {
            profile,
            kind,
            hashes: slots.len() as u64,
            entries: numbered.len() as u64,
            quarantined,
            lists: lists.len() as u64,
        };
        let written = [
            (SectionId::Tree, tree),
            (SectionId::Chunks, chunks),
            (SectionId::FirstEntries, first_entries),
            (SectionId::Origins, origin_bytes),
            (SectionId::Lists, list_bytes),
        ];
        let (lines, lanes, ids) = ring.as_ref().map_or((0, 0, 0), |ring| {
            let (lines, lanes) = ring.totals();
            (lines, lanes, slots.len() * ring.id_bytes * ring.chunks().len())
        });
        let len = |id| match id {
            SectionId::Hashes => N * slots.len(),
            SectionId::Buckets => 64 * lines,
            SectionId::Ids => ids,
            SectionId::Overflow => 2 * lanes,
            SectionId::Entries => 8 * numbered.len(),
            SectionId::StringEnds => 8 * texts.len(),
            SectionId::Strings => texts.bytes(),
            SectionId::Digests(kind) => digests::bytes(kind, &shapes),
            _ => written.iter().find(|(section, _)| *section == id).map_or(0, |(_, bytes)| bytes.len()),
        };
        let layout = format::Layout::new(kind, len);
        Ok(format::assemble(&counts, layout, |room| {
            texts.write(room.take(SectionId::Strings), room.take(SectionId::StringEnds));
            drop(texts);
            for (id, bytes) in &written {
                // those that the kind does not have are empty
                room.take(*id).copy_from_slice(bytes);
            }
            drop(written);
            let entries = room.take(SectionId::Entries).as_chunks_mut().0.as_chunks_mut().0;
            entries.iter_mut().zip(&numbered).for_each(|(to, from)| *to = *from);
            drop(numbered);
            let place = room.take(SectionId::Hashes);
            let in_order = slots.iter().map(|&first| &hashes[first as usize].0);
            if counts.is_sliced() {
                write_sliced(in_order, place);
            } else {
                place.as_chunks_mut().0.iter_mut().zip(in_order).for_each(|(to, from)| *to = *from);
            }
            if let Some(ring) = &ring {
                let [lines, ids, overflow] =
                    [SectionId::Buckets, SectionId::Ids, SectionId::Overflow].map(|id| room.take(id));
                let hash = |slot: usize| hashes[slots[slot] as usize].0;
                mih::build(ring, &hash, slots.len(), mih::Parts { lines, ids, overflow });
            }
            drop((hashes, slots));
            digests.write(shapes, &finals, entries, room)
        }))
    }
}

/// The position of the first of each distinct hash, in sorted hashes.
fn slots<const N: usize>(hashes: &[Hashed<N>]) -> Vec<u32> {
    let mut last = None;
    let is_new = |(_, (hash, _)): &(u32, &Hashed<N>)| last.replace(*hash).is_none_or(|last| last != *hash);
    (0..).zip(hashes).filter(is_new).map(|(position, _)| position).collect()
}

/// The entries without a hash, sorted, with the numbers under which they were added.
fn without_hash(entries: &[Entry], shapes: &[Shape]) -> Vec<(Entry, u32)> {
    let is_one = |shape: &Shape| shape.is_live() && !shape.has(Shape::HASH) && !shape.has(Shape::MORE);
    let all = (0..).zip(entries.iter().zip(shapes)).filter(|(_, (_, shape))| is_one(shape));
    let count = shapes.iter().filter(|shape| is_one(shape)).count();
    let mut found = Vec::with_capacity(count);
    found.extend(all.map(|(number, (&entry, _))| (entry, number)));
    found.sort_unstable();
    found
}

/// Entries as the file numbers them.
struct Numbered {
    entries: Vec<[[u8; 4]; 2]>,
    /// By the number under which an entry was added that under which it is stored; only if there are digests.
    finals: Vec<u32>,
}

impl Numbered {
    fn new(added: usize) -> Self {
        Self { entries: Vec::new(), finals: alloc::vec![u32::MAX; added] }
    }

    fn len(&self) -> u32 {
        wire::number(self.entries.len())
    }

    /// Numbers the entries of one hash, or of none, which are sorted: equal ones are one.
    fn group(&mut self, entries: impl Iterator<Item = (Entry, u32)>) {
        let mut last = None;
        for (entry, added) in entries {
            if last.replace(entry) != Some(entry) {
                self.entries.push(entry.words());
            }
            if !self.finals.is_empty() {
                self.finals[added as usize] = self.len() - 1;
            }
        }
    }
}

/// Further digests have the number of the entry before.
fn of_more(finals: &mut [u32], shapes: &[Shape]) {
    let mut last = u32::MAX;
    for (number, shape) in finals.iter_mut().zip(shapes) {
        if shape.has(Shape::MORE) {
            *number = last;
        }
        last = *number;
    }
}
