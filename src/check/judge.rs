//! From the entries found for a picture to its report.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;
use std::collections::HashSet;

use super::found::{Candidate, Found, MOST_KEPT};
use super::matcher::Search;
use super::report::{Entry, RuleTrace};
use super::{Match, Report};
use crate::entry::Role;
use crate::matching::{By, Decision, Finding, Judged, Outcome, Picture, Rule, evaluate};

/// A picture near more entries than this is near everything: the radius is too large, and reports are not.
const MOST_REPORTED: usize = 256;

impl Search<'_> {
    /// Judges what was found of a picture. `ending` is its outcome if nothing matches, `quality` the best of its views.
    pub(super) fn judge(&self, ending: Outcome, quality: Option<u8>, found: Found<'_>) -> Report {
        let mut picture = Picture::not_checked(ending).now(Some(self.now));
        (picture.quality, picture.required_quality) = (quality, self.matcher.required_quality);
        let (candidates, more) = found.into_candidates();
        let findings: Vec<_> = candidates.iter().map(|candidate| candidate.finding).collect();
        let mut judged = vec![Judged::default(); findings.len()];
        let decision = evaluate(&self.rules, &picture, &findings, &mut judged);
        let mut outcome = decision.outcome;
        if matches!(outcome, Outcome::NoMatch(_) | Outcome::PartlyChecked(_)) && more > 0 && lacks_lists(&decision) {
            // What was dropped might have met the quorum.
            let (found, allowed) = ((findings.len() + more) as u64, MOST_KEPT as u64);
            outcome = Outcome::OverLimit { what: "listed entries near the picture", found, allowed };
        }
        let most = if self.matcher.options.survey() { MOST_KEPT } else { MOST_REPORTED };
        let reported = |is_held: bool| {
            let of = candidates.iter().zip(&judged);
            let of = of.filter(|(one, judged)| judged.is_held() == is_held && one.finding.source.role != Role::Allow);
            let (nearest, hidden) = nearest(of.collect(), most);
            let reported = nearest.into_iter().map(|(one, judged)| self.report(one, judged));
            (reported.collect::<Vec<_>>(), hidden)
        };
        let ((matches, hidden), (held, _)) = (reported(false), reported(true));
        let more = more + hidden;
        let detail = (more > 0 && !matches.is_empty()).then(|| {
            let listed = matches.len();
            format!(
                "the nearest {listed} entries are listed, of each list at least one; {more} more hashes lie within the radius"
            )
        });
        let is_traced = decision.matches + decision.tests + decision.held > 0;
        let rules = is_traced.then(|| self.trace(&decision, &candidates, &judged));
        let profile = self.matcher.snapshot.profile();
        let generation = self.matcher.snapshot.generation();
        let detail = if outcome.was_checked() { detail } else { detail.or_else(|| unchecked(ending, outcome)) };
        Report { matches, held, rules, generation, ..Report::of_outcome(outcome, detail, profile) }
    }

    fn report(&self, candidate: &Candidate<'_>, judged: &Judged<'_>) -> Match {
        let (finding, source) = (&candidate.finding, &candidate.finding.source);
        let entry = Entry { jurisdiction: judged.jurisdiction.to_owned(), ..Entry::from(source) };
        let class = self.matcher.policy.class(source.list, source.classification);
        let is_exact = finding.is_exact();
        Match {
            transform: finding.transform,
            view: candidate.view,
            quality: (!is_exact).then_some(finding.quality),
            class: class.map(str::to_owned),
            trust: judged.trust,
            action: judged.action.to_owned(),
            subject: judged.subject,
            fired: judged.fired,
            held_by: judged.held,
            radius: (!is_exact).then(|| self.rules.of(source.list).radius),
            ..Match::new(entry, finding.by, finding.distance, self.matcher.snapshot.profile())
        }
    }

    fn trace(&self, decision: &Decision, candidates: &[Candidate<'_>], judged: &[Judged<'_>]) -> RuleTrace {
        let pairs = || candidates.iter().zip(judged);
        let subjects = || pairs().filter(|(_, judged)| judged.subject.is_some());
        let allowing = pairs()
            .filter(|(one, judged)| decision.held > 0 && one.finding.source.role == Role::Allow && !judged.is_held());
        RuleTrace {
            matches: decision.matches,
            tests: decision.tests,
            held: decision.held,
            subjects: decision.subjects,
            lists: distinct(subjects().map(|(one, _)| one.finding.source.list)),
            jurisdictions: distinct(subjects().map(|(_, judged)| judged.jurisdiction)),
            fired: decision.fired,
            held_by: decision.held_by,
            lacking: decision
                .lacking()
                .map(|(rule, found, demanded)| format!("{rule}: {found} of {demanded}"))
                .collect(),
            allowed_by: allowing.map(|(one, judged)| self.report(one, judged)).collect(),
        }
    }
}

/// The reason of an outcome that the rules, not decoding, arrived at.
fn unchecked(ending: Outcome, outcome: Outcome) -> Option<String> {
    let is_told_elsewhere = outcome == ending || matches!(outcome, Outcome::LowQuality { .. });
    (!is_told_elsewhere).then(|| format!("{outcome}"))
}

/// The names that are not empty, each once, sorted.
fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<_> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns true if more entries might have met what a quorum lacked.
fn lacks_lists(decision: &Decision) -> bool {
    let quorum = [Rule::QuorumLists, Rule::QuorumJurisdictions, Rule::QuorumVerified];
    quorum.into_iter().any(|rule| decision.held_by.contains(rule))
}

type Pair<'k> = (&'k Candidate<'k>, &'k Judged<'k>);

/// The nearest entries, each once, with at least one of each list, and the number of entries left out. Of an entry found in several frames,
/// exact views are preferred, then the nearest.
fn nearest(mut of: Vec<Pair<'_>>, most: usize) -> (Vec<Pair<'_>>, usize) {
    let digest = |finding: &Finding<'_, 32>| if let By::Digest(digest) = finding.by { Some(digest) } else { None };
    of.sort_by_key(|(one, _)| (one.preference(), one.finding.frame));
    let mut seen = HashSet::new();
    of.retain(|(one, _)| seen.insert((one.slot, digest(&one.finding), one.finding.source)));
    of.sort_by(|(a, _), (b, _)| by_distance(a, b));
    let hidden = of.len().saturating_sub(most);
    if hidden > 0 {
        // However many entries one list has here, every other list that has any is named.
        let mut lists = HashSet::new();
        let (firsts, others): (Vec<_>, Vec<_>) =
            of.into_iter().partition(|(one, _)| lists.insert(one.finding.source.list));
        of = firsts.into_iter().chain(others).take(most).collect();
        of.sort_by(|(a, _), (b, _)| by_distance(a, b));
    }
    (of, hidden)
}

fn by_distance(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    let key = |one: &Candidate<'_>| (one.finding.distance, one.slot);
    key(a).cmp(&key(b)).then_with(|| a.finding.source.cmp(&b.finding.source))
}
