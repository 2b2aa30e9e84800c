//! The state of the lists that a checker works with.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::matcher::Matcher;
use super::{CheckError, Lists};
use crate::store::manifest::Freshness;

/// The state of the lists that a [`Checker`](super::Checker) works with: the same in `store status`, readiness and C.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    generation: Option<u64>,
    created: Option<String>,
    entries: u64,
    opened_unix_seconds: Option<u64>,
    read_millis_ago: Option<u64>,
    problem: Option<String>,
    stale: Vec<StaleList>,
    unusable: Option<String>,
    failures: u64,
}

/// A signed list that has expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StaleList {
    /// Its name.
    pub list: String,
    /// Since when, in words.
    pub since: String,
    /// Whether its keys file refuses it then.
    pub refused: bool,
}

impl Status {
    /// The state of `matcher` among `lists` at `now`. `refused` is why a newer generation is not in use.
    pub(super) fn of(matcher: &Matcher, lists: &Lists, refused: Option<String>, failures: u64, now: i64) -> Self {
        let snapshot = &matcher.snapshot;
        let stale = snapshot.signed().filter_map(|(list, signed)| {
            let freshness = signed.freshness(now);
            let is_stale = matches!(freshness, Freshness::Stale { .. });
            is_stale.then(|| StaleList {
                list: list.into(),
                since: alloc::format!("{freshness}"),
                refused: signed.refuses_stale,
            })
        });
        let store = lists.store().map(|store| store.status());
        let since = store.as_ref().and_then(|status| status.since.duration_since(UNIX_EPOCH).ok());
        Self {
            generation: snapshot.generation(),
            created: snapshot.created().map(Into::into),
            entries: matcher.lists.iter().map(|(_, entries, _)| entries).sum(),
            opened_unix_seconds: since.map(|since| since.as_secs()),
            read_millis_ago: store.map(|status| u64::try_from(status.checked.as_millis()).unwrap_or(u64::MAX)),
            problem: lists.failure().or(refused),
            stale: stale.collect(),
            unusable: matcher.check_fresh(now).err().map(|error: CheckError| alloc::format!("{error}")),
            failures,
        }
    }

    /// The generation in use; none for an index.
    #[must_use]
    pub const fn generation(&self) -> Option<u64> {
        self.generation
    }

    /// When the generation was made, in RFC 3339; none for an index.
    #[must_use]
    pub fn created(&self) -> Option<&str> {
        self.created.as_deref()
    }

    /// The number of entries in use.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// When the newest generation was opened here; none for an index.
    #[must_use]
    pub fn opened(&self) -> Option<SystemTime> {
        self.opened_unix_seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
    }

    /// How long ago the store was last read without an error; none for an index.
    #[must_use]
    pub fn read_ago(&self) -> Option<Duration> {
        self.read_millis_ago.map(Duration::from_millis)
    }

    /// Why a newer generation is not in use, or the store cannot be read, if so. The generation in use goes on.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The signed lists that have expired.
    #[must_use]
    pub fn stale(&self) -> &[StaleList] {
        &self.stale
    }

    /// Why no picture can be checked now, if so.
    #[must_use]
    pub fn unusable(&self) -> Option<&str> {
        self.unusable.as_deref()
    }

    /// How often a generation was refused or the store could not be read.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.failures
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            Some(generation) => write!(f, "generation {generation}")?,
            None => f.write_str("index")?,
        }
        write!(f, ", {} entries", self.entries)?;
        if let Some(created) = &self.created {
            write!(f, ", made {created}")?;
        }
        for stale in &self.stale {
            write!(f, "; the list {:?} is {}", stale.list, stale.since)?;
        }
        if let Some(problem) = &self.problem {
            write!(f, "; {problem}")?;
        }
        Ok(())
    }
}
