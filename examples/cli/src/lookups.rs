//! Where pictures are looked up in the course of a run: an index, or whatever generation a store is in.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use lookalike::store::manifest::Freshness;
use lookalike::store::{Snapshot, Store, Watch};

use crate::commands::list::signed::now;
use crate::exit::Failure;
use crate::lookup::Lookup;

/// How often a store is asked for another generation.
const EVERY: Duration = Duration::from_millis(20);

/// The look-up that holds now.
pub(crate) struct Lookups {
    current: RwLock<Arc<Lookup>>,
    store: Option<Watched>,
}

/// A store that is reloaded while it is looked up in.
struct Watched {
    store: Arc<Store>,
    /// The last generation whose lists the rules did not fit.
    refused: AtomicU64,
    _watch: Watch,
}

impl From<Lookup> for Lookups {
    fn from(lookup: Lookup) -> Self {
        Self { current: RwLock::new(Arc::new(lookup)), store: None }
    }
}

/// Opens a store that has something in it.
///
/// # Errors
///
/// When there is none, it is damaged, or nothing was published yet.
pub(crate) fn open_store(directory: &Path) -> Result<Arc<Store>, Failure> {
    let store = Store::open(directory).map_err(|error| Failure::new(error.to_string()))?;
    if store.snapshot().is_empty() {
        let directory = crate::names::shown(directory);
        return Err(Failure::new(format!(
            "the store {directory} holds no entry, and would find every picture clean; publish lists with `lookalike store publish`"
        )));
    }
    warn_of_stale(&store.snapshot())?;
    Ok(Arc::new(store))
}

/// Tells of lists whose manifests have expired: they keep matching, unless the operator wants no look-up then.
///
/// # Errors
///
/// If so.
fn warn_of_stale(snapshot: &Snapshot) -> Result<(), Failure> {
    for (list, signed) in snapshot.signed() {
        let freshness = signed.freshness(now());
        if matches!(freshness, Freshness::Stale { .. }) {
            let list = crate::names::shown_text(list);
            let why = format!(
                "the list {list} is {freshness}: its publisher sent no newer manifest, or somebody keeps it away"
            );
            if signed.refuses_stale {
                return Err(Failure::new(format!("{why}; the keys file says to refuse it then")));
            }
            eprintln!("lookalike: {why}; it is looked up in as it is");
        }
    }
    Ok(())
}

impl Lookups {
    /// Looks up in a store; `lookup` is of one of its generations. Every picture is looked up in the generation that is current then.
    pub(crate) fn of_store(lookup: Lookup, store: Arc<Store>) -> Self {
        let mut told = String::new();
        let generation = Arc::clone(&store);
        let watch = store.watch(EVERY, move |error| {
            let error = error.to_string();
            if told != error {
                let generation = generation.status().generation;
                eprintln!("lookalike: the store cannot be reloaded: {error}; going on with generation {generation}");
                told = error;
            }
        });
        let watched = Watched { store, refused: AtomicU64::new(0), _watch: watch };
        Self { current: RwLock::new(Arc::new(lookup)), store: Some(watched) }
    }

    /// The look-up for the next picture.
    pub(crate) fn current(&self) -> Arc<Lookup> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let Some(watched) = &self.store else { return current };
        let snapshot = watched.store.snapshot();
        let generation = snapshot.generation().unwrap_or_default();
        if current.generation() == Some(generation) || watched.refused.load(Ordering::Relaxed) == generation {
            return current;
        }
        match warn_of_stale(&snapshot).and_then(|()| current.in_generation(snapshot)) {
            Ok(next) => {
                let next = Arc::new(next);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&next);
                next
            }
            Err(error) => {
                if watched.refused.swap(generation, Ordering::Relaxed) != generation {
                    let old = current.generation().unwrap_or_default();
                    eprintln!(
                        "lookalike: generation {generation} of the store is not looked up in: {error}; going on with {old}"
                    );
                }
                current
            }
        }
    }
}
