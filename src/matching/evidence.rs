//! Why a picture counts as it does, in one value that can be kept, printed, serialised: what a decision is defended by.
//!
//! It holds no hash: evidence ends up in logs.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use super::finding::{By, Finding, ViewKind};
use super::judged::{Decision, Judged};
use super::rule::{Rule, RuleSet};
use super::rules::Trust;
use crate::entry::{Opinion, Role};

/// A decision with everything that led to it.
///
/// ```
/// use lookalike::hash::Bits256;
/// use lookalike::index::Source;
/// use lookalike::matching::{Evidence, Finding, Judged, ListRule, Picture, Quorum, Rules, evaluate};
///
/// let rules = Rules::new(ListRule::new("", 31)).quorum(Quorum::new(31).lists(2));
/// let findings = [Finding::perceptual(Bits256::ZERO, 3, Source { list: "rogue", id: "9", ..Source::default() })];
/// let mut judged = [Judged::default()];
/// let decision = evaluate(&rules, &Picture::looked_up(90, 50), &findings, &mut judged);
///
/// let evidence = Evidence::new(&decision, &findings, &judged);
/// assert_eq!((evidence.outcome, &*evidence.lacking), ("no_match", &["quorum_lists: 1 of 2".to_owned()][..]));
/// let json = serde_json::to_value(&evidence)?;
/// assert_eq!(json["findings"][0]["held_by"], serde_json::json!(["quorum_lists"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// The [name](super::Outcome::name) of the outcome.
    pub outcome: &'static str,
    /// Findings of lists of abuse material that count.
    pub matches: usize,
    /// Findings of lists for testing that count.
    pub tests: usize,
    /// Findings of these lists that were held back.
    pub held: usize,
    /// Of how many subjects the findings are that got as far as the quorum.
    pub subjects: u32,
    /// The lists that have them, by name.
    pub lists: Vec<String>,
    /// The jurisdictions that their entries are from, as far as known.
    pub jurisdictions: Vec<String>,
    /// Every rule that let a finding pass.
    pub fired: RuleSet,
    /// Every rule that held a finding back.
    pub held_by: RuleSet,
    /// What is lacking from the quorum: `quorum_lists: 1 of 2`.
    pub lacking: Vec<String>,
    /// The entries of allow lists that held findings back.
    pub allowed_by: Vec<FoundEntry>,
    /// Every finding of another list, with what became of it. Left out of the serialised form where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<JudgedEntry>,
}

/// An entry, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FoundEntry {
    /// `hash`, or the kind of the digest: `md5`, `sha1`, `sha256`.
    pub by: &'static str,
    /// The bits in which the hashes differ.
    pub distance: u32,
    /// How the picture was turned.
    pub transform: &'static str,
    /// Which frame it was, counted from 1.
    pub frame: u32,
    /// What kind of view of it: `exact`, `framed`, `covered`.
    pub view: ViewKind,
    /// The quality of the view: 0 to 100.
    pub quality: u8,
    /// The name of the list.
    pub list: String,
    /// The entry's id within the list.
    pub entry: String,
    /// How the publisher classified the material.
    pub classification: String,
    /// Who contributed the entry.
    pub owner: String,
    /// How sure the publisher is.
    pub opinion: Opinion,
    /// What the list is for.
    pub role: Role,
}

/// A finding, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JudgedEntry {
    /// What was found.
    #[serde(flatten)]
    pub found: FoundEntry,
    /// Under whose law it was classified: the operator's word, else the entry's.
    pub jurisdiction: String,
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

impl Evidence {
    /// Puts together what [`evaluate`](super::evaluate()) was given and what it said. `judged` are those of the findings, in their order.
    #[must_use]
    pub fn new<const N: usize>(decision: &Decision, findings: &[Finding<'_, N>], judged: &[Judged<'_>]) -> Self {
        let mut evidence = Self {
            outcome: decision.outcome.name(),
            matches: decision.matches,
            tests: decision.tests,
            held: decision.held,
            subjects: decision.subjects,
            lists: Vec::new(),
            jurisdictions: Vec::new(),
            fired: decision.fired,
            held_by: decision.held_by,
            lacking: decision
                .lacking()
                .map(|(rule, found, demanded)| format!("{rule}: {found} of {demanded}"))
                .collect(),
            allowed_by: Vec::new(),
            findings: Vec::new(),
        };
        for (finding, judged) in findings.iter().zip(judged) {
            if judged.subject.is_some() {
                keep(&mut evidence.lists, finding.source.list);
                keep(&mut evidence.jurisdictions, judged.jurisdiction);
            }
            if finding.source.role == Role::Allow {
                if !judged.is_held() && decision.held > 0 {
                    evidence.allowed_by.push(FoundEntry::of(finding));
                }
                continue;
            }
            evidence.findings.push(JudgedEntry {
                found: FoundEntry::of(finding),
                jurisdiction: judged.jurisdiction.to_owned(),
                trust: judged.trust,
                action: judged.action.to_owned(),
                subject: judged.subject,
                fired: judged.fired,
                held_by: judged.held,
            });
        }
        evidence.lists.sort_unstable();
        evidence.jurisdictions.sort_unstable();
        evidence
    }
}

/// Adds a name, once.
fn keep(names: &mut Vec<String>, name: &str) {
    if !name.is_empty() && !names.iter().any(|kept| kept == name) {
        names.push(name.to_owned());
    }
}

impl FoundEntry {
    fn of<const N: usize>(finding: &Finding<'_, N>) -> Self {
        let source = &finding.source;
        Self {
            by: finding.by.name(),
            distance: finding.distance,
            transform: finding.transform.name(),
            frame: finding.frame,
            view: finding.view,
            quality: finding.quality,
            list: source.list.to_owned(),
            entry: source.id.to_owned(),
            classification: source.classification.to_owned(),
            owner: source.owner.to_owned(),
            opinion: source.opinion,
            role: source.role,
        }
    }
}

impl<const N: usize> By<N> {
    /// The name in reports: `hash`, or that of the digest's kind.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hash(_) => "hash",
            Self::Digest(digest) => digest.kind().name(),
        }
    }
}

impl Serialize for RuleSet {
    /// The names of the rules, as a sequence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Serialises by the name that stands in reports.
macro_rules! by_name {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            /// The name, as a text.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )*};
}

by_name!(Rule, Trust, Role, Opinion, ViewKind);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Digest;
    use crate::hash::{Bits256, Dihedral};
    use crate::index::Source;
    use crate::matching::{ListRule, Outcome, Picture, Quorum, Rules, evaluate};
    use alloc::string::ToString as _;
    use serde_json::json;

    #[test]
    fn evidence_says_everything_by_stable_names_and_no_hash() {
        let lists = [ListRule::new("b", 31).action("block").jurisdiction("NL")];
        let rules = Rules::new(ListRule::new("", 31)).lists(&lists).quorum(Quorum::new(31).lists(3).jurisdictions(2));
        let source = Source {
            list: "a",
            id: "7",
            classification: "A1",
            owner: "hotline",
            jurisdiction: "US",
            opinion: Opinion::Seed,
            role: Role::Abuse,
        };
        let hash = Bits256::from_bytes([0xab; 32]);
        let findings = [
            Finding::perceptual(hash, 4, source).transform(Dihedral::FlipY).view(2, ViewKind::Framed).quality(80),
            Finding::digest(Digest::Sha1([0xcd; 20]), Source { list: "b", jurisdiction: "US", ..source }),
            Finding::perceptual(hash, 3, Source { list: "good", role: Role::Allow, ..source }).view(1, ViewKind::Exact),
        ];
        let mut judged = [Judged::default(); 3];
        let decision = evaluate(&rules, &Picture::looked_up(80, 50), &findings, &mut judged);
        let evidence = Evidence::new(&decision, &findings, &judged);
        assert_eq!(decision.outcome, Outcome::NoMatch);
        let json = serde_json::to_value(&evidence).unwrap();
        let good = json!({
            "by": "hash", "distance": 3, "transform": "original", "frame": 1, "view": "exact", "quality": 100,
            "list": "good", "entry": "7", "classification": "A1", "owner": "hotline", "opinion": "seed", "role": "allow",
        });
        let first = json!({
            "by": "hash", "distance": 4, "transform": "flipy", "frame": 2, "view": "framed", "quality": 80,
            "list": "a", "entry": "7", "classification": "A1", "owner": "hotline", "opinion": "seed", "role": "abuse",
            "jurisdiction": "US", "trust": "seed", "action": "", "subject": 1, "fired": ["radius", "minimum_quality",
            "quorum_jurisdictions"], "held_by": ["quorum_lists"],
        });
        let second = json!({
            "by": "sha1", "distance": 0, "transform": "original", "frame": 1, "view": "exact", "quality": 100,
            "list": "b", "entry": "7", "classification": "A1", "owner": "hotline", "opinion": "seed", "role": "abuse",
            "jurisdiction": "NL", "trust": "seed", "action": "block", "subject": 1,
            "fired": ["digest", "quorum_jurisdictions"], "held_by": ["quorum_lists"],
        });
        assert_eq!(
            json,
            json!({
                "outcome": "no_match", "matches": 0, "tests": 0, "held": 2, "subjects": 1, "lists": ["a", "b"],
                "jurisdictions": ["NL", "US"],
                "fired": ["digest", "radius", "minimum_quality", "allow_near", "quorum_jurisdictions"],
                "held_by": ["quorum_lists"], "lacking": ["quorum_lists: 2 of 3"], "allowed_by": [good],
                "findings": [first, second],
            })
        );
        assert!(!json.to_string().contains("abab") && !json.to_string().contains("cdcd"));
        assert_eq!(
            Rule::ALL.map(|rule| serde_json::to_value(rule).unwrap()),
            Rule::ALL.map(|rule| json!(rule.to_string()))
        );
    }
}
