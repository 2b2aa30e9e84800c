//! One file to one record: read, decode, hash, look up, inside the limits and the memory of the whole run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike::check::{Found, Matched};
use lookalike::decode::{self, DecodeError, Format, Limited, Limits, Sniffed};
use lookalike::hash::views::Grid;
use lookalike::hash::{PdqProfile, Profile};
use lookalike::matching;
use lookalike::pixels::ImageError;

use crate::args::DecoderArgs;
use crate::budget::Budget;
use crate::decoder::{Decoder, NotDecoded};
use crate::exit::Failure;
use crate::judge::reported;
use crate::look::Look;
use crate::lookup::Lookup;
use crate::lookups::Lookups;
use crate::read::{self, Contents, Wanted};
use crate::record::{Outcome, Record};

/// How the library says what became of a picture, before anything that was found counts.
type Ending = matching::Outcome<()>;

/// How looking at a picture ended, and the best quality of its views.
type Looked = (Ending, Option<u8>);

/// Examines files, on many threads at the same time.
pub(crate) struct Examiner {
    /// What to hash under: one profile at least, and that of the index alone where pictures are looked up.
    pub(crate) profiles: Vec<Profile>,
    /// Whether records hold all eight hashes.
    pub(crate) wants_dihedral: bool,
    /// Where to look up; without it pictures are only hashed.
    lookups: Option<Lookups>,
    /// Whether JPEGs are first screened from their coefficients.
    screens: bool,
    limits: Limits,
    /// Where pictures are decoded.
    decoder: Decoder,
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
    /// Prepares to hash, and to look up where `lookups` is given, with `memory` bytes for all threads together.
    pub(crate) fn new(profiles: Vec<Profile>, wants_dihedral: bool, lookups: Option<Lookups>, memory: u64) -> Self {
        let (files, pixels) = (memory / 3, memory - memory / 3);
        let limits = Limits::default();
        let limits =
            limits.max_alloc_bytes(limits.max_alloc_bytes.min(pixels)).max_file_bytes(limits.max_file_bytes.min(files));
        let (files, pixels) = (Budget::new(files), Budget::new(pixels));
        let decoder = Decoder::InProcess;
        Self { profiles, wants_dihedral, lookups, screens: false, limits, decoder, files, pixels }
    }

    /// Decodes in processes of their own, of which there are at most as many as threads.
    ///
    /// # Errors
    ///
    /// When there are none to be had.
    pub(crate) fn decoding(self, args: &DecoderArgs, threads: usize) -> Result<Self, Failure> {
        Ok(Self { decoder: Decoder::open(args, self.limits, threads)?, ..self })
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
        // One generation for the whole file, whatever is published meanwhile.
        let current = self.lookups.as_ref().map(Lookups::current);
        let lookup = current.as_deref();
        record.generation = lookup.and_then(Lookup::generation);
        // Outside of what is contained, so that a listed digest counts whatever a decoder does.
        let (mut found, mut quality) = (Found::new(lookup.and_then(|lookup| lookup.judge.now)), None);
        let ending = contained(|| {
            let (ending, best) = self.look(lookup, follow, &mut record, &mut found)?;
            quality = best;
            Ok(ending)
        })?;
        self.settle(lookup, &mut record, ending, quality, found);
        record.millis = started.elapsed().as_secs_f64() * 1e3;
        Ok(record)
    }

    fn look<'a>(
        &'a self,
        lookup: Option<&'a Lookup>,
        follow: Option<bool>,
        record: &mut Record,
        found: &mut Found<'a>,
    ) -> Result<Looked, Failure> {
        let mut wanted = Wanted::new(lookup.map(|lookup| lookup.digester()).unwrap_or_default());
        let contents = self.read(&record.path, follow, &mut record.bytes, &mut wanted);
        if let Some(lookup) = lookup {
            lookup.digests(&wanted.found, found).map_err(|error| lookup.damaged(&error))?;
        }
        let contents = match contents {
            Ok(contents) => contents,
            Err(ending) => return Ok((ending, None)),
        };
        // What is listed by its digest is reported with its hash.
        if found.is_empty()
            && let Some(looked) = self.screen(lookup, &contents.bytes, record)?
        {
            return Ok(looked);
        }
        let mut look = Look::new(self, lookup, record.hashes.clone(), found);
        let ended = self.decoder.decode(&contents.bytes, &self.limits, &mut look);
        // what came before an error counts
        let _ = look.look_up_views();
        let Look { permit, own, header, frames, quality, refused, failure, .. } = look;
        drop((permit, contents));
        (record.width, record.height) = header.map(|header| (header.width, header.height)).unzip();
        record.hashes = own;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let ended = match refused {
            Some(why) => Err(cannot_hash(&why, record)),
            None => ended.map_err(|not| not_decoded(not, record)),
        };
        let ending = match ended {
            Err(ending) => ending,
            Ok(()) => Ending::NoMatch,
        };
        if let Some(header) = header
            && ending == Ending::NoMatch
            && lookup.is_some()
            && frames < header.frames
        {
            record.detail = Some(format!("{frames} of {} frames were looked at", header.frames));
        }
        Ok((ending, quality))
    }

    /// Looks a JPEG up by hashes made from its coefficients: nothing where that cannot say what becomes of it.
    fn screen(&self, lookup: Option<&Lookup>, bytes: &[u8], record: &mut Record) -> Result<Option<Looked>, Failure> {
        let Some(lookup) = lookup.filter(|_| self.screens && self.profiles == [Profile::Pdq]) else {
            return Ok(None);
        };
        // Its header and its coefficients are read by the library's own code.
        if decode::sniff(bytes) != Sniffed::Supported(Format::Jpeg) {
            return Ok(None);
        }
        let header = match decode::inspect(bytes, &self.limits) {
            Ok(header) => header,
            Err(error) => return Ok(Some((ending(error, record), None))),
        };
        let permit = self.pixels.acquire(SCREENING_BYTES);
        let mut grid = lookup.wants_views().then(Box::<Grid>::default);
        let screening = match &mut grid {
            Some(grid) => decode::screen_with_grid(bytes, &self.limits, PdqProfile::FullResolution, grid),
            None => decode::screen(bytes, &self.limits, PdqProfile::FullResolution),
        };
        let screening = match screening {
            Ok(Some(screening)) => screening,
            Ok(None) => return Ok(None),
            Err(error) => {
                (record.width, record.height) = (Some(header.width), Some(header.height));
                return Ok(Some((ending(error, record), None)));
            }
        };
        drop(permit);
        let quality = screening.stored.spectrum().quality();
        if !lookup.rules_out(&screening, grid.as_deref()).map_err(|error| lookup.damaged(&error))? {
            return Ok(None);
        }
        (record.width, record.height) = (Some(header.width), Some(header.height));
        record.is_screened = true;
        Ok(Some((Ending::NoMatch, Some(quality))))
    }

    fn read(
        &self,
        path: &Path,
        follow: Option<bool>,
        size: &mut Option<u64>,
        digests: &mut Wanted,
    ) -> Result<Contents<'_>, Ending> {
        match follow {
            Some(follow) => read::file(path, follow, &self.limits, &self.files, size, digests),
            None => read::stdin(&self.limits, &self.files, size),
        }
    }

    /// Lets the rules say what counts, and writes what became of the file into the record, in words where there are none yet.
    fn settle(
        &self,
        lookup: Option<&Lookup>,
        record: &mut Record,
        ending: Ending,
        quality: Option<u8>,
        found: Found<'_>,
    ) {
        let Some(lookup) = lookup else {
            let (outcome, detail) = told(&ending, 0);
            record.outcome = if outcome == Outcome::NoMatch { Outcome::Hashed } else { outcome };
            record.detail = record.detail.take().or(detail);
            return;
        };
        let least = lookup.required_quality();
        let verdict = lookup.judge(ending, quality, found, lookup.judge.most_reported);
        let (outcome, detail) = told(&verdict.outcome, least);
        if matches!(outcome, Outcome::Match | Outcome::Test) && !ending.was_checked() {
            let why = record.detail.take().or(told(&ending, least).1).unwrap_or_default();
            let is_file = verdict.matches.iter().any(Matched::is_exact);
            let rest = if is_file { "it could not be looked up as a picture" } else { "of the rest nothing is known" };
            record.detail = Some(format!("{rest}: {why}"));
        }
        let notes = [record.detail.take().or(detail), verdict.note];
        let notes: Vec<_> = notes.into_iter().flatten().collect();
        record.detail = (!notes.is_empty()).then(|| notes.join("; "));
        record.outcome = outcome;
        let profile = lookup.profile();
        record.matches = reported(verdict.matches, profile);
        (record.held, record.rules) = (reported(verdict.held, profile), verdict.evidence);
    }
}

/// The outcome of the record, and why in words; `least` is the quality that is wanted.
fn told(ending: &Ending, least: u8) -> (Outcome, Option<String>) {
    match ending {
        Ending::Match(()) => (Outcome::Match, None),
        Ending::Test(()) => (Outcome::Test, None),
        Ending::NoMatch => (Outcome::NoMatch, None),
        Ending::LowQuality { quality } => {
            (Outcome::LowQuality, Some(format!("quality {quality} of 100, at least {least} is looked up")))
        }
        Ending::Unsupported { format } => (Outcome::Unsupported, Some(recognised(format))),
        Ending::Corrupt { stage } => (Outcome::Corrupt, Some((*stage).to_owned())),
        Ending::OverLimit { what, found, allowed } => {
            (Outcome::OverLimit, Some(format!("{found} {what}, allowed are {allowed}")))
        }
        Ending::Unreadable { io } => (Outcome::Unreadable, Some((*io).to_owned())),
        other => (Outcome::Unreadable, Some(other.to_string())),
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

/// The ending of a file of which not everything was decoded.
fn not_decoded(not: NotDecoded, record: &mut Record) -> Ending {
    match not {
        NotDecoded::Refused(error) => ending(error, record),
        NotDecoded::Died { ending, detail } => {
            let hint = if matches!(ending, Ending::OverLimit { what: "milliseconds", .. }) { LONGER } else { "" };
            record.detail = Some(format!("{detail}{hint}"));
            ending
        }
    }
}

/// The ending of a picture that a hash cannot be made of, though it can be decoded.
fn cannot_hash(why: &ImageError, record: &mut Record) -> Ending {
    record.detail = Some(why.to_string());
    Ending::OverLimit { what: "pixels", found: 0, allowed: 0 }
}

/// What the bytes of an unsupported file were recognised as.
fn recognised(format: &str) -> String {
    if format == "unknown" { "not a known kind of picture".to_owned() } else { format.to_owned() }
}

/// Memory that screening takes at most, for the longest sides.
const SCREENING_BYTES: u64 = 1 << 20;

/// What to do about a picture that takes too long.
const LONGER: &str = "; --decoder-timeout allows more";

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
