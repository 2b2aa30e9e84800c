//! One file to one outcome: decoded behind the seam, looked up and judged by the library. Runs on a thread that may be kept busy.

use std::ops::ControlFlow;
use std::time::Duration;

use lookalike::check::{Look, Matched};
use lookalike::decode::{View, Visitor};
use lookalike::hash::views::{Grid, ViewSet};
use lookalike::hash::{ClassicStream, Dihedral, PdqProfile, PdqSpectrum, Profile};
use lookalike::matching::Outcome;
use lookalike::pixels::ImageRef;

use crate::clock::{Clock, Spent};
use crate::decode::{Decoder, NotDecoded};
use crate::failure::Failure;
use crate::lookup::{Lookup, damaged, now};

/// What became of a file.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) outcome: Outcome,
    /// Why it was not checked, or what is left out: a phrase, without anything of the content.
    pub(crate) detail: Option<String>,
    /// The best quality of its views.
    pub(crate) quality: Option<u8>,
    pub(crate) matches: Vec<Matched>,
    pub(crate) held: Vec<Matched>,
    pub(crate) lacking: Vec<String>,
    /// It was looked up by hashes made from a JPEG's coefficients, which are not exact.
    pub(crate) is_screened: bool,
    pub(crate) times: Times,
}

/// How long each part took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    /// Decoding; the rows of a picture are hashed in the same pass.
    pub(crate) decode: Spent,
    /// Making needles of what was hashed: turns, views, digests.
    pub(crate) hash: Duration,
    /// Searching the lists, and applying the rules.
    pub(crate) look_up: Duration,
}

/// A hash in hexadecimal, and PDQ's quality of the picture.
pub(crate) type Hashed = (String, u8);

/// Hashes a file as it is stored, under the profile of the lists, and looks nothing up.
///
/// # Errors
///
/// When it cannot be decoded.
pub(crate) fn hash(bytes: &[u8], profile: Profile, decoder: &dyn Decoder) -> Result<Hashed, NotDecoded> {
    let mut first = First { profile, quality: 0, found: None };
    let decoded = decoder.views(bytes, PdqProfile::of(profile).unwrap_or_default(), &mut first);
    match (first.found, decoded) {
        (Some(found), _) => Ok(found),
        (None, Err(not)) => Err(not),
        (None, Ok(_)) => Err(NotDecoded::new(Outcome::Corrupt { stage: "pixels" }, "there is no picture".to_owned())),
    }
}

/// The first view, and no other.
struct First {
    profile: Profile,
    quality: u8,
    found: Option<Hashed>,
}

impl Visitor for First {
    fn hashed(&mut self, _: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.quality = spectrum.quality();
        if self.wants_pixels() {
            return ControlFlow::Continue(());
        }
        self.found = Some((spectrum.pdq().hash.to_string(), self.quality));
        ControlFlow::Break(())
    }

    fn wants_pixels(&self) -> bool {
        PdqProfile::of(self.profile).is_none()
    }

    fn pixels(&mut self, _: View, image: &ImageRef<'_>, _: Dihedral) -> ControlFlow<()> {
        let hashes = ClassicStream::of_image(image, &[self.profile]).ok();
        let hash = hashes.as_ref().and_then(|hashes| hashes.iter().next());
        self.found = hash.map(|(_, hash)| (hash.to_string(), self.quality));
        ControlFlow::Break(())
    }
}

/// What the library makes of a picture, fed through the seam, and how long that takes.
struct Looking<'a> {
    look: Look<'a>,
    spent: Spent,
}

impl<'a> Looking<'a> {
    fn timed<T>(&mut self, ask: impl FnOnce(&mut Look<'a>) -> T) -> T {
        let clock = Clock::start();
        let answer = ask(&mut self.look);
        self.spent += clock.spent();
        answer
    }
}

impl Visitor for Looking<'_> {
    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.timed(|look| look.hashed(view, spectrum))
    }

    fn wants_grid(&self) -> bool {
        self.look.wants_grid()
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        self.timed(|look| look.grid(view, grid))
    }

    fn wants_pixels(&self) -> bool {
        self.look.wants_pixels()
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        self.timed(|look| look.pixels(view, image, dihedral))
    }
}

/// Checks a file, for so long at most.
///
/// # Errors
///
/// When the lists turn out to be damaged: then no answer means anything.
pub(crate) fn check(
    bytes: &[u8],
    lookup: &Lookup,
    decoder: &dyn Decoder,
    allowed: Option<Duration>,
    screens: bool,
) -> Result<Checked, Failure> {
    let look = lookup.look(Some(now()));
    let look = match allowed {
        Some(allowed) => look.within(allowed),
        None => look,
    };
    let mut looking = Looking { look, spent: Spent::default() };
    looking.look.digest(bytes);
    // What is listed by its digest is looked at in every bit.
    let screening = Clock::start();
    if screens && !looking.look.has_found() && screen(bytes, lookup, decoder, looking.look.pdq_profile())? {
        let times = Times { decode: screening.spent(), ..Times::default() };
        return Ok(Checked { is_screened: true, ..Checked::of(Outcome::NoMatch, None, times) });
    }
    let screened = screening.spent();
    let profile = looking.look.pdq_profile();
    let decoding = Clock::start();
    let decoded = decoder.views(bytes, profile, &mut looking);
    let decode = decoding.spent().without(looking.spent).and(screened);
    let mut look = looking.look;
    let checked = match decoded {
        Ok(decoded) => {
            decoded.header.into_iter().for_each(|header| look.header(header));
            look.end(Ok(()))
        }
        Err(NotDecoded { outcome, detail }) => look.end_as(outcome, Some(detail)),
    };
    let checked = checked.map_err(|error| damaged(&error))?;
    let (hash, look_up, verdict) = (checked.hash_time, checked.look_up_time, checked.verdict);
    let notes: Vec<_> = [checked.detail, verdict.note].into_iter().flatten().collect();
    Ok(Checked {
        outcome: verdict.outcome,
        detail: (!notes.is_empty()).then(|| notes.join("; ")),
        quality: checked.quality,
        matches: verdict.matches,
        held: verdict.held,
        lacking: verdict.evidence.map(|evidence| evidence.lacking).unwrap_or_default(),
        is_screened: false,
        times: Times { decode, hash, look_up },
    })
}

/// Whether a JPEG's coefficients are enough to say that nothing looks like it.
fn screen(bytes: &[u8], lookup: &Lookup, decoder: &dyn Decoder, profile: PdqProfile) -> Result<bool, Failure> {
    let mut grid = (lookup.policy().views != ViewSet::None).then(Box::<Grid>::default);
    let Some(screening) = decoder.screen(bytes, profile, grid.as_deref_mut()) else { return Ok(false) };
    lookup.rules_out(&screening, grid.as_deref()).map_err(|error| damaged(&error))
}

impl Checked {
    /// A file whose check takes longer than so many milliseconds; nothing more is known of it.
    pub(crate) fn late(allowed: u64) -> Self {
        let outcome = Outcome::OverLimit { what: "milliseconds", found: allowed.saturating_add(1), allowed };
        Self::of(outcome, Some(format!("it takes longer than {allowed} ms")), Times::default())
    }

    /// A file of which nothing was found.
    const fn of(outcome: Outcome, detail: Option<String>, times: Times) -> Self {
        Self {
            outcome,
            detail,
            quality: None,
            matches: Vec::new(),
            held: Vec::new(),
            lacking: Vec::new(),
            is_screened: false,
            times,
        }
    }
}
