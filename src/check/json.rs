//! The JSON form of a report, one for every interface.
//!
//! | field | value |
//! |---|---|
//! | `outcome` | [`Outcome::name`](crate::matching::Outcome::name) |
//! | `checked` | whether the absence of a match means something |
//! | `detail` | why the picture was not checked, or what is left out; absent where there is nothing to say |
//! | `profile` | the profile of the lists |
//! | `hash`, `quality` | of the first frame as stored; null if only screened |
//! | `hashed_from` | `pixels`; `coefficients` of a JPEG that matches nothing; null if nothing was hashed |
//! | `width`, `height`, `frames`, `bytes` | of the file, as far as known, else null |
//! | `unseen` | the parts of the file that were not compared: each with `part`, `number` and `why`, or a group with `parts`, `seen`, `all` and `why` |
//! | `generation` | of the store; absent for an index |
//! | `matches`, `held` | entries that match, and entries that a rule suppressed, nearest first |
//! | `rules` | the rules at work across entries; null if nothing was found |
//!
//! An entry has `distance`, `transform`, `view`, `quality`, `hash` (the listed one), `list`, `entry`, `classification`, `class`, `by`, `role`,
//! `opinion`, `trust`, `owner`, `jurisdiction`, `action`, `subject`, `fired`, `held_by`.

use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{Hashes, Match, Report, RuleTrace};
use crate::coverage::Unseen;
use crate::entry::{Opinion, Role};
use crate::matching::{Outcome, Rule, RuleSet, Trust};

/// What of the evidence a JSON form discloses.
///
/// A client that chooses what is uploaded and sees distances can approach a listed picture step by step. So hand distances and hashes out only
/// to clients that may have the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disclosure {
    /// Neither distances nor hashes.
    Entries,
    /// Distances, but no hashes.
    Distances,
    /// Distances and hashes.
    Everything,
}

#[derive(Serialize)]
struct ReportJson<'a> {
    outcome: &'static str,
    checked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    profile: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Option<String>>,
    quality: Option<u8>,
    hashed_from: Option<&'static str>,
    width: Option<u32>,
    height: Option<u32>,
    frames: Option<u32>,
    bytes: Option<u64>,
    unseen: &'a [Unseen],
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    matches: Vec<MatchJson<'a>>,
    held: Vec<MatchJson<'a>>,
    rules: Option<RulesJson<'a>>,
}

#[derive(Serialize)]
struct MatchJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<u32>,
    transform: &'static str,
    view: String,
    quality: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    list: &'a str,
    entry: &'a str,
    classification: &'a str,
    class: Option<&'a str>,
    by: &'static str,
    role: Role,
    opinion: Opinion,
    trust: Trust,
    owner: &'a str,
    jurisdiction: &'a str,
    action: &'a str,
    subject: Option<u32>,
    fired: RuleSet,
    held_by: RuleSet,
}

#[derive(Serialize)]
struct RulesJson<'a> {
    outcome: &'static str,
    matches: usize,
    tests: usize,
    held: usize,
    subjects: u32,
    lists: &'a [String],
    jurisdictions: &'a [String],
    fired: RuleSet,
    held_by: RuleSet,
    lacking: &'a [String],
    allowed_by: Vec<MatchJson<'a>>,
}

impl Report {
    /// The JSON form of the report, as the [module](self) describes it.
    ///
    /// ```
    /// # use lookalike::check::{Checker, Disclosure, Lists};
    /// # use lookalike::hash::{Bits256, Profile};
    /// # use lookalike::index::{Builder, Source};
    /// # let mut builder = Builder::new(Profile::Pdq)?;
    /// # builder.add(Bits256::from_bytes([0x5a; 32]), Source { list: "example", id: "7", ..Source::default() })?;
    /// # let checker = Checker::new(Lists::from_bytes(builder.finish()?)?)?;
    /// let report = checker.check(b"not a picture")?;
    /// let json = serde_json::to_value(report.json(Disclosure::Everything))?;
    /// assert_eq!((&json["outcome"], &json["checked"]), (&"unsupported".into(), &false.into()));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn json(&self, disclosure: Disclosure) -> impl Serialize {
        let hash = || self.hashes.as_ref().and_then(|hashes| hashes.hex().next()).map(|(_, hex)| hex);
        ReportJson {
            outcome: self.outcome.name(),
            checked: self.outcome.was_checked(),
            detail: self.detail.as_deref(),
            profile: self.profile.name(),
            hash: (disclosure == Disclosure::Everything).then(hash),
            quality: self.hashes.as_ref().map(Hashes::quality).or(self.quality),
            hashed_from: self.hashed_from(),
            width: self.header.map(|header| header.width),
            height: self.header.map(|header| header.height),
            frames: self.header.map(|header| header.frames),
            bytes: self.bytes,
            unseen: &self.unseen,
            generation: self.generation,
            matches: self.matches.iter().map(|one| MatchJson::new(one, disclosure)).collect(),
            held: self.held.iter().map(|one| MatchJson::new(one, disclosure)).collect(),
            rules: self.rules.as_ref().map(|rules| RulesJson::new(rules, self.outcome, disclosure)),
        }
    }

    /// What the picture was hashed from: `pixels`, or the `coefficients` of a JPEG, which prove only that nothing matches.
    #[must_use]
    pub const fn hashed_from(&self) -> Option<&'static str> {
        match (self.is_screened, &self.hashes) {
            (true, _) => Some("coefficients"),
            (false, Some(_)) => Some("pixels"),
            (false, None) => None,
        }
    }
}

impl Match {
    /// The JSON form of the entry, as the [module](self) describes it.
    #[must_use]
    pub fn json(&self, disclosure: Disclosure) -> impl Serialize {
        MatchJson::new(self, disclosure)
    }
}

impl<'a> MatchJson<'a> {
    fn new(found: &'a Match, disclosure: Disclosure) -> Self {
        Self {
            distance: (disclosure != Disclosure::Entries).then_some(found.distance),
            transform: found.transform.name(),
            view: found.view_name(),
            quality: found.quality,
            hash: (disclosure == Disclosure::Everything).then(|| found.listed()),
            list: &found.entry.list,
            entry: &found.entry.id,
            classification: &found.entry.classification,
            class: found.class.as_deref(),
            by: found.by_name(),
            role: found.entry.role,
            opinion: found.entry.opinion,
            trust: found.trust,
            owner: &found.entry.owner,
            jurisdiction: &found.entry.jurisdiction,
            action: &found.action,
            subject: found.subject,
            fired: found.fired,
            held_by: found.held_by,
        }
    }
}

impl<'a> RulesJson<'a> {
    fn new(rules: &'a RuleTrace, outcome: Outcome, disclosure: Disclosure) -> Self {
        Self {
            outcome: outcome.name(),
            matches: rules.matches,
            tests: rules.tests,
            held: rules.held,
            subjects: rules.subjects,
            lists: &rules.lists,
            jurisdictions: &rules.jurisdictions,
            fired: rules.fired,
            held_by: rules.held_by,
            lacking: &rules.lacking,
            allowed_by: rules.allowed_by.iter().map(|one| MatchJson::new(one, disclosure)).collect(),
        }
    }
}

impl Serialize for RuleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Serialize for Unseen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Part { part, number, .. } => {
                map.serialize_entry("part", part)?;
                map.serialize_entry("number", number)?;
            }
            Self::Rest { parts, seen, all, .. } => {
                map.serialize_entry("parts", parts)?;
                map.serialize_entry("seen", seen)?;
                map.serialize_entry("all", all)?;
            }
        }
        map.serialize_entry("why", self.why())?;
        map.end()
    }
}

macro_rules! by_name {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )*};
}

by_name!(Rule, Trust, Role, Opinion);
