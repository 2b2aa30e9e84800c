//! One generation of the lists, and how pictures are looked up in it: the library's look-up, with what a service says about it.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lookalike::check::{self, Confirm, LookupError, RuleBook};
use lookalike::hash::Profile;
use lookalike::hash::views::ViewSet;
use lookalike::index::IndexError;
use lookalike::matching::{Policy, PolicyFile};
use lookalike::mmap::Opener;
use lookalike::store::Snapshot;
use lookalike::store::manifest::Freshness;

use crate::failure::Failure;

/// A generation opened for looking up, with the rules that fit its lists.
#[derive(Debug)]
pub(crate) struct Lookup {
    lists: check::Lookup,
    /// What does not fit between rules and lists, though look-ups mean something.
    pub(crate) warnings: Vec<String>,
}

impl Deref for Lookup {
    type Target = check::Lookup;

    fn deref(&self) -> &check::Lookup {
        &self.lists
    }
}

/// Reads the rules of a policy file, for lists of this profile, and opens the second index that it may name, beside it.
///
/// # Errors
///
/// When the file cannot be read, or is no policy; when the second index cannot be opened.
pub(crate) fn read_policy(path: &Path, profile: Profile) -> Result<(RuleBook, Option<Arc<Confirm>>), Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read the policy", path, &error))?;
    let refused =
        |why: &dyn std::fmt::Display| Failure::new(format!("the policy {} is refused: {why}", path.display()));
    let policy = PolicyFile::parse(&text, profile).map_err(|error| refused(&error))?;
    let confirm = match policy.confirm() {
        Some(confirm) => {
            let second = path.parent().unwrap_or(Path::new("")).join(&confirm.index);
            let index = Opener::default().open(&second).map_err(|error| refused(&error))?;
            Some(Arc::new(Confirm::new(index, confirm.radius).map_err(|error| refused(&error))?))
        }
        None => None,
    };
    Ok((RuleBook::of_file(policy), confirm))
}

impl Lookup {
    /// Prepares to look up in a generation, by rules that are made to fit its lists.
    ///
    /// # Errors
    ///
    /// When nothing could ever match, or the index is damaged.
    pub(crate) fn new(
        snapshot: Arc<Snapshot>,
        rules: RuleBook,
        confirm: Option<Arc<Confirm>>,
        views: ViewSet,
    ) -> Result<Self, Failure> {
        let profile = snapshot.profile();
        // Views are made of the same samples as PDQ, and of no other hash.
        let views = if profile == Profile::Pdq { views } else { ViewSet::None };
        let widest = rules.lend().rules().widest_radius();
        let policy = Policy::new(profile).radius(widest).views(views);
        Self::over(check::Lookup::confirmed(snapshot, policy, rules, confirm))
    }

    /// The same in another generation.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and when it is of another profile.
    pub(crate) fn in_generation(&self, snapshot: Arc<Snapshot>) -> Result<Self, Failure> {
        Self::over(self.lists.in_generation(snapshot))
    }

    fn over(lists: Result<check::Lookup, LookupError>) -> Result<Self, Failure> {
        let lists = lists.map_err(|error| Failure::new(error.to_string()))?;
        let names = lists.snapshot().lists().map_err(|error| damaged(&error))?;
        let known = |name: &str| names.iter().any(|(list, ..)| list == name);
        let unknown = lists.rules().policy().into_iter().flat_map(PolicyFile::lists).filter(|name| !known(name));
        let warnings =
            unknown.map(|name| format!("the policy has rules for the list {name:?}, which is not there")).collect();
        Ok(Self { lists, warnings })
    }

    /// The generation of the store, if it is one.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.snapshot().generation()
    }

    /// The profile of the listed hashes.
    pub(crate) fn profile(&self) -> Profile {
        self.snapshot().profile()
    }

    /// Signed lists whose manifests have expired: name, and whether the operator wants no look-up then.
    pub(crate) fn stale(&self) -> impl Iterator<Item = (&str, bool)> {
        let now = now();
        let signed = self.snapshot().signed();
        let stale = signed.filter(move |(_, it)| matches!(it.freshness(now), Freshness::Stale { .. }));
        stale.map(|(name, it)| (name, it.refuses_stale))
    }

    /// Why a look-up would mean nothing, if so.
    pub(crate) fn unusable(&self) -> Option<String> {
        if self.snapshot().is_empty() {
            return Some("the lists hold no entry, and every picture would be found clean".to_owned());
        }
        let stale = self.stale().find(|(_, refuses)| *refuses);
        stale.map(|(list, _)| {
            format!("the list {list:?} is stale: its publisher sent no newer manifest, and the keys file says to refuse it then")
        })
    }
}

/// Now, in Unix milliseconds.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What to say of lists that cannot be searched.
pub(crate) fn damaged(error: &IndexError) -> Failure {
    Failure::new(format!("the lists cannot be searched: {error}; check them with `lookalike index verify`"))
}
