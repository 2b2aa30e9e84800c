//! An index opened for looking up, and the matches of one picture in it.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use lookalike::decode::{View, ViewKind};
use lookalike::entry::{Digest, DigestKind, Role};
use lookalike::hash::views::{Grid, Scratch, Set};
use lookalike::hash::{Bits256, Dihedral, HashBits, PdqSpectrum, Profile, pdq};
use lookalike::index::{Index, Plan, Query, SearchError};
use lookalike::matching::{Finding, Occlusion, Policy, ViewKind as Kind};
use lookalike::mmap::{FileBytes, Opener};
use lookalike::store::{Hit, Place, Snapshot};

use crate::audited::System;
use crate::confirm::{Confirm, Confirmed};
use crate::digests::Digester;
use crate::exit::Failure;
use crate::found::{Found, Kept, MOST_KEPT};
use crate::judge::Judge;
use crate::names::shown;
use crate::record::Match;

/// An index, how it is asked, and what of the answers counts.
pub(crate) struct Lookup {
    index: Arc<Snapshot>,
    pub(crate) policy: Policy,
    pub(crate) judge: Judge,
    /// A second index, where the policy has one.
    pub(crate) confirm: Option<Arc<Confirm>>,
    name: String,
    /// Every view counts alike: see [`Lookup::surveying`].
    is_survey: bool,
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

/// What to say of an index in which a search came across damage.
pub(crate) fn damaged(name: &str, error: &SearchError) -> Failure {
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
        let judge = Judge::plain(profile, policy.radius, policy.minimum_quality);
        let mut lookup = Self { index, policy, judge, confirm: None, name, is_survey: false };
        lookup.fit()?;
        Ok(lookup)
    }

    /// Lets a policy file say what counts. The look-up becomes as wide as its widest list, and as low in quality as the lowest.
    /// Returns what to warn of.
    ///
    /// # Errors
    ///
    /// When the file is refused, its second index is, or nothing could ever match.
    pub(crate) fn with_policy(mut self, path: &Path) -> Result<(Self, Vec<String>), Failure> {
        self.judge = Judge::read(path, self.profile())?;
        if let Some(confirm) = self.judge.policy().and_then(|policy| policy.confirm()) {
            // What a file names lies beside it, wherever it is read from.
            let index = path.parent().unwrap_or(Path::new("")).join(&confirm.index);
            self.confirm = Some(Arc::new(Confirm::open(&index, confirm.radius)?));
        }
        let warnings = self.fit()?;
        Ok((self, warnings))
    }

    /// The same in another generation: whatever the rules demand of its lists is looked at anew.
    ///
    /// # Errors
    ///
    /// When nothing could ever match under the rules, or the generation holds hashes of another profile.
    pub(crate) fn in_generation(&self, index: Arc<Snapshot>) -> Result<Self, Failure> {
        if index.profile() != self.profile() {
            let (found, expected) = (index.profile(), self.profile());
            return Err(Failure::new(format!("{} holds profile {found} now, and {expected} before", self.name)));
        }
        let (judge, confirm, name) = (self.judge.clone(), self.confirm.clone(), self.name.clone());
        let mut lookup = Self { index, policy: self.policy, judge, confirm, name, is_survey: self.is_survey };
        lookup.fit()?;
        Ok(lookup)
    }

    /// The generation of the store, if it is one.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.index.generation()
    }

    /// Whether pictures are looked up as they may have been before they were framed.
    pub(crate) fn wants_views(&self) -> bool {
        self.policy.views != Set::None
    }

    /// Makes the look-up as wide as the rules need it for the lists of the index.
    fn fit(&mut self) -> Result<Vec<String>, Failure> {
        let lists: Vec<_> = self.lists()?.into_iter().map(|(name, _, role)| (name, role)).collect();
        let warnings = self.judge.fit(&lists, self.confirm.as_deref())?;
        let lent = self.judge.lend();
        let rules = lent.rules();
        let radius = |(name, role): &(String, Role)| match role {
            Role::Allow => rules.allow_radius,
            _ => rules.of(name).radius,
        };
        let bits = u32::try_from(self.index.profile().bits()).unwrap_or(u32::MAX);
        let widest = lists.iter().map(radius).max().unwrap_or(rules.default.radius).min(bits);
        let policy = self.policy.radius(widest).minimum_quality(rules.lowest_quality());
        drop(lent);
        self.policy = policy;
        Ok(warnings)
    }

    /// The digests that are worth making of a file.
    pub(crate) fn digester(&self) -> Digester {
        Digester::new(DigestKind::ALL.into_iter().filter(|kind| self.index.digests(*kind) > 0))
    }

    /// Finds the entries that have a digest of the file.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn digests<'a>(&'a self, digests: &[Digest], found: &mut Found<'a>) -> Result<(), Failure> {
        // Every empty file has the digest of nothing; that a list has it says nothing of any.
        for digest in digests.iter().filter(|digest| !digest.is_of_nothing()) {
            for source in self.index.find(digest) {
                let finding = Finding::digest(*digest, source.map_err(|error| self.damaged(&error))?);
                let lent = self.judge.lend();
                let is_held = lent.rules().alone(self.judge.now(), &finding).is_held();
                found.push(Kept::new(finding, None, None, is_held));
            }
        }
        Ok(())
    }

    /// Asks for the nearest distance of every entry, whatever view it is from: what a picture matches at each radius up to this one,
    /// not only at this.
    pub(crate) fn surveying(mut self) -> Self {
        self.is_survey = true;
        self.judge.most_reported = MOST_KEPT;
        self
    }

    /// The lists, and what each is for.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn lists(&self) -> Result<Vec<(String, u64, Role)>, Failure> {
        self.index.lists().map_err(|error| self.damaged(&error))
    }

    /// What every picture that is looked up is compared with, but for allow lists.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn systems(&self) -> Result<Vec<System>, Failure> {
        let lent = self.judge.lend();
        let rules = lent.rules();
        let lists = self.lists()?.into_iter().filter(|(_, _, role)| *role != Role::Allow);
        Ok(lists.map(|(name, ..)| (name.clone(), self.profile().name(), Some(rules.of(&name).radius))).collect())
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
    pub(crate) fn view<'a, const N: usize>(
        &'a self,
        view: View,
        quality: u8,
        needles: &[HashBits<N>],
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), Failure> {
        let radius = self.policy.radius;
        let turned = |needle: usize| Dihedral::ALL.get(needle).copied().unwrap_or(Dihedral::Original);
        let seen = |needle| Some(Seen { view, turn: turned(needle), radius, quality });
        self.collect(needles, radius, |_| true, seen, confirmed, found)
    }

    /// Looks views of a picture up together: of each entry the nearest view is reported, but no view made from a grid where an
    /// exact one lies within its radius; so further views add matches and change none.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub(crate) fn batch<'a>(
        &'a self,
        needles: &Needles,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), Failure> {
        // A view says little of a listed hash that repeats one pattern, either.
        let is_framed = |needle: usize| needles.seen.get(needle).is_some_and(|seen| kind(seen.view) != Kind::Exact);
        let confirms = |needle, hit: &Hit<32>| !is_framed(needle) || !pdq::is_repetitive(&hit.hash);
        if self.is_survey {
            self.batch_by_radius(needles, confirms, confirmed, found)?;
        } else {
            self.batch_of(&needles.hashes, &needles.seen, confirms, confirmed, found)?;
        }
        let covered: Vec<_> = needles.covered.iter().filter(|(_, spectrum)| !spectrum.is_repetitive()).collect();
        if let Some(rule) = self.policy.occlusion.filter(|_| !covered.is_empty()) {
            let turns = || Dihedral::ALL.into_iter().take(self.turns());
            let spectra = covered.iter().flat_map(|(view, spectrum)| turns().map(move |turn| (*view, spectrum, turn)));
            let spectra: Vec<_> = spectra.collect();
            let eights = covered.iter().map(|(_, spectrum)| spectrum.dihedral());
            let hashes: Vec<_> =
                eights.flat_map(|eight| eight.map(|pdq| pdq.hash).into_iter().take(self.turns())).collect();
            let seen = |&(view, spectrum, turn): &(View, &PdqSpectrum, Dihedral)| Seen {
                view,
                turn,
                radius: rule.radius,
                quality: spectrum.quality(),
            };
            let seen: Vec<_> = spectra.iter().map(seen).collect();
            let counts = |needle: usize, hit: &Hit<32>| {
                let spectrum = spectra.get(needle);
                spectrum.is_some_and(|(_, spectrum, turn)| rule.counts(spectrum, *turn, &hit.hash, hit.distance))
            };
            self.batch_of(&hashes, &seen, counts, confirmed, found)?;
        }
        Ok(())
    }

    /// The same with needles of each radius apart: in a survey views are not looked up as far as the picture itself.
    fn batch_by_radius<'a>(
        &'a self,
        needles: &Needles,
        confirms: impl Fn(usize, &Hit<32>) -> bool,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), Failure> {
        let mut radii: Vec<u32> = needles.seen.iter().map(|seen| seen.radius).collect();
        radii.sort_unstable();
        radii.dedup();
        for radius in radii {
            let of_radius = needles.seen.iter().enumerate().filter(|(_, seen)| seen.radius == radius);
            let (places, seen): (Vec<usize>, Vec<Seen>) = of_radius.unzip();
            let hashes: Vec<_> = places.iter().filter_map(|&at| needles.hashes.get(at).copied()).collect();
            let confirms = |needle: usize, hit: &Hit<32>| places.get(needle).is_some_and(|&at| confirms(at, hit));
            self.batch_of(&hashes, &seen, confirms, confirmed, found)?;
        }
        Ok(())
    }

    /// The largest distance at which an exact hash may count.
    pub(crate) fn widest(&self) -> u32 {
        self.policy.occlusion.map_or(self.policy.radius, |rule| rule.radius.max(self.policy.radius))
    }

    /// How many turns of a picture are looked up.
    fn turns(&self) -> usize {
        if self.policy.dihedral { Dihedral::ALL.len() } else { 1 }
    }

    fn batch_of<'a>(
        &'a self,
        hashes: &[Bits256],
        seen: &[Seen],
        confirms: impl Fn(usize, &Hit<32>) -> bool,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), Failure> {
        let counts = |hit: &Hit<32>| {
            seen.get(hit.needle).is_some_and(|seen| hit.distance <= seen.radius) && confirms(hit.needle, hit)
        };
        let radius = seen.iter().map(|seen| seen.radius).max().unwrap_or(0);
        self.collect(hashes, radius, counts, |needle| seen.get(needle).copied(), confirmed, found)
    }

    /// Collects of every listed hash within a radius of any needle, where `counts` says so, all entries: of each the needle by which it
    /// counts most easily.
    fn collect<'a, const N: usize>(
        &'a self,
        needles: &[HashBits<N>],
        radius: u32,
        counts: impl Fn(&Hit<N>) -> bool,
        seen: impl Fn(usize) -> Option<Seen>,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), Failure> {
        if needles.is_empty() {
            return Ok(());
        }
        let damaged = |error: SearchError| self.damaged(&error);
        let mut hits: Vec<FoundHash<N>> = Vec::new();
        for hit in self.index.batch(self.profile(), radius, needles).map_err(damaged)? {
            let hit = hit.map_err(damaged)?;
            if counts(&hit) {
                hits.push((hit.place, hit.distance, hit.needle, hit.hash));
            }
        }
        if hits.is_empty() {
            return Ok(());
        }
        hits.sort_unstable_by_key(|&(slot, distance, needle, _)| (slot, distance, needle));
        let lent = self.judge.lend();
        let rules = lent.rules();
        for of_slot in hits.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(slot, .., hash)) = of_slot.first() else { continue };
            let hash = widened(&hash);
            for source in self.index.sources(slot) {
                let source = source.map_err(damaged)?;
                let confirmed = confirmed.distance(source.list, source.id);
                let kept = of_slot.iter().filter_map(|&(_, distance, needle, _)| {
                    let Seen { view, turn, quality, .. } = seen(needle)?;
                    let finding = Finding::perceptual(hash, distance, source).transform(turn).quality(quality);
                    let finding = finding.view(view.frame, kind(view)).confirmed(confirmed);
                    let is_held = rules.alone(self.judge.now(), &finding).is_held();
                    let kept = Kept::new(finding, Some(view), Some(slot), is_held);
                    Some(if self.is_survey { kept.whatever_view() } else { kept })
                });
                let best = kept.min_by_key(Kept::preference);
                if let Some(kept) = best {
                    found.push(kept);
                }
            }
        }
        Ok(())
    }

    /// Adds the views of a frame that the policy wants, and that have the quality for it, `doubt` less than it says; returns the best
    /// quality of any.
    pub(crate) fn add_views(&self, frame: u32, grid: &Grid, doubt: u8, needles: &mut Needles) -> Option<u8> {
        let (policy, mut best) = (&self.policy, None);
        let least = policy.minimum_quality_of_views().saturating_sub(doubt);
        let mut scratch = Box::<Scratch>::default();
        for framing in policy.views.framings() {
            // What repeats one pattern is left out, where that is certain: it would match all that does.
            let admits = |it: &PdqSpectrum| it.quality() >= least && (doubt > 0 || !it.is_repetitive());
            if let Some(spectrum) = grid.spectrum(framing, &mut scratch).filter(admits) {
                let view = View::new(frame, ViewKind::Framed(*framing));
                needles.add(view, &spectrum, policy.dihedral, policy.radius_of_views());
                best = best.max(Some(spectrum.quality()));
            }
        }
        best
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
        let damaged = |error: SearchError| self.damaged(&error);
        let hits = self.index.batch(self.profile(), self.policy.radius, needles).map_err(damaged)?;
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
        let lent = self.judge.lend();
        let rules = lent.rules();
        let mut hits = hits.into_iter();
        let mut entries = Vec::new();
        while entries.len() < MOST_MATCHES
            && let Some((slot, distance, needle, hash)) = hits.next()
        {
            for source in self.index.sources(slot) {
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
        let by_chance = Plan::new(self.profile(), self.index.len(), self.policy.radius).false_matches_per_million();
        (by_chance >= 1.0).then(|| {
            format!(
                "at radius {} this index matches about {by_chance:.0} of a million random needles by chance",
                self.policy.radius
            )
        })
    }
}

/// A stored hash within the radius: its place and distance, and the position of the needle.
type FoundHash<const N: usize> = (Place, u32, usize, HashBits<N>);

/// What a needle is the hash of.
#[derive(Clone, Copy, Debug)]
struct Seen {
    view: View,
    turn: Dihedral,
    /// How far it reaches.
    radius: u32,
    quality: u8,
}

/// The same bits in front of zeros.
fn widened<const N: usize>(hash: &HashBits<N>) -> Bits256 {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(hash.as_bytes()).for_each(|(wide, byte)| *wide = *byte);
    Bits256::from_bytes(bytes)
}

/// What kind of view the rules take it for.
const fn kind(view: View) -> Kind {
    match view.kind {
        ViewKind::Framed(_) => Kind::Framed,
        ViewKind::Covered => Kind::Covered,
        _ => Kind::Exact,
    }
}

/// The hashes of views of a picture, to be looked up together.
#[derive(Debug, Default)]
pub(crate) struct Needles {
    pub(crate) hashes: Vec<Bits256>,
    /// What each is of.
    seen: Vec<Seen>,
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
            self.seen.push(Seen { view, turn, radius, quality: spectrum.quality() });
        }
    }
}

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
