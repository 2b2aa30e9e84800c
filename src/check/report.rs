//! What became of one picture, and the evidence for it: the one form from which every interface renders its answer.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::Hashes;
use crate::coverage::Unseen;
use crate::decode::{Header, View};
use crate::entry::{Opinion, Role};
use crate::hash::{Dihedral, Profile};
use crate::index::Source;
use crate::matching::{By, Outcome, RuleSet, Trust};

/// What became of one picture, and the evidence for it.
///
/// Its JSON form, [`Report::json`], is the one that the command line, the HTTP service and C hand out.
#[derive(Clone, PartialEq)]
pub struct Report {
    pub(super) outcome: Outcome,
    pub(super) detail: Option<String>,
    pub(super) matches: Vec<Match>,
    pub(super) held: Vec<Match>,
    pub(super) rules: Option<RuleTrace>,
    pub(super) profile: Profile,
    pub(super) generation: Option<u64>,
    pub(super) hashes: Option<Hashes>,
    pub(super) quality: Option<u8>,
    pub(super) is_screened: bool,
    pub(super) header: Option<Header>,
    pub(super) frames: u32,
    pub(super) unseen: Vec<Unseen>,
    pub(super) bytes: Option<u64>,
    pub(super) times: Times,
}

/// Where the time went. Not part of the evidence: two reports of one picture differ in it, and are equal nevertheless.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    pub(super) decode: Duration,
    pub(super) hash: Duration,
    pub(super) search: Duration,
}

impl PartialEq for Times {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Times {
    /// The time spent decoding. The rows of a picture are hashed in the same pass.
    #[must_use]
    pub const fn decode(&self) -> Duration {
        self.decode
    }

    /// The time spent on digests, turned hashes and views.
    #[must_use]
    pub const fn hash(&self) -> Duration {
        self.hash
    }

    /// The time spent searching and applying the rules.
    #[must_use]
    pub const fn search(&self) -> Duration {
        self.search
    }
}

impl Report {
    /// A report of a file of which nothing is known but its outcome.
    pub(super) const fn of_outcome(outcome: Outcome, detail: Option<String>, profile: Profile) -> Self {
        Self {
            outcome,
            detail,
            matches: Vec::new(),
            held: Vec::new(),
            rules: None,
            profile,
            generation: None,
            hashes: None,
            quality: None,
            is_screened: false,
            header: None,
            frames: 0,
            unseen: Vec::new(),
            bytes: None,
            times: Times { decode: Duration::ZERO, hash: Duration::ZERO, search: Duration::ZERO },
        }
    }

    /// What became of the picture.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why it was not checked, or what is left out of the report: a phrase without hashes or content.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Appends advice to the detail, such as the option that raises a limit.
    pub fn advise(&mut self, advice: &str) {
        let detail = self.detail.get_or_insert_default();
        if !detail.is_empty() && !advice.is_empty() {
            detail.push_str("; ");
        }
        detail.push_str(advice);
    }

    /// The entries that match, nearest first.
    #[must_use]
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// The entries that a rule suppressed, nearest first.
    #[must_use]
    pub fn held(&self) -> &[Match] {
        &self.held
    }

    /// The rules at work across entries; none where nothing was found.
    #[must_use]
    pub const fn rules(&self) -> Option<&RuleTrace> {
        self.rules.as_ref()
    }

    /// The profile of the lists.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// The generation of the store that was searched; none for an index.
    #[must_use]
    pub const fn generation(&self) -> Option<u64> {
        self.generation
    }

    /// The exact hashes of the first frame as stored; none if the picture was only screened, or never hashed.
    #[must_use]
    pub const fn hashes(&self) -> Option<&Hashes> {
        self.hashes.as_ref()
    }

    /// The best quality of any view, 0 to 100; none if nothing was hashed exactly.
    #[must_use]
    pub const fn quality(&self) -> Option<u8> {
        self.quality
    }

    /// Returns true if the coefficients of a JPEG proved that nothing matches, so that no pixel was decoded.
    #[must_use]
    pub const fn is_screened(&self) -> bool {
        self.is_screened
    }

    /// The header of the file, where it has one.
    #[must_use]
    pub const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The number of frames of the picture that viewers show that were compared with the lists.
    #[must_use]
    pub const fn frames(&self) -> u32 {
        self.frames
    }

    /// Returns the parts of the file that were found but not compared. Empty where the outcome is
    /// [`NoMatch`](Outcome::NoMatch); where the file could not be decoded at all, the outcome says so, not this.
    #[must_use]
    pub fn unseen(&self) -> &[Unseen] {
        &self.unseen
    }

    /// The size of the file in bytes, if known.
    #[must_use]
    pub const fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Where the time went.
    #[must_use]
    pub const fn times(&self) -> Times {
        self.times
    }
}

impl fmt::Debug for Report {
    /// Never prints a hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("outcome", &self.outcome)
            .field("detail", &self.detail)
            .field("matches", &self.matches)
            .field("held", &self.held)
            .field("generation", &self.generation)
            .field("quality", &self.quality)
            .finish_non_exhaustive()
    }
}

/// An entry that a picture matches, and what the rules made of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// Bits in which the hashes differ; 0 for a digest.
    pub distance: u32,
    /// How the picture was turned to match.
    pub transform: Dihedral,
    /// The view that matches; none for the digest of the file.
    pub view: Option<View>,
    /// The quality of the view, 0 to 100; none for a digest.
    pub quality: Option<u8>,
    /// The listed hash or digest. Hashes of 64 bits are followed by zeros.
    pub by: By<32>,
    /// The listed entry.
    pub entry: Entry,
    /// The operator's words for its classification.
    pub class: Option<String>,
    /// How far the entry is trusted.
    pub trust: Trust,
    /// The action label of the list.
    pub action: String,
    /// The subject that the entry belongs to, counted from 1.
    pub subject: Option<u32>,
    /// The rules that let it pass.
    pub fired: RuleSet,
    /// The rules that suppressed it. Empty for a match.
    pub held_by: RuleSet,
    /// The radius of the list, in bits, inclusive; none for a digest.
    pub radius: Option<u32>,
    pub(super) profile: Profile,
}

impl Match {
    pub(super) const fn new(entry: Entry, by: By<32>, distance: u32, profile: Profile) -> Self {
        Self {
            distance,
            transform: Dihedral::Original,
            view: None,
            quality: None,
            by,
            entry,
            class: None,
            trust: Trust::Seed,
            action: String::new(),
            subject: None,
            fired: RuleSet::EMPTY,
            held_by: RuleSet::EMPTY,
            radius: None,
            profile,
        }
    }

    /// Returns true if the file itself is listed by its digest.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        matches!(self.by, By::Digest(_))
    }

    /// What was compared: the name of the profile, or of the kind of digest.
    #[must_use]
    pub fn by_name(&self) -> &'static str {
        match self.by {
            By::Hash(_) => self.profile.name(),
            By::Digest(digest) => digest.kind().name(),
        }
    }

    /// The listed hash or digest in hexadecimal.
    #[must_use]
    pub fn listed(&self) -> String {
        match self.by {
            By::Hash(bits) => super::hashes::hex(&bits, self.profile),
            By::Digest(digest) => digest.to_string(),
        }
    }

    /// The name of the view that matches: as [`View`] prints it, or `file` for a digest.
    #[must_use]
    pub fn view_name(&self) -> String {
        self.view.map_or_else(|| "file".to_owned(), |view| view.to_string())
    }
}

impl fmt::Debug for Match {
    /// Never prints the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Match")
            .field("entry", &self.entry)
            .field("distance", &self.distance)
            .field("held_by", &self.held_by)
            .finish_non_exhaustive()
    }
}

/// A listed entry, with its provenance. [`Source`] is the same, borrowed from an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Entry {
    /// The name of the list.
    pub list: String,
    /// The entry's id within the list; may be empty.
    pub id: String,
    /// How the publisher classified the material.
    pub classification: String,
    /// Who contributed the entry.
    pub owner: String,
    /// The jurisdiction under which it was classified: the operator's word, else the entry's.
    pub jurisdiction: String,
    /// How sure the publisher is.
    pub opinion: Opinion,
    /// What the list is for.
    pub role: Role,
}

impl From<&Source<'_>> for Entry {
    fn from(source: &Source<'_>) -> Self {
        Self {
            list: source.list.to_owned(),
            id: source.id.to_owned(),
            classification: source.classification.to_owned(),
            owner: source.owner.to_owned(),
            jurisdiction: source.jurisdiction.to_owned(),
            opinion: source.opinion,
            role: source.role,
        }
    }
}

/// The rules at work across the entries of a picture: what a decision is defended by. Holds no hash, because it ends up in logs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleTrace {
    /// Entries that match, of lists of abuse material and of test lists, and those that were suppressed.
    pub matches: usize,
    /// See `matches`.
    pub tests: usize,
    /// See `matches`.
    pub held: usize,
    /// The number of different subjects among the entries of abuse lists.
    pub subjects: u32,
    /// The lists that have a subject, sorted.
    pub lists: Vec<String>,
    /// Their jurisdictions, sorted.
    pub jurisdictions: Vec<String>,
    /// All rules that let an entry pass.
    pub fired: RuleSet,
    /// All rules that suppressed one.
    pub held_by: RuleSet,
    /// What a quorum lacked, as `quorum_lists: 1 of 2`.
    pub lacking: Vec<String>,
    /// The entries of allow lists that suppressed others.
    pub allowed_by: Vec<Match>,
}
