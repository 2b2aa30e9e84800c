//! What is known of one picture after it was examined: the unit of every report.

use std::path::PathBuf;

use lookalike::entry::{Opinion, Role};
use lookalike::hash::Profile;
use lookalike::index::Source;
use lookalike::matching::{Evidence, RuleSet};

/// What became of one file. `NotChecked` is never `Clean`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Looked up, and something on a list looks like it.
    Match,
    /// Looked up, and only lists made for testing have it.
    Test,
    /// Looked up, and nothing on the lists looks like it.
    NoMatch,
    /// Hashed only; nothing was looked up (the `hash` command).
    Hashed,
    /// Too featureless for its hash to mean anything; not looked up.
    LowQuality,
    /// Not in a picture format that is read.
    Unsupported,
    /// In a known format, but broken.
    Corrupt,
    /// Larger than a limit.
    OverLimit,
    /// Could not be read at all.
    Unreadable,
}

impl Outcome {
    /// Every outcome, in the order in which summaries list them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Match,
        Self::Test,
        Self::NoMatch,
        Self::Hashed,
        Self::LowQuality,
        Self::Unsupported,
        Self::Corrupt,
        Self::OverLimit,
        Self::Unreadable,
    ];

    /// The name in JSONL and CSV.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Test => "test",
            Self::NoMatch => "no_match",
            Self::Hashed => "hashed",
            Self::LowQuality => "low_quality",
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::OverLimit => "over_limit",
            Self::Unreadable => "unreadable",
        }
    }

    /// The words in text and HTML.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Test => "test",
            Self::NoMatch => "clean",
            Self::Hashed => "hashed",
            Self::LowQuality => "low quality",
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::OverLimit => "over limit",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether the whole file was read; of the others only the beginning was, at most.
    pub(crate) const fn is_read(self) -> bool {
        matches!(self, Self::Match | Self::Test | Self::NoMatch | Self::Hashed | Self::LowQuality | Self::Corrupt)
    }

    /// Whether the file was checked, so that the absence of a match means something.
    pub(crate) const fn is_checked(self) -> bool {
        matches!(self, Self::Match | Self::Test | Self::NoMatch | Self::Hashed)
    }
}

/// One file's record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) path: PathBuf,
    pub(crate) outcome: Outcome,
    /// Why it was not checked, or what is left out of the matches: a phrase, lower case, without hashes or contents.
    pub(crate) detail: Option<String>,
    /// One for each profile asked for, in that order; at least one.
    pub(crate) hashes: Vec<Hashed>,
    /// In which generation of a store it was looked up.
    pub(crate) generation: Option<u64>,
    /// Which event of the audit log tells of it.
    pub(crate) audit: Option<u64>,
    /// It was looked up by hashes made from a JPEG's coefficients, which are not exact and therefore not reported.
    pub(crate) is_screened: bool,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) bytes: Option<u64>,
    pub(crate) millis: f64,
    /// Nearest first.
    pub(crate) matches: Vec<Match>,
    /// Entries that a rule held back, nearest first.
    pub(crate) held: Vec<Match>,
    /// Why, where anything was found.
    pub(crate) rules: Option<Evidence>,
    /// A symbolic link that leads out of the tree; counted apart in the summary.
    pub(crate) is_link: bool,
}

impl Record {
    /// The record of a file of which nothing is known yet.
    pub(crate) fn new(path: PathBuf, profiles: &[Profile], outcome: Outcome, detail: Option<String>) -> Self {
        let unknown = |&profile: &Profile| Hashed { profile, hash: None, quality: None, dihedral: None };
        Self {
            path,
            outcome,
            detail,
            hashes: profiles.iter().map(unknown).collect(),
            generation: None,
            audit: None,
            is_screened: false,
            width: None,
            height: None,
            bytes: None,
            millis: 0.0,
            matches: Vec::new(),
            held: Vec::new(),
            rules: None,
            is_link: false,
        }
    }

    /// The quality of the picture as stored, if it is known.
    pub(crate) fn quality(&self) -> Option<u8> {
        self.hashes.first().and_then(|hashed| hashed.quality)
    }

    /// The length of the hash that was looked up.
    pub(crate) fn bits(&self) -> usize {
        self.hashes.first().map_or(0, |hashed| hashed.profile.bits())
    }
}

/// What is known of a picture under one profile.
#[derive(Clone, Debug)]
pub(crate) struct Hashed {
    pub(crate) profile: Profile,
    /// In hexadecimal.
    pub(crate) hash: Option<String>,
    /// That of PDQ, for every profile.
    pub(crate) quality: Option<u8>,
    /// The eight hashes in the order of `Dihedral::ALL`, where asked for.
    pub(crate) dihedral: Option<Vec<String>>,
}

/// One entry of a list that a picture looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) distance: u32,
    /// How the picture was turned to look like the entry.
    pub(crate) transform: &'static str,
    /// Which frame was looked up, and how it was cut before: as `View` is displayed; `file` where it was a digest.
    pub(crate) view: String,
    /// What was compared: the profile, or the kind of digest.
    pub(crate) by: &'static str,
    /// The listed hash or digest.
    pub(crate) hash: String,
    pub(crate) list: String,
    pub(crate) entry: String,
    pub(crate) classification: String,
    /// The operator's words for the classification.
    pub(crate) class: Option<String>,
    pub(crate) owner: String,
    pub(crate) jurisdiction: String,
    pub(crate) opinion: Opinion,
    pub(crate) role: Role,
    pub(crate) trust: &'static str,
    /// What the operator wants done.
    pub(crate) action: String,
    /// Which subject it belongs to.
    pub(crate) subject: Option<u32>,
    /// The rules that let it pass, and those that held it back.
    pub(crate) fired: RuleSet,
    pub(crate) held_by: RuleSet,
}

impl Match {
    /// An entry at a distance, of which no rule has said anything yet.
    pub(crate) fn new(distance: u32, hash: String, source: &Source<'_>) -> Self {
        Self {
            distance,
            transform: "original",
            view: "original".to_owned(),
            by: "",
            hash,
            list: source.list.to_owned(),
            entry: source.id.to_owned(),
            classification: source.classification.to_owned(),
            class: None,
            owner: source.owner.to_owned(),
            jurisdiction: source.jurisdiction.to_owned(),
            opinion: source.opinion,
            role: source.role,
            trust: "",
            action: String::new(),
            subject: None,
            fired: RuleSet::EMPTY,
            held_by: RuleSet::EMPTY,
        }
    }

    /// Whether the file itself is listed, not only what looks like it.
    pub(crate) fn is_exact(&self) -> bool {
        self.view == "file"
    }
}

/// The entries as a person reads them: one that has the file's digest says nothing more by its other digests, nor by its hash.
pub(crate) fn each_once(found: &[Match]) -> impl Iterator<Item = &Match> {
    found
        .iter()
        .enumerate()
        .filter(move |(at, one)| {
            let is_same = |other: &Match| {
                (&other.list, &other.entry, other.held_by) == (&one.list, &one.entry, one.held_by)
                    && !one.entry.is_empty()
                    && other.is_exact()
            };
            let others = if one.is_exact() { found.get(..*at).unwrap_or_default() } else { found };
            !others.iter().any(is_same)
        })
        .map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_has_the_digest_is_named_once() {
        let found = |by, view: &str, entry| {
            let source = Source { list: "a", id: entry, ..Source::default() };
            Match { by, view: view.to_owned(), ..Match::new(0, String::new(), &source) }
        };
        let held =
            Match { held_by: [lookalike::matching::Rule::Muted].into_iter().collect(), ..found("md5", "file", "1") };
        let all = [
            found("pdq", "original", "1"),
            found("md5", "file", "1"),
            found("sha1", "file", "1"),
            held,
            found("pdq", "original", "2"),
            found("pdq", "trim", "2"),
            found("md5", "file", ""),
            found("sha1", "file", ""),
        ];
        let named: Vec<_> = each_once(&all).map(|one| (one.by, one.entry.as_str(), one.held_by.is_empty())).collect();
        let two = [("pdq", "2", true), ("pdq", "2", true)];
        let no_id = [("md5", "", true), ("sha1", "", true)];
        assert_eq!(named, [&[("md5", "1", true), ("md5", "1", false)][..], &two, &no_id].concat());
    }
}
