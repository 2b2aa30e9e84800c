//! Rules read from a TOML file.
//!
//! ```toml
//! version = 1                     # of this format; must be there
//!
//! [default]                       # what holds for lists that are not named below, and where a list says nothing
//! radius = 31                     # bits in which hashes may differ, inclusive: 0 to 256; 0 to 64 for hashes of 64 bits
//! minimum-quality = 50            # 0 to 100: views of lower quality do not count
//! low-quality = { below = 70, radius = 20 }   # a tighter radius for views of a quality below 70
//! trust = "verified"              # or "seed": leads that somebody should look at
//! action = "review"               # any words of yours; they stand in reports
//! jurisdiction = "US"             # under whose law entries were classified, whatever they say themselves
//! confirm = false                 # whether a second hash must find the same entry: see [confirm]
//!
//! [[list]]                        # as often as there are lists; the same keys, and two more
//! name = "hotline"                # the list's name in the index
//! classes = { "A1" = "category A" }   # your words for what the list publishes as a classification
//!
//! [quorum]                        # all of it may be left out: then each list counts alone
//! lists = 2                       # so many different lists must have the same subject
//! jurisdictions = 2               # from so many different jurisdictions, each list standing for one at most
//! verified = 1                    # so many of them from an entry that is trusted as verified
//! near = 31                       # how far apart hashes of one subject may lie
//!
//! [allow]
//! radius = 10                     # how near an entry of an allow list must be to hold findings back
//!
//! [[mute]]                        # as often as there are entries that should not count for now
//! list = "hotline"
//! entry = "17"
//! until = 2027-01-01T00:00:00Z    # may be left out; a date alone means its first moment in UTC
//! reason = "reported to the hotline"
//!
//! [confirm]                       # a second index of the same lists, under another profile
//! index = "known-dhash.idx"
//! radius = 8
//! ```
//!
//! Only `version` must be there. What is left out is the profile's default: its radius; quality 50; `verified`; an allow radius of a third
//! of it (10 for PDQ); `near` as far as it. Which lists are abuse, allow or test lists is not said here: the index knows. A list that the index has
//! not got is no error, because one file may serve several indexes; the command line warns of it.
//!
//! A key that is not known is an error, because a rule that nobody reads protects nobody.

mod check;
mod error;
mod raw;

use alloc::string::String;
use alloc::vec::Vec;
use std::path::PathBuf;

use super::rules::{ListRule, LowQuality, Mute, Quorum, Rules, Trust};
use crate::hash::Profile;
pub use error::PolicyError;

/// The rules of a file: it owns what [`Rules`] borrow.
///
/// ```
/// use lookalike::hash::Profile;
/// use lookalike::matching::PolicyFile;
///
/// let text = "
/// version = 1
/// [[list]]
/// name = 'forum'
/// radius = 16
/// ";
/// let policy = PolicyFile::parse(text, Profile::Pdq)?;
/// let bound = policy.bind();
/// assert_eq!(bound.rules().of("forum").radius, 16);
/// assert_eq!(bound.rules().of("hotline").radius, 31);
///
/// let error = PolicyFile::parse("version = 1\n[default]\nradius = 300\n", Profile::Pdq).unwrap_err();
/// assert_eq!(error.to_string(), "line 3: radius is 300; allowed are whole numbers from 0 to 256");
/// # Ok::<(), lookalike::matching::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    default: OwnedList,
    lists: Vec<OwnedList>,
    quorum: Quorum,
    allow_radius: u32,
    mutes: Vec<OwnedMute>,
    confirm: Option<ConfirmWith>,
}

/// A second index that must find the same entries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfirmWith {
    /// Its file, as the policy names it.
    pub index: PathBuf,
    /// The largest distance at which it confirms, inclusive.
    pub radius: u32,
}

/// What the file says of one list, with what holds by default filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedList {
    name: String,
    radius: u32,
    minimum_quality: u8,
    low_quality: Option<LowQuality>,
    trust: Trust,
    action: String,
    jurisdiction: String,
    confirm: bool,
    /// Published classification and the operator's words for it.
    classes: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedMute {
    list: String,
    entry: String,
    until: Option<i64>,
    reason: String,
}

impl PolicyFile {
    /// Reads a policy for an index of this profile, whose length of hashes bounds the radiuses.
    ///
    /// # Errors
    ///
    /// Names the line, and what would be allowed: where the text is no TOML, a key is unknown, written twice or lacking, or a value is
    /// of the wrong kind, out of its range, or at odds with another.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, PolicyError> {
        let raw = toml::from_str(text).map_err(|error| PolicyError::of_toml(text, &error))?;
        check::checked(raw, text, profile)
    }

    /// Lends the rules to [`Rules`]. Cost: a little for each list and mute.
    #[must_use]
    pub fn bind(&self) -> BoundRules<'_> {
        let mute = |mute: &'_ OwnedMute| mute.until;
        BoundRules {
            policy: self,
            lists: self.lists.iter().map(OwnedList::lend).collect(),
            mutes: self.mutes.iter().map(|it| Mute { list: &it.list, entry: &it.entry, until: mute(it) }).collect(),
        }
    }

    /// The names of the lists that it has rules for, in the order of the file.
    pub fn lists(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().map(|list| list.name.as_str())
    }

    /// The lists and entries that it mutes.
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
        let list = self.lists.iter().find(|it| it.name == list)?;
        list.classes.iter().find(|(name, _)| name == published).map(|(_, words)| words.as_str())
    }

    /// The second index, if any list demands one.
    #[must_use]
    pub const fn confirm(&self) -> Option<&ConfirmWith> {
        self.confirm.as_ref()
    }
}

impl OwnedList {
    fn lend(&self) -> ListRule<'_> {
        let rule = ListRule::new(&self.name, self.radius).minimum_quality(self.minimum_quality);
        let rule = rule.low_quality(self.low_quality).trust(self.trust).confirm(self.confirm);
        rule.action(&self.action).jurisdiction(&self.jurisdiction)
    }
}

/// The rules of a [`PolicyFile`], ready to be applied.
#[derive(Clone, Debug)]
pub struct BoundRules<'a> {
    policy: &'a PolicyFile,
    lists: Vec<ListRule<'a>>,
    mutes: Vec<Mute<'a>>,
}

impl BoundRules<'_> {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        let policy = self.policy;
        let rules = Rules::new(policy.default.lend()).lists(&self.lists).mutes(&self.mutes).quorum(policy.quorum);
        let rules = rules.allow_radius(policy.allow_radius);
        match &policy.confirm {
            Some(confirm) => rules.confirm_radius(confirm.radius),
            None => rules,
        }
    }
}

#[cfg(test)]
mod tests;
