//! How much was looked at: counts of a span of time.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::text::clipped;
use crate::matching::Outcome;

/// Counts of a span of time. Of what did not match there is nothing else in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Counters {
    /// When the span began, in Unix milliseconds.
    pub from: i64,
    /// When it ended.
    pub until: i64,
    /// Files that came in.
    pub seen: u64,
    /// Of these were hashed, as far as known.
    pub hashed: u64,
    /// Of these were looked up, so that the absence of a match means something.
    pub looked_up: u64,
    /// Of these matched.
    pub matched: u64,
    /// Matched lists made for testing only.
    pub tests: u64,
    /// Had findings that the rules held back, and no match.
    pub held: u64,
    /// Had too low a quality to be looked up.
    pub below_quality: u64,
    /// Are in no format that is read.
    pub unsupported: u64,
    /// Are broken.
    pub corrupt: u64,
    /// Exceed a limit.
    pub over_limit: u64,
    /// Could not be read.
    pub unreadable: u64,
    /// Had no match, and some of their parts could not be compared.
    pub partly_checked: u64,
    /// Whether the work ended before everything was seen.
    pub interrupted: bool,
    /// By list, what was compared, and radius.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<SystemCount>,
}

/// How much one system looked up and matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SystemCount {
    /// The name of the list.
    pub list: String,
    /// What was compared: the profile, or the kind of digest.
    pub by: String,
    /// Within which radius, in bits; none of a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<u32>,
    /// Pictures looked up.
    pub looked_up: u64,
    /// Pictures that matched.
    pub matched: u64,
}

impl SystemCount {
    /// A list, what was compared with it, and within which radius.
    #[must_use]
    pub fn new(list: &str, by: &str, radius: Option<u32>) -> Self {
        Self { list: clipped(list), by: clipped(by), radius, ..Self::default() }
    }

    fn is_of(&self, other: &Self) -> bool {
        (&self.list, &self.by, self.radius) == (&other.list, &other.by, other.radius)
    }
}

impl Counters {
    /// Files that could not be decoded or read.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.unsupported.saturating_add(self.corrupt).saturating_add(self.over_limit).saturating_add(self.unreadable)
    }

    /// Whether nothing was counted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.seen == 0 && !self.interrupted
    }

    /// Counts what became of a file.
    pub fn count(&mut self, outcome: &Outcome) {
        self.seen += 1;
        self.looked_up += u64::from(outcome.was_checked());
        self.hashed += u64::from(
            outcome.was_checked() || matches!(outcome, Outcome::LowQuality { .. } | Outcome::PartlyChecked(_)),
        );
        let which = match outcome {
            Outcome::Match => &mut self.matched,
            Outcome::Test => &mut self.tests,
            Outcome::NoMatch(_) => return,
            Outcome::PartlyChecked(_) => &mut self.partly_checked,
            Outcome::LowQuality { .. } => &mut self.below_quality,
            Outcome::Unsupported { .. } => &mut self.unsupported,
            Outcome::Corrupt { .. } => &mut self.corrupt,
            Outcome::OverLimit { .. } => &mut self.over_limit,
            Outcome::Unreadable { .. } => &mut self.unreadable,
        };
        *which += 1;
    }

    /// Adds other counts; the span becomes that from the earlier beginning to the later end.
    pub fn add(&mut self, other: &Self) {
        (self.from, self.until) = if self.is_empty() && self.until == 0 {
            (other.from, other.until)
        } else {
            (self.from.min(other.from), self.until.max(other.until))
        };
        for (sum, count) in [
            (&mut self.seen, other.seen),
            (&mut self.hashed, other.hashed),
            (&mut self.looked_up, other.looked_up),
            (&mut self.matched, other.matched),
            (&mut self.tests, other.tests),
            (&mut self.held, other.held),
            (&mut self.below_quality, other.below_quality),
            (&mut self.unsupported, other.unsupported),
            (&mut self.corrupt, other.corrupt),
            (&mut self.over_limit, other.over_limit),
            (&mut self.unreadable, other.unreadable),
            (&mut self.partly_checked, other.partly_checked),
        ] {
            *sum = sum.saturating_add(count);
        }
        self.interrupted |= other.interrupted;
        for system in &other.systems {
            self.add_system(system);
        }
    }

    /// Adds to the counts of one system.
    pub fn add_system(&mut self, system: &SystemCount) {
        match self.systems.iter_mut().find(|known| known.is_of(system)) {
            Some(known) => {
                known.looked_up = known.looked_up.saturating_add(system.looked_up);
                known.matched = known.matched.saturating_add(system.matched);
            }
            None => self.systems.push(system.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{Unseen, Whole};

    const ALL: [Outcome; 9] = [
        Outcome::Match,
        Outcome::Test,
        Outcome::NoMatch(Whole::of_hash()),
        Outcome::LowQuality { quality: 3 },
        Outcome::Unsupported { format: "x" },
        Outcome::Corrupt { stage: "x" },
        Outcome::OverLimit { what: "x", found: 2, allowed: 1 },
        Outcome::Unreadable { io: "x" },
        Outcome::PartlyChecked(Unseen::Part { part: "page", number: 2, why: "corrupt" }),
    ];

    #[test]
    fn counts_add_up() {
        let mut counters = Counters::default();
        for (at, outcome) in ALL.iter().enumerate() {
            (0..=at).for_each(|_| counters.count(outcome));
        }
        assert_eq!((counters.seen, counters.refused(), counters.looked_up), (45, 5 + 6 + 7 + 8, 1 + 2 + 3));
        assert_eq!((counters.hashed, counters.matched, counters.tests, counters.below_quality), (19, 1, 2, 4));
    }

    #[test]
    fn sums_keep_systems_apart() {
        let mut one = Counters { from: 5, until: 9, seen: 1, ..Counters::default() };
        one.add_system(&SystemCount { looked_up: 4, matched: 1, ..SystemCount::new("a", "pdq", Some(31)) });
        let mut sum = Counters::default();
        sum.add(&one);
        sum.add(&Counters { from: 3, until: 7, ..one.clone() });
        sum.add_system(&SystemCount::new("a", "pdq", Some(20)));
        assert_eq!((sum.from, sum.until, sum.seen, sum.systems.len()), (3, 9, 2, 2));
        assert_eq!((sum.systems[0].looked_up, sum.systems[0].matched), (8, 2));
    }
}
