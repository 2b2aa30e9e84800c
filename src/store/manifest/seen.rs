//! What a machine remembers of the last manifest that it accepted, and how old that is.

use serde::{Deserialize, Serialize};

use super::{profile, time};
use crate::hash::Profile;
use crate::store::Sha256Digest;

/// What a machine remembers of the last manifest of a list that it accepted. Whoever keeps the list keeps this beside it; without it, an
/// older manifest cannot be told from a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Seen {
    /// The epoch of its keys.
    pub epoch: u64,
    /// Its number within the epoch.
    pub sequence: u64,
    /// The SHA-256 of its text.
    pub manifest: Sha256Digest,
    /// When it was made: Unix milliseconds.
    #[serde(with = "time")]
    pub(super) created: i64,
    /// Until when it is fresh: Unix milliseconds.
    #[serde(with = "time")]
    pub(super) expires: i64,
    /// The entries of the list.
    pub entries: u64,
    /// The profile of its hashes.
    #[serde(with = "profile")]
    pub(super) profile: Profile,
    /// The latest time that the machine's clock ever showed when a manifest was looked at: Unix milliseconds.
    pub latest_time: i64,
    /// Whether the operator's keys file refuses lookups of this list once it is stale. A store writes it down beside this.
    #[serde(skip)]
    pub refuses_stale: bool,
}

/// Whether a list is still what its publisher stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// It is, until then: Unix milliseconds.
    Fresh {
        /// When it will have expired.
        until: i64,
    },
    /// It has expired, and no newer one came: somebody may be keeping newer ones away.
    Stale {
        /// When it expired: Unix milliseconds.
        since: i64,
    },
}

impl Seen {
    /// Whether the list is fresh at a time, in Unix milliseconds. A clock that was set back does not make it fresh again.
    #[must_use]
    pub const fn freshness(&self, now: i64) -> Freshness {
        let latest = if now > self.latest_time { now } else { self.latest_time };
        if latest < self.expires {
            Freshness::Fresh { until: self.expires }
        } else {
            Freshness::Stale { since: self.expires }
        }
    }

    /// Whether the list must not be looked up at a time, in Unix milliseconds, because it is stale and the operator refuses that.
    #[must_use]
    pub const fn is_refused(&self, now: i64) -> bool {
        self.refuses_stale && matches!(self.freshness(now), Freshness::Stale { .. })
    }

    /// Remembers what the clock shows, so that it is noticed if it is set back later.
    pub const fn observe(&mut self, now: i64) {
        if now > self.latest_time {
            self.latest_time = now;
        }
    }
}

impl core::fmt::Display for Freshness {
    /// `fresh until 2026-12-25T06:00:00Z`, `stale since ...`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Fresh { until } => write!(f, "fresh until {}", time::Shown(*until)),
            Self::Stale { since } => write!(f, "stale since {}", time::Shown(*since)),
        }
    }
}
