//! The sections of an index file: their numbers and names, and which of them a file has.

use core::fmt;

use super::IndexKind;
use crate::entry::DigestKind;

/// The version that this code writes.
pub(super) const VERSION: u32 = 3;
/// The oldest version that it reads.
pub(super) const FIRST_VERSION: u32 = 1;
/// The version that brought digests, roles and opinions.
pub(super) const DIGESTS_VERSION: u32 = 3;
/// The most sections that any kind has.
pub(super) const MAX_SECTIONS: usize = 14;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionId {
    Hashes,
    Tree,
    FirstEntries,
    Entries,
    Origins,
    Lists,
    StringEnds,
    Strings,
    Chunks,
    Buckets,
    Ids,
    Overflow,
    Digests(DigestKind),
}

use SectionId::{
    Buckets, Chunks, Digests, Entries, FirstEntries, Hashes, Ids, Lists, Origins, Overflow, StringEnds, Strings, Tree,
};

const MD5: SectionId = Digests(DigestKind::Md5);
const SHA1: SectionId = Digests(DigestKind::Sha1);
const SHA256: SectionId = Digests(DigestKind::Sha256);

/// The sections of a kind in the order of the file.
pub(super) fn sections(version: u32, kind: IndexKind) -> &'static [SectionId] {
    const LINEAR: &[SectionId] =
        &[Hashes, FirstEntries, Entries, Origins, Lists, StringEnds, Strings, MD5, SHA1, SHA256];
    const BK_TREE: &[SectionId] =
        &[Hashes, Tree, FirstEntries, Entries, Origins, Lists, StringEnds, Strings, MD5, SHA1, SHA256];
    const MIH: &[SectionId] = &[
        Hashes,
        Chunks,
        Buckets,
        Ids,
        Overflow,
        FirstEntries,
        Entries,
        Origins,
        Lists,
        StringEnds,
        Strings,
        MD5,
        SHA1,
        SHA256,
    ];
    let all = match kind {
        IndexKind::Linear => LINEAR,
        IndexKind::BkTree => BK_TREE,
        IndexKind::Mih => MIH,
    };
    // digests are the last of every kind
    if version < DIGESTS_VERSION { all.split_at(all.len() - DigestKind::ALL.len()).0 } else { all }
}

impl SectionId {
    pub(super) const fn number(self) -> u32 {
        match self {
            Hashes => 1,
            Tree => 2,
            FirstEntries => 3,
            Entries => 4,
            Origins => 5,
            Lists => 6,
            StringEnds => 7,
            Strings => 8,
            Chunks => 9,
            Buckets => 10,
            Ids => 11,
            Overflow => 12,
            MD5 => 13,
            SHA1 => 14,
            SHA256 => 15,
        }
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hashes => "hashes",
            Tree => "tree",
            FirstEntries => "first entries",
            Entries => "entries",
            Origins => "origins",
            Lists => "lists",
            StringEnds => "string ends",
            Strings => "strings",
            Chunks => "chunks",
            Buckets => "buckets",
            Ids => "ids",
            Overflow => "overflow",
            Digests(kind) => kind.name(),
        })
    }
}
