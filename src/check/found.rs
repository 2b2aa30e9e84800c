//! What look-ups found of one picture, kept until everything is known that decides whether it counts.
//!
//! A radius that matches everything must fill neither memory nor reports. So of each list and frame only the nearest entries are kept, and those
//! that a rule holds back anyway apart from those that none does: a list can crowd out itself, and no other. That
//! something was left out is remembered, because what was left out may be what a quorum lacked.

use alloc::vec::Vec;

use crate::decode::View;
use crate::entry::Role;
use crate::matching::{By, Finding, ViewKind};
use crate::store::Place;

/// An entry that was found.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Kept<'a> {
    /// Hashes of 64 bits are the first of 256, the rest zero: distances between them are the same.
    pub finding: Finding<'a, 32>,
    /// What of the picture was looked up; none for the file as a whole.
    pub view: Option<View>,
    /// Where the index keeps the hash.
    pub slot: Option<Place>,
    /// A rule holds it back by itself.
    pub is_held: bool,
    /// The view that it is preferred as: its own, unless all are alike.
    preferred: ViewKind,
    /// How many of the same list and frame are nearer.
    rank: usize,
}

impl<'a> Kept<'a> {
    /// Keeps a finding: of which view, where the index keeps the hash, and whether a rule holds it back by itself.
    #[must_use]
    pub const fn new(finding: Finding<'a, 32>, view: Option<View>, slot: Option<Place>, is_held: bool) -> Self {
        Self { finding, view, slot, is_held, preferred: finding.view, rank: 0 }
    }

    /// Of several of an entry and frame the nearest is kept, even if an exact view is further away.
    #[must_use]
    pub fn whatever_view(self) -> Self {
        Self { preferred: ViewKind::Exact, ..self }
    }

    /// Which of several of an entry and frame is kept, the least: what counts before what is held back, exact views before others,
    /// then the nearest.
    #[must_use]
    pub const fn preference(&self) -> (bool, ViewKind, u32) {
        (self.is_held, self.preferred, self.finding.distance)
    }

    /// Whether two are of the same entry, found of the same frame by the same means.
    fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.finding, &other.finding);
        (a.frame, a.by, &a.source, self.slot) == (b.frame, b.by, &b.source, other.slot)
    }
}

/// Everything that was found of one picture.
#[derive(Debug, Default)]
pub struct Found<'a> {
    kept: Vec<Kept<'a>>,
    more: usize,
    now: Option<i64>,
}

impl<'a> Found<'a> {
    /// Nothing yet, of a picture that is looked at now: in Unix milliseconds, if there is a clock. Mutes end by it.
    #[must_use]
    pub const fn new(now: Option<i64>) -> Self {
        Self { kept: Vec::new(), more: 0, now }
    }

    /// When the picture is looked at.
    #[must_use]
    pub const fn now(&self) -> Option<i64> {
        self.now
    }

    /// Adds an entry.
    pub fn push(&mut self, kept: Kept<'a>) {
        self.kept.push(kept);
        if self.kept.len() >= 4 * MOST_KEPT {
            self.trim();
        }
    }

    /// Whether anything was found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What was found, once: of each entry and frame what counts before what is held back, exact views before others, then the nearest. Also how
    /// many entries that no rule held back by itself were left out.
    #[must_use]
    pub fn into_kept(mut self) -> (Vec<Kept<'a>>, usize) {
        self.trim();
        (self.kept, self.more)
    }

    fn trim(&mut self) {
        let by = |it: &Kept<'_>| match it.finding.by {
            By::Hash(_) => 0_u8,
            By::Digest(digest) => 1 + digest.kind() as u8,
        };
        self.kept.sort_by(|a, b| {
            let key = |it: &Kept<'a>| (it.finding.frame, it.slot, by(it), it.finding.source);
            key(a).cmp(&key(b)).then_with(|| a.preference().cmp(&b.preference()))
        });
        self.kept.dedup_by(|later, first| first.is_same(later));

        // Now list by list, nearest first: rank, and leave out what comes too late.
        let group = |it: &Kept<'a>| (it.finding.source.list, it.finding.frame, it.is_held);
        self.kept.sort_by_key(|it| (group(it), it.finding.distance, it.slot, it.finding.source));
        for of_list in self.kept.chunk_by_mut(|a, b| group(a) == group(b)) {
            (0..).zip(of_list).for_each(|(rank, it)| it.rank = rank);
        }
        let before = self.kept.iter().filter(|it| counts(it)).count();
        self.kept.retain(|it| it.rank < if it.is_held { MOST_HELD } else { MOST_OF_A_LIST });
        if self.kept.len() > MOST_KEPT {
            self.kept.sort_by_key(|it| (it.finding.source.role != Role::Allow, it.rank, it.finding.distance));
            self.kept.truncate(MOST_KEPT);
        }
        self.more += before - self.kept.iter().filter(|it| counts(it)).count();
    }
}

/// Whether leaving it out would leave out a match.
fn counts(it: &Kept<'_>) -> bool {
    !it.is_held && it.finding.source.role != Role::Allow
}

/// So many entries of one list, found of one frame, are kept.
const MOST_OF_A_LIST: usize = 256;
/// So many of them that are held back.
const MOST_HELD: usize = 64;
/// So many in all: each pair of them is compared.
pub const MOST_KEPT: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Bits256;
    use crate::index::Source;
    use alloc::string::ToString as _;
    use alloc::vec;

    fn kept<'a>(list: &'a str, id: &'a str, distance: u32, frame: u32) -> Kept<'a> {
        let source = Source { list, id, ..Source::default() };
        Kept::new(Finding::perceptual(Bits256::ZERO, distance, source).view(frame, ViewKind::Exact), None, None, false)
    }

    #[test]
    fn a_list_crowds_out_itself_and_no_other() {
        let ids: Vec<_> = (0..20_000).map(|number| number.to_string()).collect();
        let mut found = Found::default();
        for id in &ids {
            found.push(kept("flood", id, 1, 1));
        }
        found.push(kept("other", "far", 30, 1));
        let held = Kept { is_held: true, ..kept("flood", "held", 0, 1) };
        found.push(held);
        let (all, more) = found.into_kept();
        let of = |list: &str| all.iter().filter(|it| it.finding.source.list == list).count();
        assert_eq!((of("flood"), of("other")), (MOST_OF_A_LIST + 1, 1));
        assert_eq!(more, ids.len() - MOST_OF_A_LIST);
    }

    #[test]
    fn in_a_survey_the_nearest_view_is_kept() {
        let framed = |distance| {
            let it = kept("a", "1", distance, 1);
            Kept::new(it.finding.view(1, ViewKind::Framed), None, None, false)
        };
        let nearest = |all: [Kept<'static>; 2]| {
            let mut found = Found::default();
            all.into_iter().for_each(|it| found.push(it));
            found.into_kept().0.iter().map(|it| it.finding.distance).collect::<Vec<_>>()
        };
        assert_eq!(nearest([framed(3), kept("a", "1", 50, 1)]), [50]);
        assert_eq!(nearest([framed(3), kept("a", "1", 50, 1)].map(Kept::whatever_view)), [3]);
    }

    #[test]
    fn of_an_entry_that_counts_comes_before_what_is_nearer_and_held() {
        let mut found = Found::default();
        found.push(Kept { is_held: true, ..kept("a", "1", 0, 1) });
        found.push(kept("a", "1", 7, 1));
        found.push(kept("a", "1", 3, 2));
        let (all, more) = found.into_kept();
        let distances: Vec<_> = all.iter().map(|it| (it.finding.frame, it.finding.distance)).collect();
        assert_eq!((distances, more), (vec![(1, 7), (2, 3)], 0), "once for each frame");
    }
}
