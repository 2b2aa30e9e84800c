//! An index opened for looking up, and the matches of one picture in it.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use lookalike::check::{self, Confirm, LookupError, MOST_KEPT, RuleBook};
use lookalike::entry::Role;
use lookalike::hash::views::Set;
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Index, IndexError, Plan};
use lookalike::matching::{Occlusion, Policy};
use lookalike::mmap::{FileBytes, Opener};
use lookalike::store::{Place, Snapshot};

use crate::audited::System;
use crate::exit::Failure;
use crate::judge::Judge;
use crate::names::shown;
use crate::record::Match;

/// Lists, how they are asked, and what messages call them.
pub(crate) struct Lookup {
    lists: check::Lookup,
    pub(crate) judge: Judge,
    name: String,
}

impl Deref for Lookup {
    type Target = check::Lookup;

    fn deref(&self) -> &check::Lookup {
        &self.lists
    }
}

/// The bytes of an index that nobody else can change under a scan.
///
/// On Linux they are a copy of the file in memory that the kernel seals against changes, and mapped: whole pages, so that no bucket lies
/// across two cache lines.
pub(crate) type IndexBytes = FileBytes;

/// Reads and checks an index file.
///
/// # Errors
///
/// When the file cannot be read, or is not a sound index.
pub(crate) fn open(path: &Path) -> Result<Index<IndexBytes>, Failure> {
    Opener::default().open(path).map_err(|error| match error.io() {
        Some(error) => Failure::file("read the index", path, error),
        None => Failure::new(format!("{error}; build it with `lookalike index build`")),
    })
}

/// The same, as what a store's generation is.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn open_alone(path: &Path) -> Result<Arc<Snapshot>, Failure> {
    Ok(Arc::new(open(path)?.into()))
}

/// What to say of lists that cannot be looked up in as was wanted.
fn refused(name: &str, error: &LookupError) -> Failure {
    match error {
        LookupError::Damaged(error) => damaged(name, error),
        error => Failure::new(format!("{name}: {error}")),
    }
}

/// What to say of an index in which a search came across damage.
pub(crate) fn damaged(name: &str, error: &IndexError) -> Failure {
    Failure::new(format!("the index {name} cannot be searched: {error}; check it with `lookalike index verify`"))
}

impl Lookup {
    /// Opens an index to be asked for everything within `radius` (`None`: the profile's default).
    ///
    /// # Errors
    ///
    /// When the index is refused, or the radius is larger than the hashes are long.
    pub(crate) fn open(
        path: &Path,
        radius: Option<u32>,
        dihedral: bool,
        min_quality: u8,
        views: Option<Set>,
        occlusion: Option<u32>,
    ) -> Result<Self, Failure> {
        Self::of(open_alone(path)?, shown(path), radius, dihedral, min_quality, views, occlusion)
    }

    /// The same of an index, or a generation of a store, that is open, and is called `name`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) fn of(
        index: Arc<Snapshot>,
        name: String,
        radius: Option<u32>,
        dihedral: bool,
        min_quality: u8,
        views: Option<Set>,
        occlusion: Option<u32>,
    ) -> Result<Self, Failure> {
        let profile = index.profile();
        // Views are made of the same samples as PDQ, and of no other hash.
        let views = match views {
            None if profile == Profile::Pdq => Set::Standard,
            Some(set) if profile != Profile::Pdq && set != Set::None => {
                return Err(Failure::new(format!(
                    "--views {set} needs an index of profile pdq, and this one is of {profile}; leave --views out"
                )));
            }
            views => views.unwrap_or_default(),
        };
        let policy = Policy::new(profile).dihedral(dihedral).minimum_quality(min_quality).views(views);
        if occlusion.is_some() && profile != Profile::Pdq {
            return Err(Failure::new(format!(
                "--occlusion needs an index of profile pdq, and this one is of {profile}"
            )));
        }
        let policy = policy.occlusion(occlusion.map(|bits| Occlusion::new().radius(bits.min(256))));
        let policy = policy.radius(radius.unwrap_or(policy.radius));
        let bits = index.profile().bits();
        if policy.radius as usize > bits {
            return Err(Failure::new(format!(
                "--radius {} is more than the {bits} bits of the index's profile {}",
                policy.radius,
                index.profile()
            )));
        }
        let rules = RuleBook::plain(profile, policy.radius, policy.minimum_quality);
        let lists = check::Lookup::new(index, policy, rules).map_err(|error| refused(&name, &error))?;
        Ok(Self { lists, judge: Judge::default(), name })
    }

    /// Lets a policy file say what counts. The look-up becomes as wide as its widest list, and as low in quality as the lowest.
    /// Returns what to warn of.
    ///
    /// # Errors
    ///
    /// When the file is refused, its second index is, or nothing could ever match.
    pub(crate) fn with_policy(self, path: &Path) -> Result<(Self, Vec<String>), Failure> {
        let (judge, rules) = Judge::read(path, self.profile())?;
        let confirm = match rules.policy().and_then(|policy| policy.confirm()) {
            // What a file names lies beside it, wherever it is read from.
            Some(confirm) => {
                let second = path.parent().unwrap_or(Path::new("")).join(&confirm.index);
                let error = |error: LookupError| match error {
                    LookupError::Radius { found, profile } => Failure::new(format!(
                        "[confirm] radius is {found}, but the hashes of {}, of profile {profile}, have {} bits",
                        shown(&second),
                        profile.bits()
                    )),
                    error => refused(&shown(&second), &error),
                };
                Some(Arc::new(Confirm::new(open(&second)?, confirm.radius).map_err(error)?))
            }
            None => None,
        };
        let (snapshot, policy) = (Arc::clone(self.snapshot()), *self.policy());
        let lists = check::Lookup::confirmed(snapshot, policy, rules, confirm);
        let lists = lists.map_err(|error| refused(&self.name, &error))?;
        let lookup = Self { lists, judge, name: self.name };
        let warnings = lookup.warnings()?;
        Ok((lookup, warnings))
    }

    /// What to say of a policy that names what the lists have not got.
    fn warnings(&self) -> Result<Vec<String>, Failure> {
        let Some(policy) = self.rules().policy() else { return Ok(Vec::new()) };
        let lists = self.lists()?;
        let known = |name: &str| lists.iter().any(|(list, ..)| list == name);
        let named = policy.lists().filter(|name| !known(name));
        let named =
            named.map(|name| format!("the policy has rules for the list {name:?}, which the index has not got"));
        let muted = policy.mutes().filter(|(list, _)| !known(list));
        let muted = muted.map(|(list, entry)| {
            format!("the policy mutes the entry {entry:?} of the list {list:?}, which the index has not got")
        });
        Ok(named.chain(muted).collect())
    }

    /// The same in another generation: whatever the rules demand of its lists is looked at anew.
    ///
    /// # Errors
    ///
    /// When nothing could ever match under the rules, or the generation holds hashes of another profile.
    pub(crate) fn in_generation(&self, index: Arc<Snapshot>) -> Result<Self, Failure> {
        let (judge, name) = (self.judge, self.name.clone());
        let lists = self.lists.in_generation(index).map_err(|error| refused(&name, &error))?;
        Ok(Self { lists, judge, name })
    }

    /// The generation of the store, if it is one.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.snapshot().generation()
    }

    /// Whether pictures are looked up as they may have been before they were framed.
    pub(crate) fn wants_views(&self) -> bool {
        self.policy().views != Set::None
    }

    /// Asks for the nearest distance of every entry, whatever view it is from: what a picture matches at each radius up to this one,
    /// not only at this.
    pub(crate) fn surveying(mut self) -> Self {
        self.lists = self.lists.surveying();
        self.judge.most_reported = MOST_KEPT;
        self
    }

    /// The lists, and what each is for.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn lists(&self) -> Result<Vec<(String, u64, Role)>, Failure> {
        self.snapshot().lists().map_err(|error| self.damaged(&error))
    }

    /// What every picture that is looked up is compared with, but for allow lists.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn systems(&self) -> Result<Vec<System>, Failure> {
        let lent = self.rules().lend();
        let rules = lent.rules();
        let lists = self.lists()?.into_iter().filter(|(_, _, role)| *role != Role::Allow);
        Ok(lists.map(|(name, ..)| (name.clone(), self.profile().name(), Some(rules.of(&name).radius))).collect())
    }

    /// The profile of the listed hashes.
    pub(crate) fn profile(&self) -> Profile {
        self.snapshot().profile()
    }

    /// What to say of damage that a search came across.
    pub(crate) fn damaged(&self, error: &IndexError) -> Failure {
        damaged(&self.name, error)
    }

    /// Of each of several pictures every entry within the radius of any of its needles, once, by its nearest needle; nearest first.
    /// Entries of allow lists are left out. The needles of the pictures follow each other: where those of each end is in `ends`.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub(crate) fn pictures<const N: usize>(
        &self,
        needles: &[HashBits<N>],
        ends: &[usize],
        transform: impl Fn(usize) -> &'static str,
    ) -> Result<Vec<Nearest>, Failure> {
        let damaged = |error: IndexError| self.damaged(&error);
        let hits = self.snapshot().batch(self.profile(), self.policy().radius, needles).map_err(damaged)?;
        let mut hits = hits.peekable();
        let of_picture = |&end: &usize| {
            let mut own = Vec::new();
            while let Some(hit) = hits.next_if(|hit| hit.as_ref().map_or(true, |hit| hit.needle < end)) {
                let hit = hit.map_err(damaged)?;
                own.push((hit.place, hit.distance, hit.needle, hit.hash));
            }
            self.nearest(own, &transform)
        };
        ends.iter().map(of_picture).collect()
    }

    /// The entries of the nearest hashes, of which each counts once.
    fn nearest<const N: usize>(
        &self,
        mut hits: Vec<FoundHash<N>>,
        transform: impl Fn(usize) -> &'static str,
    ) -> Result<Nearest, Failure> {
        // Per stored hash the nearest needle, of equal ones the first; then the nearest hash first.
        hits.sort_unstable_by_key(|&(slot, distance, needle, _)| (slot, distance, needle));
        hits.dedup_by_key(|hit| hit.0);
        hits.sort_unstable_by_key(|&(slot, distance, ..)| (distance, slot));
        let lent = self.rules().lend();
        let rules = lent.rules();
        let mut hits = hits.into_iter();
        let mut entries = Vec::new();
        while entries.len() < MOST_MATCHES
            && let Some((slot, distance, needle, hash)) = hits.next()
        {
            for source in self.snapshot().sources(slot) {
                let source = source.map_err(|error| self.damaged(&error))?;
                let rule = rules.of(source.list);
                // An allow list may be searched further around than the others, and is nobody's match.
                if source.role != Role::Allow && distance <= rule.radius {
                    let (transform, by) = (transform(needle), self.profile().name());
                    let trust = rule.trust_in(source.opinion).name();
                    entries.push(Match { transform, by, trust, ..Match::new(distance, hash.to_string(), &source) });
                }
            }
        }
        Ok(Nearest { entries, more: hits.len() })
    }

    /// A warning where the radius is so large that chance alone makes matches; nothing where it is not.
    pub(crate) fn warning(&self) -> Option<String> {
        let by_chance =
            Plan::new(self.profile(), self.snapshot().len(), self.policy().radius).false_matches_per_million();
        (by_chance >= 1.0).then(|| {
            format!(
                "at radius {} this index matches about {by_chance:.0} of a million random needles by chance",
                self.policy().radius
            )
        })
    }
}

/// A stored hash within the radius: its place and distance, and the position of the needle.
type FoundHash<const N: usize> = (Place, u32, usize, HashBits<N>);

/// The entries nearest to a needle.
#[derive(Debug, Default)]
pub(crate) struct Nearest {
    /// The nearest entries, nearest first.
    pub(crate) entries: Vec<Match>,
    /// Listed hashes within the radius that are not among them.
    more: usize,
}

impl Nearest {
    /// What to say about hashes that are left out.
    pub(crate) fn note(&self) -> Option<String> {
        let (listed, more) = (self.entries.len(), self.more);
        (more > 0).then(|| format!("the nearest {listed} entries are listed; {more} more hashes lie within the radius"))
    }
}

/// A needle near more entries than this is near everything: the radius is too large, and memory is not.
const MOST_MATCHES: usize = 256;
