//! What entries are told apart by, in 16 bytes.

use sha2::{Digest as _, Sha256};

/// The first half of a SHA-256: nobody can make another of one that is given, and by chance no two of a billion are alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Fingerprint(pub(super) [u8; 16]);

/// A name or key, and an entry that has it.
pub(super) type Row = (Fingerprint, Fingerprint);

impl Fingerprint {
    /// An entry: its list, its id there, and its hash, if it has one.
    ///
    /// Entries that differ in nothing of these are one as far as a store can tell: they are removed and replaced together.
    pub(super) fn entry(list: &str, id: &str, hash: Option<&[u8]>) -> Self {
        Self::of(b'e', [list.as_bytes(), id.as_bytes(), hash.unwrap_or(b"")])
    }

    /// The name of an entry: what its list calls it.
    pub(super) fn name(list: &str, id: &str) -> Self {
        Self::of(b'n', [list.as_bytes(), id.as_bytes(), b""])
    }

    /// The name of an entry whose list identifies records by that name, too.
    pub(super) fn name_and_key(list: &str, id: &str) -> Self {
        Self::of(b's', [list.as_bytes(), id.as_bytes(), b""])
    }

    /// What identifies a record in its list, where it is not the name.
    pub(super) fn key(list: &str, key: &str) -> Self {
        Self::of(b'k', [list.as_bytes(), key.as_bytes(), b""])
    }

    /// Its first eight bytes, in the order of fingerprints.
    pub(super) fn leading(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn of(what: u8, parts: [&[u8]; 3]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([what]);
        for part in parts {
            // Lengths first, so that no two triples give the same bytes.
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut half = [0; 16];
        half.iter_mut().zip(digest).for_each(|(to, byte)| *to = byte);
        Self(half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let all = [
            Fingerprint::entry("ab", "c", None),
            Fingerprint::entry("a", "bc", None),
            Fingerprint::entry("a", "b", Some(b"c")),
            Fingerprint::name("ab", "c"),
            Fingerprint::name_and_key("ab", "c"),
            Fingerprint::key("ab", "c"),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|b| a != b));
        }
    }
}
