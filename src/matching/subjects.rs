//! Which findings are of the same subject: what several lists seem to mean by one picture.
//!
//! Lists hold near copies of each other's pictures, and copies that were turned; a quorum that asked for equal hashes would hardly
//! ever be met. Two findings belong together where
//!
//! - their listed hashes lie within `near` of each other; or
//! - both were found of the same frame, at distances that sum to at most `near`: then they lie so close to each other once one of
//!   them is turned, by the triangle inequality; or
//! - one of them is of a digest: the file itself is at no distance from itself; or
//! - they are of the same entry of the same list, found in two ways.
//!
//! Subjects are what hangs together by that, over any number of steps.

use super::finding::{By, Finding};
use super::judged::{Judged, NONE};

/// Puts every finding with `root == itself` into its subject, and numbers these from 1. Cost: each pair of findings is compared.
pub(super) fn group<const N: usize>(findings: &[Finding<'_, N>], judged: &mut [Judged<'_>], near: u32) -> u32 {
    for (at, finding) in findings.iter().enumerate() {
        if !is_member(judged, at) {
            continue;
        }
        for (earlier, other) in findings.iter().enumerate().take(at) {
            if is_member(judged, earlier) && belong_together(finding, other, near) {
                unite(judged, at, earlier);
            }
        }
    }
    let mut subjects = 0;
    for at in 0..judged.len() {
        let root = root_of(judged, at);
        // A root is the first of its subject, so it has its number before any other asks for it.
        let number = if root == at {
            subjects += 1;
            Some(subjects)
        } else {
            judged.get(root).and_then(|first| first.subject)
        };
        if let Some(judged) = judged.get_mut(at) {
            judged.scratch.root = root;
            judged.subject = number;
        }
    }
    subjects
}

/// Whether two findings are of the same subject by themselves.
pub(super) fn belong_together<const N: usize>(a: &Finding<'_, N>, b: &Finding<'_, N>, near: u32) -> bool {
    let is_same_entry = a.source.list == b.source.list && a.source.id == b.source.id && !a.source.id.is_empty();
    is_same_entry
        || match (&a.by, &b.by) {
            (By::Digest(_), By::Digest(_)) => true,
            (By::Digest(_), By::Hash(_)) => b.distance <= near,
            (By::Hash(_), By::Digest(_)) => a.distance <= near,
            (By::Hash(of_a), By::Hash(of_b)) => {
                (a.frame == b.frame && a.distance.saturating_add(b.distance) <= near) || of_a.distance(of_b) <= near
            }
        }
}

fn is_member(judged: &[Judged<'_>], at: usize) -> bool {
    judged.get(at).is_some_and(|judged| judged.scratch.root != NONE)
}

/// The first finding of the subject; halves the way to it.
fn root_of(judged: &mut [Judged<'_>], mut at: usize) -> usize {
    loop {
        let up = judged.get(at).map_or(NONE, |judged| judged.scratch.root);
        if up == at || up == NONE {
            return up;
        }
        let next = judged.get(up).map_or(NONE, |judged| judged.scratch.root);
        if let Some(judged) = judged.get_mut(at) {
            judged.scratch.root = next;
        }
        at = next;
    }
}

fn unite(judged: &mut [Judged<'_>], a: usize, b: usize) {
    let (a, b) = (root_of(judged, a), root_of(judged, b));
    if let Some(judged) = judged.get_mut(a.max(b)) {
        judged.scratch.root = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Digest;
    use crate::hash::Bits256;
    use crate::index::Source;
    use alloc::vec::Vec;

    fn hash(ones: usize) -> Bits256 {
        let mut hash = Bits256::ZERO;
        hash.bits_mut()[..ones].fill(true);
        hash
    }

    fn found(ones: usize, distance: u32, list: &'static str, id: &'static str) -> Finding<'static, 32> {
        Finding::perceptual(hash(ones), distance, Source { list, id, ..Source::default() })
    }

    fn subjects(findings: &[Finding<'static, 32>], near: u32) -> Vec<Option<u32>> {
        let mut judged: Vec<_> = findings.iter().map(|_| Judged::default()).collect();
        for (at, judged) in judged.iter_mut().enumerate() {
            judged.scratch.root = at;
        }
        let count = group(findings, &mut judged, near);
        assert_eq!(judged.iter().filter_map(|judged| judged.subject).max().unwrap_or(0), count);
        judged.iter().map(|judged| judged.subject).collect()
    }

    #[test]
    fn listed_hashes_near_each_other_are_one_subject_over_steps() {
        let chain = [found(0, 31, "a", "1"), found(20, 31, "b", "1"), found(40, 31, "c", "1"), found(80, 31, "d", "1")];
        assert_eq!(subjects(&chain, 20), [Some(1), Some(1), Some(1), Some(2)]);
        assert_eq!(subjects(&chain, 19), [Some(1), Some(2), Some(3), Some(4)]);
        let reversed: Vec<_> = chain.iter().rev().copied().collect();
        assert_eq!(subjects(&reversed, 20), [Some(1), Some(2), Some(2), Some(2)]);
    }

    #[test]
    fn turned_copies_are_one_subject_where_both_are_near_the_same_frame() {
        let two = [found(0, 10, "a", "1"), found(128, 21, "b", "1")];
        assert_eq!(subjects(&two, 31), [Some(1), Some(1)]);
        assert_eq!(subjects(&two, 30), [Some(1), Some(2)]);
        let other_frame = [two[0], Finding { frame: 2, ..two[1] }];
        assert_eq!(subjects(&other_frame, 31), [Some(1), Some(2)]);
    }

    #[test]
    fn a_digest_is_of_the_file_itself() {
        let digest =
            |list, byte| Finding::digest(Digest::Sha1([byte; 20]), Source { list, id: "9", ..Source::default() });
        assert_eq!(subjects(&[digest("a", 1), found(50, 31, "b", "1"), digest("c", 2)], 31), [Some(1); 3]);
        assert_eq!(subjects(&[digest("a", 1), found(50, 32, "b", "1")], 31), [Some(1), Some(2)]);
    }

    #[test]
    fn an_entry_found_twice_is_one_subject_but_entries_without_ids_are_not_one_entry() {
        let twice = |id| [found(0, 31, "a", id), found(128, 31, "a", id)];
        assert_eq!(subjects(&twice("7"), 5), [Some(1), Some(1)]);
        assert_eq!(subjects(&twice(""), 5), [Some(1), Some(2)]);
        let lists = [found(0, 31, "a", "7"), found(128, 31, "b", "7")];
        assert_eq!(subjects(&lists, 5), [Some(1), Some(2)], "ids mean something within their list only");
    }
}
