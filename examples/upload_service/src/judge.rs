//! What the operator's rules make of what was found of a picture.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use lookalike::entry::Role;
use lookalike::hash::Profile;
use lookalike::matching::{
    BoundRules, By, Decision, Judged, ListRule, Outcome, Picture, PolicyFile, Rule, Rules, evaluate,
};

use crate::answer::Match;
use crate::failure::Failure;
use crate::found::{Found, Kept, MOST_KEPT};

/// The rules of the service.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    source: Source,
    profile: Profile,
    /// The quality at which a picture counts as checked against every list of abuse material.
    pub(crate) required_quality: u8,
}

/// Where the rules come from.
#[derive(Clone, Debug)]
enum Source {
    /// Nobody made any: what `--radius` and `--min-quality` say holds for every list.
    Plain(ListRule<'static>),
    File(Box<PolicyFile>),
}

/// The rules, lent to who applies them.
pub(crate) enum Lent<'a> {
    Plain(Rules<'a>),
    File(BoundRules<'a>),
}

impl Lent<'_> {
    pub(crate) fn rules(&self) -> Rules<'_> {
        match self {
            Self::Plain(rules) => *rules,
            Self::File(bound) => bound.rules(),
        }
    }
}

/// What became of a picture.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome<()>,
    /// Entries that count, nearest first.
    pub(crate) matches: Vec<Match>,
    /// Entries that were held back, nearest first.
    pub(crate) held: Vec<Match>,
    /// What a quorum lacked: `quorum_lists: 1 of 2`.
    pub(crate) lacking: Vec<String>,
    /// What to say about entries that are left out.
    pub(crate) note: Option<String>,
}

impl Judge {
    /// Every list counts alone, within this radius and from this quality on.
    pub(crate) fn plain(profile: Profile, radius: u32, minimum_quality: u8) -> Self {
        let usual = ListRule::new("", radius).minimum_quality(minimum_quality);
        Self { source: Source::Plain(usual), profile, required_quality: minimum_quality }
    }

    /// Reads the rules of a policy file, for an index of this profile.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no policy, or demands what this service cannot do.
    pub(crate) fn read(path: &Path, profile: Profile) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file("read the policy", path, &error))?;
        let refused =
            |why: &dyn std::fmt::Display| Failure::new(format!("the policy {} is refused: {why}", path.display()));
        let policy = PolicyFile::parse(&text, profile).map_err(|error| refused(&error))?;
        if policy.confirm().is_some() {
            return Err(refused(&"this service makes no second hash, which [confirm] demands"));
        }
        Ok(Self { source: Source::File(Box::new(policy)), profile, required_quality: 0 })
    }

    /// Lends the rules.
    pub(crate) fn lend(&self) -> Lent<'_> {
        match &self.source {
            // An allow list is as near as a third of the usual radius, whatever was asked for.
            Source::Plain(usual) => {
                let allow = Rules::new(ListRule::new("", self.profile.default_radius())).allow_radius;
                Lent::Plain(Rules::new(*usual).allow_radius(allow))
            }
            Source::File(policy) => Lent::File(policy.bind()),
        }
    }

    /// Compares the rules with the lists of a generation, names and roles. Returns what to warn of.
    ///
    /// # Errors
    ///
    /// When nothing could ever match: such rules would call everything clean.
    pub(crate) fn fit(&mut self, lists: &[(String, Role)]) -> Result<Vec<String>, Failure> {
        let lent = self.lend();
        let rules = lent.rules();
        let required = rules.required_quality(lists.iter().map(|(name, role)| (name.as_str(), *role)));
        let required = required.max(rules.lowest_quality());
        let abuse: Vec<_> = lists.iter().filter(|(_, role)| *role == Role::Abuse).map(|(name, _)| name).collect();
        let mut warnings = Vec::new();
        if let Source::File(policy) = &self.source {
            let quorum = rules.quorum;
            let verified =
                abuse.iter().filter(|list| rules.of(list).trust_in(Default::default()).name() == "verified").count();
            let demands = [
                ("lists", quorum.lists, abuse.len(), "lists of abuse material"),
                (
                    "jurisdictions",
                    quorum.jurisdictions,
                    abuse.len(),
                    "lists of abuse material, each of one jurisdiction",
                ),
                ("verified", quorum.verified, verified, "such lists that are trusted as verified"),
            ];
            for (key, demanded, there, what) in demands {
                if usize::from(demanded) > there && !abuse.is_empty() {
                    return Err(Failure::new(format!(
                        "[quorum] {key} = {demanded} can never be met: there are {there} {what}, so nothing would ever match"
                    )));
                }
            }
            let known = |name: &str| lists.iter().any(|(list, _)| list == name);
            let unknown = policy.lists().filter(|name| !known(name));
            warnings
                .extend(unknown.map(|name| format!("the policy has rules for the list {name:?}, which is not there")));
        }
        self.required_quality = required;
        Ok(warnings)
    }

    /// Judges what was found of a picture; `otherwise` is what became of it if nothing counts.
    pub(crate) fn judge(&self, otherwise: Outcome<()>, quality: Option<u8>, found: Found<'_>) -> Verdict {
        let mut picture = Picture::not_checked(otherwise).now(Some(now()));
        (picture.quality, picture.required_quality) = (quality, self.required_quality);
        let lent = self.lend();
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
        let reported = |is_held: bool| {
            let of = kept
                .iter()
                .zip(&judged)
                .filter(|(kept, judged)| judged.is_held() == is_held && kept.finding.source.role != Role::Allow);
            nearest(of.collect(), |kept, judged| self.report(kept, judged))
        };
        let ((matches, hidden), (held, _)) = (reported(false), reported(true));
        let (listed, more) = (matches.len(), more + hidden);
        let note = (more > 0 && !matches.is_empty())
            .then(|| format!("the nearest {listed} entries are named; {more} more lie within the radius"));
        let lacking = decision.lacking().map(|(rule, found, wanted)| format!("{rule}: {found} of {wanted}")).collect();
        Verdict { outcome, matches, held, lacking, note }
    }

    fn report(&self, kept: &Kept<'_>, judged: &Judged<'_>) -> Match {
        let (finding, source) = (&kept.finding, &kept.finding.source);
        let by = match finding.by {
            By::Hash(_) => self.profile.name(),
            By::Digest(digest) => digest.kind().name(),
        };
        let class = match &self.source {
            Source::Plain(_) => None,
            Source::File(policy) => policy.class(source.list, source.classification),
        };
        Match {
            distance: finding.distance,
            quality: (!finding.is_exact()).then_some(finding.quality),
            transform: finding.transform.name(),
            view: kept.view.map_or_else(|| "file".to_owned(), |view| view.to_string()),
            by,
            list: source.list.to_owned(),
            entry: source.id.to_owned(),
            classification: source.classification.to_owned(),
            class: class.map(str::to_owned),
            owner: source.owner.to_owned(),
            jurisdiction: judged.jurisdiction.to_owned(),
            opinion: source.opinion.name(),
            role: source.role.name(),
            trust: judged.trust.name(),
            action: judged.action.to_owned(),
            subject: judged.subject,
            fired: judged.fired,
            held_by: judged.held,
        }
    }
}

/// Now, in Unix milliseconds.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Whether more entries might have met what a quorum lacked.
fn lacks_lists(decision: &Decision) -> bool {
    let quorum = [Rule::QuorumLists, Rule::QuorumJurisdictions, Rule::QuorumVerified];
    quorum.into_iter().any(|rule| decision.held_by.contains(rule))
}

/// The nearest entries, each once, and how many are left out: of an entry found of several frames, the exact view comes before others,
/// then the nearest.
fn nearest<'k>(
    mut of: Vec<(&'k Kept<'k>, &'k Judged<'k>)>,
    report: impl Fn(&Kept<'_>, &Judged<'_>) -> Match,
) -> (Vec<Match>, usize) {
    of.sort_by_key(|(kept, _)| (kept.preference(), kept.finding.frame));
    let mut seen = HashSet::new();
    of.retain(|(kept, _)| {
        let digest = if let By::Digest(digest) = kept.finding.by { Some(digest) } else { None };
        seen.insert((kept.place, digest, kept.finding.source))
    });
    of.sort_by_key(|(kept, _)| (kept.finding.distance, kept.place, kept.finding.source));
    let hidden = of.len().saturating_sub(MOST_REPORTED);
    of.truncate(MOST_REPORTED);
    (of.into_iter().map(|(kept, judged)| report(kept, judged)).collect(), hidden)
}

/// A picture near more entries than this is near everything: the radius is too large, and answers are not.
const MOST_REPORTED: usize = 256;
