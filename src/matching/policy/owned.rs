//! The rules of an operator, owned.

use alloc::string::String;
use alloc::vec::Vec;
use std::path::{Path, PathBuf};

use super::super::rules::{ListRule, LowQuality, Mute, Quorum, Rules, Trust};
use crate::hash::Profile;

/// An operator's rules: what counts as a match, list by list and across lists. Owns what [`Rules`] borrow.
///
/// ```
/// use lookalike::hash::Profile;
/// use lookalike::matching::Policy;
///
/// let text = "
/// version = 1
/// [[list]]
/// name = 'forum'
/// radius = 16
/// ";
/// let policy = Policy::parse(text, Profile::Pdq)?;
/// let bound = policy.bind();
/// assert_eq!(bound.rules().of("forum").radius, 16);
/// assert_eq!(bound.rules().of("hotline").radius, 31);
///
/// let error = Policy::parse("version = 1\n[default]\nradius = 300\n", Profile::Pdq).unwrap_err();
/// assert_eq!(error.to_string(), "line 3: radius is 300; allowed are whole numbers from 0 to 256");
/// # Ok::<(), lookalike::matching::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) default: OwnedList,
    pub(super) lists: Vec<OwnedList>,
    pub(super) quorum: Quorum,
    pub(super) allow_radius: u32,
    pub(super) mutes: Vec<OwnedMute>,
    pub(super) confirm: Option<ConfirmWith>,
}

/// A second index that must find the same entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConfirmWith {
    /// Its file, relative to the policy's.
    pub(super) index: PathBuf,
    /// The largest distance at which it confirms, inclusive.
    pub(super) radius: u32,
}

/// What the file says of one list, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnedList {
    pub(super) name: String,
    pub(super) radius: u32,
    pub(super) minimum_quality: u8,
    pub(super) low_quality: Option<LowQuality>,
    pub(super) trust: Trust,
    pub(super) action: String,
    pub(super) jurisdiction: String,
    pub(super) confirm: bool,
    /// Published classification and the operator's words for it.
    pub(super) classes: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnedMute {
    pub(super) list: String,
    pub(super) entry: String,
    pub(super) until: Option<i64>,
    pub(super) reason: String,
}

impl Policy {
    /// The defaults of a profile: every list counts by itself, within [`Profile::default_radius`], from quality 50.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let rules = Rules::new(ListRule::new("", profile.default_radius()));
        Self {
            default: OwnedList::of(&rules.default),
            lists: Vec::new(),
            quorum: rules.quorum,
            allow_radius: rules.allow_radius,
            mutes: Vec::new(),
            confirm: None,
        }
    }

    /// Sets the radius of lists that have no rule of their own, in bits, inclusive. The radius of allow lists stays.
    #[must_use]
    pub fn radius(mut self, radius: u32) -> Self {
        (self.default.radius, self.quorum.near) = (radius, radius);
        self
    }

    /// Sets the least quality, 0 to 100, for lists that have no rule of their own.
    #[must_use]
    pub const fn minimum_quality(mut self, minimum_quality: u8) -> Self {
        self.default.minimum_quality = minimum_quality;
        self
    }

    /// Binds the rules for evaluation. Cost: a few nanoseconds for each list and mute.
    #[must_use]
    pub fn bind(&self) -> BoundRules<'_> {
        let mute = |mute: &'_ OwnedMute| mute.until;
        BoundRules {
            policy: self,
            lists: self.lists.iter().map(OwnedList::bind).collect(),
            mutes: self.mutes.iter().map(|one| Mute { list: &one.list, entry: &one.entry, until: mute(one) }).collect(),
        }
    }

    /// The names of the lists that have rules of their own, in the order of the file.
    pub fn lists(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().map(|list| list.name.as_str())
    }

    /// The muted entries, as list and id.
    pub fn mutes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.mutes.iter().map(|mute| (mute.list.as_str(), mute.entry.as_str()))
    }

    /// Why an entry is muted, if the file says so.
    #[must_use]
    pub fn reason(&self, list: &str, entry: &str) -> Option<&str> {
        let mut mutes = self.mutes.iter().filter(|mute| mute.list == list && mute.entry == entry);
        mutes.find(|mute| !mute.reason.is_empty()).map(|mute| mute.reason.as_str())
    }

    /// The operator's words for a classification that a list publishes, if the file has any.
    #[must_use]
    pub fn class(&self, list: &str, published: &str) -> Option<&str> {
        let list = self.lists.iter().find(|own| own.name == list)?;
        list.classes.iter().find(|(name, _)| name == published).map(|(_, words)| words.as_str())
    }

    /// The second index, if any list requires one: its file, relative to the policy's, and the largest distance at which it confirms, in
    /// bits, inclusive.
    #[must_use]
    pub fn confirm(&self) -> Option<(&Path, u32)> {
        self.confirm.as_ref().map(|confirm| (confirm.index.as_path(), confirm.radius))
    }
}

impl OwnedList {
    fn bind(&self) -> ListRule<'_> {
        let rule = ListRule::new(&self.name, self.radius).minimum_quality(self.minimum_quality);
        let rule = rule.low_quality(self.low_quality).trust(self.trust).confirm(self.confirm);
        rule.action(&self.action).jurisdiction(&self.jurisdiction)
    }
}

/// The rules of a [`Policy`], ready to be evaluated.
#[derive(Clone, Debug)]
pub struct BoundRules<'a> {
    policy: &'a Policy,
    lists: Vec<ListRule<'a>>,
    mutes: Vec<Mute<'a>>,
}

impl BoundRules<'_> {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        let policy = self.policy;
        let rules = Rules::new(policy.default.bind()).lists(&self.lists).mutes(&self.mutes).quorum(policy.quorum);
        let rules = rules.allow_radius(policy.allow_radius);
        match &policy.confirm {
            Some(confirm) => rules.confirm_radius(confirm.radius),
            None => rules,
        }
    }
}
