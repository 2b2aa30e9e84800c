//! PDQ of a whole picture in memory.

use super::profile::PdqProfile;
use super::reduce::{Reducer, Row, Samples};
use super::spectrum::PdqSpectrum;
use crate::kernel::Level;
use crate::pixels::{ImageError, ImageRef};
use crate::resample::jarosz::SAMPLES;

#[cfg(doc)]
use super::{MAX_SIDE, MIN_SIDE, PdqStream};

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
pub fn spectrum(image: &ImageRef<'_>, profile: PdqProfile) -> Result<PdqSpectrum, ImageError> {
    let (level, size) = (Level::best(), (image.width(), image.height()));
    Reducer::check(size.0, size.1)?;
    let mut reducer = Reducer::idle();
    reducer.begin(level, size, image.format(), profile);
    let mut samples = AllRows([[0.0; SAMPLES]; SAMPLES]);
    for row in image.rows() {
        reducer.push_row(row, &mut samples)?;
    }
    Ok(if reducer.finish()? { PdqSpectrum::of_rows(level, &samples.0) } else { PdqSpectrum::TOO_SMALL })
}

/// All rows of samples, for which a whole picture in memory leaves room: they are transformed faster together.
struct AllRows([Row; SAMPLES]);

impl Samples for AllRows {
    #[expect(clippy::indexing_slicing, reason = "the reducer counts to 64")]
    fn row(&mut self, i: usize) -> &mut Row {
        &mut self.0[i]
    }

    fn written(&mut self, _: usize) {}
}
