//! The hits of one picture, kept until everything is known that decides whether they count.
//!
//! A radius that matches everything must fill neither memory nor reports. So only the nearest entries of each list and frame are kept,
//! suppressed ones apart from the others: a list can crowd out itself, but no other list. The number of entries that were dropped is kept,
//! because they might have met a quorum.

use alloc::vec::Vec;

use crate::decode::View;
use crate::entry::Role;
use crate::matching::{By, Finding, ViewKind};
use crate::store::Place;

/// An entry that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// Hashes of 64 bits are followed by zeros, which leaves distances unchanged.
    pub(super) finding: Finding<'a, 32>,
    /// The view that found it; none for a digest of the file.
    pub(super) view: Option<View>,
    /// The place of the hash in the index.
    pub(super) slot: Option<Place>,
    /// A rule suppresses it, whatever else is found.
    pub(super) is_held: bool,
    /// The view by which it is preferred: its own, unless all views are equal.
    preferred: ViewKind,
    /// The number of nearer entries of the same list and frame.
    rank: usize,
}

impl<'a> Candidate<'a> {
    pub(super) const fn new(finding: Finding<'a, 32>, view: Option<View>, slot: Option<Place>, is_held: bool) -> Self {
        Self { finding, view, slot, is_held, preferred: finding.view, rank: 0 }
    }

    /// Prefers the nearest view of an entry and frame, even over an exact one.
    pub(super) fn whatever_view(self) -> Self {
        Self { preferred: ViewKind::Exact, ..self }
    }

    /// The order in which candidates of an entry and frame are preferred, least first: those that count, exact views, the nearest.
    pub(super) const fn preference(&self) -> (bool, ViewKind, u32) {
        (self.is_held, self.preferred, self.finding.distance)
    }

    /// Returns true for the same entry, found in the same frame by the same means.
    fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.finding, &other.finding);
        (a.frame, a.by, &a.source, self.slot) == (b.frame, b.by, &b.source, other.slot)
    }
}

/// Everything that was found of one picture.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    kept: Vec<Candidate<'a>>,
    more: usize,
}

impl<'a> Found<'a> {
    pub(super) fn push(&mut self, kept: Candidate<'a>) {
        self.kept.push(kept);
        if self.kept.len() >= 4 * MOST_KEPT {
            self.trim();
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The preferred candidate of each entry and frame, and the number of others dropped that no rule suppressed by itself.
    pub(super) fn into_candidates(mut self) -> (Vec<Candidate<'a>>, usize) {
        self.trim();
        (self.kept, self.more)
    }

    fn trim(&mut self) {
        let by = |one: &Candidate<'_>| match one.finding.by {
            By::Hash(_) => 0_u8,
            By::Digest(digest) => 1 + digest.kind() as u8,
        };
        self.kept.sort_by(|a, b| {
            let key = |one: &Candidate<'a>| (one.finding.frame, one.slot, by(one), one.finding.source);
            key(a).cmp(&key(b)).then_with(|| a.preference().cmp(&b.preference()))
        });
        self.kept.dedup_by(|later, first| first.is_same(later));

        // Now list by list, nearest first: rank, and drop those that rank too low.
        let group = |one: &Candidate<'a>| (one.finding.source.list, one.finding.frame, one.is_held);
        self.kept.sort_by_key(|one| (group(one), one.finding.distance, one.slot, one.finding.source));
        for of_list in self.kept.chunk_by_mut(|a, b| group(a) == group(b)) {
            (0..).zip(of_list).for_each(|(rank, one)| one.rank = rank);
        }
        let before = self.kept.iter().filter(|one| counts(one)).count();
        self.kept.retain(|one| one.rank < if one.is_held { MOST_HELD } else { MOST_OF_A_LIST });
        if self.kept.len() > MOST_KEPT {
            self.kept.sort_by_key(|one| (one.finding.source.role != Role::Allow, one.rank, one.finding.distance));
            self.kept.truncate(MOST_KEPT);
        }
        self.more += before - self.kept.iter().filter(|one| counts(one)).count();
    }
}

/// Returns true if dropping it would drop a match.
fn counts(one: &Candidate<'_>) -> bool {
    !one.is_held && one.finding.source.role != Role::Allow
}

/// Entries kept of one list and frame.
const MOST_OF_A_LIST: usize = 256;
/// Suppressed entries kept of one list and frame.
const MOST_HELD: usize = 64;
/// Entries kept of a picture: each pair of them is compared.
pub(super) const MOST_KEPT: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Bits256;
    use crate::index::Source;
    use alloc::string::ToString as _;
    use alloc::vec;

    fn kept<'a>(list: &'a str, id: &'a str, distance: u32, frame: u32) -> Candidate<'a> {
        let source = Source { list, id, ..Source::default() };
        Candidate::new(
            Finding::perceptual(Bits256::ZERO, distance, source).view(frame, ViewKind::Exact),
            None,
            None,
            false,
        )
    }

    #[test]
    fn a_list_crowds_out_itself_and_no_other() {
        let ids: Vec<_> = (0..20_000).map(|number| number.to_string()).collect();
        let mut found = Found::default();
        for id in &ids {
            found.push(kept("flood", id, 1, 1));
        }
        found.push(kept("other", "far", 30, 1));
        let held = Candidate { is_held: true, ..kept("flood", "held", 0, 1) };
        found.push(held);
        let (all, more) = found.into_candidates();
        let of = |list: &str| all.iter().filter(|one| one.finding.source.list == list).count();
        assert_eq!((of("flood"), of("other")), (MOST_OF_A_LIST + 1, 1));
        assert_eq!(more, ids.len() - MOST_OF_A_LIST);
    }

    #[test]
    fn in_a_survey_the_nearest_view_is_kept() {
        let framed = |distance| {
            let exact = kept("a", "1", distance, 1);
            Candidate::new(exact.finding.view(1, ViewKind::Framed), None, None, false)
        };
        let nearest = |all: [Candidate<'static>; 2]| {
            let mut found = Found::default();
            all.into_iter().for_each(|one| found.push(one));
            found.into_candidates().0.iter().map(|one| one.finding.distance).collect::<Vec<_>>()
        };
        assert_eq!(nearest([framed(3), kept("a", "1", 50, 1)]), [50]);
        assert_eq!(nearest([framed(3), kept("a", "1", 50, 1)].map(Candidate::whatever_view)), [3]);
    }

    #[test]
    fn of_an_entry_that_counts_comes_before_what_is_nearer_and_held() {
        let mut found = Found::default();
        found.push(Candidate { is_held: true, ..kept("a", "1", 0, 1) });
        found.push(kept("a", "1", 7, 1));
        found.push(kept("a", "1", 3, 2));
        let (all, more) = found.into_candidates();
        let distances: Vec<_> = all.iter().map(|one| (one.finding.frame, one.finding.distance)).collect();
        assert_eq!((distances, more), (vec![(1, 7), (2, 3)], 0), "once for each frame");
    }
}
