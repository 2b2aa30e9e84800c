//! From entries in any order to the bytes of an index, always the same for the same entries.
//!
//! Entries are kept as (hash, origin, id) with every text interned. At the end texts, lists, origins and entries are
//! sorted and numbered by rank, so that nothing of the order of insertion, nor of a hash table, reaches the file.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::format::{self, Counts, Entry, List, MAX_COUNT, Origin, SectionId};
use super::hashes::write_sliced;
use super::{Kind, Plan, Source, bk_tree, mih, planner};
use crate::hash::{HashBits, Profile};

/// Makes an index from the entries of hash lists.
///
/// Holds all entries in memory: about `N + 24` bytes each, and their ids. See the [module](super) for an example.
pub struct Builder<const N: usize> {
    profile: Profile,
    kind: Option<Kind>,
    radius: Option<u32>,
    quarantined: u64,
    records: Vec<Record<N>>,
    origins: Interner<Origin>,
    texts: Texts,
}

/// An entry and its hash. The numbers are those of the interners until `finish` replaces them by ranks.
type Record<const N: usize> = ([u8; N], Entry);

impl<const N: usize> Builder<N> {
    /// Starts an index of hashes made under one profile.
    ///
    /// # Errors
    ///
    /// Refuses a profile whose hashes do not have `8 * N` bits.
    pub fn new(profile: Profile) -> Result<Self, BuildError> {
        if profile.bits() != 8 * N {
            return Err(BuildError(Reason::Width { profile, found: 8 * N }));
        }
        let (origins, texts) = (Interner::default(), Texts::default());
        Ok(Self { profile, kind: None, radius: None, quarantined: 0, records: Vec::new(), origins, texts })
    }

    /// Chooses how the hashes are arranged; `None`, the default, leaves the choice to the builder: see [`Plan`].
    #[must_use]
    pub fn kind(mut self, kind: Option<Kind>) -> Self {
        self.kind = kind;
        self
    }

    /// Says within which radius the index will mostly be asked, where the builder chooses its kind; `None`, the default, stands
    /// for [the profile's](Profile::default_radius). Every index answers every radius.
    #[must_use]
    pub fn radius(mut self, bits: Option<u32>) -> Self {
        self.radius = bits;
        self
    }

    /// Adds an entry of a list. An entry equal in every part to one added before changes nothing.
    ///
    /// # Errors
    ///
    /// Refuses more than 2^32 - 2 entries.
    pub fn add(&mut self, hash: HashBits<N>, source: Source<'_>) -> Result<(), BuildError> {
        // An entry brings at most five texts; keeping their number in range keeps every other number in range.
        if self.records.len() as u64 >= MAX_COUNT || self.texts.len() + 5 > MAX_COUNT {
            return Err(BuildError(Reason::Full));
        }
        let origin = Origin {
            list: self.texts.number(source.list),
            classification: self.texts.number(source.classification),
            owner: self.texts.number(source.owner),
            jurisdiction: self.texts.number(source.jurisdiction),
        };
        let entry = Entry { origin: self.origins.number(origin), id: self.texts.number(source.id) };
        self.records.push((*hash.as_bytes(), entry));
        Ok(())
    }

    /// Adds to the number of entries left out by importers, which the index records.
    pub fn quarantined(&mut self, count: u64) {
        self.quarantined = self.quarantined.saturating_add(count);
    }

    /// Puts the index together: O(n log n), for a tree up to 32 distances per hash, for a multi-index on all cores.
    ///
    /// Takes the length of the file, and up to 100 bytes for each entry with its texts, which [`add`](Self::add) took; for
    /// a multi-index four bytes for each bucket on top.
    ///
    /// # Errors
    ///
    /// Refuses an index longer than this machine can address.
    pub fn finish(self) -> Result<Vec<u8>, BuildError> {
        let Self { profile, kind, radius, quarantined, mut records, origins, texts } = self;
        let (texts, text_ranks) = texts.into_sorted();
        let (lists, origins, origin_ranks) = rank_origins(origins.items, &text_ranks);
        for (_, entry) in &mut records {
            entry.origin = rank(&origin_ranks, entry.origin);
            entry.id = rank(&text_ranks, entry.id);
        }
        records.sort_unstable();
        records.dedup();

        let mut slots = slots(&records);
        let radius = radius.unwrap_or_else(|| profile.default_radius());
        let kind = kind.unwrap_or_else(|| Plan::new(profile, slots.len() as u64, radius).kind());
        let mut tree = Vec::new();
        if kind == Kind::BkTree {
            let mut hashes: Vec<_> = slots.iter().map(|&record| (hash_of(&records, record), record)).collect();
            bk_tree::build(&mut hashes).iter().for_each(|branch| branch.write(&mut tree));
            slots.iter_mut().zip(hashes).for_each(|(slot, (_, record))| *slot = record);
        }
        let hash = |slot: usize| slots.get(slot).map_or([0; N], |&record| hash_of(&records, record));
        let (mut ring, mut chunks) = (None, Vec::new());
        if kind == Kind::Mih {
            let bits = u32::try_from(profile.bits()).unwrap_or(u32::MAX);
            let chosen = planner::chunks(bits, slots.len() as u64);
            let counted = mih::count(&chosen, &hash, slots.len()).map_err(|_| BuildError(Reason::TooLong))?;
            counted.chunks().iter().for_each(|chunk| chunk.write(&mut chunks));
            ring = Some(counted);
        }

        let mut first_entries = Vec::with_capacity(4 * slots.len() + 4);
        let mut entry_bytes = Vec::with_capacity(8 * records.len());
        let mut origin_entries: Vec<u64> = origins.iter().map(|_| 0).collect();
        let mut first = 0_u32;
        for &record in &slots {
            first_entries.extend_from_slice(&first.to_le_bytes());
            let from_here = records.get(record as usize..).unwrap_or_default();
            let hash = from_here.first().map(|(hash, _)| hash);
            for (_, entry) in from_here.iter().take_while(|(of, _)| Some(of) == hash) {
                entry.write(&mut entry_bytes);
                if let Some(count) = origin_entries.get_mut(entry.origin as usize) {
                    *count += 1;
                }
                first += 1;
            }
        }
        first_entries.extend_from_slice(&first.to_le_bytes());

        let (mut origin_bytes, mut list_bytes) = (Vec::new(), Vec::new());
        origins.iter().for_each(|origin| origin.write(&mut origin_bytes));
        let mut counted = origins.iter().zip(&origin_entries).peekable();
        for (number, &name) in (0..).zip(&lists) {
            let mut entries = 0;
            while let Some((_, count)) = counted.next_if(|(origin, _)| origin.list == number) {
                entries += count;
            }
            List { name, entries }.write(&mut list_bytes);
        }

        let (strings, string_ends) = texts;
        let counts = Counts {
            profile,
            kind,
            hashes: slots.len() as u64,
            entries: records.len() as u64,
            quarantined,
            lists: lists.len() as u64,
        };
        let written = [
            (SectionId::Tree, tree),
            (SectionId::Chunks, chunks),
            (SectionId::FirstEntries, first_entries),
            (SectionId::Entries, entry_bytes),
            (SectionId::Origins, origin_bytes),
            (SectionId::Lists, list_bytes),
            (SectionId::StringEnds, string_ends),
            (SectionId::Strings, strings),
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
            _ => written.iter().find(|(section, _)| *section == id).map_or(0, |(_, bytes)| bytes.len()),
        };
        Ok(format::assemble(&counts, len, |room| {
            for (id, bytes) in &written {
                let room = room.take(*id);
                // as long as `len` said, or not of this kind
                if room.len() == bytes.len() {
                    room.copy_from_slice(bytes);
                }
            }
            let hashes = room.take(SectionId::Hashes);
            let in_order = slots.iter().filter_map(|&record| records.get(record as usize)).map(|(hash, _)| hash);
            if counts.is_sliced() {
                write_sliced(in_order, hashes);
            } else {
                hashes.as_chunks_mut().0.iter_mut().zip(in_order).for_each(|(to, from)| *to = *from);
            }
            if let Some(ring) = &ring {
                let [lines, ids, overflow] =
                    [SectionId::Buckets, SectionId::Ids, SectionId::Overflow].map(|id| room.take(id));
                mih::build(ring, &hash, slots.len(), mih::Parts { lines, ids, overflow });
            }
        }))
    }
}

/// The number of the first record of each distinct hash, in sorted records.
fn slots<const N: usize>(records: &[Record<N>]) -> Vec<u32> {
    let mut last = None;
    let is_new = |(_, (hash, _)): &(u32, &Record<N>)| last.replace(*hash).is_none_or(|last| last != *hash);
    (0..).zip(records).filter(is_new).map(|(number, _)| number).collect()
}

/// The hash of a record.
fn hash_of<const N: usize>(records: &[Record<N>], record: u32) -> [u8; N] {
    records.get(record as usize).map_or([0; N], |(hash, _)| *hash)
}

impl<const N: usize> fmt::Debug for Builder<N> {
    /// Prints measures, never hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("profile", &self.profile)
            .field("kind", &self.kind)
            .field("added", &self.records.len())
            .field("quarantined", &self.quarantined)
            .finish_non_exhaustive()
    }
}

/// The rank that takes the place of an interner's number.
fn rank(ranks: &[u32], number: u32) -> u32 {
    ranks.get(number as usize).copied().unwrap_or(u32::MAX)
}

/// Turns a sorted order of numbers into the rank of each number.
fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = alloc::vec![0; order.len()];
    for (rank, &number) in (0..).zip(order) {
        if let Some(place) = ranks.get_mut(number as usize) {
            *place = rank;
        }
    }
    ranks
}

/// Sorts origins after their texts and lists: the lists by name, the origins, the rank of each origin.
fn rank_origins(mut origins: Vec<Origin>, text_ranks: &[u32]) -> (Vec<u32>, Vec<Origin>, Vec<u32>) {
    for origin in &mut origins {
        origin.list = rank(text_ranks, origin.list);
        origin.classification = rank(text_ranks, origin.classification);
        origin.owner = rank(text_ranks, origin.owner);
        origin.jurisdiction = rank(text_ranks, origin.jurisdiction);
    }
    let mut lists: Vec<u32> = origins.iter().map(|origin| origin.list).collect();
    lists.sort_unstable();
    lists.dedup();
    for origin in &mut origins {
        let list = lists.binary_search(&origin.list).ok().and_then(|list| u32::try_from(list).ok());
        origin.list = list.unwrap_or(u32::MAX);
    }
    let mut order: Vec<u32> = (0..).take(origins.len()).collect();
    order.sort_unstable_by_key(|&number| origins.get(number as usize));
    let origin_ranks = ranks(&order);
    origins.sort_unstable();
    (lists, origins, origin_ranks)
}

/// Gives equal items equal numbers, counted from 0.
struct Interner<T> {
    items: Vec<T>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { items: Vec::new(), numbers: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl<T: Copy + Eq + Hash> Interner<T> {
    fn number(&mut self, item: T) -> u32 {
        let Self { items, numbers, hasher } = self;
        let is = |number: &u32| items.get(*number as usize) == Some(&item);
        let of = |number: &u32| hasher.hash_one(items.get(*number as usize));
        if let Some(&number) = numbers.find(hasher.hash_one(Some(&item)), is) {
            return number;
        }
        // The builder stops before there are as many texts, of which every origin has its own combination.
        let number = u32::try_from(items.len()).unwrap_or(u32::MAX);
        numbers.insert_unique(hasher.hash_one(Some(&item)), number, of);
        items.push(item);
        number
    }
}

/// Texts one after the other in a single allocation, equal ones once.
#[derive(Default)]
struct Texts {
    all: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    fn len(&self) -> u64 {
        self.ends.len() as u64
    }

    fn number(&mut self, text: &str) -> u32 {
        let Self { all, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(&number) = numbers.find(hash, |&number| get(all, ends, number) == text) {
            return number;
        }
        let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        numbers.insert_unique(hash, number, |&number| hasher.hash_one(get(all, ends, number)));
        all.push_str(text);
        ends.push(all.len());
        number
    }

    /// The sections "strings" and "string ends", and the rank of each text among them.
    fn into_sorted(self) -> ((Vec<u8>, Vec<u8>), Vec<u32>) {
        let Self { all, ends, numbers, .. } = self;
        drop(numbers);
        let mut order: Vec<u32> = (0..).take(ends.len()).collect();
        order.sort_unstable_by_key(|&number| get(&all, &ends, number));
        let mut strings = Vec::with_capacity(all.len());
        let mut string_ends = Vec::with_capacity(8 * ends.len());
        for &number in &order {
            strings.extend_from_slice(get(&all, &ends, number).as_bytes());
            string_ends.extend_from_slice(&(strings.len() as u64).to_le_bytes());
        }
        ((strings, string_ends), ranks(&order))
    }
}

/// The text with a number that was given out before.
fn get<'a>(all: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(number).and_then(|&end| all.get(start..end)).unwrap_or_default()
}

/// Says why entries do not make an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildError(Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Width { profile: Profile, found: usize },
    Full,
    TooLong,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::Width { profile, found } => {
                write!(f, "found hashes of {found} bits, those of profile {profile} have {}", profile.bits())
            }
            Reason::Full => {
                write!(f, "more than {MAX_COUNT} entries do not fit into one index: split the lists over several")
            }
            Reason::TooLong => {
                f.write_str("the index is longer than this machine can address: split the lists over several")
            }
        }
    }
}

impl core::error::Error for BuildError {}
