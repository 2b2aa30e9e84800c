//! The hashes of really turned and mirrored pixels, without turning a pixel.
//!
//! The dihedral hashes of [`PdqSpectrum::dihedral`] are the reference's: they turn the coefficients, and differ from
//! hashing turned pixels, because sample positions and even windows are not symmetric. Here the *sampling* is mirrored
//! instead: on a mirrored axis of `n` pixels the pixel at `x` has the weights that the one at `n - 1 - x` has otherwise. One pass over the rows with both placements on both axes gives four grids of 64x64, and swapping the
//! axes of each the other four. Use it for pictures that carry an EXIF orientation, and for needles that equal what a
//! list maker gets who turns a picture and hashes it.

#![expect(clippy::indexing_slicing, reason = "mirrorings are numbered from 0 to 3, and samples from 0 to 63")]

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::pick::{layout, picks};
use super::reference::replicate;
use super::spectrum::PdqSpectrum;
use super::{MIN_SIDE, Pdq, PdqProfile, PdqStream, memory_len, reference};
use crate::hash::Dihedral;
use crate::kernel::Level;
use crate::kernel::triangle::{self, RowSums, SUMS, Triangles};
use crate::kernel::weighted_luma::{self, Wide};
use crate::pixels::{ImageError, ImageRef, PixelFormat};
use crate::resample::jarosz::{Axis, SAMPLES};

/// Computes PDQ as if the pixels had been turned or mirrored before, with the reference's rounding where that decides.
///
/// Equals [`reference()`] of the turned picture, bit for bit. For an EXIF orientation see [`Dihedral::from_exif`].
///
/// Cost: as [`reference()`], and about 120 KB of heap.
///
/// # Errors
///
/// As [`spectrum`](super::spectrum()).
pub fn turned(image: &ImageRef<'_>, profile: PdqProfile, dihedral: Dihedral) -> Result<PdqSpectrum, ImageError> {
    if dihedral == Dihedral::Original {
        return reference(image, profile);
    }
    let (number, swap) = dihedral.parts();
    if let Some(reduction) = Reduction::of(image, profile, |placement| placement == number)? {
        let spectrum = reduction.spectrum(number, swap);
        if spectrum.is_certain() {
            return Ok(spectrum);
        }
    }
    slowly(image, profile, dihedral)
}

/// Computes the hashes of all eight really turned and mirrored pictures, in the order of [`Dihedral::ALL`].
///
/// Each equals [`reference()`] of the turned picture, bit for bit, quality included. The reference's own eight, which are
/// what lists of dihedral hashes hold, are those of [`PdqSpectrum::dihedral`].
///
/// Cost: about twice that of [`reference()`], and half a megabyte of heap.
///
/// # Errors
///
/// As [`spectrum`](super::spectrum()).
///
/// ```
/// use lookalike::hash::pdq::{self, PdqProfile};
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// let pixels: Vec<u8> = (0..90 * 70_u32).map(|i| (i * i / 700 % 256) as u8).collect();
/// let mirrored: Vec<u8> = pixels.chunks(90).flat_map(|row| row.iter().rev()).copied().collect();
/// let image = ImageRef::packed(&pixels, 90, 70, PixelFormat::Gray8)?;
/// let mirror_image = ImageRef::packed(&mirrored, 90, 70, PixelFormat::Gray8)?;
///
/// let eight = pdq::exact_dihedral(&image, PdqProfile::FullResolution)?;
/// let flipy = pdq::reference(&mirror_image, PdqProfile::FullResolution)?.pdq();
/// assert_eq!(eight[5].hash, flipy.hash);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn exact_dihedral(image: &ImageRef<'_>, profile: PdqProfile) -> Result<[Pdq; 8], ImageError> {
    let reduction = Reduction::of(image, profile, |_| true)?;
    let mut eight = [reference(image, profile)?.pdq(); 8];
    for (pdq, dihedral) in eight.iter_mut().zip(Dihedral::ALL).skip(1) {
        let (number, swap) = dihedral.parts();
        let fast = reduction.as_ref().map(|reduction| reduction.spectrum(number, swap));
        *pdq = match fast {
            Some(spectrum) if spectrum.is_certain() => spectrum.pdq(),
            _ => slowly(image, profile, dihedral)?.pdq(),
        };
    }
    Ok(eight)
}

/// Hashes the turned picture with the reference's own arithmetic.
fn slowly(image: &ImageRef<'_>, profile: PdqProfile, dihedral: Dihedral) -> Result<PdqSpectrum, ImageError> {
    if image.width().min(image.height()) < MIN_SIDE {
        return reference(image, profile); // too small to be hashed, however it is turned
    }
    let (_, swap) = dihedral.parts();
    let (width, height) = if swap { (image.height(), image.width()) } else { (image.width(), image.height()) };
    replicate(image, profile, dihedral, &mut vec![0.0; memory_len(width, height, profile)])
}

/// The 64x64 samples of a picture mirrored in some way.
type SampleGrid = [[f32; SAMPLES]; SAMPLES];

/// The grids of a picture mirrored in neither axis, top to bottom, left to right, and both: those that are wanted.
struct Reduction {
    level: Level,
    grids: [Option<Box<SampleGrid>>; 4],
}

impl Reduction {
    /// None for pictures too small to be hashed, or hashed from picked pixels.
    fn of(
        image: &ImageRef<'_>,
        profile: PdqProfile,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<Option<Self>, ImageError> {
        let (width, height) = (image.width(), image.height());
        // refuses what cannot be hashed
        PdqStream::new(width, height, image.format(), profile)?;
        if width.min(height) < MIN_SIDE || picks(width, height, profile) {
            return Ok(None);
        }
        let level = Level::best();
        let (across, down) = (Axis::new(width), Axis::new(height));
        let is_gray = image.format().is_gray();
        let total = f64::from(across.total()) * f64::from(down.total());
        let placed = |mirrored: bool| {
            (0..2)
                .filter(|down| wanted(usize::from(mirrored) * 2 + down))
                .map(|number| Columns::new(down, number == 1))
                .collect::<Vec<_>>()
        };
        let mut straight = placed(false);
        let mut mirrored = placed(true);
        let triangles = Triangles {
            starts: core::array::from_fn(|i| across.start(i)),
            window: across.window(),
            tail: across.tail(),
        };
        let opposite =
            Triangles { starts: core::array::from_fn(|i| across.opposite(i)), window: across.window(), tail: 0 };
        let mut row_sums: RowSums = [0; 3 * SUMS];
        for (y, row) in (0..).zip(image.rows()) {
            if !straight.is_empty() {
                triangle::row_sums(level, row, layout(image.format()), &triangles, &mut row_sums);
                straight.iter_mut().for_each(|columns| columns.add(level, y, &row_sums));
            }
            if !mirrored.is_empty() {
                triangle::row_sums(level, row, layout(image.format()), &opposite, &mut row_sums);
                correct_last(row, image.format(), across, &mut row_sums);
                mirrored.iter_mut().for_each(|columns| columns.add(level, y, &row_sums));
            }
        }
        let mut grids = [const { None }; 4];
        for (columns, is_mirrored) in straight.iter().map(|it| (it, false)).chain(mirrored.iter().map(|it| (it, true)))
        {
            let mut grid = Box::new([[0.0; SAMPLES]; SAMPLES]);
            for (i, row) in grid.iter_mut().enumerate() {
                let mut luma = columns.luma(level, i, is_gray);
                let [.., last, tail] = &mut luma;
                if across.tail() > 0 {
                    *last += *tail / f64::from(across.tail());
                }
                weighted_luma::scale(level, &luma, 1.0 / total, row);
            }
            grids[usize::from(is_mirrored) * 2 + usize::from(columns.mirrored)] = Some(grid);
        }
        Ok(Some(Self { level, grids }))
    }

    /// The spectrum of one of the grids, with its axes swapped or not.
    fn spectrum(&self, number: usize, swap: bool) -> PdqSpectrum {
        let grid = self.grids[number].as_deref().expect("the grid was asked for");
        if !swap {
            return PdqSpectrum::of_rows(self.level, grid);
        }
        let swapped = core::array::from_fn(|i| core::array::from_fn(|j| grid[j][i]));
        PdqSpectrum::of_rows(self.level, &swapped)
    }
}

/// Completes the sums of a row under mirrored triangles.
///
/// With an even window the last triangle, which is the leftmost, begins one pixel before the row. The kernel has summed it
/// from the row's start on, every weight one place too late; the difference is the plain sum under its rising half less
/// that under its falling half. The plain sum of the first pixels goes where that of the last pixels stands otherwise.
fn correct_last(row: &[u8], format: PixelFormat, across: Axis, row_sums: &mut RowSums) {
    let count = across.tail() as usize;
    if count == 0 {
        return;
    }
    let plain = |skipped: usize, taken: usize| {
        let pixels = row.chunks_exact(format.bytes_per_pixel()).skip(skipped).take(taken);
        pixels.fold([0_u32; 3], |mut sums, pixel| {
            sums.iter_mut().zip(triangle::samples(pixel, layout(format))).for_each(|(sum, it)| *sum += u32::from(it));
            sums
        })
    };
    let (rising, falling) = (plain(0, count), plain(count, count + 1));
    let channels = if format.is_gray() { 1 } else { 3 };
    for ((plane, rising), falling) in row_sums.chunks_exact_mut(SUMS).zip(rising).zip(falling).take(channels) {
        if let [.., last, tail] = plane {
            *last = *last + rising - falling;
            *tail = rising;
        }
    }
}

/// The sums of all 64 output rows, for one placement of the vertical axis.
struct Columns {
    down: Axis,
    mirrored: bool,
    sums: Vec<Wide>,
    tail: Wide,
}

impl Columns {
    fn new(down: Axis, mirrored: bool) -> Self {
        Self { down, mirrored, sums: vec![[0; 3 * SUMS]; SAMPLES], tail: [0; 3 * SUMS] }
    }

    /// Adds source row `y`.
    fn add(&mut self, level: Level, y: u32, row_sums: &RowSums) {
        let down = self.down;
        let y = if self.mirrored { down.len() - 1 - y } else { y };
        for (i, sums) in self.sums.iter_mut().enumerate() {
            if down.start(i) <= y && y < down.end(i) {
                weighted_luma::add_wide(level, sums.as_mut_slice(), row_sums, down.weight(y - down.start(i)));
            }
        }
        if y >= down.len() - down.tail() {
            weighted_luma::add_wide(level, self.tail.as_mut_slice(), row_sums, 1);
        }
    }

    /// The luma of output row `i`.
    fn luma(&self, level: Level, i: usize, is_gray: bool) -> [f64; SUMS] {
        let mut luma = weighted_luma::luma_wide(level, &self.sums[i], is_gray);
        if i == SAMPLES - 1 && self.down.tail() > 0 {
            let tail = weighted_luma::luma_wide(level, &self.tail, is_gray);
            luma.iter_mut().zip(tail).for_each(|(luma, tail)| *luma += tail / f64::from(self.down.tail()));
        }
        luma
    }
}

/// The spectra of all eight, without falling back on the slow path.
#[cfg(test)]
pub(super) fn grids_of(image: &ImageRef<'_>) -> [PdqSpectrum; 8] {
    let reduction = Reduction::of(image, PdqProfile::FullResolution, |_| true).unwrap().unwrap();
    Dihedral::ALL.map(|dihedral| {
        let (number, swap) = dihedral.parts();
        reduction.spectrum(number, swap)
    })
}
