//! From entries in any order to the bytes of an index, always the same for the same entries.
//!
//! Entries are kept as (hash, origin, id) with every text interned. At the end texts, lists, origins and entries are
//! sorted and numbered by rank, so that nothing of the order of insertion, nor of a hash table, reaches the file.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::mem::take;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::format::{self, Counts, Entry, List, MAX_COUNT, Origin, SectionId};
use super::{Kind, Source, bk_tree};
use crate::hash::{HashBits, Profile};

/// Makes an index from the entries of hash lists.
///
/// Holds all entries in memory: about `N + 24` bytes each, and their ids. See the [module](super) for an example.
pub struct Builder<const N: usize> {
    profile: Profile,
    kind: Option<Kind>,
    quarantined: u64,
    records: Vec<Record<N>>,
    origins: Interner<Origin>,
    texts: Texts,
}

/// An entry and its hash. The numbers are those of the interners until `finish` replaces them by ranks.
type Record<const N: usize> = ([u8; N], Entry);

/// From so many 64-bit hashes on the builder chooses a tree: there it is three times as fast as a scan at radius 2, half as
/// fast again at 4, and as fast from 8 on. At 1000 hashes both take half a microsecond.
const TREE_FROM: usize = 2048;

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
        Ok(Self { profile, kind: None, quarantined: 0, records: Vec::new(), origins, texts })
    }

    /// Chooses how the hashes are arranged; `None`, the default, leaves the choice to the builder.
    ///
    /// The builder's choice is [`Kind::Linear`] for 256-bit hashes, where a tree prunes nothing at useful radii, and for
    /// fewer than 2048 hashes; [`Kind::BkTree`] for more hashes of 64 bits.
    #[must_use]
    pub fn kind(mut self, kind: Option<Kind>) -> Self {
        self.kind = kind;
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

    /// Puts the index together: O(n log n), and for a tree up to 32 distances per hash.
    ///
    /// # Errors
    ///
    /// Reports what [`add`](Self::add) could not know yet; at present nothing.
    pub fn finish(self) -> Result<Vec<u8>, BuildError> {
        let Self { profile, kind, quarantined, mut records, origins, texts } = self;
        let (texts, text_ranks) = texts.into_sorted();
        let (lists, origins, origin_ranks) = rank_origins(origins.items, &text_ranks);
        for (_, entry) in &mut records {
            entry.origin = rank(&origin_ranks, entry.origin);
            entry.id = rank(&text_ranks, entry.id);
        }
        records.sort_unstable();
        records.dedup();

        let mut slots = slots(&records);
        let kind = kind.unwrap_or_else(|| choose(profile, slots.len()));
        let mut tree = Vec::new();
        if kind == Kind::BkTree {
            bk_tree::build(&mut slots).iter().for_each(|branch| branch.write(&mut tree));
        }

        let mut hash_bytes = Vec::with_capacity(slots.len() * N);
        let mut first_entries = Vec::with_capacity(4 * slots.len() + 4);
        let mut entry_bytes = Vec::with_capacity(8 * records.len());
        let mut origin_entries: Vec<u64> = origins.iter().map(|_| 0).collect();
        let mut first = 0_u32;
        for (hash, record) in &slots {
            hash_bytes.extend_from_slice(hash);
            first_entries.extend_from_slice(&first.to_le_bytes());
            let from_here = records.get(*record as usize..).unwrap_or_default();
            for (_, entry) in from_here.iter().take_while(|(of, _)| of == hash) {
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

        let (mut strings, mut string_ends) = texts;
        let counts = Counts {
            profile,
            kind,
            hashes: slots.len() as u64,
            entries: records.len() as u64,
            quarantined,
            lists: lists.len() as u64,
        };
        drop((slots, records));
        Ok(format::assemble(&counts, |section| match section {
            SectionId::Hashes => take(&mut hash_bytes),
            SectionId::Tree => take(&mut tree),
            SectionId::FirstEntries => take(&mut first_entries),
            SectionId::Entries => take(&mut entry_bytes),
            SectionId::Origins => take(&mut origin_bytes),
            SectionId::Lists => take(&mut list_bytes),
            SectionId::StringEnds => take(&mut string_ends),
            SectionId::Strings => take(&mut strings),
        }))
    }
}

/// The distinct hashes of sorted records, each with the number of its first record.
fn slots<const N: usize>(records: &[Record<N>]) -> Vec<([u8; N], u32)> {
    let mut slots: Vec<([u8; N], u32)> = Vec::new();
    for (number, (hash, _)) in (0..).zip(records) {
        if slots.last().is_none_or(|(last, _)| last != hash) {
            slots.push((*hash, number));
        }
    }
    slots
}

/// The kind of index for so many distinct hashes, unless the caller chooses.
fn choose(profile: Profile, hashes: usize) -> Kind {
    if profile.bits() == 64 && hashes >= TREE_FROM { Kind::BkTree } else { Kind::Linear }
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
        }
    }
}

impl core::error::Error for BuildError {}
