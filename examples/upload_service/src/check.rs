//! One file to one outcome: decode, hash, look up, judge. Runs on a thread that may be kept busy.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use lookalike::decode::View;
use lookalike::hash::views::Grid;
use lookalike::hash::{PdqProfile, PdqSpectrum};
use lookalike::matching::Outcome;

use crate::answer::Match;
use crate::clock::{Clock, Spent};
use crate::decode::{Decoder, NotDecoded, Sink};
use crate::digests;
use crate::failure::Failure;
use crate::found::Found;
use crate::lookup::{Lookup, Needles};

/// What became of a file.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) outcome: Outcome<()>,
    /// Why it was not checked, or what is left out: a phrase, without anything of the content.
    pub(crate) detail: Option<String>,
    /// The best quality of its views.
    pub(crate) quality: Option<u8>,
    pub(crate) matches: Vec<Match>,
    pub(crate) held: Vec<Match>,
    pub(crate) lacking: Vec<String>,
    /// It was looked up by hashes made from a JPEG's coefficients, which are not exact.
    pub(crate) is_screened: bool,
    pub(crate) times: Times,
}

/// Hashes a file as it is stored, and looks nothing up.
///
/// # Errors
///
/// When it cannot be decoded.
pub(crate) fn hash(bytes: &[u8], profile: PdqProfile, decoder: &dyn Decoder) -> Result<PdqSpectrum, NotDecoded> {
    let mut first = First(None);
    let decoded = decoder.views(bytes, profile, &mut first);
    match (first.0, decoded) {
        (Some(spectrum), _) => Ok(spectrum),
        (None, Err(not)) => Err(not),
        (None, Ok(_)) => Err(NotDecoded::new(Outcome::Corrupt { stage: "pixels" }, "there is no picture".to_owned())),
    }
}

/// The first view, and no other.
struct First(Option<PdqSpectrum>);

impl Sink for First {
    fn hashed(&mut self, _: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.0 = Some(*spectrum);
        ControlFlow::Break(())
    }

    fn wants_grid(&self) -> bool {
        false
    }

    fn grid(&mut self, _: View, _: &Grid) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// How long each part took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    /// Decoding; the rows of a picture are hashed in the same pass.
    pub(crate) decode: Spent,
    /// Making needles of what was hashed: turns, views, digests.
    pub(crate) hash: Spent,
    /// Searching the lists.
    pub(crate) look_up: Spent,
    /// Applying the rules.
    pub(crate) judge: Spent,
}

/// Checks a file.
///
/// # Errors
///
/// When the lists turn out to be damaged: then no answer means anything.
pub(crate) fn check(
    bytes: &[u8],
    lookup: &Lookup,
    decoder: &dyn Decoder,
    deadline: Option<(Instant, Duration)>,
    screens: bool,
) -> Result<Checked, Failure> {
    let mut look = Look::new(lookup, deadline);
    let started = Clock::start();
    let digests = digests::of(bytes, &lookup.snapshot);
    look.times.hash += started.spent();
    let started = Clock::start();
    lookup.digests(&digests, &mut look.found)?;
    look.times.look_up += started.spent();

    // What is listed by its digest is looked at in every bit.
    if screens && look.found.is_empty() && screen(bytes, lookup, decoder, &mut look.times)? {
        return Ok(Checked { is_screened: true, ..Checked::of(Outcome::NoMatch, None, look.times) });
    }

    let (started, own) = (Clock::start(), look.times.own());
    let decoded = decoder.views(bytes, lookup.pdq_profile(), &mut look);
    let within = look.times.own().without(own);
    look.times.decode += started.spent().without(within);
    // What came before an error counts.
    let _ = look.look_up();
    let Look { found, quality, frames, is_late, failure, mut times, .. } = look;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let (ending, mut detail) = match (decoded, deadline) {
        (_, Some((_, allowed))) if is_late => {
            let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
            let outcome = Outcome::OverLimit { what: "milliseconds", found: allowed.saturating_add(1), allowed };
            (outcome, Some(format!("it takes longer than {allowed} ms")))
        }
        (Ok(decoded), _) if frames < decoded.frames => {
            (Outcome::NoMatch, Some(format!("{frames} of {} frames were looked at", decoded.frames)))
        }
        (Ok(_), _) => (Outcome::NoMatch, None),
        (Err(not), _) => (not.outcome, Some(not.detail)),
    };
    let started = Clock::start();
    let verdict = lookup.judge.judge(ending, quality, found);
    times.judge = started.spent();
    match verdict.outcome {
        Outcome::LowQuality { quality } => {
            let least = lookup.judge.required_quality;
            detail = Some(format!("quality {quality} of 100, at least {least} is looked up"));
        }
        Outcome::Match(()) | Outcome::Test(()) if !ending.was_checked() => {
            detail = Some(format!("of the rest nothing is known: {}", detail.unwrap_or_default()));
        }
        outcome if detail.is_none() && !outcome.was_checked() => detail = Some(outcome.to_string()),
        _ => {}
    }
    let notes: Vec<_> = [detail, verdict.note].into_iter().flatten().collect();
    Ok(Checked {
        outcome: verdict.outcome,
        detail: (!notes.is_empty()).then(|| notes.join("; ")),
        quality,
        matches: verdict.matches,
        held: verdict.held,
        lacking: verdict.lacking,
        is_screened: false,
        times,
    })
}

/// Whether a JPEG's coefficients are enough to say that nothing looks like it.
fn screen(bytes: &[u8], lookup: &Lookup, decoder: &dyn Decoder, times: &mut Times) -> Result<bool, Failure> {
    let mut grid = lookup.wants_views().then(Box::<Grid>::default);
    let started = Clock::start();
    let screening = decoder.screen(bytes, lookup.pdq_profile(), grid.as_deref_mut());
    times.decode += started.spent();
    let Some(screening) = screening else { return Ok(false) };
    let started = Clock::start();
    let may_match = lookup.may_match(&screening, grid.as_deref());
    times.look_up += started.spent();
    may_match.map(|may_match| !may_match)
}

impl Checked {
    /// A file whose check takes longer than so many milliseconds; nothing more is known of it.
    pub(crate) fn late(allowed: u64) -> Self {
        let outcome = Outcome::OverLimit { what: "milliseconds", found: allowed.saturating_add(1), allowed };
        Self::of(outcome, Some(format!("it takes longer than {allowed} ms")), Times::default())
    }

    /// A file of which nothing was found.
    fn of(outcome: Outcome<()>, detail: Option<String>, times: Times) -> Self {
        let (matches, held, lacking) = (Vec::new(), Vec::new(), Vec::new());
        Self { outcome, detail, quality: None, matches, held, lacking, is_screened: false, times }
    }
}

impl Times {
    /// What is done for each view while the picture is decoded.
    const fn own(&self) -> Spent {
        self.hash.and(self.look_up)
    }
}

/// A picture being looked at. The views of a frame are looked up together.
struct Look<'a> {
    lookup: &'a Lookup,
    deadline: Option<(Instant, Duration)>,
    needles: Needles,
    found: Found<'a>,
    /// The frame of the latest view, and how many there have been.
    frame: u32,
    frames: u32,
    quality: Option<u8>,
    is_late: bool,
    failure: Option<Failure>,
    times: Times,
}

impl<'a> Look<'a> {
    fn new(lookup: &'a Lookup, deadline: Option<(Instant, Duration)>) -> Self {
        Self {
            lookup,
            deadline,
            needles: Needles::default(),
            found: Found::default(),
            frame: 0,
            frames: 0,
            quality: None,
            is_late: false,
            failure: None,
            times: Times::default(),
        }
    }

    /// Looks up the views of a frame together.
    fn look_up(&mut self) -> ControlFlow<()> {
        let (started, needles) = (Clock::start(), std::mem::take(&mut self.needles));
        let looked_up = self.lookup.look_up(&needles, &mut self.found);
        self.times.look_up += started.spent();
        self.failure = self.failure.take().or(looked_up.err());
        if self.failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Sink for Look<'_> {
    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        if view.frame != self.frame {
            self.look_up()?;
            self.is_late = self.deadline.is_some_and(|(deadline, _)| Instant::now() > deadline);
            if self.is_late {
                return ControlFlow::Break(());
            }
        }
        let started = Clock::start();
        self.quality = self.quality.max(Some(spectrum.quality()));
        self.frames += u32::from(view.frame != self.frame);
        self.frame = view.frame;
        self.lookup.add_view(view, spectrum, &mut self.needles);
        self.times.hash += started.spent();
        ControlFlow::Continue(())
    }

    fn wants_grid(&self) -> bool {
        self.lookup.wants_views()
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        let started = Clock::start();
        self.quality = self.quality.max(self.lookup.add_grid(view.frame, grid, 0, &mut self.needles));
        self.times.hash += started.spent();
        ControlFlow::Continue(())
    }
}
