//! The rules by their stable names, and sets of them: what the evidence of a decision is made of.

use core::fmt;

/// A rule that let a finding count, or held it back.
///
/// Its [`name`](Self::name) stands in reports and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The file has exactly the digest that is listed.
    Digest,
    /// The listed hash lies within the radius of its list, or does not.
    Radius,
    /// The listed hash lies outside of the radius, but only a part of the picture is covered: see [`Occlusion`](super::Occlusion).
    Occlusion,
    /// The picture is of low quality, for which the list has a radius of its own.
    LowQualityRadius,
    /// The picture has the quality that the list demands, or has not.
    MinimumQuality,
    /// A hash under a second profile finds the same entry, or does not.
    Confirm,
    /// The entry is muted.
    Muted,
    /// The entry was muted, and the time is over.
    MuteEnded,
    /// The digest of the file is on an allow list.
    AllowExact,
    /// The picture looks like one on an allow list.
    AllowNear,
    /// As many lists as demanded have the subject, or fewer.
    QuorumLists,
    /// They are from as many jurisdictions as demanded, or fewer.
    QuorumJurisdictions,
    /// As many of them as demanded have verified it, or fewer.
    QuorumVerified,
    /// The list was made for testing.
    Test,
}

impl Rule {
    /// Every rule, in the order in which they are applied and reported.
    pub const ALL: [Self; 14] = [
        Self::Digest,
        Self::Radius,
        Self::Occlusion,
        Self::LowQualityRadius,
        Self::MinimumQuality,
        Self::Confirm,
        Self::Muted,
        Self::MuteEnded,
        Self::AllowExact,
        Self::AllowNear,
        Self::QuorumLists,
        Self::QuorumJurisdictions,
        Self::QuorumVerified,
        Self::Test,
    ];

    /// The name in reports: `digest`, `radius`, `occlusion`, `low_quality_radius`, `minimum_quality`, `confirm`, `muted`,
    /// `mute_ended`, `allow_exact`, `allow_near`, `quorum_lists`, `quorum_jurisdictions`, `quorum_verified`, `test`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Radius => "radius",
            Self::Occlusion => "occlusion",
            Self::LowQualityRadius => "low_quality_radius",
            Self::MinimumQuality => "minimum_quality",
            Self::Confirm => "confirm",
            Self::Muted => "muted",
            Self::MuteEnded => "mute_ended",
            Self::AllowExact => "allow_exact",
            Self::AllowNear => "allow_near",
            Self::QuorumLists => "quorum_lists",
            Self::QuorumJurisdictions => "quorum_jurisdictions",
            Self::QuorumVerified => "quorum_verified",
            Self::Test => "test",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of rules, in two bytes.
///
/// ```
/// use lookalike::matching::{Rule, RuleSet};
///
/// let rules: RuleSet = [Rule::Muted, Rule::Radius].into_iter().collect();
/// assert!(rules.contains(Rule::Radius) && !rules.contains(Rule::Test));
/// assert_eq!(rules.to_string(), "radius, muted");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RuleSet(u16);

impl RuleSet {
    /// No rule.
    pub const EMPTY: Self = Self(0);

    /// The set with a rule more.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | rule.bit())
    }

    /// The rules of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a rule belongs to it.
    #[must_use]
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & rule.bit() != 0
    }

    /// Whether no rule belongs to it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its rules, in the order of [`Rule::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().filter(move |rule| self.contains(*rule))
    }

    pub(super) const fn add(&mut self, rule: Rule) {
        *self = self.with(rule);
    }
}

impl FromIterator<Rule> for RuleSet {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        rules.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().enumerate().try_for_each(|(at, rule)| write!(f, "{}{rule}", if at == 0 { "" } else { ", " }))
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Rule::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    fn sets_hold_what_was_put_in() {
        for rule in Rule::ALL {
            let one = RuleSet::EMPTY.with(rule);
            assert_eq!(one.iter().collect::<Vec<_>>(), [rule]);
            assert_eq!((one.to_string().as_str(), one.is_empty()), (rule.name(), false));
        }
        let all: RuleSet = Rule::ALL.into_iter().collect();
        assert_eq!((all.iter().count(), RuleSet::EMPTY.is_empty()), (Rule::ALL.len(), true));
        let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)), "names are distinct");
    }
}
