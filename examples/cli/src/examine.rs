//! One file to one record: read, decode, hash, look up, inside the limits and the memory of the whole run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike::decode::{self, DecodeError, Limited, Limits, SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN};
use lookalike::hash::views::{Grid, Set};
use lookalike::hash::{ClassicError, ClassicStream, PdqProfile, Profile};
use lookalike::matching;

use crate::budget::Budget;
use crate::exit::Failure;
use crate::look::Look;
use crate::lookup::{Found, Lookup, Needles};
use crate::read::{self, Contents};
use crate::record::{Outcome, Record};

/// How the library says what became of a picture; the evidence is the entries found.
type Ending = matching::Outcome<Found>;

/// Examines files, on many threads at the same time.
pub(crate) struct Examiner {
    /// What to hash under: one profile at least, and that of the index alone where pictures are looked up.
    pub(crate) profiles: Vec<Profile>,
    /// Whether records hold all eight hashes.
    pub(crate) wants_dihedral: bool,
    /// Where to look up; without it pictures are only hashed.
    pub(crate) lookup: Option<Lookup>,
    /// Whether JPEGs are first screened from their coefficients.
    screens: bool,
    limits: Limits,
    /// Two budgets, so that a thread that holds a file and waits for pixels is only ever waiting for threads that
    /// decode, and those wait for nobody.
    files: Budget,
    pub(crate) pixels: Budget,
}

/// What the bytes come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A file; `named`: the user named it, so a symbolic link is followed.
    File { path: PathBuf, named: bool },
    /// One picture on standard input.
    Stdin,
}

impl Examiner {
    /// Prepares to hash, and to look up where `lookup` is given, with `memory` bytes for all threads together.
    pub(crate) fn new(profiles: Vec<Profile>, wants_dihedral: bool, lookup: Option<Lookup>, memory: u64) -> Self {
        let (files, pixels) = (memory / 3, memory - memory / 3);
        let limits = Limits::default();
        let limits =
            limits.max_alloc_bytes(limits.max_alloc_bytes.min(pixels)).max_file_bytes(limits.max_file_bytes.min(files));
        let (files, pixels) = (Budget::new(files), Budget::new(pixels));
        Self { profiles, wants_dihedral, lookup, screens: false, limits, files, pixels }
    }

    /// Screens JPEGs from their coefficients first, so that only those that may match are decoded.
    pub(crate) fn screening(self, screens: bool) -> Self {
        Self { screens, ..self }
    }

    /// Examines one file. Whatever is wrong with it stands in the record, a defect of ours included.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged: then no record means anything.
    pub(crate) fn examine(&self, origin: Origin) -> Result<Record, Failure> {
        let started = Instant::now();
        let (path, follow) = match origin {
            Origin::File { path, named } => (path, Some(named)),
            Origin::Stdin => (PathBuf::from("-"), None),
        };
        let mut record = Record::new(path, &self.profiles, Outcome::Unreadable, None);
        let ending = contained(|| self.look(follow, &mut record))?;
        self.settle(&mut record, ending);
        record.millis = started.elapsed().as_secs_f64() * 1e3;
        Ok(record)
    }

    fn look(&self, follow: Option<bool>, record: &mut Record) -> Result<Ending, Failure> {
        let contents = match self.read(&record.path, follow, &mut record.bytes) {
            Ok(contents) => contents,
            Err(ending) => return Ok(ending),
        };
        let header = match decode::inspect(&contents.bytes, &self.limits) {
            Ok(header) => header,
            Err(error) => return Ok(ending(error, record)),
        };
        record.width = Some(header.width);
        record.height = Some(header.height);
        if let Some(ending) = self.screen(&contents.bytes, record)? {
            return Ok(ending);
        }
        let beside = ClassicStream::memory_bytes(header.width, header.height, &self.profiles);
        let beside = beside + if self.wants_views() { VIEWS_BYTES } else { 0 };
        let mut look = Look::new(self, beside, record.hashes.clone());
        let ended = decode::pdq_views(&contents.bytes, &self.limits, look.pdq, &mut look);
        // what came before an error counts
        let _ = look.look_up_views();
        let Look { permit, own, frames, quality, found, refused, failure, .. } = look;
        drop((permit, contents));
        record.hashes = own;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let is_matched = found.as_ref().is_some_and(|found| !found.nearest.is_empty());
        let ended = match refused {
            Some(why) => Err(cannot_hash(&why, record)),
            None => ended.map_err(|error| ending(error, record)),
        };
        if let Err(ending) = ended {
            if !is_matched {
                return Ok(ending);
            }
            let why = record.detail.take().unwrap_or_default();
            record.detail = Some(format!("of the rest nothing is known: {why}"));
        } else if self.lookup.is_some() && frames < header.frames {
            record.detail = Some(format!("{frames} of {} frames were looked at", header.frames));
        }
        Ok(match (found, quality) {
            (Some(found), _) if is_matched => Ending::Match(found),
            (None, Some(quality)) if self.lookup.is_some() => Ending::LowQuality { quality },
            _ => Ending::NoMatch,
        })
    }

    /// Looks a JPEG up by hashes made from its coefficients: nothing where that cannot say what becomes of it.
    fn screen(&self, bytes: &[u8], record: &mut Record) -> Result<Option<Ending>, Failure> {
        let Some(lookup) = self.lookup.as_ref().filter(|_| self.screens && self.profiles == [Profile::Pdq]) else {
            return Ok(None);
        };
        let permit = self.pixels.acquire(SCREENING_BYTES);
        let mut grid = self.wants_views().then(Box::<Grid>::default);
        let screening = match &mut grid {
            Some(grid) => decode::screen_with_grid(bytes, &self.limits, PdqProfile::FullResolution, grid),
            None => decode::screen(bytes, &self.limits, PdqProfile::FullResolution),
        };
        let screening = match screening {
            Ok(Some(screening)) => screening,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some(ending(error, record))),
        };
        drop(permit);
        for screened in [Some(screening.stored), screening.oriented].into_iter().flatten() {
            let eight = screened.spectrum().dihedral().map(|turned| turned.hash);
            let needles = if lookup.policy.dihedral { &eight[..] } else { &eight[..1] };
            let least_quality = screened.spectrum().quality().saturating_sub(SCREENED_QUALITY_MARGIN);
            if !lookup.admits(least_quality) || lookup.may_match(needles, lookup.widest(), screened.margin())? {
                return Ok(None);
            }
        }
        if let Some(grid) = grid {
            let mut needles = Needles::default();
            lookup.add_views(1, &grid, VIEW_QUALITY_DOUBT, &mut needles);
            if lookup.may_match(&needles.hashes, lookup.policy.radius_of_views(), SCREENED_VIEW_MARGIN)? {
                return Ok(None);
            }
        }
        record.is_screened = true;
        Ok(Some(Ending::NoMatch))
    }

    fn wants_views(&self) -> bool {
        self.lookup.as_ref().is_some_and(|lookup| lookup.policy.views != Set::None)
    }

    fn read(&self, path: &Path, follow: Option<bool>, size: &mut Option<u64>) -> Result<Contents<'_>, Ending> {
        match follow {
            Some(follow) => read::file(path, follow, &self.limits, &self.files, size),
            None => read::stdin(&self.limits, &self.files, size),
        }
    }

    /// Writes the ending into the record, in words where there are none yet.
    fn settle(&self, record: &mut Record, ending: Ending) {
        let least = self.lookup.as_ref().map_or(0, |lookup| lookup.policy.minimum_quality);
        let (outcome, detail) = match ending {
            Ending::Match(found) => {
                let notes: Vec<_> = record.detail.take().into_iter().chain(found.note()).collect();
                record.matches = found.nearest;
                (Outcome::Match, (!notes.is_empty()).then(|| notes.join("; ")))
            }
            Ending::NoMatch if self.lookup.is_none() => (Outcome::Hashed, None),
            Ending::NoMatch => (Outcome::NoMatch, None),
            Ending::LowQuality { quality } => {
                (Outcome::LowQuality, Some(format!("quality {quality} of 100, at least {least} is looked up")))
            }
            Ending::Unsupported { format } => (Outcome::Unsupported, Some(recognised(format))),
            Ending::Corrupt { stage } => (Outcome::Corrupt, Some(stage.to_owned())),
            Ending::OverLimit { what, found, allowed } => {
                (Outcome::OverLimit, Some(format!("{found} {what}, allowed are {allowed}")))
            }
            Ending::Unreadable { io } => (Outcome::Unreadable, Some(io.to_owned())),
            other => (Outcome::Unreadable, Some(other.to_string())),
        };
        record.outcome = outcome;
        record.detail = record.detail.take().or(detail);
    }
}

/// Runs the examination of one file; a panic in it is a defect of ours, but this file's alone.
fn contained(examine: impl FnOnce() -> Result<Ending, Failure>) -> Result<Ending, Failure> {
    // What the examination shares with others are locks, which unwinding releases and never leaves half-changed.
    let ending = catch_unwind(AssertUnwindSafe(examine));
    ending.unwrap_or(Ok(Ending::Corrupt { stage: "the scanner failed on this file; please report it" }))
}

/// The ending that a decoder's error means; the record gets the words.
fn ending(error: DecodeError, record: &mut Record) -> Ending {
    let (ending, detail) = match error {
        DecodeError::Unsupported { format, .. } => (Ending::Unsupported { format }, recognised(format)),
        DecodeError::Corrupt { format, stage, .. } => {
            (Ending::Corrupt { stage: stage.name() }, format!("{format}: {stage}"))
        }
        DecodeError::OverLimit { what, found, allowed, .. } => {
            let hint = if matches!(what, Limited::AllocBytes | Limited::FileBytes) { RAISE } else { "" };
            let detail = format!("{found} {what}, allowed are {allowed}{hint}");
            (Ending::OverLimit { what: what.name(), found, allowed }, detail)
        }
        other => (Ending::Corrupt { stage: "decoder" }, other.to_string()),
    };
    record.detail = Some(detail);
    ending
}

/// The ending of a picture that a hash cannot be made of, though it can be decoded.
fn cannot_hash(why: &ClassicError, record: &mut Record) -> Ending {
    record.detail = Some(why.to_string());
    Ending::OverLimit { what: "pixels", found: 0, allowed: 0 }
}

/// What the bytes of an unsupported file were recognised as.
fn recognised(format: &str) -> String {
    if format == "unknown" { "not a known kind of picture".to_owned() } else { format.to_owned() }
}

/// Memory that screening takes at most, for the longest sides.
const SCREENING_BYTES: u64 = 1 << 20;

/// Memory that the views of a frame take beside hashing it: the grid, that in which it is sampled, and the needles.
const VIEWS_BYTES: u64 = 512 << 10;

/// How far the quality of a view made from coefficients may be off.
const VIEW_QUALITY_DOUBT: u8 = 12;

/// What to do about a picture too large for the memory of the run.
const RAISE: &str = "; --memory raises the limit";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_files_misfortune() {
        let ending = contained(|| std::panic::resume_unwind(Box::new("a defect")));
        assert!(matches!(ending, Ok(Ending::Corrupt { .. })));
    }
}
