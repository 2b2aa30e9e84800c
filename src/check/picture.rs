//! One picture, from its bytes to its report: digests, screening, decoding, views, search, rules.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use core::time::Duration;
use std::time::Instant;

use super::budget::{Budget, Permit};
use super::confirm::Confirmed;
use super::decoder::contained;
use super::found::Found;
use super::matcher::{Matcher, Search};
use super::needles::{Needles, by_length};
use super::{CheckError, Decoder, Hashes, NotDecoded, Report};
use crate::coverage::{Unseen, Whole};
use crate::decode::{self, Format, Header, Part, Place, Rendition, Sniffed, View, Visitor};
use crate::entry::Digest;
use crate::hash::views::{Grid, ViewSet};
use crate::hash::{ClassicStream, Dihedral, PdqProfile, PdqSpectrum, Profile};
use crate::index::IndexError;
use crate::matching::{Outcome, Rules};
use crate::pixels::ImageRef;

/// Memory that the views of a frame take beside decoding it: the grid, the buffer it is sampled into, and the needles.
const VIEWS_BYTES: u64 = 512 << 10;

/// The most memory that screening takes, at the longest sides.
const SCREENING_BYTES: u64 = 1 << 20;

/// Pictures looked at in one file beside the one that viewers show, and how deep they may lie in each other.
const MOST_PARTS: u32 = 1024;
const DEEPEST: u32 = 3;

/// What a check of one picture works with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<'a> {
    pub(super) matcher: &'a Matcher,
    pub(super) decoder: &'a dyn Decoder,
    pub(super) pixels: &'a Budget,
    /// Whether a JPEG is screened before it is decoded.
    pub(super) screening: bool,
    pub(super) time_limit: Option<Duration>,
    /// Unix milliseconds.
    pub(super) now: i64,
}

impl Means<'_> {
    /// Checks a picture whose digests have been computed, and took `hashing`. `contents` is an error if the file could not be read.
    ///
    /// # Errors
    ///
    /// If the index is damaged: then nothing is known of the picture.
    pub(super) fn check(
        self,
        contents: Result<&[u8], NotDecoded>,
        digests: &[Digest],
        hashing: Duration,
    ) -> Result<Report, CheckError> {
        let bound = self.matcher.policy.bind();
        let mut picture = Picture::new(self, bound.rules(), hashing);
        let seen = contained(|| picture.see(contents, digests)).unwrap_or_else(Err);
        // What was found before a panic counts, so it is not part of what is contained above.
        contained(move || picture.finish(seen)).unwrap_or_else(|not| {
            let report = Report::of_outcome(not.outcome, Some(not.detail), self.matcher.snapshot.profile());
            Ok(Report { generation: self.matcher.snapshot.generation(), ..report })
        })
    }
}

/// A picture under way: a [`Visitor`] of its views. The views of a frame are searched for together.
struct Picture<'a> {
    means: Means<'a>,
    search: Search<'a>,
    started: Instant,
    permit: Option<Permit<'a>>,
    found: Found<'a>,
    /// The views of the current frame, and what a second index finds for it.
    needles: Needles,
    confirmed: Confirmed<'a>,
    /// The profile of the lists, if it is one of a classic hash.
    classic: Option<Profile>,
    header: Option<Header>,
    hashes: Option<Hashes>,
    /// The picture of the file under way, its header, and the number of its frames that were looked at.
    part: Part,
    part_header: Option<Header>,
    part_frames: u32,
    /// How many pictures of each kind were looked at beside the one that viewers show: pages, previews, pictures, thumbnails.
    parts: [u32; 4],
    /// The pixels of all pictures so far, frame by frame.
    pixels: u64,
    /// The last frame of the pictures before this one, and the frame of the latest view: numbers over all pictures of the file.
    before: u32,
    frame: u32,
    /// Frames of the picture that viewers show.
    frames: u32,
    unseen: Vec<Unseen>,
    /// The quality of the latest view, and the best of any.
    latest: u8,
    quality: Option<u8>,
    /// The latest frame whose eight turned hashes were all searched for.
    turned: u32,
    is_screened: bool,
    hashing: Duration,
    searching: Duration,
    decoding: Duration,
    /// Why the picture cannot be finished.
    stopped: Option<NotDecoded>,
    damage: Option<IndexError>,
}

impl<'a> Picture<'a> {
    fn new(means: Means<'a>, rules: Rules<'a>, hashing: Duration) -> Self {
        let profile = means.matcher.snapshot.profile();
        Self {
            means,
            search: Search { matcher: means.matcher, rules, now: means.now },
            started: Instant::now(),
            permit: None,
            found: Found::default(),
            needles: Needles::default(),
            confirmed: Confirmed::default(),
            classic: PdqProfile::of(profile).is_none().then_some(profile),
            header: None,
            hashes: None,
            part: Part::Main,
            part_header: None,
            part_frames: 0,
            parts: [0; 4],
            pixels: 0,
            before: 0,
            frame: 0,
            frames: 0,
            unseen: Vec::new(),
            latest: 0,
            quality: None,
            turned: 0,
            is_screened: false,
            hashing,
            searching: Duration::ZERO,
            decoding: Duration::ZERO,
            stopped: None,
            damage: None,
        }
    }

    /// Searches for the digests and for all views. `contents` is an error if the file could not be read.
    fn see(&mut self, contents: Result<&[u8], NotDecoded>, digests: &[Digest]) -> Result<(), NotDecoded> {
        let _: ControlFlow<()> = self.timed_search(|picture| picture.search.digests(digests, &mut picture.found));
        let file = contents?;
        let decoded = self.look(file, 1);
        self.frames = self.part_frames;
        if !decoded.as_ref().is_err_and(|not| matches!(not.outcome, Outcome::Unsupported { format: "unknown" })) {
            self.look_inside(file, 0);
        }
        decoded
    }

    /// Looks at the pictures in a file beside the one that viewers show.
    fn look_inside(&mut self, file: &[u8], depth: u32) {
        let limits = *self.means.decoder.limits();
        let contents = decode::inside(file, &limits);
        self.unseen.extend(contents.unseen);
        let all = contents.pictures.len() as u64;
        for (inside, index) in contents.pictures.into_iter().zip(0_u64..) {
            if self.stopped.is_some() || self.damage.is_some() {
                return;
            }
            let is_too_much = self.parts.iter().sum::<u32>() >= MOST_PARTS || self.pixels > limits.max_animation_pixels;
            if is_too_much || depth >= DEEPEST {
                self.unseen.push(Unseen::Rest { parts: "pictures in the file", seen: index, all, why: "over_limit" });
                return;
            }
            self.part = self.numbered(inside.part);
            self.before = self.frame;
            let (file, page) = match inside.place {
                Place::Page(page) => (file, page),
                #[expect(clippy::indexing_slicing, reason = "it was found in this file")]
                Place::Bytes(range) => (&file[range], 1),
            };
            if let Err(not) = self.look(file, page) {
                let (part, number) = self.part.name();
                self.unseen.push(Unseen::Part { part, number, why: not.outcome.name() });
            }
            if page == 1 {
                self.look_inside(file, depth + 1);
            }
        }
    }

    /// The number of a picture over the whole file, also where pictures lie in each other.
    fn numbered(&mut self, part: Part) -> Part {
        let [pages, previews, pictures, thumbnails] = &mut self.parts;
        let (count, first, of): (_, _, fn(u32) -> Part) = match part {
            Part::Page(_) => (pages, 2, Part::Page),
            Part::Preview(_) => (previews, 1, Part::Preview),
            Part::Main | Part::Picture(_) => (pictures, 2, Part::Picture),
            Part::Thumbnail(_) => (thumbnails, 1, Part::Thumbnail),
        };
        *count += 1;
        of(*count - 1 + first)
    }

    /// Screens a picture of the file, and decodes it unless that settles it; then searches for what is left of its views.
    fn look(&mut self, file: &[u8], page: u32) -> Result<(), NotDecoded> {
        (self.part_header, self.part_frames) = (None, 0);
        let looked = self.screen_or_decode(file, page);
        let _: ControlFlow<()> = self.search_views();
        let all = self.part_header.filter(|header| header.format != Format::Tiff).map_or(0, |header| header.frames);
        let is_cut = match &looked {
            Ok(()) => self.part_frames < all && self.stopped.is_none() && self.damage.is_none(),
            Err(not) => matches!(not.outcome, Outcome::OverLimit { what: "animation_pixels", .. }),
        };
        if !is_cut {
            return looked;
        }
        let (seen, all) = (self.part_frames.into(), all.into());
        self.unseen.push(Unseen::Rest { parts: "frames", seen, all, why: "over_limit" });
        Ok(())
    }

    fn screen_or_decode(&mut self, file: &[u8], page: u32) -> Result<(), NotDecoded> {
        let started = Instant::now();
        let beside = self.hashing + self.searching;
        let decoded = if self.screen(file) {
            Ok(())
        } else if self.damage.is_some() {
            // Nothing is known of the picture, whatever is decoded.
            Ok(())
        } else {
            let profile = PdqProfile::of(self.means.matcher.snapshot.profile()).unwrap_or_default();
            self.means.decoder.views(file, page, profile, self)
        };
        self.permit = None;
        self.decoding += started.elapsed().saturating_sub(self.hashing + self.searching - beside);
        decoded
    }

    /// Returns true if the coefficients of a JPEG prove that nothing matches.
    fn screen(&mut self, file: &[u8]) -> bool {
        let matcher = self.means.matcher;
        let is_possible = self.means.screening
            && matcher.snapshot.profile() == Profile::Pdq
            // An entry that has the digest of the file is reported with the exact hash.
            && self.found.is_empty()
            // Its header and its coefficients are read by the library's own code, in this process.
            && decode::sniff(file) == Sniffed::Supported(Format::Jpeg);
        if !is_possible {
            return false;
        }
        let limits = self.means.decoder.limits();
        let Ok(header) = decode::inspect(file, limits) else { return false };
        self.permit = Some(self.means.pixels.acquire(SCREENING_BYTES));
        let mut grid = (matcher.options.views() != ViewSet::None).then(alloc::boxed::Box::<Grid>::default);
        let screening = match &mut grid {
            Some(grid) => decode::screen_with_grid(file, limits, PdqProfile::FullResolution, grid),
            None => decode::screen(file, limits, PdqProfile::FullResolution),
        };
        self.permit = None;
        // Decoding reports what is wrong with the file.
        let Ok(Some(screening)) = screening else { return false };
        let started = Instant::now();
        let ruled_out = matcher.rules_out(&screening, grid.as_deref());
        self.searching += started.elapsed();
        match ruled_out {
            Ok(true) => {
                (self.part_header, self.part_frames) = (Some(header), 1);
                if self.part == Part::Main {
                    (self.header, self.is_screened) = (Some(header), true);
                    self.quality = Some(screening.stored.spectrum().quality());
                }
                true
            }
            Ok(false) => false,
            Err(damage) => {
                self.damage = Some(damage);
                false
            }
        }
    }

    /// Applies the rules and makes the report.
    fn finish(mut self, decoded: Result<(), NotDecoded>) -> Result<Report, CheckError> {
        // Views before a panic count.
        let _: ControlFlow<()> = self.search_views();
        if let Some(damage) = self.damage {
            return Err(damage.into());
        }
        let (ending, mut detail) = match self.stopped.take().map_or(decoded, Err) {
            Ok(()) => match Whole::prove(&self.unseen) {
                Ok(whole) => (Outcome::NoMatch(whole), None),
                Err(first) => (Outcome::PartlyChecked(first), None),
            },
            Err(NotDecoded { outcome, detail }) => (outcome, Some(detail)),
        };
        if detail.is_none() && !self.unseen.is_empty() {
            detail = Some(listed(&self.unseen));
        }
        let started = Instant::now();
        let mut report = self.search.judge(ending, self.quality, self.found);
        if report.outcome != ending && !ending.was_checked() {
            let is_file = report.matches.iter().any(super::Match::is_exact);
            let rest = if is_file { "it could not be compared as a picture" } else { "the rest is unknown" };
            detail = Some(format!("{rest}: {}", detail.unwrap_or_else(|| format!("{ending}"))));
        }
        if let Outcome::LowQuality { quality } = report.outcome {
            let least = self.means.matcher.required_quality;
            detail = Some(format!("quality {quality} of 100, at least {least} is compared"));
        }
        let notes: Vec<String> = detail.into_iter().chain(report.detail.take()).collect();
        report.detail = (!notes.is_empty()).then(|| notes.join("; "));
        (report.header, report.frames, report.hashes) = (self.header, self.frames, self.hashes);
        report.unseen = self.unseen;
        (report.is_screened, report.quality) = (self.is_screened, self.quality.filter(|_| !self.is_screened));
        report.times.decode = self.decoding;
        report.times.hash = self.hashing;
        report.times.search = self.searching + started.elapsed();
        Ok(report)
    }

    /// Searches, measures the time, and keeps damage.
    fn timed_search(&mut self, search: impl FnOnce(&mut Self) -> Result<(), IndexError>) -> ControlFlow<()> {
        let started = Instant::now();
        let searched = search(self);
        self.searching += started.elapsed();
        match searched {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.damage = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Searches for the views of a frame together.
    fn search_views(&mut self) -> ControlFlow<()> {
        let (needles, confirmed) = (core::mem::take(&mut self.needles), core::mem::take(&mut self.confirmed));
        if needles.is_empty() {
            return ControlFlow::Continue(());
        }
        self.timed_search(|picture| picture.search.batch(&needles, &confirmed, &mut picture.found))
    }

    /// The view among those of the whole file.
    const fn placed(&self, view: View) -> View {
        View { part: self.part, frame: self.before.saturating_add(view.frame), kind: view.kind }
    }

    /// Stops at the first frame that begins after the time limit.
    fn check_time(&mut self) -> ControlFlow<()> {
        match self.means.time_limit {
            Some(limit) if self.started.elapsed() > limit => {
                self.stopped = Some(late(limit));
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Searches the second index for a view.
    fn confirm(&mut self, image: &ImageRef<'_>, view: Dihedral) -> ControlFlow<()> {
        let Some(confirm) = self.means.matcher.confirm.as_deref() else { return ControlFlow::Continue(()) };
        let turns = self.means.matcher.turns();
        self.timed_search(|picture| confirm.search_view(image, view, turns, &mut picture.confirmed))
    }
}

/// The first few of what was not seen.
fn listed(unseen: &[Unseen]) -> String {
    const MOST: usize = 3;
    let mut words: Vec<String> = unseen.iter().take(MOST).map(|unseen| format!("{unseen}")).collect();
    if let Some(more) = unseen.len().checked_sub(MOST).filter(|more| *more > 0) {
        words.push(format!("{more} more parts were not compared"));
    }
    words.join(", ")
}

/// A picture that takes longer than the time limit.
pub(super) fn late(limit: Duration) -> NotDecoded {
    let allowed = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let outcome = Outcome::OverLimit { what: "milliseconds", found: allowed.saturating_add(1), allowed };
    NotDecoded::new(outcome, format!("time limit exceeded: {allowed} ms"))
}

impl Visitor for Picture<'_> {
    fn header(&mut self, header: &Header) {
        self.part_header = Some(*header);
        if self.part == Part::Main {
            self.header = Some(*header);
        }
    }

    fn needs(&mut self, bytes: u64) {
        // What was held is given back before more is waited for.
        self.permit = None;
        let matcher = self.means.matcher;
        let beside = self.part_header.map_or(0, |Header { width, height, .. }| {
            ClassicStream::memory_bytes(width, height, &[matcher.snapshot.profile()])
                + matcher.confirm.as_ref().map_or(0, |confirm| confirm.memory_bytes(width, height))
        });
        let views = if self.wants_grid() { VIEWS_BYTES } else { 0 };
        self.permit = Some(self.means.pixels.acquire(bytes.saturating_add(beside).saturating_add(views)));
    }

    fn twin(&mut self, _frame: u32) {
        self.part_frames += 1;
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        let view = self.placed(view);
        if view.frame != self.frame {
            self.search_views()?;
            self.check_time()?;
        }
        let started = Instant::now();
        self.latest = spectrum.quality();
        if self.part == Part::Main {
            self.quality = self.quality.max(Some(self.latest));
        }
        if view.frame != self.frame {
            self.part_frames += 1;
            self.pixels = self.pixels.saturating_add(self.part_header.map_or(0, |header| header.pixels()));
        }
        self.frame = view.frame;
        if self.classic.is_some() {
            return ControlFlow::Continue(());
        }
        let matcher = self.means.matcher;
        if self.hashes.is_none() && self.part == Part::Main {
            self.hashes = Some(Hashes::of_spectrum(matcher.snapshot.profile(), spectrum));
        }
        if matcher.admits(self.latest) {
            self.needles.add(view, spectrum, matcher.turns().len(), matcher.radius);
            if matcher.options.occlusion().is_some() && view.kind == Rendition::Stored {
                self.needles.covered.push((View { kind: Rendition::Covered, ..view }, *spectrum));
            }
        }
        self.hashing += started.elapsed();
        ControlFlow::Continue(())
    }

    fn wants_grid(&self) -> bool {
        self.means.matcher.options.views() != ViewSet::None
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        let started = Instant::now();
        let best = self.means.matcher.add_views(self.placed(view), grid, 0, &mut self.needles);
        if self.part == Part::Main {
            self.quality = self.quality.max(best);
        }
        self.hashing += started.elapsed();
        ControlFlow::Continue(())
    }

    fn wants_pixels(&self) -> bool {
        self.classic.is_some() || self.means.matcher.confirm.is_some()
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        self.confirm(image, dihedral)?;
        let view = self.placed(view);
        let Some(profile) = self.classic else { return ControlFlow::Continue(()) };
        let matcher = self.means.matcher;
        // An oriented view has the same eight hashes, under other names.
        let is_known = matcher.options.dihedral() && dihedral != Dihedral::Original && self.turned == view.frame;
        // A flat picture has a classic hash near that of every other flat one, so the quality of PDQ decides.
        let is_admitted = matcher.admits(self.latest);
        if is_known || (!is_admitted && (self.hashes.is_some() || self.part != Part::Main)) {
            return ControlFlow::Continue(());
        }
        let started = Instant::now();
        let turns = matcher.turns().iter();
        let turned: Result<Vec<_>, _> =
            turns.map(|&turn| ClassicStream::of_turned(image, &[profile], dihedral.then(turn))).collect();
        self.hashing += started.elapsed();
        let turned = match turned {
            Ok(turned) => turned,
            Err(error) => {
                let outcome = Outcome::OverLimit { what: "pixels", found: 0, allowed: 0 };
                self.stopped = Some(NotDecoded::new(outcome, format!("{error}")));
                return ControlFlow::Break(());
            }
        };
        if self.hashes.is_none() && self.part == Part::Main {
            self.hashes = Some(Hashes::of_classics(profile, self.latest, &turned));
        }
        if !is_admitted {
            return ControlFlow::Continue(());
        }
        self.turned = view.frame;
        let latest = self.latest;
        let confirmed = core::mem::take(&mut self.confirmed);
        let (short, long) = by_length(turned);
        let flow = self.timed_search(|picture| {
            let found = &mut picture.found;
            if short.is_empty() {
                picture.search.view(view, latest, &long, &confirmed, found)
            } else {
                picture.search.view(view, latest, &short, &confirmed, found)
            }
        });
        self.confirmed = confirmed;
        flow
    }
}
