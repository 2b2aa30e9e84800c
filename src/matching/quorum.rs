//! How many lists, from how many jurisdictions, have a subject.
//!
//! A list counts once, whatever the number of its entries, and stands for one jurisdiction at most. How many *different* ones the lists
//! of a subject can stand for is a matching of two sides: lists, and the jurisdictions that their entries name. It is found by
//! augmenting paths (Kuhn, "The Hungarian method", 1955), breadth first, in memory that lies beside the findings. A search that fails
//! leaves its marks: what it saw can be of no use to a later one.

use super::finding::Finding;
use super::judged::{Judged, NONE, Scratch, Tally};
use super::rules::{Quorum, Trust};

/// Counts for every subject, once its findings have their roots, and hands each to `visit` with the position of its first.
///
/// Cost: each pair of findings of a subject is compared, and each jurisdiction demanded takes at most one pass over the findings
/// for each list.
pub(super) fn count<const N: usize>(
    findings: &[Finding<'_, N>],
    judged: &mut [Judged<'_>],
    quorum: &Quorum,
    mut visit: impl FnMut(&mut [Judged<'_>], usize, Tally),
) {
    stand_for(findings, judged);
    for root in 0..judged.len() {
        if scratch(judged, root).root != root {
            continue;
        }
        let mut tally = Tally { jurisdictions: laws(judged, root, quorum.jurisdictions), ..Tally::default() };
        for (at, judged) in judged.iter().enumerate() {
            if judged.scratch.root == root && judged.scratch.list == at {
                tally.lists = tally.lists.saturating_add(1);
                tally.verified = tally.verified.saturating_add(u16::from(judged.scratch.is_verified));
            }
        }
        visit(judged, root, tally);
    }
}

/// Finds for every finding the first of its subject that is of the same list, and the first from the same jurisdiction.
fn stand_for<const N: usize>(findings: &[Finding<'_, N>], judged: &mut [Judged<'_>]) {
    for (at, finding) in findings.iter().enumerate() {
        let Some(&own) = judged.get(at).filter(|judged| judged.scratch.root != NONE) else { continue };
        let (mut list, mut law) = (NONE, NONE);
        for (earlier, (other, others)) in findings.iter().zip(judged.iter()).enumerate().take(at + 1) {
            if others.scratch.root != own.scratch.root {
                continue;
            }
            if list == NONE && other.source.list == finding.source.list {
                list = earlier;
            }
            // Published codes of countries come in either case.
            if law == NONE && !own.jurisdiction.is_empty() && own.jurisdiction.eq_ignore_ascii_case(others.jurisdiction)
            {
                law = earlier;
            }
        }
        change(judged, at, |scratch| (scratch.list, scratch.law) = (list, law));
        change(judged, list, |scratch| scratch.is_verified |= own.trust == Trust::Verified);
    }
}

/// How many different jurisdictions the lists of a subject can stand for, counted no further than demanded.
fn laws(judged: &mut [Judged<'_>], root: usize, demanded: u16) -> u16 {
    let mut found = 0;
    for list in root..judged.len() {
        if found == demanded {
            break;
        }
        let Scratch { root: of, list: own, .. } = scratch(judged, list);
        found += u16::from(of == root && own == list && finds_one_more(judged, root, list));
    }
    found
}

/// Finds a jurisdiction for a list, if need be by giving other lists other ones than they have.
fn finds_one_more(judged: &mut [Judged<'_>], root: usize, start: usize) -> bool {
    change(judged, start, |scratch| scratch.next = NONE);
    let (mut list, mut last) = (start, start);
    while list != NONE {
        for entry in root..judged.len() {
            let Scratch { root: of, list: own, law, .. } = scratch(judged, entry);
            if of != root || own != list || law == NONE || scratch(judged, law).via != NONE {
                continue;
            }
            change(judged, law, |scratch| (scratch.via, scratch.search) = (list, start));
            let owner = scratch(judged, law).list_of_law;
            if owner == NONE {
                hand_over(judged, start, law);
                return true;
            }
            change(judged, owner, |scratch| scratch.next = NONE);
            change(judged, last, |scratch| scratch.next = owner);
            last = owner;
        }
        list = scratch(judged, list).next;
    }
    false
}

/// Gives a free jurisdiction to the list from which the search came to it, what that had to the one before, and so on to the first.
fn hand_over(judged: &mut [Judged<'_>], start: usize, free: usize) {
    let mut law = free;
    loop {
        let list = scratch(judged, law).via;
        let before = scratch(judged, list).law_of_list;
        change(judged, law, |scratch| scratch.list_of_law = list);
        change(judged, list, |scratch| scratch.law_of_list = law);
        if list == start || before == NONE {
            break;
        }
        law = before;
    }
    for judged in judged.iter_mut().filter(|judged| judged.scratch.search == start) {
        (judged.scratch.via, judged.scratch.search) = (NONE, NONE);
    }
}

fn scratch(judged: &[Judged<'_>], at: usize) -> Scratch {
    judged.get(at).map_or_else(Scratch::default, |judged| judged.scratch)
}

fn change(judged: &mut [Judged<'_>], at: usize, change: impl FnOnce(&mut Scratch)) {
    if let Some(judged) = judged.get_mut(at) {
        change(&mut judged.scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Bits256;
    use crate::index::Source;
    use alloc::vec::Vec;

    /// The tally of one subject whose entries are of these lists and jurisdictions; a list in capitals is verified.
    fn tally(entries: &[(&'static str, &'static str)], demanded: u16) -> Tally {
        let source = |&(list, jurisdiction)| Source { list, jurisdiction, ..Source::default() };
        let findings: Vec<_> =
            entries.iter().map(|entry| Finding::perceptual(Bits256::ZERO, 0, source(entry))).collect();
        let judge = |(list, jurisdiction): &(&str, &'static str)| {
            let trust = if list.chars().all(char::is_uppercase) { Trust::Verified } else { Trust::Seed };
            let scratch = Scratch { root: 0, ..Scratch::default() };
            Judged { jurisdiction, trust, scratch, ..Judged::default() }
        };
        let mut judged: Vec<_> = entries.iter().map(judge).collect();
        let (mut found, mut calls) = (Tally::default(), 0);
        count(&findings, &mut judged, &Quorum::new(31).jurisdictions(demanded), |_, _, tally| {
            (found, calls) = (tally, calls + 1);
        });
        assert_eq!(calls, 1);
        found
    }

    #[test]
    fn a_list_counts_once_whatever_it_says() {
        let rogue = [("rogue", "US"), ("rogue", "NL"), ("rogue", "DE"), ("rogue", "NL")];
        assert_eq!(tally(&rogue, 9), Tally { lists: 1, jurisdictions: 1, verified: 0 });
        // B and C are both from the US, so that the list with four jurisdictions can add one, and no more.
        let three = [("rogue", "US"), ("rogue", "NL"), ("rogue", "DE"), ("B", "US"), ("C", "US")];
        assert_eq!(tally(&three, 9), Tally { lists: 3, jurisdictions: 2, verified: 2 });
    }

    #[test]
    fn a_list_stands_for_what_helps_most() {
        // a must give up US for b, and b then NL for c.
        let chain = [("a", "US"), ("a", "DE"), ("b", "US"), ("b", "NL"), ("c", "NL"), ("d", "US")];
        assert_eq!(tally(&chain, 9).jurisdictions, 3);
        assert_eq!(tally(&chain[..5], 9).jurisdictions, 3);
        assert_eq!(tally(&chain[..4], 9).jurisdictions, 2);
        assert_eq!(tally(&chain, 2).jurisdictions, 2, "counted as far as demanded");
    }

    #[test]
    fn the_unknown_is_no_jurisdiction_and_case_makes_none() {
        assert_eq!(tally(&[("a", ""), ("b", ""), ("c", "us"), ("d", "US")], 9).jurisdictions, 1);
        assert_eq!(tally(&[("a", "")], 9).jurisdictions, 0);
    }
}
