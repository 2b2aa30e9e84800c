//! One generation of the lists, and how pictures are looked up in it.

use std::ops::ControlFlow;
use std::sync::Arc;

use lookalike::decode::{SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN, Screening, View, ViewKind};
use lookalike::entry::{Digest, Role};
use lookalike::hash::views::{Grid, Scratch, Set};
use lookalike::hash::{Bits256, Dihedral, PdqProfile, PdqSpectrum, Profile, pdq};
use lookalike::index::{Query, SearchError};
use lookalike::matching::{Finding, Policy, ViewKind as Kind};
use lookalike::store::Snapshot;
use lookalike::store::manifest::Freshness;

use crate::failure::Failure;
use crate::found::{Found, Kept};
use crate::judge::{Judge, now};

/// A generation opened for looking up, with the rules that fit its lists.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) snapshot: Arc<Snapshot>,
    policy: Policy,
    pub(crate) judge: Judge,
    /// What does not fit between rules and lists, though look-ups mean something.
    pub(crate) warnings: Vec<String>,
}

/// The hashes of views of a picture, to be looked up together.
#[derive(Debug, Default)]
pub(crate) struct Needles {
    hashes: Vec<Bits256>,
    /// What each is of.
    seen: Vec<Needle>,
}

/// What a needle is the hash of.
#[derive(Clone, Copy, Debug)]
struct Needle {
    view: View,
    turn: Dihedral,
    /// How far it reaches.
    radius: u32,
    quality: u8,
}

impl Needles {
    fn add(&mut self, view: View, spectrum: &PdqSpectrum, radius: u32) {
        for (pdq, turn) in spectrum.dihedral().iter().zip(Dihedral::ALL) {
            self.hashes.push(pdq.hash);
            self.seen.push(Needle { view, turn, radius, quality: spectrum.quality() });
        }
    }

    /// A single hash, of which nothing else is known.
    pub(crate) fn of_hash(hash: Bits256, radius: u32) -> Self {
        let view = View::new(1, ViewKind::Stored);
        let needle = Needle { view, turn: Dihedral::Original, radius, quality: 100 };
        Self { hashes: vec![hash], seen: vec![needle] }
    }
}

impl Lookup {
    /// Prepares to look up in a generation, by rules that are made to fit its lists.
    ///
    /// # Errors
    ///
    /// When nothing could ever match, the hashes are not PDQ, or the index is damaged.
    pub(crate) fn new(snapshot: Arc<Snapshot>, mut judge: Judge, views: Set) -> Result<Self, Failure> {
        let profile = snapshot.profile();
        pdq_profile(profile)?;
        let lists = snapshot.lists().map_err(|error| damaged(&error))?;
        let lists: Vec<_> = lists.into_iter().map(|(name, _, role)| (name, role)).collect();
        let warnings = judge.fit(&lists)?;
        let lent = judge.lend();
        let rules = lent.rules();
        let radius = |(name, role): &(String, Role)| match role {
            Role::Allow => rules.allow_radius,
            _ => rules.of(name).radius,
        };
        let widest = lists.iter().map(radius).max().unwrap_or(rules.default.radius).min(256);
        // Views are made of the same samples as PDQ, and of no other hash.
        let views = if profile == Profile::Pdq { views } else { Set::None };
        let policy = Policy::new(profile).radius(widest).minimum_quality(rules.lowest_quality()).views(views);
        drop(lent);
        Ok(Self { snapshot, policy, judge, warnings })
    }

    /// The generation of the store, if it is one.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.snapshot.generation()
    }

    /// The profile of the listed hashes.
    pub(crate) fn profile(&self) -> Profile {
        self.snapshot.profile()
    }

    /// The same, as decoding wants to know it.
    pub(crate) fn pdq_profile(&self) -> PdqProfile {
        if self.profile() == Profile::Pdq512 { PdqProfile::Meta512 } else { PdqProfile::FullResolution }
    }

    /// Up to which distance anything may count.
    pub(crate) const fn radius(&self) -> u32 {
        self.policy.radius
    }

    /// Whether pictures are looked up as they may have been before they were framed.
    pub(crate) fn wants_views(&self) -> bool {
        self.policy.views != Set::None
    }

    /// Signed lists whose manifests have expired: name, and whether the operator wants no look-up then.
    pub(crate) fn stale(&self) -> impl Iterator<Item = (&str, bool)> {
        let now = now();
        let signed = self.snapshot.signed();
        let stale = signed.filter(move |(_, it)| matches!(it.seen.freshness(now), Freshness::Stale { .. }));
        stale.map(|(name, it)| (name, it.refuses_stale))
    }

    /// Why a look-up would mean nothing, if so.
    pub(crate) fn unusable(&self) -> Option<String> {
        if self.snapshot.is_empty() {
            return Some("the lists hold no entry, and every picture would be found clean".to_owned());
        }
        let stale = self.stale().find(|(_, refuses)| *refuses);
        stale.map(|(list, _)| {
            format!("the list {list:?} is stale: its publisher sent no newer manifest, and the keys file says to refuse it then")
        })
    }

    /// Finds the entries that have a digest of the file.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn digests<'a>(&'a self, digests: &[Digest], found: &mut Found<'a>) -> Result<(), Failure> {
        // Every empty file has the digest of nothing; that a list has it says nothing of any.
        for digest in digests.iter().filter(|digest| !digest.is_of_nothing()) {
            for source in self.snapshot.find(digest) {
                let finding = Finding::digest(*digest, source.map_err(|error| damaged(&error))?);
                let lent = self.judge.lend();
                let is_held = lent.rules().alone(Some(now()), &finding).is_held();
                found.push(Kept::new(finding, None, None, is_held));
            }
        }
        Ok(())
    }

    /// Adds the needles of a view, if its quality allows.
    pub(crate) fn add_view(&self, view: View, spectrum: &PdqSpectrum, needles: &mut Needles) {
        if spectrum.quality() >= self.policy.minimum_quality {
            needles.add(view, spectrum, self.policy.radius);
        }
    }

    /// Adds the views of a frame that are made from its grid, and that have the quality for it, `doubt` less than it says; returns the
    /// best quality of any.
    pub(crate) fn add_grid(&self, frame: u32, grid: &Grid, doubt: u8, needles: &mut Needles) -> Option<u8> {
        let (policy, mut best) = (&self.policy, None);
        let least = policy.minimum_quality_of_views().saturating_sub(doubt);
        let mut scratch = Box::<Scratch>::default();
        for framing in policy.views.framings() {
            // What repeats one pattern is left out, where that is certain: it would match all that does.
            let admits = |it: &PdqSpectrum| it.quality() >= least && (doubt > 0 || !it.is_repetitive());
            if let Some(spectrum) = grid.spectrum(framing, &mut scratch).filter(admits) {
                needles.add(View::new(frame, ViewKind::Framed(*framing)), &spectrum, policy.radius_of_views());
                best = best.max(Some(spectrum.quality()));
            }
        }
        best
    }

    /// Whether a screened picture may match anything: its hashes are some bits off, and its qualities too.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn may_match(&self, screening: &Screening, grid: Option<&Grid>) -> Result<bool, Failure> {
        for screened in [Some(screening.stored), screening.oriented].into_iter().flatten() {
            let least = screened.spectrum().quality().saturating_sub(SCREENED_QUALITY_MARGIN);
            // Of less than the required quality a picture is not clean, and how low it is must be told exactly.
            let is_sure = least >= self.judge.required_quality && least >= self.policy.minimum_quality;
            let eight = screened.spectrum().dihedral().map(|turned| turned.hash);
            if !is_sure || self.has_near(&eight, self.policy.radius + screened.margin())? {
                return Ok(true);
            }
        }
        let Some(grid) = grid else { return Ok(false) };
        let mut needles = Needles::default();
        self.add_grid(1, grid, VIEW_QUALITY_DOUBT, &mut needles);
        self.has_near(&needles.hashes, self.policy.radius_of_views() + SCREENED_VIEW_MARGIN)
    }

    fn has_near(&self, needles: &[Bits256], radius: u32) -> Result<bool, Failure> {
        let mut found = false;
        let query = Query::new(self.profile(), needles).radius(radius.min(256));
        let searched = self.snapshot.search(&query, |_| {
            found = true;
            ControlFlow::Break(())
        });
        searched.map_err(|error| damaged(&error)).map(|()| found)
    }

    /// Looks needles up together: of each listed hash and entry the needle by which it counts most easily.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub(crate) fn look_up<'a>(&'a self, needles: &Needles, found: &mut Found<'a>) -> Result<(), Failure> {
        let Some(radius) = needles.seen.iter().map(|needle| needle.radius).max() else { return Ok(()) };
        let mut hits = Vec::new();
        let batch = self.snapshot.batch(self.profile(), radius, &needles.hashes).map_err(|error| damaged(&error))?;
        for hit in batch {
            let hit = hit.map_err(|error| damaged(&error))?;
            let Some(needle) = needles.seen.get(hit.needle) else { continue };
            // A view made from a grid says little of a listed hash that repeats one pattern.
            let is_sound = kind(needle.view) == Kind::Exact || !pdq::is_repetitive(&hit.hash);
            if hit.distance <= needle.radius && is_sound {
                hits.push((hit, needle));
            }
        }
        if hits.is_empty() {
            return Ok(());
        }
        hits.sort_unstable_by_key(|(hit, _)| (hit.place, hit.distance, hit.needle));
        let (lent, now) = (self.judge.lend(), Some(now()));
        let rules = lent.rules();
        for of_hash in hits.chunk_by(|(a, _), (b, _)| a.place == b.place) {
            let Some((first, _)) = of_hash.first() else { continue };
            for source in self.snapshot.sources(first.place) {
                let source = source.map_err(|error| damaged(&error))?;
                let kept = of_hash.iter().map(|(hit, needle)| {
                    let finding = Finding::perceptual(hit.hash, hit.distance, source).transform(needle.turn);
                    let finding = finding.quality(needle.quality).view(needle.view.frame, kind(needle.view));
                    let is_held = rules.alone(now, &finding).is_held();
                    Kept::new(finding, Some(needle.view), Some(hit.place), is_held)
                });
                if let Some(kept) = kept.min_by_key(Kept::preference) {
                    found.push(kept);
                }
            }
        }
        Ok(())
    }
}

/// How far the quality of a view made from coefficients may be off.
const VIEW_QUALITY_DOUBT: u8 = 12;

/// Whether hashes of a profile are made here.
///
/// # Errors
///
/// When they are not.
pub(crate) fn pdq_profile(profile: Profile) -> Result<(), Failure> {
    if matches!(profile, Profile::Pdq | Profile::Pdq512) {
        return Ok(());
    }
    Err(Failure::new(format!("the lists are of profile {profile}, and this service makes pdq and pdq512 only")))
}

/// What kind of view the rules take it for.
const fn kind(view: View) -> Kind {
    match view.kind {
        ViewKind::Framed(_) => Kind::Framed,
        ViewKind::Covered => Kind::Covered,
        _ => Kind::Exact,
    }
}

fn damaged(error: &SearchError) -> Failure {
    Failure::new(format!("the lists cannot be searched: {error}; check them with `lookalike index verify`"))
}
