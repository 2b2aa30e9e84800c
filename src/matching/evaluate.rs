//! From what was found to what became of the picture.

use super::finding::{Finding, Picture};
use super::judged::{Decision, Judged, Scratch, Tally};
use super::rule::{Rule, RuleSet};
use super::rules::Rules;
use super::{Outcome, quorum, subjects};
use crate::entry::Role;

/// Applies the rules to everything that was found of a picture.
///
/// In this order: rules of each finding by itself ([`Rules::alone`]); allow lists; then, of what is left of lists of abuse
/// material, the quorum, by [subjects](super::Quorum). Of each finding `judged` gets every rule that let it pass and every one that
/// held it back.
///
/// - An allow list that has the digest of the file holds back everything. One that has a hash near that of a view holds back what was found by hashes of
///   the same frame: everything if it was a view of exact pixels, else what was found by views from the grid. So neither a harmless
///   frame nor a harmless part hides another. Digests of abuse lists are not held back by what merely looks alike.
/// - No rule makes a picture clean that was not checked: where nothing counts, the outcome is that of `picture`, and
///   [`Outcome::LowQuality`] if its quality was too low for a list of abuse material. Where `judged` has less room than there are findings, nothing
///   is judged, and the outcome is [`Outcome::OverLimit`].
/// - The order of the findings changes nothing but the numbers of subjects.
///
/// Takes nothing from the heap. Cost: each pair of findings is compared.
///
/// ```
/// use lookalike::coverage::Whole;
/// use lookalike::hash::Bits256;
/// use lookalike::index::Source;
/// use lookalike::matching::{Finding, Judged, ListRule, Outcome, Picture, Quorum, Rule, Rules, evaluate};
///
/// let rules = Rules::new(ListRule::new("", 31)).quorum(Quorum::new(31).lists(2));
/// let found = |list, distance| Finding::perceptual(Bits256::ZERO, distance, Source { list, ..Source::default() });
/// let picture = Picture::looked_up(90, 50, Whole::of_hash());
///
/// // One list alone is held back, however many entries it has.
/// let mut judged = [Judged::default(); 2];
/// let decision = evaluate(&rules, &picture, &[found("rogue", 0), found("rogue", 2)], &mut judged);
/// assert!(matches!(decision.outcome, Outcome::NoMatch(_)));
/// assert!(judged[0].held.contains(Rule::QuorumLists));
/// assert_eq!(decision.lacking().next(), Some((Rule::QuorumLists, 1, 2)));
///
/// let decision = evaluate(&rules, &picture, &[found("rogue", 0), found("hotline", 2)], &mut judged);
/// assert_eq!(decision.outcome, Outcome::Match);
/// ```
pub fn evaluate<'a, const N: usize>(
    rules: &Rules<'a>,
    picture: &Picture,
    findings: &[Finding<'a, N>],
    judged: &mut [Judged<'a>],
) -> Decision {
    let mut decision = Decision {
        outcome: picture.otherwise,
        matches: 0,
        tests: 0,
        held: 0,
        allows: 0,
        subjects: 0,
        fired: RuleSet::EMPTY,
        held_by: RuleSet::EMPTY,
        tally: Tally::default(),
        quorum: rules.quorum,
    };
    let room = judged.len();
    let Some(judged) = judged.get_mut(..findings.len()) else {
        let (found, allowed) = (u64::try_from(findings.len()), u64::try_from(room));
        let (found, allowed) = (found.unwrap_or(u64::MAX), allowed.unwrap_or(u64::MAX));
        decision.outcome = Outcome::OverLimit { what: "findings", found, allowed };
        return decision;
    };
    for (judged, finding) in judged.iter_mut().zip(findings) {
        *judged = rules.alone(picture.now, finding);
    }
    apply_allow_lists(findings, judged);
    apply_quorum(rules, findings, judged, &mut decision);
    let mut required = picture.required_quality;
    for (judged, finding) in judged.iter_mut().zip(findings) {
        let counts = usize::from(!judged.is_held());
        match finding.source.role {
            Role::Abuse => {
                decision.matches += counts;
                required = required.max(rules.of(finding.source.list).minimum_quality);
            }
            Role::Test => {
                decision.tests += counts;
                if counts > 0 {
                    judged.fired.add(Rule::Test);
                }
            }
            Role::Allow => decision.allows += counts,
        }
        decision.held += usize::from(judged.is_held() && finding.source.role != Role::Allow);
        decision.fired = decision.fired.union(judged.fired);
        if finding.source.role != Role::Allow {
            decision.held_by = decision.held_by.union(judged.held);
        }
    }
    decision.outcome = match (decision.matches, decision.tests, picture.otherwise, picture.quality) {
        (1.., ..) => Outcome::Match,
        (0, 1.., ..) => Outcome::Test,
        (0, 0, Outcome::NoMatch(_), Some(quality)) if quality < required => Outcome::LowQuality { quality },
        (0, 0, otherwise, _) => otherwise,
    };
    decision
}

/// Holds back what an allow list speaks for.
fn apply_allow_lists<const N: usize>(findings: &[Finding<'_, N>], judged: &mut [Judged<'_>]) {
    for at in 0..findings.len() {
        let Some((allowing, own)) = findings.get(at).zip(judged.get(at)) else { continue };
        if allowing.source.role != Role::Allow || own.is_held() {
            continue;
        }
        for (finding, judged) in findings.iter().zip(judged.iter_mut()) {
            match finding.source.role {
                Role::Allow => {}
                Role::Abuse | Role::Test if allowing.is_exact() => judged.held.add(Rule::AllowExact),
                Role::Abuse | Role::Test if finding.is_exact() => {}
                Role::Abuse | Role::Test => {
                    // Views are ordered by how much of the frame they speak for.
                    if finding.frame == allowing.frame && allowing.view <= finding.view {
                        judged.held.add(Rule::AllowNear);
                    }
                }
            }
        }
    }
}

/// Groups what is left of lists of abuse material into subjects, and holds back those on which too few lists agree.
fn apply_quorum<const N: usize>(
    rules: &Rules<'_>,
    findings: &[Finding<'_, N>],
    judged: &mut [Judged<'_>],
    decision: &mut Decision,
) {
    for (at, (judged, finding)) in judged.iter_mut().zip(findings).enumerate() {
        judged.scratch = Scratch::default();
        if finding.source.role == Role::Abuse && !judged.is_held() {
            judged.scratch.root = at;
        }
    }
    let quorum = &rules.quorum;
    decision.subjects = subjects::group(findings, judged, quorum.near);
    let mut best: Option<(u32, Tally)> = None;
    quorum::count(findings, judged, quorum, |judged, root, tally| {
        best = best.max(Some((tally.met(quorum), tally)));
        for judged in judged.iter_mut().filter(|judged| judged.scratch.root == root) {
            for (rule, found, demanded) in tally.beside(quorum) {
                if found < demanded {
                    judged.held.add(rule);
                } else if demanded > u16::from(rule == Rule::QuorumLists) {
                    judged.fired.add(rule);
                }
            }
        }
    });
    decision.tally = best.map_or_else(Tally::default, |(_, tally)| tally);
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
