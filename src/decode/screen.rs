//! A JPEG screened from its coefficients, where that is enough to say that nothing looks like it.

use super::error::DecodeError;
use super::file::inspect;
use super::header::Header;
use super::jpeg;
use super::limits::Limits;
use super::sniff::{Format, Sniffed, sniff};
use crate::hash::Dihedral;
use crate::hash::pdq::PdqProfile;
use crate::hash::views::Grid;
use crate::jpeg::{Screened, screen_turned, screen_with_grid as screen_jpeg_with_grid};

/// Luma varies by more than this, of 255, along every side of a picture without a uniform border.
///
/// A border's pixels lie within 15 of one colour, and the means of neighbouring ones closer to each other: of 14 borders of
/// photographs the most was 12. Looking at each pixel of the edges instead, where all coefficients are read, spared no decoding.
const BORDER_CONTRAST: f32 = 16.0;

/// How far the quality of a screened picture may be off: more than ever was seen.
pub const SCREENED_QUALITY_MARGIN: u8 = 20;

/// The shortest smaller side of a picture that is screened with its grid. Below, a cell of the grid is about as large as a pixel, or smaller: of
/// drawn pictures of 300x261 the hashes of views were off by up to 14 bits, of 520x400 by 8, and decoding such a picture takes a millisecond or two.
const GRID_MIN_SIDE: u32 = 768;

/// By how many bits the hash of a view from coefficients may differ from that of the same view from pixels.
pub const SCREENED_VIEW_MARGIN: u32 = 10;

/// The views of a JPEG, screened from its coefficients.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Screening {
    /// What the header says.
    pub header: Header,
    /// As stored.
    pub stored: Screened,
    /// As its EXIF orientation says that it is to be turned; only where that is another way than stored.
    pub oriented: Option<Screened>,
}

/// Screens a JPEG: makes hashes from its coefficients, a tenth of the work, which differ from the exact ones by a few bits.
///
/// Nothing for a picture that has to be looked at pixel by pixel: one of another kind or profile, one too small, one with what may be
/// a uniform border (which is a view of its own: see [`unletterboxed`](super::unletterboxed)), or one that is in any way unusual or damaged
/// (then decoding it will tell). Otherwise
///
/// - look [`Screening::stored`] and [`Screening::oriented`] up, all eight hashes, with a radius larger by [`Screened::margin`];
/// - if nothing is found and the quality is [`SCREENED_QUALITY_MARGIN`] above the least wanted, [`pdq_views`](super::pdq_views)
///   would find nothing either;
/// - else that decides.
///
/// That a file is whole is seen to as in decoding it. But of a progressive file the scans that refine the picture are not looked
/// at, so damage within them goes unnoticed.
///
/// ```
/// use lookalike::decode::{self, Limits};
/// use lookalike::hash::PdqProfile;
///
/// assert!(decode::screen(b"GIF89a", &Limits::default(), PdqProfile::FullResolution)?.is_none());
/// # Ok::<(), decode::DecodeError>(())
/// ```
///
/// # Errors
///
/// As [`inspect`], and [`DecodeError::Corrupt`] for a JPEG that is not whole.
pub fn screen(bytes: &[u8], limits: &Limits, profile: PdqProfile) -> Result<Option<Screening>, DecodeError> {
    screen_by(bytes, limits, profile, 0, |bytes, turn| screen_turned(bytes, turn).ok())
}

/// Screens a JPEG as [`screen`] does, and fills the grid from which the [`views`](crate::hash::views) of the picture as stored are
/// made, from the same coefficients. Where it screens nothing, the grid is of no picture; that is so for all whose smaller side is below 768
/// pixels, too.
///
/// Hashes of views from this grid are within [`SCREENED_VIEW_MARGIN`] bits of those from the pixels' grid.
///
/// # Errors
///
/// As [`screen`].
pub fn screen_with_grid(
    bytes: &[u8],
    limits: &Limits,
    profile: PdqProfile,
    grid: &mut Grid,
) -> Result<Option<Screening>, DecodeError> {
    grid.clear();
    let screen = |bytes: &[u8], turn| screen_jpeg_with_grid(bytes, turn, grid).ok();
    let screened = screen_by(bytes, limits, profile, GRID_MIN_SIDE, screen)?;
    if screened.is_none() {
        grid.clear();
    }
    Ok(screened)
}

fn screen_by(
    bytes: &[u8],
    limits: &Limits,
    profile: PdqProfile,
    least_side: u32,
    screen: impl FnOnce(&[u8], Dihedral) -> Option<(Screened, Screened)>,
) -> Result<Option<Screening>, DecodeError> {
    if profile != PdqProfile::FullResolution || sniff(bytes) != Sniffed::Supported(Format::Jpeg) {
        return Ok(None);
    }
    let header = inspect(bytes, limits)?;
    if header.width.min(header.height) < least_side {
        return Ok(None);
    }
    jpeg::check_whole(bytes, limits)?;
    let turn = header.turn();
    let Some((stored, turned)) = screen(bytes, turn) else { return Ok(None) };
    let may_have_border = stored.edge_contrast() <= BORDER_CONTRAST;
    let oriented = (turn != Dihedral::Original).then_some(turned);
    Ok((!may_have_border).then_some(Screening { header, stored, oriented }))
}
