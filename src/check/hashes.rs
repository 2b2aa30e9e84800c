//! The hashes of a picture as stored, under one profile or several, without any list.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;
use std::io::Read;
use std::path::Path;

use super::budget::{Budget, Permit};
use super::decoder::contained;
use super::input::Input;
use super::needles::{framed, widened};
use super::{Decoder, Digester, InProcess, NotDecoded};
use crate::decode::{Header, Rendition, View, Visitor};
use crate::hash::views::{Grid, ViewSet};
use crate::hash::{
    Bits256, ClassicHash, ClassicHashes, ClassicStream, Dihedral, PdqProfile, PdqSpectrum, Profile, pdq,
};
use crate::matching::Outcome;
use crate::pixels::ImageRef;
use alloc::sync::Arc;

/// The exact hashes of a picture as stored, under one profile.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashes {
    profile: Profile,
    quality: u8,
    /// As stored, then turned in the order of [`Dihedral::ALL`], as far as computed. Those of 64 bits are followed by zeros.
    bits: Vec<Bits256>,
}

impl Hashes {
    pub(super) fn of_spectrum(profile: Profile, spectrum: &PdqSpectrum) -> Self {
        Self { profile, quality: spectrum.quality(), bits: spectrum.dihedral().map(|turned| turned.hash).into() }
    }

    pub(super) fn of_classics(profile: Profile, quality: u8, turned: &[ClassicHashes]) -> Self {
        let own = turned.iter().flat_map(ClassicHashes::iter).filter(|(found, _)| *found == profile);
        let bits = own.map(|(_, hash)| match hash {
            ClassicHash::Bits64(bits) => widened(&bits),
            ClassicHash::Bits256(bits) => bits,
        });
        Self { profile, quality, bits: bits.collect() }
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// The quality that PDQ gives the picture, 0 to 100, under every profile.
    #[must_use]
    pub const fn quality(&self) -> u8 {
        self.quality
    }

    /// The hash of the picture as stored, and, as far as they were computed, the turned ones: bytes as long as the profile's hashes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Dihedral, &[u8])> {
        let len = self.profile.bits() / 8;
        self.bits.iter().zip(Dihedral::ALL).map(move |(bits, turn)| (turn, bits.as_bytes().split_at(len).0))
    }

    /// The hash of the picture as stored, in hexadecimal, and the turned ones as far as computed.
    pub fn hex(&self) -> impl ExactSizeIterator<Item = (Dihedral, String)> {
        self.bits.iter().zip(Dihedral::ALL).map(|(bits, turn)| (turn, hex(bits, self.profile)))
    }
}

impl fmt::Debug for Hashes {
    /// Never prints the hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashes").field("profile", &self.profile).field("quality", &self.quality).finish_non_exhaustive()
    }
}

/// The first bits of a hash, as many as the profile has, in hexadecimal.
pub(super) fn hex(bits: &Bits256, profile: Profile) -> String {
    let mut text = bits.to_string();
    text.truncate(profile.bits() / 4);
    text
}

/// Hashes picture files without searching any list.
///
/// ```
/// use lookalike::check::PictureHasher;
/// use lookalike::hash::Profile;
///
/// let mut bitmap = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// bitmap.resize(58, 0);
/// let hashed = PictureHasher::new(vec![Profile::Pdq, Profile::Ahash64]).hash(&bitmap);
/// assert_eq!(hashed.hashes().map(<[_]>::len), Ok(2));
/// ```
#[derive(Debug)]
pub struct PictureHasher {
    profiles: Vec<Profile>,
    dihedral: bool,
    views: Option<ViewSet>,
    decoder: Arc<dyn Decoder>,
    files: Budget,
    pixels: Budget,
}

/// A file that was hashed, or why not.
#[derive(Debug)]
pub struct Hashed {
    hashes: Result<Vec<Hashes>, NotDecoded>,
    views: Vec<(View, PdqSpectrum)>,
    header: Option<Header>,
    bytes: Option<u64>,
}

impl Hashed {
    /// A file that the caller could not pass on to be hashed.
    #[must_use]
    pub const fn not_hashed(not: NotDecoded) -> Self {
        Self { hashes: Err(not), views: Vec::new(), header: None, bytes: None }
    }

    /// The hashes, one for each profile in the order asked for.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or decoded.
    pub fn hashes(&self) -> Result<&[Hashes], &NotDecoded> {
        self.hashes.as_deref()
    }

    /// The further views that a checker searches for: those of sufficient quality, where [`PictureHasher::views`] asked for them.
    #[must_use]
    pub fn views(&self) -> &[(View, PdqSpectrum)] {
        &self.views
    }

    /// The header of the file, where it has one.
    #[must_use]
    pub const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The size of the file in bytes, if known.
    #[must_use]
    pub const fn bytes(&self) -> Option<u64> {
        self.bytes
    }
}

impl PictureHasher {
    /// Hashes under these profiles, in the calling thread.
    #[must_use]
    pub fn new(profiles: Vec<Profile>) -> Self {
        let unbounded = || Budget::new(u64::MAX);
        let decoder = Arc::new(InProcess::default());
        Self { profiles, dihedral: false, views: None, decoder, files: unbounded(), pixels: unbounded() }
    }

    /// Sets whether the turned and mirrored hashes are computed, too.
    #[must_use]
    pub const fn dihedral(mut self, dihedral: bool) -> Self {
        self.dihedral = dihedral;
        self
    }

    /// Keeps the further views of the picture, too, and those made from its grid: what a [`Checker`](super::Checker) searches for.
    #[must_use]
    pub const fn views(mut self, views: ViewSet) -> Self {
        self.views = Some(views);
        self
    }

    /// Sets where pictures are decoded.
    #[must_use]
    pub fn decoder(mut self, decoder: Arc<dyn Decoder>) -> Self {
        self.decoder = decoder;
        self
    }

    /// Bounds the memory of all threads together, in bytes.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        (self.files, self.pixels) = budgets(bytes);
        self
    }

    /// Hashes a file in memory.
    #[must_use]
    pub fn hash(&self, file: &[u8]) -> Hashed {
        Hashed { bytes: Some(file.len() as u64), ..self.decoded(file) }
    }

    /// Hashes a file. A symbolic link is followed only if `follow` says so.
    #[must_use]
    pub fn hash_path(&self, path: &Path, follow: bool) -> Hashed {
        self.of_input(&Input::of_path(path, follow, self.decoder.limits(), &self.files, Digester::default()))
    }

    /// Hashes what a reader yields, up to the limit of a file.
    #[must_use]
    pub fn hash_reader(&self, reader: impl Read) -> Hashed {
        self.of_input(&Input::of_reader(reader, self.decoder.limits(), &self.files, Digester::default()))
    }

    fn of_input(&self, input: &Input<'_>) -> Hashed {
        let hashed = match &input.contents {
            Ok(contents) => self.decoded(&contents.bytes),
            Err(not) => Hashed::not_hashed(not.clone()),
        };
        Hashed { bytes: input.bytes, ..hashed }
    }

    fn decoded(&self, file: &[u8]) -> Hashed {
        let pdq = if self.profiles.contains(&Profile::Pdq512) && !self.profiles.contains(&Profile::Pdq) {
            PdqProfile::Meta512
        } else {
            PdqProfile::FullResolution
        };
        let rest = self.profiles.iter().copied().filter(|&profile| profile != pdq.profile()).collect();
        let (found, views) = (Vec::new(), Vec::new());
        let mut first =
            First { hasher: self, pdq, rest, header: None, permit: None, quality: None, found, views, failed: None };
        let decoded = contained(|| self.decoder.views(file, 1, pdq, &mut first)).unwrap_or_else(Err);
        let First { header, found, views, failed, .. } = first;
        let of = |profile: &Profile| found.iter().find(|hashes: &&Hashes| hashes.profile == *profile).cloned();
        let all: Option<Vec<Hashes>> = self.profiles.iter().map(of).collect();
        let hashes = match (all, failed, decoded) {
            // All views are the whole file, the hashes only its first frame.
            (Some(all), None, Ok(())) => Ok(all),
            // Of an animation the first frame may be whole. The views of a damaged still picture are salvaged ones.
            (Some(all), None, Err(_)) if self.views.is_none() && header.is_some_and(|header| header.frames > 1) => {
                Ok(all)
            }
            (_, Some(not), _) | (_, None, Err(not)) => Err(not),
            (None, None, Ok(())) => {
                Err(NotDecoded::new(Outcome::Corrupt { stage: "pixels" }, "the file has no picture".into()))
            }
        };
        Hashed { hashes, views, header, bytes: None }
    }
}

/// Splits a bound on memory: a thread that holds a file and waits for pixels only ever waits for threads that decode, and those wait for
/// nobody.
pub(super) const fn budgets(memory: u64) -> (Budget, Budget) {
    let files = memory / 3;
    (Budget::new(files), Budget::new(memory - files))
}

/// Hashes the first view, and stops there unless further views are kept.
struct First<'h> {
    hasher: &'h PictureHasher,
    pdq: PdqProfile,
    /// The profiles that need pixels.
    rest: Vec<Profile>,
    header: Option<Header>,
    permit: Option<Permit<'h>>,
    /// The quality of the first view.
    quality: Option<u8>,
    found: Vec<Hashes>,
    views: Vec<(View, PdqSpectrum)>,
    failed: Option<NotDecoded>,
}

impl First<'_> {
    /// Stops, unless further views are kept.
    const fn end(&self) -> ControlFlow<()> {
        if self.hasher.views.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn keep(&mut self, mut hashes: Hashes) {
        if !self.hasher.dihedral {
            hashes.bits.truncate(1);
        }
        self.found.push(hashes);
    }
}

impl Visitor for First<'_> {
    fn header(&mut self, header: &Header) {
        self.header = Some(*header);
    }

    fn needs(&mut self, bytes: u64) {
        // What was held is given back before more is waited for.
        self.permit = None;
        let beside = self
            .header
            .map_or(0, |header| ClassicStream::memory_bytes(header.width, header.height, &self.hasher.profiles));
        self.permit = Some(self.hasher.pixels.acquire(bytes.saturating_add(beside)));
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        if self.quality.is_none() {
            self.quality = Some(spectrum.quality());
            self.keep(Hashes::of_spectrum(self.pdq.profile(), spectrum));
        } else if spectrum.quality() >= pdq::MIN_QUALITY {
            self.views.push((view, *spectrum));
        }
        if self.rest.is_empty() { self.end() } else { ControlFlow::Continue(()) }
    }

    fn wants_grid(&self) -> bool {
        self.hasher.views.is_some_and(|views| views != ViewSet::None)
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        let framings = self.hasher.views.map_or(&[][..], ViewSet::framings);
        let spectra = framed(framings, grid, pdq::MIN_QUALITY, |spectrum| !spectrum.is_repetitive());
        self.views
            .extend(spectra.map(|(framing, spectrum)| (View { kind: Rendition::Framed(framing), ..view }, spectrum)));
        ControlFlow::Continue(())
    }

    fn wants_pixels(&self) -> bool {
        !self.rest.is_empty()
    }

    fn pixels(&mut self, _: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        let Some(quality) = self.quality.filter(|_| !self.rest.is_empty()) else { return self.end() };
        let rest = core::mem::take(&mut self.rest);
        let classics: Vec<_> = rest.iter().copied().filter(|&profile| profile != Profile::Pdq512).collect();
        let turns = if self.hasher.dihedral { &Dihedral::ALL[..] } else { &[Dihedral::Original] };
        let turned: Result<Vec<_>, _> =
            turns.iter().map(|&turn| ClassicStream::of_turned(image, &classics, dihedral.then(turn))).collect();
        match turned {
            Ok(turned) => {
                for profile in classics {
                    self.keep(Hashes::of_classics(profile, quality, &turned));
                }
                if rest.contains(&Profile::Pdq512)
                    && let Ok(spectrum) = pdq::reference(image, PdqProfile::Meta512)
                {
                    self.keep(Hashes::of_spectrum(Profile::Pdq512, &spectrum));
                }
            }
            Err(error) => {
                let outcome = Outcome::OverLimit { what: "pixels", found: 0, allowed: 0 };
                self.failed = Some(NotDecoded::new(outcome, error.to_string()));
                return ControlFlow::Break(());
            }
        }
        self.end()
    }
}
