//! The look-up of whatever generation a store is in.

use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use core::fmt;
use std::sync::{Mutex, PoisonError, RwLock};

use super::{Confirm, Lookup, LookupError, RuleBook};
use crate::matching::Policy;
use crate::store::manifest::Freshness;
use crate::store::{Snapshot, Store};

/// A look-up that follows a store: each picture is checked against the generation that is current then.
///
/// It reads no file itself: [`Store::watch`] or [`Store::reload`] does.
#[derive(Debug)]
pub struct LiveLookup {
    store: Arc<Store>,
    current: RwLock<Arc<Lookup>>,
    /// The last generation that the rules do not fit, and why.
    refused: Mutex<Option<Refused>>,
}

/// A generation that is not looked up in: the one before is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Its number.
    pub generation: u64,
    /// Why, in words.
    pub why: String,
}

impl LiveLookup {
    /// Prepares to ask whatever generation the store is in, as [`Lookup::confirmed`] does.
    ///
    /// # Errors
    ///
    /// As [`Lookup::confirmed`]; and refuses a store in which no entry counts, because it would find every picture clean.
    pub fn new(
        store: Arc<Store>,
        policy: Policy,
        rules: RuleBook,
        confirm: Option<Arc<Confirm>>,
    ) -> Result<Self, LookupError> {
        let snapshot = store.snapshot();
        if snapshot.is_empty() {
            return Err(LookupError::Empty);
        }
        let current = Lookup::confirmed(snapshot, policy, rules, confirm)?;
        Ok(Self { store, current: RwLock::new(Arc::new(current)), refused: Mutex::new(None) })
    }

    /// The store that is followed.
    #[must_use]
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The look-up for the next picture. Cost: some tens of nanoseconds, and with a new generation some microseconds for each of its lists.
    ///
    /// A new generation that the rules do not fit is not taken: the one before stays, and [`refused`](Self::refused) says so.
    ///
    /// # Errors
    ///
    /// Where a list has expired at `now`, in Unix milliseconds, and the operator wants no look-up then.
    pub fn current(&self, now: i64) -> Result<Arc<Lookup>, StaleList> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let snapshot = self.store.snapshot();
        let is_new = current.snapshot().generation() != snapshot.generation();
        let current = if is_new { self.next(current, snapshot) } else { current };
        for (list, signed) in current.snapshot().signed() {
            let freshness = signed.freshness(now);
            if signed.refuses_stale && matches!(freshness, Freshness::Stale { .. }) {
                return Err(StaleList { list: list.to_string(), freshness });
            }
        }
        Ok(current)
    }

    /// The generation that is not looked up in though it is newer, and why.
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next(&self, current: Arc<Lookup>, snapshot: Arc<Snapshot>) -> Arc<Lookup> {
        let generation = snapshot.generation().unwrap_or_default();
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.as_ref().is_some_and(|refused| refused.generation == generation) {
            return current;
        }
        let next = if snapshot.is_empty() { Err(LookupError::Empty) } else { current.in_generation(snapshot) };
        match next {
            Ok(next) => {
                let next = Arc::new(next);
                let mut held = self.current.write().unwrap_or_else(PoisonError::into_inner);
                // Another thread may have been faster, with a later one.
                if held.snapshot().generation() < Some(generation) {
                    *held = Arc::clone(&next);
                }
                *refused = None;
                next
            }
            Err(error) => {
                *refused = Some(Refused { generation, why: error.to_string() });
                current
            }
        }
    }
}

/// A list whose manifest has expired, of an operator who wants no look-up then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleList {
    list: String,
    freshness: Freshness,
}

impl fmt::Display for StaleList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, freshness } = self;
        write!(
            f,
            "the list {list:?} is {freshness}, and is to be refused then: its publisher sent no newer manifest, or somebody keeps it away"
        )
    }
}

impl core::error::Error for StaleList {}
