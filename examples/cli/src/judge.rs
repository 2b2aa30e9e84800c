//! What the operator's rules make of what was found of a picture.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use lookalike::entry::Role;
use lookalike::hash::Profile;
use lookalike::matching::{
    BoundRules, By, Decision, Evidence, Judged, ListRule, Outcome, Picture, PolicyFile, Rule, Rules, evaluate,
};

use crate::confirm::Confirm;
use crate::exit::Failure;
use crate::found::{Found, Kept, MOST_KEPT};
use crate::names::shown;
use crate::record::Match;

/// The rules of a run.
#[derive(Clone)]
pub(crate) struct Judge {
    rules: Source,
    profile: Profile,
    /// The quality at which a picture counts as checked against every list of abuse material.
    pub(crate) required_quality: u8,
    /// When the run began, in Unix milliseconds: one time for all its pictures.
    now: Option<i64>,
    /// How many entries a verdict names.
    pub(crate) most_reported: usize,
}

/// Where the rules come from.
#[derive(Clone)]
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
    /// The rules.
    pub(crate) fn rules(&self) -> Rules<'_> {
        match self {
            Self::Plain(rules) => *rules,
            Self::File(bound) => bound.rules(),
        }
    }
}

/// What became of a picture.
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome<()>,
    /// Entries that count, nearest first.
    pub(crate) matches: Vec<Match>,
    /// Entries that were held back, nearest first.
    pub(crate) held: Vec<Match>,
    /// Where anything was found: why.
    pub(crate) evidence: Option<Evidence>,
    /// What to say about entries that are left out.
    pub(crate) note: Option<String>,
}

impl Judge {
    /// Every list counts alone, within this radius and from this quality on.
    pub(crate) fn plain(profile: Profile, radius: u32, minimum_quality: u8) -> Self {
        let usual = ListRule::new("", radius).minimum_quality(minimum_quality);
        Self {
            rules: Source::Plain(usual),
            profile,
            required_quality: minimum_quality,
            now: None,
            most_reported: MOST_REPORTED,
        }
    }

    /// Reads the rules of a policy file, for an index of this profile.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no policy: names the line and what is allowed.
    pub(crate) fn read(path: &Path, profile: Profile) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file("read the policy", path, &error))?;
        let policy = PolicyFile::parse(&text, profile)
            .map_err(|error| Failure::new(format!("the policy {} is refused: {error}", shown(path))))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let now = now.and_then(|since| i64::try_from(since.as_millis()).ok());
        Ok(Self {
            rules: Source::File(Box::new(policy)),
            profile,
            required_quality: 0,
            now,
            most_reported: MOST_REPORTED,
        })
    }

    /// Lends the rules.
    pub(crate) fn lend(&self) -> Lent<'_> {
        match &self.rules {
            // An allow list is as near as a third of the usual radius, whatever was asked for.
            Source::Plain(usual) => {
                let allow = Rules::new(ListRule::new("", self.profile.default_radius())).allow_radius;
                Lent::Plain(Rules::new(*usual).allow_radius(allow))
            }
            Source::File(policy) => Lent::File(policy.bind()),
        }
    }

    /// When the run began.
    pub(crate) const fn now(&self) -> Option<i64> {
        self.now
    }

    /// The policy, if a file has one.
    pub(crate) fn policy(&self) -> Option<&PolicyFile> {
        match &self.rules {
            Source::Plain(_) => None,
            Source::File(policy) => Some(policy),
        }
    }

    /// Compares the policy with the lists of the index, names and roles, and those of the second index. Returns what to warn of.
    ///
    /// # Errors
    ///
    /// When nothing, or nothing of a list, could ever match: such a policy would call everything clean.
    pub(crate) fn fit(&mut self, lists: &[(String, Role)], confirm: Option<&Confirm>) -> Result<Vec<String>, Failure> {
        let lent = self.lend();
        let rules = lent.rules();
        let required = rules.required_quality(lists.iter().map(|(name, role)| (name.as_str(), *role)));
        let required = required.max(rules.lowest_quality());
        let abuse: Vec<_> =
            lists.iter().filter(|(_, role)| *role == Role::Abuse).map(|(name, _)| name.as_str()).collect();
        let known = |name: &str| lists.iter().any(|(list, _)| list == name);
        let mut warnings = Vec::new();
        if let Some(policy) = self.policy() {
            let quorum = rules.quorum;
            let most_verified =
                abuse.iter().filter(|list| rules.of(list).trust_in(Default::default()).name() == "verified");
            let demands = [
                ("lists", quorum.lists, abuse.len(), "lists of abuse material"),
                (
                    "jurisdictions",
                    quorum.jurisdictions,
                    abuse.len(),
                    "lists of abuse material, each of one jurisdiction",
                ),
                ("verified", quorum.verified, most_verified.count(), "such lists that are trusted as verified"),
            ];
            for (key, demanded, there, what) in demands {
                if usize::from(demanded) > there && !abuse.is_empty() {
                    return Err(Failure::new(format!(
                        "[quorum] {key} = {demanded} can never be met: the index has {there} {what}, so nothing would ever match"
                    )));
                }
            }
            let named = policy.lists().filter(|name| !known(name));
            warnings.extend(
                named.map(|name| format!("the policy has rules for the list {name:?}, which the index has not got")),
            );
            let muted = policy.mutes().filter(|(list, _)| !known(list));
            warnings.extend(muted.map(|(list, entry)| {
                format!("the policy mutes the entry {entry:?} of the list {list:?}, which the index has not got")
            }));
        }
        if let Some(confirm) = confirm {
            let second = confirm.lists()?;
            let lacking = lists.iter().filter(|(name, role)| *role != Role::Allow && rules.of(name).confirm);
            if let Some((name, _)) = lacking.into_iter().find(|(name, _)| !second.contains(&name.as_str())) {
                return Err(Failure::new(format!(
                    "the list {name:?} must be confirmed, but {} has no list of that name, so nothing of it would ever match",
                    confirm.name()
                )));
            }
        }
        self.required_quality = required;
        Ok(warnings)
    }

    /// Judges what was found of a picture; `otherwise` is what became of it if nothing counts.
    pub(crate) fn judge(&self, otherwise: Outcome<()>, quality: Option<u8>, found: Found<'_>) -> Verdict {
        let mut picture = Picture::not_checked(otherwise).now(self.now);
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
        let mut evidence = Evidence::new(&decision, &findings, &judged);
        evidence.outcome = outcome.name();
        // Reports have them beside it, with the hash.
        evidence.findings = Vec::new();
        let reported = |is_held: bool| {
            let of = kept
                .iter()
                .zip(&judged)
                .filter(|(kept, judged)| judged.is_held() == is_held && kept.finding.source.role != Role::Allow);
            nearest(of.collect(), self.most_reported, |kept, judged| self.report(kept, judged))
        };
        let ((matches, hidden), (held, _)) = (reported(false), reported(true));
        let (listed, more) = (matches.len(), more + hidden);
        let note = (more > 0 && !matches.is_empty())
            .then(|| format!("the nearest {listed} entries are listed; {more} more hashes lie within the radius"));
        let is_told = !kept.is_empty() && (decision.matches + decision.tests + decision.held > 0);
        Verdict { outcome, matches, held, evidence: is_told.then_some(evidence), note }
    }

    fn report(&self, kept: &Kept<'_>, judged: &Judged<'_>) -> Match {
        let (finding, source) = (&kept.finding, &kept.finding.source);
        let (by, hash) = match finding.by {
            By::Hash(bits) => {
                let hash = bits.to_string();
                (self.profile.name(), hash.get(..self.profile.bits() / 4).unwrap_or(&hash).to_owned())
            }
            By::Digest(digest) => (digest.kind().name(), digest.to_string()),
        };
        let class = self.policy().and_then(|policy| policy.class(source.list, source.classification));
        Match {
            transform: finding.transform.name(),
            view: kept.view.map_or_else(|| "file".to_owned(), |view| view.to_string()),
            by,
            class: class.map(str::to_owned),
            jurisdiction: judged.jurisdiction.to_owned(),
            trust: judged.trust.name(),
            action: judged.action.to_owned(),
            subject: judged.subject,
            fired: judged.fired,
            held_by: judged.held,
            ..Match::new(finding.distance, hash, source)
        }
    }
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
    most: usize,
    report: impl Fn(&Kept<'_>, &Judged<'_>) -> Match,
) -> (Vec<Match>, usize) {
    of.sort_by_key(|(kept, _)| (kept.preference(), kept.finding.frame));
    let mut seen = std::collections::HashSet::new();
    of.retain(|(kept, _)| {
        let digest = if let By::Digest(digest) = kept.finding.by { Some(digest) } else { None };
        seen.insert((kept.slot, digest, kept.finding.source))
    });
    of.sort_by_key(|(kept, _)| (kept.finding.distance, kept.slot, kept.finding.source));
    let hidden = of.len().saturating_sub(most);
    of.truncate(most);
    (of.into_iter().map(|(kept, judged)| report(kept, judged)).collect(), hidden)
}

/// A picture near more entries than this is near everything: the radius is too large, and reports are not.
const MOST_REPORTED: usize = 256;
