//! PDQ: 256 bits and a quality from a picture of any size, fed row by row, in less than 8 KB and without heap.
//!
//! The picture is blurred and reduced to 64x64, of which a DCT keeps the frequencies 1 to 16 of
//! both axes; each of the 256 bits says whether its coefficient lies above the median. Everything up to the 64x64 is
//! integer arithmetic, so the hash is the same on every machine; every finished row of the 64x64 is multiplied
//! straight into the DCT and forgotten.
//!
//! The reference adds up its box filters in running f32 sums, whose rounding depends on everything to the left and
//! above. Where the coefficients around the median lie closer together than that rounding, the reference's bits are
//! noise, and those of [`spectrum()`] and [`PdqStream`] may differ from them: [`PdqSpectrum::is_certain`] tells. Then
//! [`reference()`] does the reference's own arithmetic over again, and equals it for every picture, flat ones included.
//!
//! Source: Meta's PDQ (github.com/facebook/ThreatExchange, `pdq`). `pdq` equals PyPI's pdqhash and threatexchange,
//! `pdq512` Meta's command-line tool; the two differ, by 6 bits at the median of photographs.

mod error;
mod pick;
mod reduce;
mod reference;
mod repetitive;
mod spectrum;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(feature = "alloc")]
mod turned;

use crate::hash::Profile;
use crate::kernel::Level;
use crate::pixels::ImageRef;
use crate::resample::jarosz::{Axis, SAMPLES};
use reduce::{Reducer, Row, Samples};

pub(super) use error::Kind as ErrorKind;
pub use error::PdqError;
#[cfg(feature = "alloc")]
pub use reference::reference;
pub use reference::{memory_len, reference_in};
pub use repetitive::is_repetitive;
pub use spectrum::{CERTAIN_GAP, Pdq, PdqSpectrum};
pub use stream::PdqStream;
#[cfg(feature = "alloc")]
pub use turned::{exact_dihedral, turned};

/// The shortest side that is hashed: 5 pixels. Smaller pictures get the zero hash and quality 0, as in the reference.
pub const MIN_SIDE: u32 = 5;

/// The longest side that is hashed: 524,288 pixels.
pub const MAX_SIDE: u32 = Axis::MAX_LEN;

/// The quality from which on a hash may be listed and matched: 50 of 100, the reference's rule.
pub const MIN_QUALITY: u8 = 50;

/// Which pixels PDQ looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PdqProfile {
    /// All pixels: [`Profile::Pdq`].
    #[default]
    FullResolution,
    /// 512x512 pixels picked by nearest neighbour where either side is longer: [`Profile::Pdq512`].
    Meta512,
}

impl PdqProfile {
    /// The profile under which the hash is listed and looked up.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::FullResolution => Profile::Pdq,
            Self::Meta512 => Profile::Pdq512,
        }
    }

    /// The way in which hashes of a profile are made; none for one that is not of PDQ.
    #[must_use]
    pub const fn of(profile: Profile) -> Option<Self> {
        match profile {
            Profile::Pdq => Some(Self::FullResolution),
            Profile::Pdq512 => Some(Self::Meta512),
            _ => None,
        }
    }
}

/// Computes PDQ of a whole picture.
///
/// Cost: each pixel is read about once; no heap, and about 30 KB of stack; [`PdqStream`] takes less.
///
/// ```
/// use lookalike::hash::pdq;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// let pixels: Vec<u8> = (0..100 * 80).map(|i| if i % 100 / 25 % 2 == i / 100 / 20 % 2 { 200 } else { 40 }).collect();
/// let image = ImageRef::packed(&pixels, 100, 80, PixelFormat::Gray8)?;
/// let spectrum = pdq::spectrum(&image, pdq::PdqProfile::FullResolution)?;
/// assert!(spectrum.quality() >= pdq::MIN_QUALITY);
/// assert_eq!(spectrum.pdq(), spectrum.dihedral()[0]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// Refuses a side longer than [`MAX_SIDE`]. Sides shorter than [`MIN_SIDE`] are no error: see [`PdqSpectrum::pdq`].
pub fn spectrum(image: &ImageRef<'_>, profile: PdqProfile) -> Result<PdqSpectrum, PdqError> {
    let (level, size) = (Level::best(), (image.width(), image.height()));
    Reducer::check(size.0, size.1)?;
    let mut reducer = Reducer::idle();
    reducer.begin(level, size, image.format(), profile);
    let mut samples = Grid([[0.0; SAMPLES]; SAMPLES]);
    for row in image.rows() {
        reducer.push_row(row, &mut samples)?;
    }
    Ok(if reducer.finish()? { PdqSpectrum::of_rows(level, &samples.0) } else { PdqSpectrum::TOO_SMALL })
}

/// All rows of samples, for which a whole picture in memory leaves room: they are transformed faster together.
struct Grid([Row; SAMPLES]);

impl Samples for Grid {
    #[expect(clippy::indexing_slicing, reason = "the reducer counts to 64")]
    fn row(&mut self, i: usize) -> &mut Row {
        &mut self.0[i]
    }

    fn written(&mut self, _: usize) {}
}
