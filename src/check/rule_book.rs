//! The rules of an operator, owned: those of a policy file, or the same for every list.

use alloc::sync::Arc;
use core::fmt;

use crate::entry::Role;
use crate::hash::Profile;
use crate::matching::{BoundRules, ListRule, PolicyFile, Rules};

/// The rules of an operator, owned and shared.
#[derive(Clone, Debug)]
pub struct RuleBook(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Plain { usual: ListRule<'static>, allow_radius: u32 },
    File(Arc<PolicyFile>),
}

/// Rules, lent to whoever applies them.
#[derive(Debug)]
#[non_exhaustive]
pub enum Lent<'a> {
    /// The same for every list.
    Plain(Rules<'a>),
    /// Those of a policy file.
    File(BoundRules<'a>),
}

impl Lent<'_> {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        match self {
            Self::Plain(rules) => *rules,
            Self::File(bound) => bound.rules(),
        }
    }
}

impl RuleBook {
    /// Every list counts alone, within this radius and from this quality on. An allow list is as near as a third of the profile's usual radius,
    /// whatever the radius is.
    #[must_use]
    pub fn plain(profile: Profile, radius: u32, minimum_quality: u8) -> Self {
        let usual = ListRule::new("", radius).minimum_quality(minimum_quality);
        let allow_radius = Rules::new(ListRule::new("", profile.default_radius())).allow_radius;
        Self(Kind::Plain { usual, allow_radius })
    }

    /// The rules of a policy file.
    #[must_use]
    pub fn of_file(policy: PolicyFile) -> Self {
        Self(Kind::File(Arc::new(policy)))
    }

    /// The policy file, if it has one.
    #[must_use]
    pub fn policy(&self) -> Option<&PolicyFile> {
        match &self.0 {
            Kind::Plain { .. } => None,
            Kind::File(policy) => Some(policy),
        }
    }

    /// Lends the rules. Cost: a little for each list and mute of a file.
    #[must_use]
    pub fn lend(&self) -> Lent<'_> {
        match &self.0 {
            Kind::Plain { usual, allow_radius } => Lent::Plain(Rules::new(*usual).allow_radius(*allow_radius)),
            Kind::File(policy) => Lent::File(policy.bind()),
        }
    }

    /// The quality at which a picture counts as checked against every list of abuse material among these.
    ///
    /// # Errors
    ///
    /// Refuses a quorum that these lists can never meet: such rules would call everything clean.
    pub fn required_quality(&self, lists: &[(&str, Role)]) -> Result<u8, NeverMet> {
        let lent = self.lend();
        let rules = lent.rules();
        let required = rules.required_quality(lists.iter().copied()).max(rules.lowest_quality());
        let abuse = || lists.iter().filter(|(_, role)| *role == Role::Abuse).map(|(name, _)| *name);
        let there = abuse().count();
        if self.policy().is_none() || there == 0 {
            return Ok(required);
        }
        let verified = abuse().filter(|list| rules.of(list).trust_in(Default::default()).name() == "verified").count();
        let quorum = rules.quorum;
        let demands = [
            ("lists", quorum.lists, there, "lists of abuse material"),
            ("jurisdictions", quorum.jurisdictions, there, "lists of abuse material, each of one jurisdiction"),
            ("verified", quorum.verified, verified, "such lists that are trusted as verified"),
        ];
        match demands.into_iter().find(|(_, demanded, there, _)| usize::from(*demanded) > *there) {
            Some((key, demanded, there, what)) => Err(NeverMet { key, demanded, there, what }),
            None => Ok(required),
        }
    }
}

/// A quorum that the lists can never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeverMet {
    key: &'static str,
    demanded: u16,
    there: usize,
    what: &'static str,
}

impl fmt::Display for NeverMet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, demanded, there, what } = self;
        write!(
            f,
            "[quorum] {key} = {demanded} can never be met: the index has {there} {what}, so nothing would ever match"
        )
    }
}

impl core::error::Error for NeverMet {}
