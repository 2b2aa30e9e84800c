//! Exact PDQ of a picture file, as stored and of further views of it.
//!
//! Rows are hashed while they are decoded if the format allows it. If the result depends on the reference's rounding, the picture
//! is decoded again and hashed by [`reference`](crate::hash::pdq::reference()), so the result is always exact.

use alloc::boxed::Box;
use core::fmt;
use core::ops::ControlFlow;
use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use super::border::{Borders, Inner, unletterboxed};
use super::composite;
use super::decoded::Decoded;
use super::error::{DecodeError, Limited, Stage};
use super::file::{decode_page, inspect_page, salvage};
use super::frames::{Frames, frames};
use super::header::Header;
use super::limits::Limits;
use super::rows::rows;
use super::sniff::Format;
use crate::hash::Dihedral;
use crate::hash::pdq::{MAX_SIDE, PdqProfile, PdqSpectrum, PdqStream, memory_len, turned};
use crate::hash::views::{Framing, Grid, GridStream};
use crate::pixels::{ImageError, ImageRef, PixelFormat};

/// Decodes a picture file and computes PDQ of its first frame, as stored.
///
/// Hash, turned hashes and quality equal the reference's. A PNG or GIF is read row by row in little memory, unless it is
/// interlaced or a bit depends on the reference's rounding.
///
/// ```
/// use lookalike::decode::{self, Limits};
/// use lookalike::hash::PdqProfile;
///
/// // A bitmap of 1x1 pixel is too small for a hash; its quality is 0.
/// let mut bitmap = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// bitmap.resize(58, 0);
/// let spectrum = decode::pdq(&bitmap, &Limits::default(), PdqProfile::FullResolution)?;
/// assert_eq!(spectrum.quality(), 0);
/// assert!(decode::pdq(&bitmap[..50], &Limits::default(), PdqProfile::FullResolution).is_err());
/// # Ok::<(), decode::DecodeError>(())
/// ```
///
/// # Errors
///
/// As [`decode`](super::decode()), and [`DecodeError::OverLimit`] for a side longer than [`MAX_SIDE`].
pub fn pdq(bytes: &[u8], limits: &Limits, profile: PdqProfile) -> Result<PdqSpectrum, DecodeError> {
    let header = inspect_page(bytes, 1, limits)?;
    check_side(&header, limits)?;
    let mut found = None;
    let mut keep = |_: View, spectrum: &PdqSpectrum| {
        found = Some(*spectrum);
        ControlFlow::Break(())
    };
    let _ = Job { bytes, page: 1, limits, profile, header }.first_frame(&mut keep)?;
    found.ok_or(DecodeError::Corrupt { format: header.format, stage: Stage::Pixels })
}

/// Decodes a picture file and computes PDQ of all its views (see [`Rendition`]) in all its frames (see [`frames`]).
///
/// The first view is the first frame as stored, whose spectrum is that of [`pdq`]. Search for each view by all eight hashes of its
/// spectrum, if its quality allows. [`Visitor::hashed`] may stop at any view. A frame that is like an earlier one, pixel for pixel, is passed
/// over.
///
/// What else the file holds, further pages of a TIFF for example, is not looked at: see [`page_views`].
///
/// Cost: each further view hashes the pixels once more; an unletterboxed one of a PNG or GIF is also decoded once more.
///
/// # Errors
///
/// As [`pdq`] and [`frames`]. The visitor has received the views before the fault, and those of a damaged JPEG as viewers show it
/// (see [`salvage`](super::salvage())): a match among them is valid, but without one the picture is unchecked.
pub fn pdq_views(
    bytes: &[u8],
    limits: &Limits,
    profile: PdqProfile,
    visitor: &mut (impl Visitor + ?Sized),
) -> Result<(), DecodeError> {
    page_views(bytes, 1, limits, profile, visitor)
}

/// As [`pdq_views`], of a picture of a TIFF by its number, counted from 1: first the pages, then what is below them (previews, thumbnails). Any
/// other file has the first picture only.
///
/// # Errors
///
/// As [`pdq_views`]. A number beyond the last is [`DecodeError::Corrupt`].
pub fn page_views(
    bytes: &[u8],
    page: u32,
    limits: &Limits,
    profile: PdqProfile,
    visitor: &mut (impl Visitor + ?Sized),
) -> Result<(), DecodeError> {
    let header = inspect_page(bytes, page, limits)?;
    visitor.header(&header);
    check_side(&header, limits)?;
    let job = Job { bytes, page, limits, profile, header };
    let is_animated = header.frames > 1 && matches!(header.format, Format::Gif | Format::Png | Format::WebP);
    if !is_animated {
        return job.first_frame(visitor).map(drop);
    }
    match frames(bytes, limits) {
        Ok(frames) => job.all_frames(frames, visitor).map(drop),
        // If frames cannot be composed, the first frame can still be hashed.
        Err(error) => job.first_frame(visitor).and(Err(error)),
    }
}

/// Receives the spectra of a picture's views. Implemented by every closure `FnMut(View, &PdqSpectrum) -> ControlFlow<()>`.
pub trait Visitor {
    /// Receives the header of the file, before anything is decoded.
    fn header(&mut self, header: &Header) {
        let _ = header;
    }

    /// Announces the peak memory in bytes, before it is allocated.
    ///
    /// Memory announced before has been released. The implementation may block until memory is available.
    fn needs(&mut self, bytes: u64) {
        let _ = bytes;
    }

    /// Receives the number of a frame that equals an earlier one, pixel for pixel. It has the same views.
    fn twin(&mut self, frame: u32) {
        let _ = frame;
    }

    /// Receives the spectrum of a view.
    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()>;

    /// Returns true to receive grids: each frame is then also reduced to a grid, in the same pass over its rows.
    fn wants_grid(&self) -> bool {
        false
    }

    /// Receives a frame as stored, reduced to the grid from which further [`views`](crate::hash::views) are computed, right after its
    /// spectrum. Name these views by [`Rendition::Framed`].
    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        let _ = (view, grid);
        ControlFlow::Continue(())
    }

    /// Returns true to receive pixels: every frame is then decoded completely.
    fn wants_pixels(&self) -> bool {
        false
    }

    /// Receives the pixels of a view, for other hashes, right after its spectrum and from the same decoding.
    ///
    /// The pixels of an oriented view are as stored; turn them by `dihedral`, which is [`Dihedral::Original`] for all other views.
    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        let _ = (view, image, dihedral);
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(View, &PdqSpectrum) -> ControlFlow<()>> Visitor for F {
    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self(view, spectrum)
    }
}

/// A view of a picture: which picture of the file, which frame of it was hashed, and in which rendition.
///
/// Displayed as `original`, `oriented`, `unletterboxed`, or by the name of its [`Framing`]; of a frame after the first as `frame 12`,
/// `frame 12 unletterboxed`, `frame 12 trim + crop 2%`; of another picture of the file as `page 2`, `thumbnail 1 oriented`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct View {
    /// Which picture of the file.
    pub part: Part,
    /// Which frame, counted from 1 over all pictures of the file that were looked at: no two have the same.
    pub frame: u32,
    /// Rendition of the frame.
    pub kind: Rendition,
}

impl View {
    /// Names a view of the picture that viewers show: the frame, counted from 1, and its rendition.
    #[must_use]
    pub const fn new(frame: u32, kind: Rendition) -> Self {
        Self { part: Part::Main, frame, kind }
    }
}

/// Which picture of a file. Numbers tell those of a kind apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The picture that viewers show, or the animation.
    Main,
    /// A page of a TIFF, from 2 on.
    Page(u32),
    /// A picture to which a page of a TIFF points, from 1 on.
    Preview(u32),
    /// A picture behind the end of another, from 2 on.
    Picture(u32),
    /// A picture in metadata, from 1 on.
    Thumbnail(u32),
}

impl Part {
    /// `picture` for the one that viewers show, else `page`, `preview`, `picture`, `thumbnail`; and the number.
    #[must_use]
    pub const fn name(self) -> (&'static str, u32) {
        match self {
            Self::Main => ("picture", 1),
            Self::Page(number) => ("page", number),
            Self::Preview(number) => ("preview", number),
            Self::Picture(number) => ("picture", number),
            Self::Thumbnail(number) => ("thumbnail", number),
        }
    }
}

/// How a frame was transformed before it was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rendition {
    /// As stored.
    Stored,
    /// Turned by its EXIF orientation; only if that differs from the stored one.
    Oriented,
    /// Without its uniform border (see [`unletterboxed`]); only if it has one.
    Unletterboxed,
    /// Transparent pixels blended with white, as on a page; only if there are any.
    OnWhite,
    /// Transparent pixels blended with black, as viewers on dark ground show them; only if there are any.
    OnBlack,
    /// With a frame, crop or tilt undone: see [`views`](crate::hash::views). Computed from the grid, not by [`pdq_views`].
    Framed(Framing),
    /// As stored, searched for listed pictures that are partly covered: see `matching::Occlusion`. Not computed by [`pdq_views`].
    Covered,
}

impl Rendition {
    /// Returns true if [`pdq_views`] hands out a grid of such a view, too: of all that is not made from another view.
    #[must_use]
    pub const fn has_grid(self) -> bool {
        matches!(self, Self::Stored | Self::OnWhite | Self::OnBlack)
    }
}

impl fmt::Display for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => f.write_str("stored"),
            Self::Oriented => f.write_str("oriented"),
            Self::Unletterboxed => f.write_str("unletterboxed"),
            Self::Framed(framing) => write!(f, "{framing}"),
            Self::OnWhite => f.write_str("on white"),
            Self::OnBlack => f.write_str("on black"),
            Self::Covered => f.write_str("covered"),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (part, number) = match (self.part, self.frame) {
            (Part::Main, ..=1) if self.kind == Rendition::Stored => return f.write_str("original"),
            (Part::Main, ..=1) => return write!(f, "{}", self.kind),
            (Part::Main, frame) => ("frame", frame),
            (part, _) => part.name(),
        };
        write!(f, "{part} {number}")?;
        if self.kind == Rendition::Stored { Ok(()) } else { write!(f, " {}", self.kind) }
    }
}

/// Refuses a side that is too long to be hashed.
fn check_side(header: &Header, limits: &Limits) -> Result<(), DecodeError> {
    limits.check(Limited::Side, header.width.max(header.height).into())
}

/// The file to hash.
struct Job<'a> {
    bytes: &'a [u8],
    page: u32,
    limits: &'a Limits,
    profile: PdqProfile,
    header: Header,
}

/// The visitor's decision to continue or stop.
type Flow = Result<ControlFlow<()>, DecodeError>;

impl Job<'_> {
    /// Hashes all views of the first frame.
    fn first_frame(&self, visitor: &mut (impl Visitor + ?Sized)) -> Flow {
        let has_rows = self.header.row_bytes_needed < self.header.bytes_needed;
        let needs_all = visitor.wants_pixels() || self.dihedral().is_some();
        if !has_rows || needs_all {
            return self.whole(true, visitor);
        }
        visitor.needs(self.header.row_bytes_needed);
        let mut grid = visitor.wants_grid().then(Box::<Grid>::default);
        let (spectrum, border, is_transparent) = self.stored_in_rows(grid.as_deref_mut())?;
        if !spectrum.is_certain() || is_transparent {
            return self.whole(true, visitor);
        }
        let stored = View::new(1, Rendition::Stored);
        if visitor.hashed(stored, &spectrum).is_break()
            || grid.is_some_and(|grid| visitor.grid(stored, &grid).is_break())
        {
            return Ok(ControlFlow::Break(()));
        }
        let Some(inner) = border else { return Ok(ControlFlow::Continue(())) };
        let spectrum = self.inner_in_rows(inner)?;
        if !spectrum.is_certain() {
            return self.whole(false, visitor);
        }
        Ok(hashed(visitor, 1, Rendition::Unletterboxed, &spectrum))
    }

    /// Computes the spectrum and the border from the rows, fills the grid, and tells whether any pixel is transparent.
    fn stored_in_rows(&self, grid: Option<&mut Grid>) -> Result<(PdqSpectrum, Option<Inner>, bool), DecodeError> {
        let Header { width, height, pixel_format, .. } = self.header;
        let over = |error| self.over_side(error);
        let mut rows = rows(self.bytes, self.limits)?;
        let mut stream = PdqStream::new(width, height, pixel_format, self.profile).map_err(over)?;
        let mut borders = Borders::new(width, height, pixel_format);
        let mut cells =
            grid.map(|grid| GridStream::new(grid, width, height, pixel_format)).transpose().map_err(over)?;
        let mut is_transparent = false;
        while let Some(row) = rows.next_row()? {
            is_transparent = is_transparent || composite::is_transparent(row, pixel_format);
            stream.push_row(row).map_err(over)?;
            borders.push_row(row);
            cells.as_mut().map_or(Ok(()), |cells| cells.push_row(row)).map_err(over)?;
        }
        cells.map_or(Ok(()), GridStream::finish).map_err(over)?;
        Ok((stream.finish().map_err(over)?, borders.finish(), is_transparent))
    }

    /// Computes the spectrum of the picture within its border from the rows.
    fn inner_in_rows(&self, inner: Inner) -> Result<PdqSpectrum, DecodeError> {
        let format = self.header.pixel_format;
        let over = |error| self.over_side(error);
        let mut rows = rows(self.bytes, self.limits)?;
        let mut stream = PdqStream::new(inner.width, inner.height, format, self.profile).map_err(over)?;
        let mut y = 0;
        while let Some(row) = rows.next_row()? {
            if let Some(row) = inner.of_row(y, row, format) {
                stream.push_row(row).map_err(over)?;
            }
            y += 1;
        }
        stream.finish().map_err(over)
    }

    /// Hashes the views of the first frame from its pixels; skips the stored one unless `with_stored`.
    fn whole(&self, with_stored: bool, visitor: &mut (impl Visitor + ?Sized)) -> Flow {
        visitor.needs(self.with_hashing(&self.header));
        let picture = decode_page(self.bytes, self.page, self.limits).or_else(|error| self.salvaged(error, visitor))?;
        if with_stored {
            return self.pixels(1, &picture.image(), visitor);
        }
        unletterboxed(&picture.image()).map_or(Ok(ControlFlow::Continue(())), |inner| self.inner(1, &inner, visitor))
    }

    /// Hashes the views of a damaged picture, as far as viewers show it. Returns the error in any case: without a match the picture is
    /// unchecked.
    fn salvaged(&self, error: DecodeError, visitor: &mut (impl Visitor + ?Sized)) -> Result<Decoded, DecodeError> {
        if let DecodeError::Corrupt { format: Format::Jpeg, stage: Stage::Pixels | Stage::Truncated } = error
            && let Ok(picture) = salvage(self.bytes, self.limits)
        {
            // Whether the visitor stops makes no difference: there are no more views.
            let _ = self.pixels(1, &picture.image(), visitor);
        }
        Err(error)
    }

    /// Hashes the views of all frames, each picture once.
    fn all_frames(&self, mut frames: Frames<'_>, visitor: &mut (impl Visitor + ?Sized)) -> Flow {
        visitor.needs(self.with_hashing(frames.header()));
        let mut seen = HashSet::new();
        while let Some(frame) = frames.next_frame()? {
            let mut digest = Sha256::new();
            frame.image.rows().for_each(|row| digest.update(row));
            if !seen.insert(<[u8; 32]>::from(digest.finalize())) {
                visitor.twin(frame.number);
                continue;
            }
            if self.pixels(frame.number, &frame.image, visitor)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hashes the views of a frame.
    fn pixels(&self, frame: u32, image: &ImageRef<'_>, visitor: &mut (impl Visitor + ?Sized)) -> Flow {
        if self.view(View::new(frame, Rendition::Stored), image, Dihedral::Original, visitor)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(dihedral) = self.dihedral()
            && self.view(View::new(frame, Rendition::Oriented), image, dihedral, visitor)?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(inner) = unletterboxed(image)
            && self.inner(frame, &inner, visitor)?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        self.composites(frame, image, visitor)
    }

    /// Hashes a frame blended with white and with black, whole and within its border, if any of its pixels is transparent.
    fn composites(&self, frame: u32, image: &ImageRef<'_>, visitor: &mut (impl Visitor + ?Sized)) -> Flow {
        if !image.rows().any(|row| composite::is_transparent(row, image.format())) {
            return Ok(ControlFlow::Continue(()));
        }
        for (kind, behind) in [(Rendition::OnWhite, u8::MAX), (Rendition::OnBlack, 0)] {
            let Some(pixels) = composite::on(image, behind, self.limits)? else { continue };
            let blended = ImageRef::packed(&pixels, image.width(), image.height(), PixelFormat::Rgb8);
            let blended = blended.map_err(|error| self.over_side(error))?;
            for image in [Some(blended), unletterboxed(&blended)].into_iter().flatten() {
                if self.view(View::new(frame, kind), &image, Dihedral::Original, visitor)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn inner(&self, frame: u32, inner: &ImageRef<'_>, visitor: &mut (impl Visitor + ?Sized)) -> Flow {
        self.view(View::new(frame, Rendition::Unletterboxed), inner, Dihedral::Original, visitor)
    }

    /// Hashes one view, turned by `dihedral`.
    fn view(
        &self,
        view: View,
        image: &ImageRef<'_>,
        dihedral: Dihedral,
        visitor: &mut (impl Visitor + ?Sized),
    ) -> Flow {
        let spectrum = turned(image, self.profile, dihedral).map_err(|error| self.over_side(error))?;
        if visitor.hashed(view, &spectrum).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if view.kind.has_grid() && visitor.wants_grid() {
            let mut grid = Box::<Grid>::default();
            grid.fill(image).map_err(|error| self.over_side(error))?;
            if visitor.grid(view, &grid).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let wants_pixels = visitor.wants_pixels();
        Ok(if wants_pixels { visitor.pixels(view, image, dihedral) } else { ControlFlow::Continue(()) })
    }

    /// Returns the symmetry of the EXIF orientation unless it is the identity.
    fn dihedral(&self) -> Option<Dihedral> {
        Some(self.header.turn()).filter(|turn| *turn != Dihedral::Original)
    }

    /// Returns the peak memory of decoding and hashing.
    fn with_hashing(&self, header: &Header) -> u64 {
        let Header { width, height, bytes_needed, .. } = *header;
        let floats = memory_len(width, height, self.profile).max(memory_len(height, width, self.profile));
        // If a bit of an oriented picture depends on rounding, its pixels are turned in memory, as grey or RGB.
        let turned = if self.dihedral().is_some() { 3 * u64::from(width) * u64::from(height) } else { 0 };
        // Blended pixels are RGB.
        let alpha = composite::has_alpha(header.pixel_format);
        let blended = if alpha { 3 * u64::from(width) * u64::from(height) } else { 0 };
        bytes_needed.saturating_add(4 * floats as u64).saturating_add(turned).saturating_add(blended)
    }

    /// Translates the only error of hashing here, a side that is too long.
    fn over_side(&self, _: ImageError) -> DecodeError {
        let Header { width, height, .. } = self.header;
        DecodeError::OverLimit { what: Limited::Side, found: width.max(height).into(), allowed: MAX_SIDE.into() }
    }
}

fn hashed(
    visitor: &mut (impl Visitor + ?Sized),
    frame: u32,
    kind: Rendition,
    spectrum: &PdqSpectrum,
) -> ControlFlow<()> {
    visitor.hashed(View::new(frame, kind), spectrum)
}
