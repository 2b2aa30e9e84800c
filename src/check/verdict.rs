//! What an operator's rules make of what was found of a picture.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use std::collections::HashSet;

use super::{Found, Kept, Lookup, MOST_KEPT};
use crate::decode::View;
use crate::entry::{Opinion, Role};
use crate::hash::Dihedral;
use crate::matching::{By, Decision, Evidence, Judged, Outcome, Picture, Rule, RuleSet, Trust, evaluate};

/// A picture near more entries than this is near everything: the radius is too large, and reports are not.
pub const MOST_REPORTED: usize = 256;

/// What became of a picture, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome<()>,
    /// Entries that count, nearest first.
    pub matches: Vec<Matched>,
    /// Entries that were held back, nearest first.
    pub held: Vec<Matched>,
    /// Where anything was found: why. Its findings are left out, being those above.
    pub evidence: Option<Evidence>,
    /// What to say about entries that are left out.
    pub note: Option<String>,
}

/// An entry that was found, and what the rules said of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matched {
    /// The bits in which the hashes differ: 0 for a digest.
    pub distance: u32,
    /// How the picture was turned to look like the entry.
    pub transform: Dihedral,
    /// Which frame was looked up, and how it was seen; none where it was the digest of the file.
    pub view: Option<View>,
    /// The quality of the view: 0 to 100.
    pub quality: u8,
    /// The listed hash or digest. Hashes of 64 bits are the first of 256, the rest zero.
    pub by: By<32>,
    /// The name of the list.
    pub list: String,
    /// The entry's id within the list.
    pub entry: String,
    /// How the publisher classified the material.
    pub classification: String,
    /// The operator's words for the classification.
    pub class: Option<String>,
    /// Who contributed the entry.
    pub owner: String,
    /// Under whose law it was classified: the operator's word, else the entry's.
    pub jurisdiction: String,
    /// How sure the publisher is.
    pub opinion: Opinion,
    /// What the list is for.
    pub role: Role,
    /// What the entry is taken for.
    pub trust: Trust,
    /// What is to be done, in the operator's words.
    pub action: String,
    /// Which subject it belongs to, counted from 1.
    pub subject: Option<u32>,
    /// The rules that let it pass.
    pub fired: RuleSet,
    /// The rules that held it back. None: it counts.
    pub held_by: RuleSet,
}

impl Matched {
    /// Whether the file itself is listed, not only what looks like it.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        matches!(self.by, By::Digest(_))
    }
}

impl fmt::Debug for Matched {
    /// Never prints the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matched")
            .field("list", &self.list)
            .field("entry", &self.entry)
            .field("distance", &self.distance)
            .field("held_by", &self.held_by)
            .finish_non_exhaustive()
    }
}

impl Lookup {
    /// Judges what was found of a picture. `otherwise` is what became of it if nothing counts, `quality` the best of its views; at most
    /// `most` entries are reported.
    #[must_use]
    pub fn judge(&self, otherwise: Outcome<()>, quality: Option<u8>, found: Found<'_>, most: usize) -> Verdict {
        let mut picture = Picture::not_checked(otherwise).now(found.now());
        (picture.quality, picture.required_quality) = (quality, self.required_quality);
        let lent = self.rules.lend();
        let rules = lent.rules();
        let (kept, more) = found.into_kept();
        let findings: Vec<_> = kept.iter().map(|kept| kept.finding).collect();
        let mut judged = vec![Judged::default(); findings.len()];
        let decision = evaluate(&rules, &picture, &findings, &mut judged);
        let mut outcome = decision.outcome;
        if outcome == Outcome::NoMatch && more > 0 && lacks_lists(&decision) {
            // What was left out may be what the quorum lacked.
            let (found, allowed) = ((findings.len() + more) as u64, MOST_KEPT as u64);
            outcome = Outcome::OverLimit { what: "listed entries near the picture", found, allowed };
        }
        let mut evidence = Evidence::new(&decision, &findings, &judged);
        evidence.outcome = outcome.name();
        evidence.findings = Vec::new();
        let reported = |is_held: bool| {
            let of = kept
                .iter()
                .zip(&judged)
                .filter(|(kept, judged)| judged.is_held() == is_held && kept.finding.source.role != Role::Allow);
            nearest(of.collect(), most, |kept, judged| self.report(kept, judged))
        };
        let ((matches, hidden), (held, _)) = (reported(false), reported(true));
        let (listed, more) = (matches.len(), more + hidden);
        let note = (more > 0 && !matches.is_empty()).then(|| {
            let how = "of each list at least one";
            format!("the nearest {listed} entries are listed, {how}; {more} more hashes lie within the radius")
        });
        let is_told = !kept.is_empty() && (decision.matches + decision.tests + decision.held > 0);
        Verdict { outcome, matches, held, evidence: is_told.then_some(evidence), note }
    }

    fn report(&self, kept: &Kept<'_>, judged: &Judged<'_>) -> Matched {
        let (finding, source) = (&kept.finding, &kept.finding.source);
        let class = self.rules.policy().and_then(|policy| policy.class(source.list, source.classification));
        Matched {
            distance: finding.distance,
            transform: finding.transform,
            view: kept.view,
            quality: finding.quality,
            by: finding.by,
            list: source.list.to_owned(),
            entry: source.id.to_owned(),
            classification: source.classification.to_owned(),
            class: class.map(str::to_owned),
            owner: source.owner.to_owned(),
            jurisdiction: judged.jurisdiction.to_owned(),
            opinion: source.opinion,
            role: source.role,
            trust: judged.trust,
            action: judged.action.to_owned(),
            subject: judged.subject,
            fired: judged.fired,
            held_by: judged.held,
        }
    }
}

/// Whether more entries might have met what a quorum lacked.
fn lacks_lists(decision: &Decision) -> bool {
    let quorum = [Rule::QuorumLists, Rule::QuorumJurisdictions, Rule::QuorumVerified];
    quorum.into_iter().any(|rule| decision.held_by.contains(rule))
}

/// The nearest entries, each once, of each list at least one; and how many are left out. Of an entry found of several frames, the exact view
/// comes before others, then the nearest.
fn nearest<'k>(
    mut of: Vec<(&'k Kept<'k>, &'k Judged<'k>)>,
    most: usize,
    report: impl Fn(&Kept<'_>, &Judged<'_>) -> Matched,
) -> (Vec<Matched>, usize) {
    of.sort_by_key(|(kept, _)| (kept.preference(), kept.finding.frame));
    let mut seen = HashSet::new();
    of.retain(|(kept, _)| {
        let digest = if let By::Digest(digest) = kept.finding.by { Some(digest) } else { None };
        seen.insert((kept.slot, digest, kept.finding.source))
    });
    of.sort_by_key(|(kept, _)| (kept.finding.distance, kept.slot, kept.finding.source));
    let hidden = of.len().saturating_sub(most);
    if hidden > 0 {
        // However many entries one list has here, each other list that has any is told.
        let mut lists = HashSet::new();
        let (firsts, others): (Vec<_>, Vec<_>) =
            of.into_iter().partition(|(kept, _)| lists.insert(kept.finding.source.list));
        of = firsts.into_iter().chain(others).take(most).collect();
        of.sort_by_key(|(kept, _)| (kept.finding.distance, kept.slot, kept.finding.source));
    }
    (of.into_iter().map(|(kept, judged)| report(kept, judged)).collect(), hidden)
}
