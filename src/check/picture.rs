//! One picture file, from its bytes to what became of it.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::time::Instant;

use super::needles::by_length;
use super::verdict::{MOST_REPORTED, Verdict};
use super::{Confirmed, Found, Lookup, Needles};
use crate::decode::{self, DecodeError, Header, Limits, Rendition, View, Visitor};
use crate::hash::views::{Grid, Set};
use crate::hash::{Bits64, Bits256, ClassicError, ClassicStream, Dihedral, PdqProfile, PdqSpectrum, Profile};
use crate::index::SearchError;
use crate::matching::Outcome;
use crate::pixels::ImageRef;

/// What became of a picture file, and what is known of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Checked {
    /// What became of it, and why.
    pub verdict: Verdict,
    /// What the header of the file says, where it has one.
    pub header: Option<Header>,
    /// The best quality of its views, 0 to 100; none where nothing was hashed.
    pub quality: Option<u8>,
    /// How many frames were looked at: fewer than the file has where it has many.
    pub frames: u32,
    /// The hash of the first frame as stored, under the profile of the lists; of 64 bits the first of 256, the rest zero.
    pub hash: Option<Bits256>,
    /// What there is to say beside the outcome, in words: why the file could not be decoded, what was left out.
    pub detail: Option<String>,
    /// The time spent on digests, and on hashing views from what was decoded.
    pub hash_time: Duration,
    /// The time spent in look-ups and judging. The rest is decoding, in the course of which rows are hashed.
    pub look_up_time: Duration,
}

impl fmt::Debug for Checked {
    /// Never prints the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("verdict", &self.verdict)
            .field("header", &self.header)
            .field("quality", &self.quality)
            .field("frames", &self.frames)
            .field("detail", &self.detail)
            .finish_non_exhaustive()
    }
}

/// How looking at a picture ended, before anything that was found counts.
type Ending = Outcome<()>;

impl Lookup {
    /// Checks a picture file: its digests, and all views of all frames that [`decode::frames`] hands out. `now`, in Unix milliseconds, is what
    /// mutes end by.
    ///
    /// Cost: decoding and hashing, milliseconds for each megapixel, and some tens of microseconds for each look-up of eight hashes in a million.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged: then nothing is known of the picture. Whatever is wrong with the picture is an outcome.
    pub fn check(&self, bytes: &[u8], limits: &Limits, now: Option<i64>) -> Result<Checked, SearchError> {
        let mut look = self.look(now);
        // A defect of ours is this picture's misfortune alone. What was found before it counts.
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            look.digest(bytes);
            look.header = Some(decode::inspect(bytes, limits)?);
            decode::pdq_views(bytes, limits, look.pdq_profile(), &mut look)
        }));
        match decoded {
            Ok(decoded) => look.end(decoded),
            Err(_) => look.end_as(Ending::Corrupt { stage: DEFECT }, None),
        }
    }

    /// Begins to look at a picture that is decoded elsewhere: feed what comes out of [`decode::pdq_views`], or the like, to the [`Look`].
    #[must_use]
    pub fn look(&self, now: Option<i64>) -> Look<'_> {
        Look::new(self, Found::new(now))
    }
}

/// What to say where the library itself failed.
const DEFECT: &str = "the library failed on this file; please report it";

/// What a decoder's error means, and in words.
fn ending(error: &DecodeError) -> (Ending, Option<String>) {
    let ending = match *error {
        DecodeError::Unsupported { format } => Ending::Unsupported { format },
        DecodeError::Corrupt { stage, .. } => Ending::Corrupt { stage: stage.name() },
        DecodeError::OverLimit { what, found, allowed } => Ending::OverLimit { what: what.name(), found, allowed },
    };
    (ending, Some(error.to_string()))
}

/// A picture being looked at: a [`Visitor`] of its views. The views of a frame are looked up together.
///
/// ```
/// # use std::sync::Arc;
/// # use lookalike::hash::{Bits256, Profile};
/// # use lookalike::index::{Builder, Index, Source};
/// # use lookalike::check::{Lookup, RuleBook};
/// # let mut builder = Builder::new(Profile::Pdq)?;
/// # builder.add(Bits256::from_bytes([0x5a; 32]), Source { list: "example", id: "7", ..Source::default() })?;
/// # let index = Index::open(lookalike::mmap::FileBytes::Owned(builder.finish()?))?;
/// # let policy = lookalike::matching::Policy::new(Profile::Pdq);
/// # let lookup = Lookup::new(Arc::new(index.into()), policy, RuleBook::plain(Profile::Pdq, 31, 50))?;
/// use lookalike::decode::{self, Limits};
///
/// let file = b"\x89PNG\r\n\x1a\n, and no more";
/// let mut look = lookup.look(None);
/// look.digest(file);
/// let decoded = decode::pdq_views(file, &Limits::default(), look.pdq_profile(), &mut look);
/// assert_eq!(look.end(decoded)?.verdict.outcome.name(), "corrupt");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Look<'a> {
    lookup: &'a Lookup,
    /// The profile of the lists, if it is one of a classic hash.
    classic: Option<Profile>,
    found: Found<'a>,
    /// What is to be looked up when the frame has been seen, in all its views.
    needles: Needles,
    /// What a second index finds of the frame.
    confirmed: Confirmed<'a>,
    /// The frame of the latest view, and how many there have been.
    frame: u32,
    frames: u32,
    /// The quality of the latest view, and the best of any.
    latest: u8,
    quality: Option<u8>,
    /// The latest frame of which all eight turned hashes were looked up.
    turned: u32,
    hash: Option<Bits256>,
    header: Option<Header>,
    /// When it is to end at the latest, and how many milliseconds that were.
    deadline: Option<(Instant, u64)>,
    hashing: Duration,
    asking: Duration,
    /// Why it cannot go on.
    stopped: Option<(Ending, Option<String>)>,
    damage: Option<SearchError>,
}

impl fmt::Debug for Look<'_> {
    /// Never prints a hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Look").field("frames", &self.frames).field("quality", &self.quality).finish_non_exhaustive()
    }
}

impl<'a> Look<'a> {
    fn new(lookup: &'a Lookup, found: Found<'a>) -> Self {
        let profile = lookup.snapshot().profile();
        Self {
            lookup,
            classic: PdqProfile::of(profile).is_none().then_some(profile),
            found,
            needles: Needles::default(),
            confirmed: Confirmed::default(),
            frame: 0,
            frames: 0,
            latest: 0,
            quality: None,
            turned: 0,
            hash: None,
            header: None,
            deadline: None,
            hashing: Duration::ZERO,
            asking: Duration::ZERO,
            stopped: None,
            damage: None,
        }
    }

    /// Ends the look, as over a limit, at the first frame that begins later than this from now. What was found before it counts.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        let allowed = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self { deadline: Instant::now().checked_add(time).map(|end| (end, allowed)), ..self }
    }

    /// What the header of the file says, to be told with what became of it.
    pub const fn header(&mut self, header: Header) {
        self.header = Some(header);
    }

    /// Under which profile of PDQ its views are to be hashed.
    #[must_use]
    pub fn pdq_profile(&self) -> PdqProfile {
        PdqProfile::of(self.lookup.snapshot().profile()).unwrap_or_default()
    }

    /// Looks the digests of the file up, of the kinds that the lists have.
    pub fn digest(&mut self, file: &[u8]) {
        let begun = Instant::now();
        let mut digester = self.lookup.digester();
        digester.update(file);
        let digests = digester.finish();
        self.hashing += begun.elapsed();
        let lookup = self.lookup;
        let _ = self.asked(|look| lookup.digests(&digests, &mut look.found));
    }

    /// Whether anything was found so far, be it held back or not.
    #[must_use]
    pub const fn has_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// Says what became of the picture, whose decoding ended so.
    ///
    /// # Errors
    ///
    /// When the index turned out to be damaged: then nothing is known of the picture.
    pub fn end(self, decoded: Result<(), DecodeError>) -> Result<Checked, SearchError> {
        match decoded {
            Ok(()) => self.end_as(Ending::NoMatch, None),
            Err(error) => {
                let (ending, words) = ending(&error);
                self.end_as(ending, words)
            }
        }
    }

    /// The same for a picture that ended so, and why in words: [`Outcome::NoMatch`] where all of it was seen.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub fn end_as(mut self, ending: Outcome<()>, words: Option<String>) -> Result<Checked, SearchError> {
        // What came before an error counts.
        let _ = self.look_up_views();
        if let Some(damage) = self.damage {
            return Err(damage);
        }
        let (ending, mut detail) = self.stopped.take().unwrap_or((ending, words));
        let Self { lookup, found, quality, frames, hash, header, hashing, asking, .. } = self;
        if let Some(header) = header.filter(|header| ending == Ending::NoMatch && frames < header.frames) {
            detail = Some(format!("{frames} of {} frames were looked at", header.frames));
        }
        let begun = Instant::now();
        let verdict = lookup.judge(ending, quality, found, MOST_REPORTED);
        let look_up_time = asking + begun.elapsed();
        if verdict.outcome != ending && !ending.was_checked() {
            let is_file = verdict.matches.iter().any(super::Matched::is_exact);
            let rest = if is_file { "it could not be looked up as a picture" } else { "of the rest nothing is known" };
            detail = Some(format!("{rest}: {}", detail.unwrap_or_else(|| ending.to_string())));
        }
        if let Outcome::LowQuality { quality } = verdict.outcome {
            detail = Some(format!("quality {quality} of 100, at least {} is looked up", lookup.required_quality));
        }
        if detail.is_none() && !verdict.outcome.was_checked() {
            detail = Some(verdict.outcome.to_string());
        }
        Ok(Checked { verdict, header, quality, frames, hash, detail, hash_time: hashing, look_up_time })
    }

    /// Asks the lists, takes the time, and keeps damage.
    fn asked(&mut self, ask: impl FnOnce(&mut Self) -> Result<(), SearchError>) -> ControlFlow<()> {
        let begun = Instant::now();
        let answer = ask(self);
        self.asking += begun.elapsed();
        match answer {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.damage = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Looks up the views of a frame together.
    fn look_up_views(&mut self) -> ControlFlow<()> {
        let (needles, confirmed) = (core::mem::take(&mut self.needles), core::mem::take(&mut self.confirmed));
        if needles.is_empty() {
            return ControlFlow::Continue(());
        }
        let lookup = self.lookup;
        self.asked(|look| lookup.batch(&needles, &confirmed, &mut look.found))
    }

    /// The classic hashes of a view: as it is, and turned where the policy wants that, which really turns the pixels.
    fn classics(
        &self,
        image: &ImageRef<'_>,
        view: Dihedral,
        profile: Profile,
    ) -> Result<(Vec<Bits64>, Vec<Bits256>), ClassicError> {
        let turned = |&turn: &Dihedral| ClassicStream::of_turned(image, &[profile], view.then(turn));
        Ok(by_length(self.lookup.turns().iter().map(turned).collect::<Result<Vec<_>, _>>()?))
    }

    /// Lets the second index find what it finds of a view.
    fn confirm(&mut self, image: &ImageRef<'_>, view: Dihedral) -> ControlFlow<()> {
        let Some(confirm) = self.lookup.confirm() else { return ControlFlow::Continue(()) };
        let turns = self.lookup.turns();
        self.asked(|look| confirm.look_up(image, view, turns, &mut look.confirmed))
    }
}

impl Visitor for Look<'_> {
    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        if view.frame != self.frame {
            self.look_up_views()?;
            if let Some((_, allowed)) = self.deadline.filter(|(end, _)| Instant::now() > *end) {
                let ending = Ending::OverLimit { what: "milliseconds", found: allowed.saturating_add(1), allowed };
                self.stopped = Some((ending, Some(format!("it takes longer than {allowed} ms"))));
                return ControlFlow::Break(());
            }
        }
        let begun = Instant::now();
        self.latest = spectrum.quality();
        self.quality = self.quality.max(Some(self.latest));
        self.frames += u32::from(view.frame != self.frame);
        self.frame = view.frame;
        if self.classic.is_some() {
            return ControlFlow::Continue(());
        }
        self.hash = self.hash.or(Some(spectrum.pdq().hash));
        let (lookup, policy) = (self.lookup, self.lookup.policy);
        if lookup.admits(self.latest) {
            self.needles.add(view, spectrum, policy.dihedral, policy.radius);
            if policy.occlusion.is_some() && view.kind == Rendition::Stored {
                self.needles.add_covered(View::new(view.frame, Rendition::Covered), spectrum);
            }
        }
        self.hashing += begun.elapsed();
        ControlFlow::Continue(())
    }

    fn wants_grid(&self) -> bool {
        self.lookup.policy.views != Set::None
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        let begun = Instant::now();
        self.quality = self.quality.max(self.lookup.add_views(view.frame, grid, 0, &mut self.needles));
        self.hashing += begun.elapsed();
        ControlFlow::Continue(())
    }

    fn wants_pixels(&self) -> bool {
        self.classic.is_some() || self.lookup.confirm.is_some()
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        self.confirm(image, dihedral)?;
        let Some(profile) = self.classic else { return ControlFlow::Continue(()) };
        // An oriented view has the same eight hashes, under other names.
        let is_known = self.lookup.policy.dihedral && dihedral != Dihedral::Original && self.turned == view.frame;
        // A flat picture has a classic hash near that of every other flat one: the quality of PDQ decides.
        let is_admitted = self.lookup.admits(self.latest);
        if is_known || (!is_admitted && self.hash.is_some()) {
            return ControlFlow::Continue(());
        }
        let begun = Instant::now();
        let hashes = self.classics(image, dihedral, profile);
        self.hashing += begun.elapsed();
        let (short, long) = match hashes {
            Ok(hashes) => hashes,
            Err(error) => {
                let ending = Ending::OverLimit { what: "pixels", found: 0, allowed: 0 };
                self.stopped = Some((ending, Some(error.to_string())));
                return ControlFlow::Break(());
            }
        };
        let own = short.first().map(super::lookup::widened).or(long.first().copied());
        self.hash = self.hash.or(own);
        if !is_admitted {
            return ControlFlow::Continue(());
        }
        self.turned = view.frame;
        let (lookup, latest) = (self.lookup, self.latest);
        let confirmed = core::mem::take(&mut self.confirmed);
        let flow = self.asked(|look| {
            if short.is_empty() {
                lookup.view(view, latest, &long, &confirmed, &mut look.found)
            } else {
                lookup.view(view, latest, &short, &confirmed, &mut look.found)
            }
        });
        self.confirmed = confirmed;
        flow
    }
}
