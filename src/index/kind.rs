//! The ways in which an index can be arranged; every one gives the same answers.

use core::fmt;
use core::str::FromStr;

use crate::hash::UnknownName;

/// How the hashes of an index are arranged for look-up. The choice changes speed, never an answer.
///
/// ```
/// use lookalike::index::IndexKind;
///
/// assert_eq!("bk-tree".parse(), Ok(IndexKind::BkTree));
/// assert_eq!(IndexKind::Linear.to_string(), "linear");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexKind {
    /// All hashes, sorted, compared one after the other: for short lists, and for wide radii.
    Linear,
    /// A Burkhard-Keller tree, flattened: for small radii on 64-bit hashes. Where it would not help, it scans.
    BkTree,
    /// Multi-index hashing, ring-filtered: a few hundred cache lines a look-up, however long the list. Where that would not be
    /// faster, it scans.
    Mih,
}

/// Every kind with its number in a file and its name.
const TABLE: [(IndexKind, u16, &str); 3] =
    [(IndexKind::Linear, 1, "linear"), (IndexKind::BkTree, 2, "bk-tree"), (IndexKind::Mih, 3, "mih")];

impl IndexKind {
    /// Every kind that this version reads and writes.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// The number stored in index files.
    #[cfg(any(test, feature = "alloc"))]
    pub(super) fn id(self) -> u16 {
        self.row().1
    }

    pub(super) fn from_id(id: u16) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == id).map(|row| row.0)
    }

    fn row(self) -> &'static (Self, u16, &'static str) {
        TABLE.iter().find(|row| row.0 == self).expect("every kind has a row")
    }
}

impl fmt::Display for IndexKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for IndexKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        const NAMES: [&str; 3] = [TABLE[0].2, TABLE[1].2, TABLE[2].2];
        TABLE.iter().find(|row| row.2 == name).map(|row| row.0).ok_or(UnknownName::new("kind of index", &NAMES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_kind_is_found_by_its_id_and_its_name() {
        for kind in IndexKind::all() {
            assert_eq!(IndexKind::from_id(kind.id()), Some(kind));
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!((IndexKind::Linear.id(), IndexKind::BkTree.id(), IndexKind::Mih.id()), (1, 2, 3));
        assert_eq!(IndexKind::from_id(0), None);
    }

    #[test]
    fn unknown_kind_lists_the_known_ones() {
        let error = "tree".parse::<IndexKind>().unwrap_err();
        assert_eq!(error.to_string(), "unknown kind of index; expected one of: linear, bk-tree, mih");
    }
}
