//! Everything that can be done with an index, whatever its bytes; and what came of doing it often.

use std::fmt;
use std::ops::ControlFlow;

use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::HashBits;
use lookalike::index::{Index, IndexKind, Query};

use crate::index_support::{brute_force, digest_rows, reseal};
use crate::reference::references;

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// They are not opened.
    Refused,
    /// They are opened, and `verify` says that they are not what a builder writes.
    FoundOut,
    /// They are another index, and answer as brute force over what they hold.
    AnotherIndex,
}

/// How often each fate was met.
#[derive(Default)]
pub(crate) struct Tally([u64; 3]);

impl Tally {
    pub(crate) fn count(&mut self, fate: Fate) {
        self.0[fate as usize] += 1;
    }

    /// For those of which it is said beforehand that they are refused.
    pub(crate) fn refuses(&mut self, bytes: &[u8], case: impl Fn() -> String) {
        assert!(Index::open(bytes).is_err(), "{}", case());
        self.count(Fate::Refused);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [refused, found_out, others] = self.0;
        let opens = refused + found_out + others;
        write!(f, "{opens} opens: {refused} refused, {found_out} found out by verify, {others} exact as another index")
    }
}

/// Does with an index whatever can be done; nothing may panic, and what is said to be right must be right.
pub(crate) fn exercise(bytes: &[u8], open: impl Fn(&[u8]) -> Option<Index<&[u8]>>, case: impl Fn() -> String) -> Fate {
    let Some(index) = open(bytes) else { return Fate::Refused };
    assert!(index.len() <= bytes.len() as u64 && index.entries() <= bytes.len() as u64, "{}", case());
    let verified = match index.profile().bits() {
        64 => exercise_width::<8>(&index, case),
        _ => exercise_width::<32>(&index, case),
    };
    if verified { Fate::AnotherIndex } else { Fate::FoundOut }
}

/// Says whether the index passed verification.
fn exercise_width<const N: usize>(index: &Index<&[u8]>, case: impl Fn() -> String) -> bool {
    let verified = index.verify().is_ok();
    let held: Vec<HashBits<N>> = index.hashes().unwrap().collect();
    let mut needles = vec![HashBits::from_bytes([0x5a; N])];
    needles.extend(held.first());
    needles.extend(held.last());
    let pairs = held.len() * needles.len();
    let mut expected = brute_force(&held, &needles, 8 * N as u32);
    for radius in [8 * N as u32, N as u32, 3, 0] {
        let mut found = Vec::new();
        let answer = index.search(&Query::new(index.profile(), &needles).radius(radius), |hit| {
            found.push((hit.hash, hit.needle, hit.distance));
            if found.len() <= pairs { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert!(found.len() <= pairs, "more hits than pairs: {}", case());
        assert!(answer.is_ok() || index.kind() != IndexKind::Linear && !verified, "{}", case());
        expected.retain(|hit| hit.2 <= radius);
        found.sort_unstable();
        if !verified && index.kind() == IndexKind::Linear {
            // Damage may have made two stored hashes equal; then both are reported.
            found.dedup();
        }
        assert!(found == expected || !verified && index.kind() != IndexKind::Linear, "{}", case());
    }
    let mut sources = 0;
    for slot in index.slots() {
        let all: Vec<_> = index.sources(slot).collect();
        assert!(!all.is_empty(), "a slot without sources or error: {}", case());
        sources += all.iter().filter(|source| source.is_ok()).count() as u64;
        assert!(!verified || all.iter().all(Result::is_ok), "{}", case());
    }
    let entries: u64 = index.lists().map_while(Result::ok).map(|list| list.entries).fold(0, u64::saturating_add);
    assert!(!verified || entries == index.entries() && sources <= entries, "{}", case());
    exercise_entries::<N>(index, verified, &case);
    DigestKind::ALL.iter().for_each(|&kind| exercise_find(index, kind, verified, &case));
    verified
}

/// All entries in order: no more than there are, and an error only as the last.
fn exercise_entries<const N: usize>(index: &Index<&[u8]>, verified: bool, case: &impl Fn() -> String) {
    let Ok(all) = index.in_order::<N>() else {
        assert!(!verified, "{}", case());
        return;
    };
    let (mut given, mut digests, mut damaged) = (0, 0, false);
    for entry in all.iter() {
        assert!(!damaged, "more after an error: {}", case());
        damaged = entry.is_err();
        given += u64::from(!damaged);
        digests += entry.map_or(0, |entry| entry.digests().count() as u64);
    }
    assert!(given <= index.entries() && (damaged || given == index.entries()), "{}", case());
    let rows: u64 = DigestKind::ALL.iter().map(|&kind| index.digests(kind)).sum();
    assert!(digests <= rows && (!verified || !damaged && digests == rows), "{}", case());
}

/// Digests that are there, that are nearly there, and that are not.
fn exercise_find(index: &Index<&[u8]>, kind: DigestKind, verified: bool, case: &impl Fn() -> String) {
    let rows = digest_rows(index.as_bytes(), kind);
    assert_eq!(rows.len() as u64, index.digests(kind), "{}", case());
    let mut needles = [0, 0x5a, 0xff].map(|byte| Digest::from_bytes(kind, &vec![byte; kind.bytes()]).unwrap()).to_vec();
    for (digest, _) in rows.iter().take(3).chain(rows.last()).chain(rows.get(rows.len() / 2)) {
        let mut near = digest.as_bytes().to_vec();
        *near.last_mut().unwrap() ^= 1;
        needles.extend([*digest, Digest::from_bytes(kind, &near).unwrap()]);
    }
    for needle in needles {
        let found: Vec<_> = index.find(&needle).collect();
        let expected = rows.iter().filter(|row| row.0 == needle).count();
        // whatever the order, no row is found twice, and none of another digest
        assert!(found.len() <= expected, "{}", case());
        assert!(!verified || found.len() == expected && found.iter().all(Result::is_ok), "{}", case());
    }
}

pub(crate) fn open(bytes: &[u8]) -> Option<Index<&[u8]>> {
    Index::open(bytes).ok()
}

pub(crate) fn open_without_checksums(bytes: &[u8]) -> Option<Index<&[u8]>> {
    Index::open_without_checksums(bytes).ok()
}

#[test]
fn an_undamaged_index_passes_everything() {
    for reference in references() {
        let (name, bytes) = (reference.name, reference.bytes);
        assert_eq!(exercise(&bytes, open, || name.clone()), Fate::AnotherIndex, "{name}");
        assert_eq!(exercise(&bytes, open_without_checksums, || name.clone()), Fate::AnotherIndex, "{name}");
        let mut resealed = bytes.clone();
        reseal(&mut resealed);
        assert!(resealed == bytes, "the tests read the layout as the library writes it: {name}");
    }
}
