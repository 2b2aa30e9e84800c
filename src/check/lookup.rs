//! Lists opened for looking up pictures, and the entries of one picture in them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;

use super::needles::Seen;
use super::{Confirm, Confirmed, Digester, Found, Kept, Needles, NeverMet, RuleBook};
use crate::decode::{Rendition, View};
use crate::entry::{Digest, DigestKind, Role};
use crate::hash::views::{Grid, Scratch, Set};
use crate::hash::{Bits256, Dihedral, HashBits, PdqSpectrum, Profile, pdq};
use crate::index::{Query, SearchError};
use crate::matching::{Finding, Policy, ViewKind as Kind};
use crate::store::{Hit, Place, Snapshot};

/// An index or a generation of a store, how it is asked, and what of the answers counts.
///
/// Made once for each generation, and shared by all threads.
#[derive(Clone, Debug)]
pub struct Lookup {
    snapshot: Arc<Snapshot>,
    pub(super) policy: Policy,
    pub(super) rules: RuleBook,
    pub(super) confirm: Option<Arc<Confirm>>,
    pub(super) required_quality: u8,
    is_survey: bool,
}

/// A stored hash within the radius: its place and distance, and the position of the needle.
type FoundHash<const N: usize> = (Place, u32, usize, HashBits<N>);

impl Lookup {
    /// Prepares to ask a snapshot as `policy` says, whose radius and minimum quality give way to those that the rules need for its lists.
    ///
    /// # Errors
    ///
    /// Refuses rules under which nothing could ever match, a radius longer than the hashes, views and occlusion where the profile is not `pdq`,
    /// and a snapshot that is damaged.
    pub fn new(snapshot: Arc<Snapshot>, policy: Policy, rules: RuleBook) -> Result<Self, LookupError> {
        Self::confirmed(snapshot, policy, rules, None)
    }

    /// The same with a second index that confirms what the rules want confirmed.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and where a list must be confirmed that the second index has not got, or there is none.
    pub fn confirmed(
        snapshot: Arc<Snapshot>,
        policy: Policy,
        rules: RuleBook,
        confirm: Option<Arc<Confirm>>,
    ) -> Result<Self, LookupError> {
        let profile = snapshot.profile();
        LookupError::check_radius(profile, policy.radius)?;
        if profile != Profile::Pdq && (policy.views != Set::None || policy.occlusion.is_some()) {
            return Err(LookupError::Views { profile });
        }
        let mut lookup = Self { snapshot, policy, rules, confirm, required_quality: 0, is_survey: false };
        lookup.fit()?;
        Ok(lookup)
    }

    /// The same in another generation: what the rules demand of its lists is looked at anew.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and where the generation holds hashes of another profile.
    pub fn in_generation(&self, snapshot: Arc<Snapshot>) -> Result<Self, LookupError> {
        let (found, expected) = (snapshot.profile(), self.snapshot.profile());
        if found != expected {
            return Err(LookupError::Profile { found, expected });
        }
        let mut lookup = Self { snapshot, ..self.clone() };
        lookup.fit()?;
        Ok(lookup)
    }

    /// Asks for the nearest distance of every entry, whatever view it is from: what a picture matches at each radius up to this one,
    /// not only at this.
    #[must_use]
    pub fn surveying(self) -> Self {
        Self { is_survey: true, ..self }
    }

    /// Makes the look-up as wide as the rules need it for the lists there are.
    fn fit(&mut self) -> Result<(), LookupError> {
        let lists = self.snapshot.lists()?;
        let lists: Vec<_> = lists.iter().map(|(name, _, role)| (name.as_str(), *role)).collect();
        let lent = self.rules.lend();
        let rules = lent.rules();
        let second = self.confirm.as_ref().map_or(Ok(Vec::new()), |confirm| confirm.lists())?;
        let is_lacking =
            |(name, role): &&(&str, Role)| *role != Role::Allow && rules.of(name).confirm && !second.contains(name);
        if let Some((name, _)) = lists.iter().find(is_lacking) {
            return Err(LookupError::NeverConfirmed { list: (*name).into() });
        }
        let radius = |(name, role): &(&str, Role)| match role {
            Role::Allow => rules.allow_radius,
            _ => rules.of(name).radius,
        };
        let bits = u32::try_from(self.snapshot.profile().bits()).unwrap_or(u32::MAX);
        let widest = lists.iter().map(radius).max().unwrap_or(rules.default.radius).min(bits);
        self.required_quality = self.rules.required_quality(&lists)?;
        self.policy = self.policy.radius(widest).minimum_quality(rules.lowest_quality());
        Ok(())
    }

    /// What is looked up in.
    #[must_use]
    pub const fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// How it is asked: as wide, and from as low a quality on, as the rules need.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What counts.
    #[must_use]
    pub const fn rules(&self) -> &RuleBook {
        &self.rules
    }

    /// The second index, if there is one.
    #[must_use]
    pub fn confirm(&self) -> Option<&Confirm> {
        self.confirm.as_deref()
    }

    /// The quality, 0 to 100, at which a picture counts as checked against every list of abuse material.
    #[must_use]
    pub const fn required_quality(&self) -> u8 {
        self.required_quality
    }

    /// Whether a view of this quality is looked up.
    #[must_use]
    pub const fn admits(&self, quality: u8) -> bool {
        quality >= self.policy.minimum_quality
    }

    /// The digests that are worth making of a file.
    #[must_use]
    pub fn digester(&self) -> Digester {
        Digester::new(DigestKind::ALL.into_iter().filter(|kind| self.snapshot.digests(*kind) > 0))
    }

    /// Finds the entries that have a digest of the file.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub fn digests<'a>(&'a self, digests: &[Digest], found: &mut Found<'a>) -> Result<(), SearchError> {
        // Every empty file has the digest of nothing; that a list has it says nothing of any.
        for digest in digests.iter().filter(|digest| !digest.is_of_nothing()) {
            for source in self.snapshot.find(digest) {
                let finding = Finding::digest(*digest, source?);
                let is_held = self.rules.lend().rules().alone(found.now(), &finding).is_held();
                found.push(Kept::new(finding, None, None, is_held));
            }
        }
        Ok(())
    }

    /// Looks one view of a picture up by its hash and, where the policy wants them, the turned ones, in the order of
    /// [`Dihedral::ALL`].
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub fn view<'a, const N: usize>(
        &'a self,
        view: View,
        quality: u8,
        needles: &[HashBits<N>],
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), SearchError> {
        let radius = self.policy.radius;
        let turned = |needle: usize| Dihedral::ALL.get(needle).copied().unwrap_or(Dihedral::Original);
        let seen = |needle| Some(Seen { view, turn: turned(needle), radius, quality });
        self.collect(needles, radius, |_| true, seen, confirmed, found)
    }

    /// Looks views of a picture up together: of each entry the nearest view is found, but no view made from a grid where an
    /// exact one lies within its radius; so further views add matches and change none.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged, or holds hashes of another length.
    pub fn batch<'a>(
        &'a self,
        needles: &Needles,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), SearchError> {
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
            let turns = self.turns();
            let spectra =
                covered.iter().flat_map(|(view, spectrum)| turns.iter().map(move |turn| (*view, spectrum, *turn)));
            let spectra: Vec<_> = spectra.collect();
            let eights = covered.iter().map(|(_, spectrum)| spectrum.dihedral());
            let hashes: Vec<_> =
                eights.flat_map(|eight| eight.map(|pdq| pdq.hash).into_iter().take(turns.len())).collect();
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
    ) -> Result<(), SearchError> {
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

    /// The turns of a picture that are looked up.
    pub(super) const fn turns(&self) -> &'static [Dihedral] {
        if self.policy.dihedral { &Dihedral::ALL } else { &[Dihedral::Original] }
    }

    fn batch_of<'a>(
        &'a self,
        hashes: &[Bits256],
        seen: &[Seen],
        confirms: impl Fn(usize, &Hit<32>) -> bool,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), SearchError> {
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
    ) -> Result<(), SearchError> {
        if needles.is_empty() {
            return Ok(());
        }
        let mut hits: Vec<FoundHash<N>> = Vec::new();
        for hit in self.snapshot.batch(self.snapshot.profile(), radius, needles)? {
            let hit = hit?;
            if counts(&hit) {
                hits.push((hit.place, hit.distance, hit.needle, hit.hash));
            }
        }
        if hits.is_empty() {
            return Ok(());
        }
        hits.sort_unstable_by_key(|&(slot, distance, needle, _)| (slot, distance, needle));
        let lent = self.rules.lend();
        let rules = lent.rules();
        for of_slot in hits.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(slot, .., hash)) = of_slot.first() else { continue };
            let hash = widened(&hash);
            for source in self.snapshot.sources(slot) {
                let source = source?;
                let confirmed = confirmed.distance(source.list, source.id);
                let now = found.now();
                let kept = of_slot.iter().filter_map(|&(_, distance, needle, _)| {
                    let Seen { view, turn, quality, .. } = seen(needle)?;
                    let finding = Finding::perceptual(hash, distance, source).transform(turn).quality(quality);
                    let finding = finding.view(view.frame, kind(view)).confirmed(confirmed);
                    let is_held = rules.alone(now, &finding).is_held();
                    let kept = Kept::new(finding, Some(view), Some(slot), is_held);
                    Some(if self.is_survey { kept.whatever_view() } else { kept })
                });
                if let Some(kept) = kept.min_by_key(Kept::preference) {
                    found.push(kept);
                }
            }
        }
        Ok(())
    }

    /// Adds the views of a frame that the policy wants, and that have the quality for it, `doubt` less than it says; returns the best
    /// quality of any.
    pub fn add_views(&self, frame: u32, grid: &Grid, doubt: u8, needles: &mut Needles) -> Option<u8> {
        let (policy, mut best) = (&self.policy, None);
        let least = policy.minimum_quality_of_views().saturating_sub(doubt);
        let mut scratch = Box::<Scratch>::default();
        for framing in policy.views.framings() {
            // What repeats one pattern is left out, where that is certain: it would match all that does.
            let admits = |it: &PdqSpectrum| it.quality() >= least && (doubt > 0 || !it.is_repetitive());
            if let Some(spectrum) = grid.spectrum(framing, &mut scratch).filter(admits) {
                let view = View::new(frame, Rendition::Framed(*framing));
                needles.add(view, &spectrum, policy.dihedral, policy.radius_of_views());
                best = best.max(Some(spectrum.quality()));
            }
        }
        best
    }

    /// Whether a picture whose exact hashes lie within some bits of these may have anything within a radius.
    pub(super) fn may_match<const N: usize>(
        &self,
        needles: &[HashBits<N>],
        radius: u32,
        margin: u32,
    ) -> Result<bool, SearchError> {
        let radius = u32::try_from(8 * N).map_or(radius, |bits| bits.min(radius.saturating_add(margin)));
        let mut found = false;
        self.snapshot.search(&Query::new(self.snapshot.profile(), needles).radius(radius), |_| {
            found = true;
            ControlFlow::Break(())
        })?;
        Ok(found)
    }
}

/// The same bits in front of zeros.
pub(super) fn widened<const N: usize>(hash: &HashBits<N>) -> Bits256 {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(hash.as_bytes()).for_each(|(wide, byte)| *wide = *byte);
    Bits256::from_bytes(bytes)
}

/// What kind of view the rules take it for.
const fn kind(view: View) -> Kind {
    match view.kind {
        Rendition::Framed(_) => Kind::Framed,
        Rendition::Covered => Kind::Covered,
        _ => Kind::Exact,
    }
}

/// Says why lists cannot be looked up in as was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// The radius is longer than the hashes.
    Radius {
        /// The radius, in bits.
        found: u32,
        /// The profile of the hashes.
        profile: Profile,
    },
    /// Views and occlusion are of PDQ alone.
    Views {
        /// The profile of the hashes.
        profile: Profile,
    },
    /// The new generation holds hashes of another profile.
    Profile {
        /// The profile of the new generation.
        found: Profile,
        /// That of the one before.
        expected: Profile,
    },
    /// The rules demand what the lists can never give.
    NeverMet(NeverMet),
    /// There is no second index, or it lacks a list that must be confirmed, so that nothing of it would ever match.
    NeverConfirmed {
        /// The list.
        list: Box<str>,
    },
    /// No entry counts: every picture would be found clean.
    Empty,
    /// The index is damaged.
    Damaged(SearchError),
}

impl LookupError {
    pub(super) fn check_radius(profile: Profile, radius: u32) -> Result<(), Self> {
        let is_longer = usize::try_from(radius).map_or(true, |radius| radius > profile.bits());
        if is_longer { Err(Self::Radius { found: radius, profile }) } else { Ok(()) }
    }
}

impl From<SearchError> for LookupError {
    fn from(error: SearchError) -> Self {
        Self::Damaged(error)
    }
}

impl From<NeverMet> for LookupError {
    fn from(error: NeverMet) -> Self {
        Self::NeverMet(error)
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Radius { found, profile } => {
                write!(f, "a radius of {found} is more than the {} bits of profile {profile}", profile.bits())
            }
            Self::Views { profile } => {
                write!(f, "views and occlusion need hashes of profile pdq, these are of {profile}")
            }
            Self::Profile { found, expected } => write!(f, "the lists hold profile {found} now, and {expected} before"),
            Self::NeverMet(error) => error.fmt(f),
            Self::NeverConfirmed { list } => write!(
                f,
                "the list {list:?} must be confirmed, but no second index has a list of that name, so nothing of it would ever match"
            ),
            Self::Empty => {
                f.write_str("there is no entry, and every picture would be found clean: publish lists first")
            }
            Self::Damaged(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for LookupError {}
