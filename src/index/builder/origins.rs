//! What entries have in common, each combination once: list, classification, owner, jurisdiction, opinion.

#![expect(clippy::indexing_slicing, reason = "origins and lists have the numbers that they were given here")]

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use bitvec::slice::BitSlice;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::error::{BuildError, Reason};
use super::texts::{Ranks, Texts, ranks};
use crate::entry::{Opinion, Role};
use crate::index::Source;
use crate::index::format::Origin;
use crate::wire;

/// Origins with the numbers in which they came; their lists and texts have such numbers as well.
#[derive(Default)]
pub(super) struct Origins {
    origins: Interner<Origin>,
    /// The names of the lists, as numbers of texts, and what each list is for.
    lists: Interner<u32>,
    roles: Vec<Role>,
    /// The origin that was asked for last: the entries of a list mostly have one after the other the same.
    last: Last,
}

#[derive(Default)]
struct Last {
    number: Option<u32>,
    list: String,
    classification: String,
    owner: String,
    jurisdiction: String,
    opinion: Opinion,
    role: Role,
}

/// Origins by rank, with what they refer to by rank.
pub(super) struct Ranked {
    pub(super) origins: Vec<Origin>,
    /// The rank of the name of each list, and its role.
    pub(super) lists: Vec<(u32, Role)>,
    pub(super) ranks: Vec<u32>,
}

impl Origins {
    /// The number of the origin of a source.
    ///
    /// # Errors
    ///
    /// Refuses a list that has another role already.
    pub(super) fn number(&mut self, texts: &mut Texts, source: &Source<'_>) -> Result<u32, BuildError> {
        if let Some(number) = self.last.number_of(source) {
            return Ok(number);
        }
        let name = texts.number(source.list);
        let list = self.lists.number(name);
        match self.roles.get(list as usize) {
            Some(&before) if before != source.role => {
                let list = source.list.into();
                return Err(BuildError(Reason::Role { list, before, found: source.role }));
            }
            Some(_) => {}
            None => self.roles.push(source.role),
        }
        let number = self.origins.number(Origin {
            list,
            classification: texts.number(source.classification),
            owner: texts.number(source.owner),
            jurisdiction: texts.number(source.jurisdiction),
            opinion: source.opinion,
        });
        self.last.set(number, source);
        Ok(number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.origins.items.len()
    }

    /// The texts that an origin consists of.
    pub(super) fn texts(&self, number: usize) -> impl Iterator<Item = u32> {
        let Origin { list, classification, owner, jurisdiction, .. } = self.origins.items[number];
        [self.lists.items[list as usize], classification, owner, jurisdiction].into_iter()
    }

    /// Sorts those origins that are used, after their lists and texts.
    pub(super) fn into_ranked(self, used: &BitSlice, texts: &Ranks) -> Ranked {
        let Self { origins, lists: names, roles, .. } = self;
        let used = || used.iter_ones().map(|number| (number, origins.items[number]));
        let list =
            |(_, Origin { list, .. }): (_, Origin)| (texts.of(names.items[list as usize]), roles[list as usize], list);
        let mut lists: Vec<(u32, Role, u32)> = used().map(list).collect();
        lists.sort_unstable();
        lists.dedup();
        let list_ranks = ranks(lists.iter().map(|list| list.2 as usize), names.items.len());
        let ranked = |(number, origin): (usize, Origin)| {
            let origin = Origin {
                list: list_ranks[origin.list as usize],
                classification: texts.of(origin.classification),
                owner: texts.of(origin.owner),
                jurisdiction: texts.of(origin.jurisdiction),
                opinion: origin.opinion,
            };
            (origin, number)
        };
        let mut sorted: Vec<(Origin, usize)> = used().map(ranked).collect();
        sorted.sort_unstable();
        Ranked {
            ranks: ranks(sorted.iter().map(|origin| origin.1), origins.items.len()),
            origins: sorted.into_iter().map(|origin| origin.0).collect(),
            lists: lists.into_iter().map(|(name, role, _)| (name, role)).collect(),
        }
    }
}

impl Last {
    fn number_of(&self, source: &Source<'_>) -> Option<u32> {
        let is_same = self.list == source.list
            && self.classification == source.classification
            && self.owner == source.owner
            && self.jurisdiction == source.jurisdiction
            && self.opinion == source.opinion
            && self.role == source.role;
        self.number.filter(|_| is_same)
    }

    fn set(&mut self, number: u32, source: &Source<'_>) {
        self.number = Some(number);
        let texts = [
            (&mut self.list, source.list),
            (&mut self.classification, source.classification),
            (&mut self.owner, source.owner),
            (&mut self.jurisdiction, source.jurisdiction),
        ];
        for (kept, text) in texts {
            kept.clear();
            kept.push_str(text);
        }
        (self.opinion, self.role) = (source.opinion, source.role);
    }
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
        let hash = hasher.hash_one(item);
        if let Some(&number) = numbers.find(hash, |number| items[*number as usize] == item) {
            return number;
        }
        // each entry brings one at most
        let number = wire::number(items.len());
        numbers.insert_unique(hash, number, |number| hasher.hash_one(items[*number as usize]));
        items.push(item);
        number
    }
}
