//! An index opened for looking up, and the matches of one picture in it.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

use lookalike::decode::{View, ViewKind};
use lookalike::hash::views::{Grid, Scratch, Set};
use lookalike::hash::{Bits256, Dihedral, HashBits, PdqSpectrum, Profile, pdq};
use lookalike::index::{Hit, Index, Plan, Query, SearchError, Slot};
use lookalike::matching::{Occlusion, Policy};

use crate::exit::Failure;
use crate::names::shown;
use crate::record::Match;

/// An index with the policy under which it is asked.
pub(crate) struct Lookup {
    index: Index<IndexBytes>,
    pub(crate) policy: Policy,
    name: String,
    /// Every view counts alike, and hardly anything is left out: see [`Lookup::surveying`].
    is_survey: bool,
}

/// The bytes of an index that nobody else can change under a scan.
///
/// On Linux they are a copy of the file in memory that the kernel seals against changes, and mapped: whole pages, so that no bucket lies
/// across two cache lines.
#[cfg(target_os = "linux")]
pub(crate) type IndexBytes = lookalike::mmap::MappedFile;
#[cfg(not(target_os = "linux"))]
pub(crate) type IndexBytes = Vec<u8>;

/// Reads and checks an index file.
///
/// # Errors
///
/// When the file cannot be read, or is not a sound index.
pub(crate) fn open(path: &Path) -> Result<Index<IndexBytes>, Failure> {
    #[cfg(target_os = "linux")]
    let opened = lookalike::mmap::seal(path);
    #[cfg(not(target_os = "linux"))]
    let opened = Index::read(path);
    opened.map_err(|error| match error.io() {
        Some(error) => Failure::file("read the index", path, error),
        None => Failure::new(format!("{error}; build it with `lookalike index build`")),
    })
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
        let index = open(path)?;
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
        Ok(Self { index, policy, name: shown(path), is_survey: false })
    }

    /// Asks for the nearest distance of every entry, whatever view it is from, and for up to [`SURVEY_MOST`] of them: what a picture
    /// matches at each radius up to this one, not only at this.
    pub(crate) fn surveying(self) -> Self {
        Self { is_survey: true, ..self }
    }

    /// The lists of known abuse material: names, and numbers of entries.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn lists(&self) -> Result<Vec<(String, u64)>, Failure> {
        let lists = self.index.lists().map(|list| list.map(|list| (list.name.to_owned(), list.entries)));
        lists.collect::<Result<_, _>>().map_err(|error| self.damaged(&error))
    }

    /// The profile of the listed hashes.
    pub(crate) fn profile(&self) -> Profile {
        self.index.profile()
    }

    /// Whether a view of this quality may be looked up.
    pub(crate) fn admits(&self, quality: u8) -> bool {
        quality >= self.policy.minimum_quality
    }

    /// Looks one view of a picture up by its hash and, where the policy wants them, the turned ones, in the order of
    /// [`Dihedral::ALL`].
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub(crate) fn view<const N: usize>(&self, view: View, needles: &[HashBits<N>]) -> Result<Found, Failure> {
        let turns = Dihedral::ALL;
        let transform = |needle: usize| turns.get(needle).map_or("original", |turn| turn.name());
        let named = |needle| Named { transform: transform(needle), view: view.to_string(), is_framed: false };
        self.entries_of(needles, self.policy.radius, |_| true, |_| false, named)
    }

    /// Looks views of a picture up together: of each entry the nearest view is reported, but no view made from a grid where an
    /// exact one lies within its radius; so further views add matches and change none.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub(crate) fn batch(&self, needles: &Needles) -> Result<Found, Failure> {
        // A view says little of a listed hash that repeats one pattern, either.
        let is_framed_of = |needle: usize| needles.views.get(needle).is_some_and(|(view, ..)| is_framed(*view));
        let confirms = |needle, hit: &Hit<32>| !is_framed_of(needle) || !pdq::is_repetitive(&hit.hash);
        let mut found = if self.is_survey {
            self.batch_by_radius(needles, confirms)?
        } else {
            self.batch_of(&needles.hashes, &needles.views, confirms)?
        };
        let covered: Vec<_> = needles.covered.iter().filter(|(_, spectrum)| !spectrum.is_repetitive()).collect();
        if let Some(rule) = self.policy.occlusion.filter(|_| !covered.is_empty()) {
            let spectra = covered.iter().flat_map(|(view, spectrum)| {
                Dihedral::ALL.into_iter().take(self.turns()).map(move |turn| (*view, spectrum, turn))
            });
            let spectra: Vec<_> = spectra.collect();
            let eights = covered.iter().map(|(_, spectrum)| spectrum.dihedral());
            let hashes: Vec<_> =
                eights.flat_map(|eight| eight.map(|pdq| pdq.hash).into_iter().take(self.turns())).collect();
            let views: Vec<_> = spectra.iter().map(|&(view, _, turn)| (view, turn, rule.radius)).collect();
            found.add(self.batch_of(&hashes, &views, |needle, hit| {
                // what lies within the radius needs no rule
                hit.distance > self.policy.radius
                    && spectra
                        .get(needle)
                        .is_some_and(|(_, spectrum, turn)| rule.counts(spectrum, *turn, &hit.hash, hit.distance))
            })?);
        }
        Ok(found)
    }

    /// The same with needles of each radius apart: views need not be looked up as far as the picture itself is in a survey.
    fn batch_by_radius(&self, needles: &Needles, confirms: impl Fn(usize, &Hit<32>) -> bool) -> Result<Found, Failure> {
        let mut found = Found::default();
        let mut radii: Vec<u32> = needles.views.iter().map(|&(.., radius)| radius).collect();
        radii.sort_unstable();
        radii.dedup();
        for radius in radii {
            let of_radius = needles.views.iter().enumerate().filter(|(_, (.., own))| *own == radius);
            let places: Vec<usize> = of_radius.map(|(at, _)| at).collect();
            let hashes: Vec<_> = places.iter().filter_map(|&at| needles.hashes.get(at).copied()).collect();
            let views: Vec<_> = places.iter().filter_map(|&at| needles.views.get(at).copied()).collect();
            let confirms = |needle: usize, hit: &Hit<32>| places.get(needle).is_some_and(|&at| confirms(at, hit));
            found.add(self.batch_of(&hashes, &views, confirms)?);
        }
        Ok(found)
    }

    /// The largest distance at which an exact hash may count.
    pub(crate) fn widest(&self) -> u32 {
        self.policy.occlusion.map_or(self.policy.radius, |rule| rule.radius.max(self.policy.radius))
    }

    /// How many turns of a picture are looked up.
    fn turns(&self) -> usize {
        if self.policy.dihedral { Dihedral::ALL.len() } else { 1 }
    }

    fn batch_of(
        &self,
        hashes: &[Bits256],
        views: &[(View, Dihedral, u32)],
        confirms: impl Fn(usize, &Hit<32>) -> bool,
    ) -> Result<Found, Failure> {
        if hashes.is_empty() {
            return Ok(Found::default());
        }
        let counts = |hit: &Hit<32>| {
            views.get(hit.needle).is_some_and(|&(_, _, radius)| hit.distance <= radius) && confirms(hit.needle, hit)
        };
        let radius = views.iter().map(|&(.., radius)| radius).max().unwrap_or(0);
        let is_framed = |needle: usize| !self.is_survey && views.get(needle).is_some_and(|(view, ..)| is_framed(*view));
        self.entries_of(hashes, radius, counts, is_framed, |needle| match views.get(needle) {
            Some((view, turn, _)) => {
                Named { transform: turn.name(), view: view.to_string(), is_framed: is_framed(needle) }
            }
            None => Named { transform: "original", view: String::new(), is_framed: false },
        })
    }

    /// Adds the views of a frame that the policy wants, and that have the quality for it, `doubt` less than it says; tells whether
    /// there is any.
    pub(crate) fn add_views(&self, frame: u32, grid: &Grid, doubt: u8, needles: &mut Needles) -> bool {
        let (policy, before) = (&self.policy, needles.hashes.len());
        let least = policy.minimum_quality_of_views().saturating_sub(doubt);
        let mut scratch = Box::<Scratch>::default();
        for framing in policy.views.framings() {
            // What repeats one pattern is left out, where that is certain: it would match all that does.
            let admits = |it: &PdqSpectrum| it.quality() >= least && (doubt > 0 || !it.is_repetitive());
            if let Some(spectrum) = grid.spectrum(framing, &mut scratch).filter(admits) {
                let view = View::new(frame, ViewKind::Framed(*framing));
                needles.add(view, &spectrum, policy.dihedral, policy.radius_of_views());
            }
        }
        needles.hashes.len() > before
    }

    /// Whether a picture whose exact hashes lie within some bits of these may have anything within a radius.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub(crate) fn may_match<const N: usize>(
        &self,
        needles: &[HashBits<N>],
        radius: u32,
        margin: u32,
    ) -> Result<bool, Failure> {
        let radius = u32::try_from(8 * N).map_or(radius, |bits| bits.min(radius + margin));
        let mut found = false;
        self.index
            .search(&Query::new(self.profile(), needles).radius(radius), |_| {
                found = true;
                ControlFlow::Break(())
            })
            .map_err(|error| self.damaged(&error))?;
        Ok(found)
    }

    fn damaged(&self, error: &SearchError) -> Failure {
        Failure::new(format!(
            "the index {} cannot be searched: {error}; check it with `lookalike index verify`",
            self.name
        ))
    }

    /// Of each of several pictures every entry within the radius of any of its needles, once, by its nearest needle; nearest first.
    /// The needles of the pictures follow each other: where those of each end is in `ends`.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub(crate) fn pictures<const N: usize>(
        &self,
        needles: &[HashBits<N>],
        ends: &[usize],
        transform: impl Fn(usize) -> &'static str,
    ) -> Result<Vec<Found>, Failure> {
        let damaged = |error: SearchError| self.damaged(&error);
        let hits = self.index.batch(self.profile(), self.policy.radius, needles.iter().copied()).map_err(damaged)?;
        let mut hits = hits.peekable();
        let named = |needle| Named { transform: transform(needle), view: "original".to_owned(), is_framed: false };
        let of_picture = |&end: &usize| {
            let mut own = Vec::new();
            while let Some(hit) = hits.next_if(|hit| hit.as_ref().map_or(true, |hit| hit.needle < end)) {
                let hit = hit.map_err(damaged)?;
                own.push((hit.slot, hit.distance, hit.needle, hit.hash));
            }
            self.nearest(own, |_| false, named)
        };
        ends.iter().map(of_picture).collect()
    }

    /// The same of one picture, within a radius, where `counts` says so.
    fn entries_of<const N: usize>(
        &self,
        needles: &[HashBits<N>],
        radius: u32,
        counts: impl Fn(&Hit<N>) -> bool,
        is_framed: impl Fn(usize) -> bool,
        named: impl Fn(usize) -> Named,
    ) -> Result<Found, Failure> {
        let damaged = |error: SearchError| self.damaged(&error);
        let mut hits: Vec<FoundHash<N>> = Vec::new();
        for hit in self.index.batch(self.profile(), radius, needles.iter().copied()).map_err(damaged)? {
            let hit = hit.map_err(damaged)?;
            if counts(&hit) {
                hits.push((hit.slot, hit.distance, hit.needle, hit.hash));
            }
        }
        self.nearest(hits, is_framed, named)
    }

    /// The entries of the nearest hashes, of which each counts once.
    fn nearest<const N: usize>(
        &self,
        mut hits: Vec<FoundHash<N>>,
        is_framed: impl Fn(usize) -> bool,
        named: impl Fn(usize) -> Named,
    ) -> Result<Found, Failure> {
        // Per stored hash the nearest needle, of equal ones the first, exact ones before others; then the nearest hash first.
        hits.sort_unstable_by_key(|&(slot, distance, needle, _)| (slot, is_framed(needle), distance, needle));
        hits.dedup_by_key(|hit| hit.0);
        hits.sort_unstable_by_key(|&(slot, distance, ..)| (distance, slot));
        let mut hits = hits.into_iter();
        let mut nearest = Vec::new();
        let most = if self.is_survey { SURVEY_MOST } else { MOST_MATCHES };
        while nearest.len() < most
            && let Some((slot, distance, needle, hash)) = hits.next()
        {
            for source in self.index.sources(slot) {
                let source = source.map_err(|error| self.damaged(&error))?;
                let Named { transform, view, is_framed } = named(needle);
                nearest.push(Match {
                    distance,
                    transform,
                    view,
                    is_framed,
                    hash: hash.to_string(),
                    list: source.list.to_owned(),
                    entry: source.id.to_owned(),
                    classification: source.classification.to_owned(),
                });
            }
        }
        Ok(Found { nearest, more: hits.len(), most })
    }

    /// A warning where the radius is so large that chance alone makes matches; nothing where it is not.
    pub(crate) fn warning(&self) -> Option<String> {
        let by_chance = Plan::new(self.profile(), self.index.len(), self.policy.radius).false_matches_per_million();
        (by_chance >= 1.0).then(|| {
            format!(
                "at radius {} this index matches about {by_chance:.0} of a million random needles by chance",
                self.policy.radius
            )
        })
    }
}

/// A stored hash within the radius: its slot and distance, and the position of the needle.
type FoundHash<const N: usize> = (Slot, u32, usize, HashBits<N>);

/// How a needle is named in a match.
struct Named {
    transform: &'static str,
    view: String,
    is_framed: bool,
}

const fn is_framed(view: View) -> bool {
    matches!(view.kind, ViewKind::Framed(_) | ViewKind::Covered)
}

/// The hashes of views of a picture, to be looked up together.
#[derive(Debug, Default)]
pub(crate) struct Needles {
    pub(crate) hashes: Vec<Bits256>,
    /// Of each the view, how it is turned, and how far it reaches.
    views: Vec<(View, Dihedral, u32)>,
    /// Views of which a part may be covered, to be looked up further around and confirmed.
    covered: Vec<(View, PdqSpectrum)>,
}

impl Needles {
    /// Adds a view of which a part may be covered.
    pub(crate) fn add_covered(&mut self, view: View, spectrum: &PdqSpectrum) {
        self.covered.push((view, *spectrum));
    }

    /// Whether there is nothing to be looked up.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty() && self.covered.is_empty()
    }

    /// Adds a view, as it is or with its turns.
    pub(crate) fn add(&mut self, view: View, spectrum: &PdqSpectrum, turns: bool, radius: u32) {
        let count = if turns { Dihedral::ALL.len() } else { 1 };
        for (pdq, turn) in spectrum.dihedral().iter().zip(Dihedral::ALL).take(count) {
            self.hashes.push(pdq.hash);
            self.views.push((view, turn, radius));
        }
    }
}

/// What lies within the radius of a picture.
#[derive(Debug)]
pub(crate) struct Found {
    /// The nearest entries, nearest first.
    pub(crate) nearest: Vec<Match>,
    /// Listed hashes within the radius that are not among them.
    pub(crate) more: usize,
    /// How many entries are kept.
    most: usize,
}

impl Default for Found {
    fn default() -> Self {
        Self { nearest: Vec::new(), more: 0, most: MOST_MATCHES }
    }
}

impl Found {
    /// Adds what another view of the same picture found: of an entry found twice, the nearer match stays.
    pub(crate) fn add(&mut self, other: Self) {
        if other.nearest.is_empty() {
            return;
        }
        self.more = self.more.max(other.more);
        self.most = self.most.max(other.most);
        self.nearest.extend(other.nearest);
        self.nearest.sort_by_key(|found| (found.is_framed, found.distance));
        let mut seen = HashSet::new();
        self.nearest.retain(|found| seen.insert((found.hash.clone(), found.list.clone(), found.entry.clone())));
        self.nearest.sort_by_key(|found| found.distance);
        self.more += self.nearest.len().saturating_sub(self.most);
        self.nearest.truncate(self.most);
    }

    /// What to say about hashes that are left out.
    pub(crate) fn note(&self) -> Option<String> {
        let (listed, more) = (self.nearest.len(), self.more);
        (more > 0).then(|| format!("the nearest {listed} entries are listed; {more} more hashes lie within the radius"))
    }
}

/// A picture near more entries than this is near everything: the radius is too large, and memory is not.
const MOST_MATCHES: usize = 256;

/// In a survey so many are told apart: what is near more of them counts as near every list.
pub(crate) const SURVEY_MOST: usize = 1 << 14;
