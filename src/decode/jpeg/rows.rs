//! Samples of components to rows of pixels: stretched where a component has fewer, and converted.
//!
//! Each component keeps the samples of one row of units, or of two if rows are made between rows: then the last rows of a unit
//! wait for the first ones of the next. At the edges of the picture its outermost samples go on, not those that fill blocks.

#![expect(clippy::indexing_slicing, reason = "rows and columns are below the numbers for which the memory was made")]

use alloc::vec::Vec;

use super::frame::{BLOCK, Component, Frame};
use super::scan::MOST;
use crate::decode::error::DecodeError;
use crate::decode::limits::Limits;
use crate::decode::samples::{absorbed, zeros};
use crate::jpeg::ColorModel;
use crate::kernel::Level;
use crate::kernel::jpeg_color::ycc_to_rgb;
use crate::kernel::jpeg_upsample::{between, double_both, double_width, repeat};

/// How the rows of a component are stretched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stretch {
    None,
    DoubleWidth,
    DoubleHeight,
    DoubleBoth,
    /// Samples are repeated so many times across; down, too.
    Repeat(usize),
}

impl Stretch {
    /// libjpeg's choice: smooth by factors of two, unless the row is too narrow for its code.
    const fn of(component: &Component, frame: &Frame) -> Self {
        let (across, down) = (frame.across / component.across, frame.down / component.down);
        match (across, down) {
            (1, 1) => Self::None,
            (2, 1) if component.width > 2 => Self::DoubleWidth,
            (1, 2) => Self::DoubleHeight,
            (2, 2) if component.width > 2 => Self::DoubleBoth,
            _ => Self::Repeat(across),
        }
    }

    const fn is_between_rows(self) -> bool {
        matches!(self, Self::DoubleHeight | Self::DoubleBoth)
    }
}

/// A component.
struct Plane {
    component: Component,
    stretch: Stretch,
    samples: Samples,
    /// A row of it, stretched.
    stretched: Vec<u8>,
}

/// The samples of a component's last rows.
struct Samples {
    bytes: Vec<u8>,
    /// Samples of a row, and bytes from row to row.
    width: usize,
    stride: usize,
    /// Rows that are kept.
    kept: usize,
}

impl Samples {
    fn row(&self, y: usize) -> &[u8] {
        &self.bytes[y % self.kept * self.stride..][..self.width]
    }
}

/// Rows of a picture under way.
pub(super) struct PixelRows<'p> {
    level: Level,
    model: ColorModel,
    width: usize,
    height: usize,
    /// The largest sampling factor down.
    down: usize,
    units_down: usize,
    planes: Vec<Plane>,
    /// Memory for sums of two rows.
    sums: Vec<u16>,
    pixels: &'p mut [u8],
    /// Rows that are done.
    done: usize,
}

/// Bytes of memory that making rows takes, beside the pixels.
pub(super) fn bytes_needed(frame: &Frame) -> u64 {
    let line = frame.units_across * frame.across * BLOCK;
    let planes: usize =
        frame.components.iter().map(|own| kept(frame) * own.down * BLOCK * own.stored_across * BLOCK + line).sum();
    (planes + 2 * (line + 2)) as u64
}

/// Rows of units that are kept.
fn kept(frame: &Frame) -> usize {
    1 + usize::from(frame.components.iter().any(|own| Stretch::of(own, frame).is_between_rows()))
}

impl<'p> PixelRows<'p> {
    pub(super) fn new(
        frame: &Frame,
        model: ColorModel,
        pixels: &'p mut [u8],
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let line = frame.units_across * frame.across * BLOCK;
        let kept = kept(frame);
        let mut planes = Vec::with_capacity(frame.components.len());
        for &component in &frame.components {
            let (stride, kept) = (component.stored_across * BLOCK, kept * component.down * BLOCK);
            let bytes = zeros((stride * kept) as u64, limits)?;
            let samples = Samples { bytes, width: component.width, stride, kept };
            let stretch = Stretch::of(&component, frame);
            planes.push(Plane { component, stretch, samples, stretched: zeros(line as u64, limits)? });
        }
        let sums = alloc::vec![0; line + 2];
        let Frame { width, height, down, units_down, .. } = *frame;
        Ok(Self { level: Level::best(), model, width, height, down, units_down, planes, sums, pixels, done: 0 })
    }

    /// Where the samples of a block are to be put: from its first on, and the bytes from row to row.
    #[inline]
    pub(super) fn block(&mut self, component: usize, row: usize, column: usize) -> (&mut [u8], usize) {
        let Samples { bytes, stride, kept, .. } = &mut self.planes[component].samples;
        (&mut bytes[BLOCK * row % *kept * *stride + BLOCK * column..], *stride)
    }

    pub(super) const fn level(&self) -> Level {
        self.level
    }

    /// Makes the rows of pixels for which there are samples, once those of a row of units are there.
    pub(super) fn finish_units(&mut self, row: usize) {
        let waiting = if self.planes.iter().any(|plane| plane.stretch.is_between_rows()) { self.down } else { 0 };
        let ready = if row + 1 == self.units_down { self.height } else { (row + 1) * BLOCK * self.down - waiting };
        while self.done < ready {
            self.finish_row();
            self.done += 1;
        }
    }

    fn finish_row(&mut self) {
        let (y, level) = (self.done, self.level);
        for plane in &mut self.planes {
            let own = &plane.component;
            let (at, is_upper) = (y * own.down / self.down, y % 2 == 0);
            let near = plane.samples.row(at);
            let beside = if is_upper { at.saturating_sub(1) } else { (at + 1).min(own.height - 1) };
            let far = plane.samples.row(beside);
            let stretched = &mut plane.stretched;
            match plane.stretch {
                Stretch::None => {}
                Stretch::DoubleWidth => double_width(level, near, stretched),
                Stretch::DoubleHeight => between(level, near, far, if is_upper { 1 } else { 2 }, stretched),
                Stretch::DoubleBoth => double_both(level, near, far, &mut self.sums, stretched),
                Stretch::Repeat(times) => repeat(near, times, stretched),
            }
        }
        let mut lines: [&[u8]; MOST] = [&[]; MOST];
        for (line, plane) in lines.iter_mut().zip(&self.planes) {
            *line = if plane.stretch == Stretch::None { plane.samples.row(y) } else { &plane.stretched[..self.width] };
        }
        let [first, second, third, fourth] = lines;
        let samples = if self.model == ColorModel::Gray { 1 } else { 3 };
        let pixels = &mut self.pixels[y * self.width * samples..][..self.width * samples];
        match self.model {
            ColorModel::Gray => pixels.copy_from_slice(first),
            ColorModel::YCbCr | ColorModel::Ycck => ycc_to_rgb(level, first, second, third, pixels),
            ColorModel::Rgb | ColorModel::Cmyk => {
                let lines = first.iter().zip(second).zip(third);
                for (pixel, ((&red, &green), &blue)) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(lines) {
                    *pixel = [red, green, blue];
                }
            }
        }
        // Inks are stored inverted, but those that are coded as YCbCr; black always is: as the light that it leaves.
        let inverted = if self.model == ColorModel::Cmyk { 255 } else { 0 };
        if matches!(self.model, ColorModel::Cmyk | ColorModel::Ycck) {
            for (pixel, &light) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(fourth) {
                *pixel = pixel.map(|sample| absorbed(sample ^ inverted, light));
            }
        }
    }
}
