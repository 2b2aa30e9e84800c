//! The records of provenance, and those of the tree, as words.

use crate::entry::{Opinion, Role};
use crate::wire::{Word, u64_of};

/// One record of a list: which list and with which attributes, and its own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::index) struct Entry {
    pub(in crate::index) origin: u32,
    pub(in crate::index) id: u32,
}

impl Entry {
    pub(in crate::index) const fn read([origin, id]: [Word; 2]) -> Self {
        Self { origin: u32::from_le_bytes(origin), id: u32::from_le_bytes(id) }
    }
}

/// What entries have in common: the list, three strings, and how sure the publisher is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::index) struct Origin {
    pub(in crate::index) list: u32,
    pub(in crate::index) classification: u32,
    pub(in crate::index) owner: u32,
    pub(in crate::index) jurisdiction: u32,
    pub(in crate::index) opinion: Opinion,
}

impl Origin {
    /// `None` means an opinion that this version does not know.
    pub(in crate::index) fn read([first @ .., opinion]: [Word; 5]) -> Option<Self> {
        let known = OPINIONS.iter().find(|(_, number)| *number == u32::from_le_bytes(opinion));
        known.map(|&(opinion, _)| Self { opinion, ..Self::read_without_opinion(first) })
    }

    /// As versions 1 and 2 have it.
    pub(in crate::index) const fn read_without_opinion([list, classification, owner, jurisdiction]: [Word; 4]) -> Self {
        Self {
            list: u32::from_le_bytes(list),
            classification: u32::from_le_bytes(classification),
            owner: u32::from_le_bytes(owner),
            jurisdiction: u32::from_le_bytes(jurisdiction),
            opinion: Opinion::Unstated,
        }
    }
}

/// Opinions with their numbers in a file.
const OPINIONS: [(Opinion, u32); 4] =
    [(Opinion::Unstated, 0), (Opinion::Positive, 1), (Opinion::Seed, 2), (Opinion::Disputed, 3)];

/// A list: its name, a string, what it is for, and how many entries are of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::index) struct List {
    pub(in crate::index) name: u32,
    pub(in crate::index) role: Role,
    pub(in crate::index) entries: u64,
}

impl List {
    /// `None` means a role that this version does not know.
    pub(in crate::index) fn read([name, role, low, high]: [Word; 4]) -> Option<Self> {
        let known = ROLES.iter().find(|(_, number)| *number == u32::from_le_bytes(role));
        known.map(|&(role, _)| Self { role, ..Self::read_without_role([name, low, high]) })
    }

    /// As versions 1 and 2 have it.
    pub(in crate::index) const fn read_without_role([name, low, high]: [Word; 3]) -> Self {
        Self { name: u32::from_le_bytes(name), role: Role::Abuse, entries: u64_of(low, high) }
    }
}

/// Roles with their numbers in a file.
const ROLES: [(Role, u32); 3] = [(Role::Abuse, 0), (Role::Allow, 1), (Role::Test, 2)];

/// A group of the tree; see [`bk_tree`](super::bk_tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::index) struct Branch {
    pub(in crate::index) end: u32,
    pub(in crate::index) children: u32,
    pub(in crate::index) edge: u16,
    pub(in crate::index) count: u16,
}

impl Branch {
    #[inline]
    pub(in crate::index) const fn read([end, children, [a, b, c, d]]: [Word; 3]) -> Self {
        Self {
            end: u32::from_le_bytes(end),
            children: u32::from_le_bytes(children),
            edge: u16::from_le_bytes([a, b]),
            count: u16::from_le_bytes([c, d]),
        }
    }
}

#[cfg(feature = "alloc")]
mod writing {
    use alloc::vec::Vec;

    use super::*;

    impl Entry {
        pub(in crate::index) const fn words(self) -> [Word; 2] {
            [self.origin.to_le_bytes(), self.id.to_le_bytes()]
        }
    }

    impl Origin {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            let opinion =
                OPINIONS.iter().find(|(opinion, _)| *opinion == self.opinion).expect("every opinion has a number").1;
            write_words(out, [self.list, self.classification, self.owner, self.jurisdiction, opinion]);
        }
    }

    impl List {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            let role = ROLES.iter().find(|(role, _)| *role == self.role).expect("every role has a number").1;
            write_words(out, [self.name, role]);
            out.extend_from_slice(&self.entries.to_le_bytes());
        }
    }

    impl Branch {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            write_words(out, [self.end, self.children]);
            out.extend_from_slice(&self.edge.to_le_bytes());
            out.extend_from_slice(&self.count.to_le_bytes());
        }
    }

    pub(in crate::index::format) fn write_words<const W: usize>(out: &mut Vec<u8>, words: [u32; W]) {
        words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
    }
}

#[cfg(feature = "alloc")]
pub(in crate::index::format) use writing::write_words;
