//! What is demanded of a finding before it counts.
//!
//! [`Policy`](super::Policy) says how pictures are looked up: by which hashes, within which distance. `Rules` say what
//! becomes of that which a look-up found. A list may be searched more widely than it counts: the radius of the look-up is the widest
//! that any list has, [`Rules::widest_radius`].

use crate::entry::{Opinion, Role};

/// The rules of an operator: per list, and across lists.
///
/// They borrow everything, so that a device can have them as a constant; on other systems a `PolicyFile` owns what they borrow.
///
/// ```
/// use lookalike::matching::{ListRule, Quorum, Rules};
///
/// const RULES: Rules<'static> = Rules::new(ListRule::new("", 31))
///     .lists(&[ListRule::new("hotline", 31).action("block"), ListRule::new("forum", 16).minimum_quality(70)])
///     .quorum(Quorum::new(31).lists(2));
///
/// assert_eq!(RULES.of("forum").radius, 16);
/// assert_eq!(RULES.of("any other").radius, 31);
/// assert_eq!(RULES.widest_radius(), 31);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules<'a> {
    /// What holds for lists that are not named.
    pub default: ListRule<'a>,
    /// What holds for lists by their names. Of two of the same name the first counts.
    pub lists: &'a [ListRule<'a>],
    /// How many lists must agree.
    pub quorum: Quorum,
    /// The largest distance, inclusive, at which an entry of an allow list holds back what was found.
    pub allow_radius: u32,
    /// Entries that do not count for the time being.
    pub mutes: &'a [Mute<'a>],
    /// The largest distance, inclusive, of the second hash where a list demands one.
    pub confirm_radius: u32,
}

impl<'a> Rules<'a> {
    /// The rules that hold where nobody made any: every list counts alone within `default.radius`, and a third of it for allow
    /// lists (10 of 31).
    #[must_use]
    pub const fn new(default: ListRule<'a>) -> Self {
        Self {
            default,
            lists: &[],
            quorum: Quorum::new(default.radius),
            allow_radius: default.radius / 3,
            mutes: &[],
            confirm_radius: 8,
        }
    }

    /// Sets what holds for lists by their names.
    #[must_use]
    pub const fn lists(self, lists: &'a [ListRule<'a>]) -> Self {
        Self { lists, ..self }
    }

    /// Sets how many lists must agree.
    #[must_use]
    pub const fn quorum(self, quorum: Quorum) -> Self {
        Self { quorum, ..self }
    }

    /// Sets the largest distance, inclusive, at which an entry of an allow list holds back what was found.
    #[must_use]
    pub const fn allow_radius(self, allow_radius: u32) -> Self {
        Self { allow_radius, ..self }
    }

    /// Sets which entries do not count for the time being.
    #[must_use]
    pub const fn mutes(self, mutes: &'a [Mute<'a>]) -> Self {
        Self { mutes, ..self }
    }

    /// Sets the largest distance, inclusive, of the second hash where a list demands one.
    #[must_use]
    pub const fn confirm_radius(self, confirm_radius: u32) -> Self {
        Self { confirm_radius, ..self }
    }

    /// What holds for a list. Cost: a comparison of names for each rule.
    #[must_use]
    pub fn of(&self, list: &str) -> &ListRule<'a> {
        self.lists.iter().find(|rule| rule.name == list).unwrap_or(&self.default)
    }

    /// The radius with which to look up, so that nothing that may count is missed, nor anything that holds it back.
    #[must_use]
    pub fn widest_radius(&self) -> u32 {
        self.lists.iter().map(|rule| rule.radius).fold(self.default.radius.max(self.allow_radius), u32::max)
    }

    /// The least quality at which a picture is worth looking up: below it no list would count.
    #[must_use]
    pub fn lowest_quality(&self) -> u8 {
        self.lists.iter().map(|rule| rule.minimum_quality).fold(self.default.minimum_quality, u8::min)
    }

    /// The quality that a picture must have to have been checked against every list of abuse material among these: give it to
    /// [`Picture::looked_up`](super::Picture::looked_up).
    ///
    /// Where there is no such list, it is that of lists for testing, so that what was not checked is not called clean.
    ///
    /// ```
    /// use lookalike::entry::Role;
    /// use lookalike::matching::{ListRule, Rules};
    ///
    /// let lists = [ListRule::new("strict", 31).minimum_quality(80), ListRule::new("known good", 31).minimum_quality(90)];
    /// let rules = Rules::new(ListRule::new("", 31)).lists(&lists);
    /// let index = [("any", Role::Abuse), ("strict", Role::Abuse), ("known good", Role::Allow)];
    /// assert_eq!(rules.required_quality(index), 80);
    /// assert_eq!(rules.required_quality([("any", Role::Abuse)]), 50);
    /// ```
    pub fn required_quality<'n>(&self, lists: impl IntoIterator<Item = (&'n str, Role)>) -> u8 {
        let (mut abuse, mut others) = (None, 0);
        for (name, role) in lists {
            let quality = self.of(name).minimum_quality;
            match role {
                Role::Abuse => abuse = abuse.max(Some(quality)),
                Role::Test => others = quality.max(others),
                Role::Allow => {}
            }
        }
        abuse.unwrap_or(others)
    }
}

/// What holds for one list, or for all that are not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListRule<'a> {
    /// The list's name, as the index has it.
    pub name: &'a str,
    /// The largest distance that counts, inclusive. Of an allow list [`Rules::allow_radius`] counts instead.
    pub radius: u32,
    /// The least quality, 0 to 100, of the view by which an entry was found.
    pub minimum_quality: u8,
    /// A tighter radius for views of low quality.
    pub low_quality: Option<LowQuality>,
    /// What the list's entries are taken for, unless they say less of themselves.
    pub trust: Trust,
    /// What is to be done about a match, in the operator's words; the library does nothing.
    pub action: &'a str,
    /// Under whose law the list's entries were classified, whatever they say themselves. Empty: as they say.
    pub jurisdiction: &'a str,
    /// Whether a hash under a second profile must find the same entry.
    pub confirm: bool,
}

impl<'a> ListRule<'a> {
    /// A list that counts within a radius, from quality 50 on, is verified, and has no further rules.
    #[must_use]
    pub const fn new(name: &'a str, radius: u32) -> Self {
        let minimum_quality = crate::hash::pdq::MIN_QUALITY;
        Self {
            name,
            radius,
            minimum_quality,
            low_quality: None,
            trust: Trust::Verified,
            action: "",
            jurisdiction: "",
            confirm: false,
        }
    }

    /// Sets the least quality: 0 to 100.
    #[must_use]
    pub const fn minimum_quality(self, minimum_quality: u8) -> Self {
        Self { minimum_quality, ..self }
    }

    /// Sets a tighter radius for views of low quality.
    #[must_use]
    pub const fn low_quality(self, low_quality: Option<LowQuality>) -> Self {
        Self { low_quality, ..self }
    }

    /// Sets what the list's entries are taken for.
    #[must_use]
    pub const fn trust(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// Sets what is to be done about a match.
    #[must_use]
    pub const fn action(self, action: &'a str) -> Self {
        Self { action, ..self }
    }

    /// Sets under whose law the list's entries were classified.
    #[must_use]
    pub const fn jurisdiction(self, jurisdiction: &'a str) -> Self {
        Self { jurisdiction, ..self }
    }

    /// Sets whether a hash under a second profile must find the same entry.
    #[must_use]
    pub const fn confirm(self, confirm: bool) -> Self {
        Self { confirm, ..self }
    }

    /// What an entry of this list is taken for: a seed if the list or the entry's publisher says so.
    #[must_use]
    pub const fn trust_in(&self, opinion: Opinion) -> Trust {
        match (self.trust, opinion) {
            (Trust::Seed, _) | (_, Opinion::Seed | Opinion::Disputed) => Trust::Seed,
            (Trust::Verified, _) => Trust::Verified,
        }
    }
}

/// A tighter radius for pictures whose hash means less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a pair of numbers, written as a literal")]
pub struct LowQuality {
    /// It holds for views of a quality below this: 1 to 100.
    pub below: u8,
    /// The largest distance that counts then, inclusive.
    pub radius: u32,
}

/// What an entry is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trust {
    /// A lead: somebody should look at it.
    #[default]
    Seed,
    /// Somebody looked at it.
    Verified,
}

impl Trust {
    /// The name in policies and reports: `verified`, `seed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Seed => "seed",
        }
    }
}

/// How many lists must agree on a subject before it counts.
///
/// A *subject* is what several lists seem to mean by the same picture: see [`evaluate`](super::evaluate()). Lists are counted by name, however
/// many entries of a list there are.
///
/// **How jurisdictions are counted.** Each list stands for one jurisdiction at most: the one that the rules give it, else any one of those
/// that its entries of this subject name. So many jurisdictions count as lists can stand for *different* ones. An entry that
/// names none stands for none. Whoever writes a list can write any jurisdiction into its entries; so a quorum of
/// jurisdictions is only as good as [`ListRule::jurisdiction`], which should be set for every list of which somebody else is the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quorum {
    /// How many different lists must have the subject; 0 and 1 are the same.
    pub lists: u16,
    /// From how many different jurisdictions.
    pub jurisdictions: u16,
    /// How many of the lists must have it from a verified entry.
    pub verified: u16,
    /// How far the hashes of two entries may lie from each other, inclusive, to be of the same subject.
    pub near: u32,
}

impl Quorum {
    /// One list suffices; entries within `near` of each other are one subject.
    #[must_use]
    pub const fn new(near: u32) -> Self {
        Self { lists: 1, jurisdictions: 0, verified: 0, near }
    }

    /// Sets how many different lists must have the subject.
    #[must_use]
    pub const fn lists(self, lists: u16) -> Self {
        Self { lists, ..self }
    }

    /// Sets from how many different jurisdictions.
    #[must_use]
    pub const fn jurisdictions(self, jurisdictions: u16) -> Self {
        Self { jurisdictions, ..self }
    }

    /// Sets how many of the lists must have it from a verified entry.
    #[must_use]
    pub const fn verified(self, verified: u16) -> Self {
        Self { verified, ..self }
    }
}

/// An entry that does not count for the time being.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "written as a literal")]
pub struct Mute<'a> {
    /// The name of the list.
    pub list: &'a str,
    /// The entry's id within the list.
    pub entry: &'a str,
    /// Until when, in Unix milliseconds: from then on it counts again. None: until the rule is taken away.
    pub until: Option<i64>,
}

impl Mute<'_> {
    /// Whether it holds. Without a clock only what has no end does, so that nothing stays muted for want of one.
    #[must_use]
    pub const fn holds(&self, now: Option<i64>) -> bool {
        match (self.until, now) {
            (None, _) => true,
            (Some(until), Some(now)) => now < until,
            (Some(_), None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_ends_at_its_time() {
        let mute = |until| Mute { list: "a", entry: "1", until };
        assert!(mute(None).holds(None) && mute(None).holds(Some(0)));
        assert!(mute(Some(10)).holds(Some(9)) && !mute(Some(10)).holds(Some(10)));
        assert!(!mute(Some(10)).holds(None), "without a clock it is over");
    }

    #[test]
    fn trust_is_the_less_of_list_and_entry() {
        let (verified, seed) = (ListRule::new("", 31), ListRule::new("", 31).trust(Trust::Seed));
        for opinion in Opinion::ALL {
            let doubted = matches!(opinion, Opinion::Seed | Opinion::Disputed);
            assert_eq!(verified.trust_in(opinion), if doubted { Trust::Seed } else { Trust::Verified });
            assert_eq!(seed.trust_in(opinion), Trust::Seed);
        }
    }

    #[test]
    fn the_look_up_is_as_wide_as_the_widest_list_and_as_low_as_the_lowest() {
        let lists = [ListRule::new("wide", 40).minimum_quality(70), ListRule::new("low", 10).minimum_quality(20)];
        let rules = Rules::new(ListRule::new("", 31)).lists(&lists);
        assert_eq!((rules.widest_radius(), rules.lowest_quality()), (40, 20));
        assert_eq!(rules.allow_radius(60).widest_radius(), 60, "an allow list is searched as well");
        assert_eq!(rules.required_quality([("low", Role::Abuse), ("x", Role::Test)]), 20);
        assert_eq!(rules.required_quality([("wide", Role::Test), ("y", Role::Allow)]), 70);
        assert_eq!(rules.required_quality([]), 0);
    }
}
