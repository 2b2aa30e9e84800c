//! One generation of the lists, ready to be searched: how, by which rules, and with what required quality.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::confirm::{Confirm, Confirmed, check_radius};
use super::found::{Candidate, Found};
use super::needles::{Needles, Origin, framed, widened};
use super::{CheckError, CheckErrorKind, Digester, Report};
use crate::coverage::Whole;
use crate::decode::{Rendition, SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN, Screening, View};
use crate::entry::{Digest, DigestKind, Opinion, Role};
use crate::hash::views::{Grid, ViewSet};
use crate::hash::{Bits256, Dihedral, HashBits, PdqSpectrum, Profile, pdq};
use crate::index::{IndexError, Plan, Query};
use crate::matching::{Finding, Outcome, Policy, Rules, SearchOptions, Trust, ViewKind as Kind};
use crate::store::manifest::Freshness;
use crate::store::{Hit, Place, Snapshot};

/// The largest error of the quality of a view that was made from coefficients.
const VIEW_QUALITY_DOUBT: u8 = 12;

/// One generation of the lists, ready to be searched. Made once for each generation and shared by all threads.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) options: SearchOptions,
    pub(super) policy: Arc<Policy>,
    pub(super) confirm: Option<Arc<Confirm>>,
    /// The widest radius of any list, in bits, and the lowest quality at which any list counts.
    pub(super) radius: u32,
    pub(super) minimum_quality: u8,
    /// The quality at which a picture counts as compared with every list of abuse material.
    pub(super) required_quality: u8,
    /// Name, number of entries and role of each list.
    pub(super) lists: Vec<(String, u64, Role)>,
}

/// A stored hash within the radius: its place and distance, and the position of the needle.
type FoundHash<const N: usize> = (Place, u32, usize, HashBits<N>);

impl Matcher {
    /// Binds options and rules to a generation.
    ///
    /// # Errors
    ///
    /// If the generation has no entry, nothing could ever match under the rules, a radius is longer than the hashes, views or occlusion are
    /// set and the profile is not PDQ, or the index is damaged.
    pub(super) fn new(
        snapshot: Arc<Snapshot>,
        options: SearchOptions,
        policy: Arc<Policy>,
        confirm: Option<Arc<Confirm>>,
    ) -> Result<Self, CheckError> {
        let profile = snapshot.profile();
        if snapshot.is_empty() {
            let message = "the lists hold no entry, so every picture would look clean; publish lists first";
            return Err(CheckError::new(CheckErrorKind::Empty, message));
        }
        if profile != Profile::Pdq && (options.views() != ViewSet::None || options.occlusion().is_some()) {
            let message = format!("views and occlusion need hashes of profile pdq, but the lists have {profile}");
            return Err(CheckError::new(CheckErrorKind::Options, message));
        }
        let lists = snapshot.lists()?;
        let named: Vec<_> = lists.iter().map(|(name, _, role)| (name.as_str(), *role)).collect();
        let bound = policy.bind();
        let rules = bound.rules();
        let second = confirm.as_ref().map_or(Ok(Vec::new()), |confirm| confirm.lists())?;
        let is_lacking =
            |(name, role): &&(&str, Role)| *role != Role::Allow && rules.of(name).confirm && !second.contains(name);
        if let Some((name, _)) = named.iter().find(is_lacking) {
            let message = format!(
                "policy: the list {name:?} must be confirmed, but no second index has a list of that name, so nothing in it would ever match"
            );
            return Err(CheckError::new(CheckErrorKind::Policy, message));
        }
        let radius = |(name, role): &(&str, Role)| match role {
            Role::Allow => rules.allow_radius,
            _ => rules.of(name).radius,
        };
        check_radius("radius", profile, rules.default.radius)?;
        let bits = u32::try_from(profile.bits()).map_err(|error| CheckError::new(CheckErrorKind::Options, error))?;
        let widest = named.iter().map(radius).max().unwrap_or(rules.default.radius).min(bits);
        let required_quality = required_quality(&rules, &named)?;
        let minimum_quality = rules.lowest_quality();
        drop(bound);
        Ok(Self { snapshot, options, policy, confirm, radius: widest, minimum_quality, required_quality, lists })
    }

    /// The same options and rules in another generation.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and if the generation has another profile.
    pub(super) fn in_generation(&self, snapshot: Arc<Snapshot>) -> Result<Self, CheckError> {
        let (found, expected) = (snapshot.profile(), self.snapshot.profile());
        if found != expected {
            let message = format!("profile of the lists: found {found}, expected {expected} as before");
            return Err(CheckError::new(CheckErrorKind::Profile, message));
        }
        Self::new(snapshot, self.options, Arc::clone(&self.policy), self.confirm.clone())
    }

    /// Refuses lists that have expired at `now`, in Unix milliseconds, where their keys file says so.
    pub(super) fn check_fresh(&self, now: i64) -> Result<(), CheckError> {
        for (list, signed) in self.snapshot.signed().filter(|(_, signed)| signed.refuses_stale) {
            let freshness = signed.freshness(now);
            if matches!(freshness, Freshness::Stale { .. }) {
                let message = format!(
                    "the list {list:?} is {freshness}, and its keys file refuses it then; fetch a newer manifest from its publisher"
                );
                return Err(CheckError::new(CheckErrorKind::Stale, message));
            }
        }
        Ok(())
    }

    /// What does not fit together, though searching works.
    pub(super) fn warnings(&self) -> Vec<String> {
        let known = |name: &str| self.lists.iter().any(|(list, ..)| list == name);
        let named = self.policy.lists().filter(|name| !known(name));
        let named = named.map(|name| format!("policy: rules for the list {name:?}, which the index does not have"));
        let muted = self.policy.mutes().filter(|(list, _)| !known(list));
        let muted = muted.map(|(list, entry)| {
            format!("policy: mutes the entry {entry:?} of the list {list:?}, which the index does not have")
        });
        let chance = Plan::new(self.snapshot.profile(), self.snapshot.len(), self.radius).false_matches_per_million();
        let chance = (chance >= 1.0).then(|| {
            format!("at radius {} about {chance:.0} of a million random needles match by chance", self.radius)
        });
        named.chain(muted).chain(chance).collect()
    }

    /// Returns true if a view of this quality is searched for.
    pub(super) const fn admits(&self, quality: u8) -> bool {
        quality >= self.minimum_quality
    }

    /// The turns of a picture that are searched for.
    pub(super) const fn turns(&self) -> &'static [Dihedral] {
        if self.options.dihedral() { &Dihedral::ALL } else { &[Dihedral::Original] }
    }

    /// Computes the digests that the lists have any of.
    pub(super) fn digester(&self) -> Digester {
        Digester::new(DigestKind::ALL.into_iter().filter(|kind| self.snapshot.digests(*kind) > 0))
    }

    fn view_radius(&self) -> u32 {
        SearchOptions::view_radius(self.snapshot.profile(), self.radius)
    }

    /// Adds the views of a frame that are searched for and have the quality for it, `doubt` less than required. Returns the best quality.
    pub(super) fn add_views(&self, view: View, grid: &Grid, doubt: u8, needles: &mut Needles) -> Option<u8> {
        let mut best = None;
        let least = SearchOptions::view_minimum_quality(self.minimum_quality).saturating_sub(doubt);
        // A view that repeats one pattern matches every listed hash that does; it is dropped where that is certain.
        let admits = |spectrum: &PdqSpectrum| doubt > 0 || !spectrum.is_repetitive();
        for (framing, spectrum) in framed(self.options.views().framings(), grid, least, admits) {
            let kind = Rendition::Framed(framing);
            needles.add(View { kind, ..view }, &spectrum, self.turns().len(), self.view_radius());
            best = best.max(Some(spectrum.quality()));
        }
        best
    }

    /// Returns true if the screening hashes prove that there is no match and that the quality suffices; otherwise the picture must be
    /// decoded.
    ///
    /// Hashes made from coefficients are a few bits off, and so is their quality, so the search is wider by these margins.
    pub(super) fn rules_out(&self, screening: &Screening, grid: Option<&Grid>) -> Result<bool, IndexError> {
        let widest = self.options.occlusion().map_or(self.radius, |rule| rule.radius.max(self.radius));
        for screened in [Some(screening.stored), screening.oriented].into_iter().flatten() {
            let eight = screened.spectrum().dihedral().map(|turned| turned.hash);
            let least_quality = screened.spectrum().quality().saturating_sub(SCREENED_QUALITY_MARGIN);
            // A picture below the required quality is not clean, and its exact quality must be reported.
            let is_sure = least_quality >= self.required_quality && self.admits(least_quality);
            let (needles, _) = eight.split_at(self.turns().len());
            if !is_sure || self.may_match(needles, widest, screened.margin())? {
                return Ok(false);
            }
        }
        let Some(grid) = grid else { return Ok(true) };
        let mut needles = Needles::default();
        self.add_views(View::new(1, Rendition::Stored), grid, VIEW_QUALITY_DOUBT, &mut needles);
        Ok(!self.may_match(&needles.hashes, self.view_radius(), SCREENED_VIEW_MARGIN)?)
    }

    /// Returns true if a picture whose exact hashes are within `margin` bits of these may match within `radius`.
    fn may_match<const N: usize>(&self, needles: &[HashBits<N>], radius: u32, margin: u32) -> Result<bool, IndexError> {
        let profile = self.snapshot.profile();
        let radius = u32::try_from(profile.bits()).map_or(radius, |bits| bits.min(radius.saturating_add(margin)));
        let mut found = false;
        self.snapshot.search(&Query::new(profile, needles).radius(radius), |_| {
            found = true;
            ControlFlow::Break(())
        })?;
        Ok(found)
    }
}

/// A search for one picture: a generation, its bound rules, and the clock by which mutes end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) matcher: &'a Matcher,
    pub(super) rules: Rules<'a>,
    /// Unix milliseconds.
    pub(super) now: i64,
}

impl<'a> Search<'a> {
    /// Finds the entries that have a digest of the file.
    pub(super) fn digests(&self, digests: &[Digest], found: &mut Found<'a>) -> Result<(), IndexError> {
        // Every empty file has the digest of nothing; an entry with it says nothing about any file.
        for digest in digests.iter().filter(|digest| !digest.is_of_nothing()) {
            for source in self.matcher.snapshot.find(digest) {
                let finding = Finding::digest(*digest, source?);
                let is_held = self.rules.alone(Some(self.now), &finding).is_held();
                found.push(Candidate::new(finding, None, None, is_held));
            }
        }
        Ok(())
    }

    /// Searches for one view by its hash and its turned ones, in the order of [`Dihedral::ALL`].
    pub(super) fn view<const N: usize>(
        &self,
        view: View,
        quality: u8,
        needles: &[HashBits<N>],
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), IndexError> {
        let radius = self.matcher.radius;
        let origins: Vec<_> =
            Dihedral::ALL.into_iter().take(needles.len()).map(|turn| Origin { view, turn, radius, quality }).collect();
        self.collect(needles, &origins, radius, |_| true, confirmed, found)
    }

    /// Searches for the views of a frame together. An entry is found by its nearest view, but never by a view made from a grid if an exact
    /// one is within its radius: further views add matches and change none.
    pub(super) fn batch(
        &self,
        needles: &Needles,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), IndexError> {
        // A listed hash that repeats one pattern is no evidence for a view either.
        let is_evidence =
            |origin: &Origin, hit: &Hit<32>| kind(origin.view) == Kind::Exact || !pdq::is_repetitive(&hit.hash);
        if self.matcher.options.survey() {
            // Each radius by itself: views are not searched for as widely as the picture.
            let mut radii: Vec<u32> = needles.origins.iter().map(|origin| origin.radius).collect();
            radii.sort_unstable();
            radii.dedup();
            for radius in radii {
                let pairs = needles.hashes.iter().zip(&needles.origins).filter(|(_, origin)| origin.radius == radius);
                let (hashes, origins): (Vec<Bits256>, Vec<Origin>) = pairs.unzip();
                self.batch_of(&hashes, &origins, is_evidence, confirmed, found)?;
            }
        } else {
            self.batch_of(&needles.hashes, &needles.origins, is_evidence, confirmed, found)?;
        }
        let Some(rule) = self.matcher.options.occlusion() else { return Ok(()) };
        for (view, spectrum) in needles.covered.iter().filter(|(_, spectrum)| !spectrum.is_repetitive()) {
            let mut covered = Needles::default();
            covered.add(*view, spectrum, self.matcher.turns().len(), rule.radius);
            let is_evidence =
                |origin: &Origin, hit: &Hit<32>| rule.counts(spectrum, origin.turn, &hit.hash, hit.distance);
            self.batch_of(&covered.hashes, &covered.origins, is_evidence, confirmed, found)?;
        }
        Ok(())
    }

    fn batch_of(
        &self,
        hashes: &[Bits256],
        origins: &[Origin],
        is_evidence: impl Fn(&Origin, &Hit<32>) -> bool,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), IndexError> {
        let Some(radius) = origins.iter().map(|origin| origin.radius).max() else { return Ok(()) };
        #[expect(clippy::indexing_slicing, reason = "a hit names one of the needles, of which each has its origin")]
        let counts = |hit: &Hit<32>| {
            let origin = &origins[hit.needle];
            hit.distance <= origin.radius && is_evidence(origin, hit)
        };
        self.collect(hashes, origins, radius, counts, confirmed, found)
    }

    /// Collects all entries of every listed hash within a radius of any needle, where `counts` says so: each by the needle by which it
    /// counts most easily.
    fn collect<const N: usize>(
        &self,
        needles: &[HashBits<N>],
        origins: &[Origin],
        radius: u32,
        counts: impl Fn(&Hit<N>) -> bool,
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), IndexError> {
        debug_assert_eq!(needles.len(), origins.len(), "each needle has its origin");
        let snapshot = &self.matcher.snapshot;
        if needles.is_empty() {
            return Ok(());
        }
        let mut hits: Vec<FoundHash<N>> = Vec::new();
        for hit in snapshot.batch(snapshot.profile(), radius, needles)? {
            let hit = hit?;
            if counts(&hit) {
                hits.push((hit.place, hit.distance, hit.needle, hit.hash));
            }
        }
        self.add_entries(hits, origins, confirmed, found)
    }

    /// Adds all entries of the hashes that were hit, each by the needle by which it counts most easily.
    fn add_entries<const N: usize>(
        &self,
        mut hits: Vec<FoundHash<N>>,
        origins: &[Origin],
        confirmed: &Confirmed<'_>,
        found: &mut Found<'a>,
    ) -> Result<(), IndexError> {
        let snapshot = &self.matcher.snapshot;
        hits.sort_unstable_by_key(|&(slot, distance, needle, _)| (slot, distance, needle));
        for of_slot in hits.chunk_by(|a, b| a.0 == b.0) {
            for source in of_slot.first().into_iter().flat_map(|&(slot, ..)| snapshot.sources(slot)) {
                let source = source?;
                let confirmed = confirmed.distance(source.list, source.id);
                let candidates = of_slot.iter().map(|&(slot, distance, needle, hash)| {
                    #[expect(clippy::indexing_slicing, reason = "each needle has its origin")]
                    let Origin { view, turn, quality, .. } = origins[needle];
                    let finding =
                        Finding::perceptual(widened(&hash), distance, source).transform(turn).quality(quality);
                    let finding = finding.view(view.frame, kind(view)).confirmed(confirmed);
                    let is_held = self.rules.alone(Some(self.now), &finding).is_held();
                    let candidate = Candidate::new(finding, Some(view), Some(slot), is_held);
                    if self.matcher.options.survey() { candidate.whatever_view() } else { candidate }
                });
                if let Some(candidate) = candidates.min_by_key(Candidate::preference) {
                    found.push(candidate);
                }
            }
        }
        Ok(())
    }

    /// Searches for the hashes of many pictures together, which takes a fraction of the time, and judges each picture by itself.
    pub(super) fn pictures<const N: usize>(
        &self,
        pictures: &[(u8, &[(Dihedral, HashBits<N>)])],
    ) -> Result<Vec<Report>, IndexError> {
        let (snapshot, view, radius) = (&self.matcher.snapshot, View::new(1, Rendition::Stored), self.matcher.radius);
        let (mut needles, mut origins) = (Vec::new(), Vec::new());
        for &(quality, hashes) in pictures.iter().filter(|(quality, _)| self.matcher.admits(*quality)) {
            needles.extend(hashes.iter().map(|(_, hash)| *hash));
            origins.extend(hashes.iter().map(|&(turn, _)| Origin { view, turn, radius, quality }));
        }
        let mut hits = snapshot.batch(snapshot.profile(), radius, &needles)?.peekable();
        let mut end = 0;
        let report = |&(quality, hashes): &(u8, &[(Dihedral, HashBits<N>)])| {
            end += if self.matcher.admits(quality) { hashes.len() } else { 0 };
            let mut own = Vec::new();
            // Hits come in the order of the needles.
            while let Some(hit) = hits.next_if(|hit| hit.as_ref().map_or(true, |hit| hit.needle < end)) {
                let hit = hit?;
                own.push((hit.place, hit.distance, hit.needle, hit.hash));
            }
            let mut found = Found::default();
            self.add_entries(own, &origins, &Confirmed::default(), &mut found)?;
            let report = self.judge(Outcome::NoMatch(Whole::of_hash()), Some(quality), found);
            Ok(Report { quality: Some(quality), frames: 1, ..report })
        };
        pictures.iter().map(report).collect()
    }
}

/// The kind of evidence that a view is to the rules.
const fn kind(view: View) -> Kind {
    match view.kind {
        Rendition::Framed(_) => Kind::Framed,
        Rendition::Covered => Kind::Covered,
        _ => Kind::Exact,
    }
}

/// The quality at which a picture counts as compared with every list of abuse material among these.
///
/// # Errors
///
/// Refuses a quorum that these lists can never meet: under such rules everything would look clean.
fn required_quality(rules: &Rules<'_>, lists: &[(&str, Role)]) -> Result<u8, CheckError> {
    let required = rules.required_quality(lists.iter().copied()).max(rules.lowest_quality());
    let abuse = || lists.iter().filter(|(_, role)| *role == Role::Abuse).map(|(name, _)| *name);
    let there = abuse().count();
    if there == 0 {
        return Ok(required);
    }
    let verified = abuse().filter(|list| rules.of(list).trust_in(Opinion::default()) == Trust::Verified).count();
    let quorum = rules.quorum;
    let demands = [
        ("lists", quorum.lists, there, "lists of abuse material"),
        ("jurisdictions", quorum.jurisdictions, there, "lists of abuse material, each of one jurisdiction"),
        ("verified", quorum.verified, verified, "lists of abuse material that are trusted as verified"),
    ];
    match demands.into_iter().find(|(_, demanded, there, _)| usize::from(*demanded) > *there) {
        None => Ok(required),
        Some((key, demanded, there, what)) => {
            let message = format!(
                "policy: [quorum] {key} = {demanded}, but the index has {there} {what}, so nothing would ever match; lower the quorum or add lists"
            );
            Err(CheckError::new(CheckErrorKind::Policy, message))
        }
    }
}
