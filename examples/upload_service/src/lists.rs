//! The lists that hold now: an index, or whatever generation a store is in.
//!
//! The store is looked at every [`EVERY`]. A generation that cannot be opened, or that the rules do not fit, is not taken: the one before goes
//! on, and readiness and metrics say so.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use lookalike::check::{Confirm, RuleBook};
use lookalike::hash::views::ViewSet;
use lookalike::mmap::Opener;
use lookalike::store::{Store, Watch};

use crate::failure::Failure;
use crate::lookup::Lookup;

/// How often a store is asked for another generation.
const EVERY: Duration = Duration::from_millis(20);

/// The lists that hold now.
pub(crate) struct Lists {
    current: RwLock<Arc<Lookup>>,
    store: Option<Watched>,
}

/// A store that is reloaded while it is looked up in.
struct Watched {
    store: Arc<Store>,
    /// The last generation that was refused, and why.
    refused: RwLock<Option<(u64, String)>>,
    failures: Arc<AtomicU64>,
    _watch: Watch,
}

/// How it stands with the lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// When it was opened here.
    pub(crate) since: Option<SystemTime>,
    /// How long ago the store was last read without an error.
    pub(crate) checked: Option<Duration>,
    /// Why no newer generation is looked up in, if so.
    pub(crate) failure: Option<String>,
}

impl Lists {
    /// Opens an index, or a store; `rules` makes the rules for its profile.
    ///
    /// # Errors
    ///
    /// When there is none, it is damaged or empty, or nothing could match by the rules.
    pub(crate) fn open(
        index: Option<&Path>,
        store: Option<&Path>,
        views: ViewSet,
        rules: impl Fn(lookalike::hash::Profile) -> Result<(RuleBook, Option<Arc<Confirm>>), Failure>,
    ) -> Result<Self, Failure> {
        let (snapshot, store) = match (index, store) {
            (Some(index), _) => {
                let opened = Opener::default().open(index).map_err(|error| match error.io() {
                    Some(error) => Failure::file("read the index", index, error),
                    None => Failure::new(format!("{error}; build it with `lookalike index build`")),
                });
                (Arc::new(opened?.into()), None)
            }
            (None, Some(directory)) => {
                let store = Store::open(directory).map_err(|error| Failure::new(error.to_string()))?;
                let store = Arc::new(store);
                (store.snapshot(), Some(Watched::over(store)))
            }
            (None, None) => return Err(Failure::new("no lists: give --index FILE or --store DIR")),
        };
        if snapshot.is_empty() {
            return Err(Failure::new(
                "the lists hold no entry, and every picture would be found clean; publish lists with `lookalike store publish`",
            ));
        }
        let (rules, confirm) = rules(snapshot.profile())?;
        let lookup = Lookup::new(snapshot, rules, confirm, views)?;
        Ok(Self { current: RwLock::new(Arc::new(lookup)), store })
    }

    /// What holds for the next picture.
    pub(crate) fn current(&self) -> Arc<Lookup> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let Some(watched) = &self.store else { return current };
        let snapshot = watched.store.snapshot();
        let generation = snapshot.generation().unwrap_or_default();
        if current.generation() == Some(generation) || watched.has_refused(generation) {
            return current;
        }
        match current.in_generation(snapshot) {
            Ok(next) => {
                let next = Arc::new(next);
                let mut held = self.current.write().unwrap_or_else(PoisonError::into_inner);
                // Another thread may have been faster, with this one or a later one.
                let is_newer = held.generation() < Some(generation);
                if is_newer {
                    *held = Arc::clone(&next);
                }
                drop(held);
                if is_newer {
                    tracing::info!(generation, "new generation");
                    next.warnings.iter().for_each(|warning| tracing::warn!(generation, "{warning}"));
                }
                next
            }
            Err(error) => {
                watched.refuse(generation, &error.to_string());
                current
            }
        }
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        let Some(watched) = &self.store else { return Standing::default() };
        let status = watched.store.status();
        let refused = watched.refused.read().unwrap_or_else(PoisonError::into_inner);
        let refused = refused.as_ref().filter(|(refused, _)| *refused == status.generation);
        Standing {
            since: Some(status.since),
            checked: Some(status.checked),
            failure: status.failure.or_else(|| {
                refused.map(|(generation, why)| format!("generation {generation} is not looked up in: {why}"))
            }),
        }
    }

    /// How often a new generation could not be taken.
    pub(crate) fn failures(&self) -> u64 {
        self.store.as_ref().map_or(0, |watched| watched.failures.load(Ordering::Relaxed))
    }
}

impl Watched {
    fn over(store: Arc<Store>) -> Self {
        let failures = Arc::new(AtomicU64::new(0));
        let (counted, mut told) = (Arc::clone(&failures), String::new());
        let watch = store.watch(EVERY, move |error| {
            counted.fetch_add(1, Ordering::Relaxed);
            let error = error.to_string();
            if told != error {
                tracing::error!("the store cannot be reloaded: {error}; going on with the generation before");
                told = error;
            }
        });
        Self { store, refused: RwLock::new(None), failures, _watch: watch }
    }

    fn has_refused(&self, generation: u64) -> bool {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().is_some_and(|(refused, _)| *refused == generation)
    }

    fn refuse(&self, generation: u64, why: &str) {
        let mut refused = self.refused.write().unwrap_or_else(PoisonError::into_inner);
        if refused.as_ref().is_none_or(|(refused, _)| *refused != generation) {
            self.failures.fetch_add(1, Ordering::Relaxed);
            tracing::error!(generation, "the generation is not looked up in: {why}; going on with the one before");
            *refused = Some((generation, why.to_owned()));
        }
    }
}
