//! What look-ups found of one picture, kept until everything is known that decides whether it counts.
//!
//! A radius that matches everything must fill neither memory nor answers. So of each list and frame only the nearest entries are kept, and those
//! that a rule holds back anyway apart from those that none does: a list can crowd out itself, and no other. That something was left out is
//! remembered, because what was left out may be what a quorum lacked.

use lookalike::decode::View;
use lookalike::entry::Role;
use lookalike::matching::{By, Finding, ViewKind};
use lookalike::store::Place;

/// An entry that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) finding: Finding<'a, 32>,
    /// What of the picture was looked up; none for the file as a whole.
    pub(crate) view: Option<View>,
    /// Where the index keeps the hash.
    pub(crate) place: Option<Place>,
    /// A rule holds it back by itself.
    pub(crate) is_held: bool,
    /// How many of the same list and frame are nearer.
    rank: usize,
}

impl<'a> Kept<'a> {
    /// Keeps a finding.
    pub(crate) const fn new(finding: Finding<'a, 32>, view: Option<View>, place: Option<Place>, is_held: bool) -> Self {
        Self { finding, view, place, is_held, rank: 0 }
    }

    /// Which of several of an entry and frame is kept, the least: what counts before what is held back, exact views before others,
    /// then the nearest.
    pub(crate) const fn preference(&self) -> (bool, ViewKind, u32) {
        (self.is_held, self.finding.view, self.finding.distance)
    }

    /// Whether two are of the same entry, found of the same frame by the same means.
    fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.finding, &other.finding);
        (a.frame, a.by, &a.source, self.place) == (b.frame, b.by, &b.source, other.place)
    }

    /// Whether leaving it out would leave out a match.
    fn counts(&self) -> bool {
        !self.is_held && self.finding.source.role != Role::Allow
    }
}

/// Everything that was found of one picture.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    kept: Vec<Kept<'a>>,
    /// Entries that no rule held back by itself, and that were left out.
    more: usize,
}

impl<'a> Found<'a> {
    /// Adds an entry.
    pub(crate) fn push(&mut self, kept: Kept<'a>) {
        self.kept.push(kept);
        if self.kept.len() >= 4 * MOST_KEPT {
            self.trim();
        }
    }

    /// Whether anything was found.
    pub(crate) const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What was found, once, and how many entries were left out that might have counted.
    pub(crate) fn into_kept(mut self) -> (Vec<Kept<'a>>, usize) {
        self.trim();
        (self.kept, self.more)
    }

    fn trim(&mut self) {
        let by = |it: &Kept<'_>| match it.finding.by {
            By::Hash(_) => 0_u8,
            By::Digest(digest) => 1 + digest.kind() as u8,
        };
        self.kept.sort_by(|a, b| {
            let key = |it: &Kept<'a>| (it.finding.frame, it.place, by(it), it.finding.source);
            key(a).cmp(&key(b)).then_with(|| a.preference().cmp(&b.preference()))
        });
        self.kept.dedup_by(|later, first| first.is_same(later));

        // Now list by list, nearest first: rank, and leave out what comes too late.
        let group = |it: &Kept<'a>| (it.finding.source.list, it.finding.frame, it.is_held);
        self.kept.sort_by_key(|it| (group(it), it.finding.distance, it.place, it.finding.source));
        for of_list in self.kept.chunk_by_mut(|a, b| group(a) == group(b)) {
            (0..).zip(of_list).for_each(|(rank, it)| it.rank = rank);
        }
        let before = self.kept.iter().filter(|it| it.counts()).count();
        self.kept.retain(|it| it.rank < if it.is_held { MOST_HELD } else { MOST_OF_A_LIST });
        if self.kept.len() > MOST_KEPT {
            self.kept.sort_by_key(|it| (it.finding.source.role != Role::Allow, it.rank, it.finding.distance));
            self.kept.truncate(MOST_KEPT);
        }
        self.more += before - self.kept.iter().filter(|it| it.counts()).count();
    }
}

/// So many entries of one list, found of one frame, are kept.
const MOST_OF_A_LIST: usize = 256;
/// So many of them that are held back.
const MOST_HELD: usize = 64;
/// So many in all: each pair of them is compared.
pub(crate) const MOST_KEPT: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use lookalike::hash::Bits256;
    use lookalike::index::Source;

    fn kept<'a>(list: &'a str, id: &'a str, distance: u32) -> Kept<'a> {
        let source = Source { list, id, ..Source::default() };
        Kept::new(Finding::perceptual(Bits256::ZERO, distance, source), None, None, false)
    }

    #[test]
    fn a_list_crowds_out_itself_and_no_other() {
        let ids: Vec<_> = (0..20_000).map(|number| number.to_string()).collect();
        let mut found = Found::default();
        ids.iter().for_each(|id| found.push(kept("flood", id, 1)));
        found.push(kept("other", "far", 30));
        found.push(Kept { is_held: true, ..kept("flood", "held", 0) });
        let (all, more) = found.into_kept();
        let of = |list: &str| all.iter().filter(|it| it.finding.source.list == list).count();
        assert_eq!((of("flood"), of("other")), (MOST_OF_A_LIST + 1, 1));
        assert_eq!(more, ids.len() - MOST_OF_A_LIST);
    }

    #[test]
    fn of_an_entry_that_counts_comes_before_what_is_nearer_and_held() {
        let mut found = Found::default();
        found.push(Kept { is_held: true, ..kept("a", "1", 0) });
        found.push(kept("a", "1", 7));
        let (all, _) = found.into_kept();
        assert_eq!(all.iter().map(|it| it.finding.distance).collect::<Vec<_>>(), [7]);
    }
}
