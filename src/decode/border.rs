//! Finds a uniform border: the bars of a letterboxed film, the padding of a picture made to fit, a frame around a copy.
//!
//! A bar moves every sample of a hash, so a picture in bars is also searched for without them. The border of a side consists of
//! the outermost rows or columns whose pixels are all within [`TOLERANCE`] of one colour. Each side has its own colour; bars need
//! not be black as in threatexchange's `unletterbox`. Columns are compared between the bars above and below.
//!
//! Takes one pass over the rows, which for a picture without a border compares about two pixels a row.

#![expect(clippy::indexing_slicing, reason = "a row has the pixels of the width, and a side is at most as wide")]

use crate::pixels::{ImageRef, PixelFormat};

/// Largest difference of a channel from the border's colour, of 255: threatexchange's threshold for black.
const TOLERANCE: u8 = 15;

/// Smallest border as a fraction of the side (1/64): half a sample of PDQ's 64 at either end.
const LEAST_SHARE: u32 = 64;

/// Smallest remaining fraction of each side (1/4); an upright film in a wide frame leaves a third.
const LEAST_REST: u32 = 4;

/// Smallest remaining side in pixels: the 64x64 to which PDQ reduces.
const LEAST_SIDE: u32 = 64;

/// Borrows the part of a picture within its uniform border; returns none if there is no significant border.
///
/// A border is significant if it takes at least a 64th of the width or height, and leaves at least a quarter of each and 64 pixels.
/// It may have any colour, a different one on each side; channels may vary by 15 of 255. A flat picture has no border.
///
/// ```
/// use lookalike::decode::unletterboxed;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// // 100 rows of noise between two white bars of 30.
/// let pixels: Vec<u8> = (0..160 * 200_u32)
///     .map(|i| if (30..130).contains(&(i / 200)) { (i.wrapping_mul(2_654_435_761) >> 24) as u8 } else { 255 })
///     .collect();
/// let image = ImageRef::packed(&pixels, 200, 160, PixelFormat::Gray8)?;
/// let inner = unletterboxed(&image).unwrap();
/// assert_eq!((inner.width(), inner.height()), (200, 100));
/// assert!(unletterboxed(&inner).is_none());
/// # Ok::<(), lookalike::pixels::ImageError>(())
/// ```
#[must_use]
pub fn unletterboxed<'a>(image: &ImageRef<'a>) -> Option<ImageRef<'a>> {
    let mut borders = Borders::new(image.width(), image.height(), image.format());
    image.rows().for_each(|row| borders.push_row(row));
    borders.finish().and_then(|inner| inner.of(image))
}

/// Rectangle of the picture within its border, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    left: u32,
    top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Inner {
    /// Crops a picture to this rectangle.
    fn of<'a>(self, image: &ImageRef<'a>) -> Option<ImageRef<'a>> {
        image.crop(self.left, self.top, self.width, self.height)
    }

    /// Crops row `y`; returns none above and below the rectangle.
    pub(super) fn of_row(self, y: u32, row: &[u8], format: PixelFormat) -> Option<&[u8]> {
        let bytes = format.bytes_per_pixel();
        let is_within = (self.top..self.top + self.height).contains(&y);
        let (left, width) = (self.left as usize * bytes, self.width as usize * bytes);
        is_within.then(|| &row[left..left + width])
    }
}

/// Finds the border of a picture from its rows, top to bottom.
pub(super) struct Borders {
    width: u32,
    height: u32,
    ruler: Ruler,
    /// Rows pushed.
    rows: u32,
    /// Uniform rows of one colour from the top on; all rows so far while `run` is as long.
    top: u32,
    /// Uniform rows of one colour up to the latest row, and their colour.
    run: u32,
    color: Block,
    left: Side,
    right: Side,
}

/// The border on the left or on the right.
#[derive(Clone, Copy)]
struct Side {
    color: Block,
    /// Its width in all rows below the top's border, but for the latest run of uniform rows.
    width: usize,
    /// Its width in these, which count unless the run turns out to be the border at the bottom.
    in_run: usize,
}

impl Borders {
    pub(super) fn new(width: u32, height: u32, format: PixelFormat) -> Self {
        let side = Side { color: [0; BLOCK], width: width as usize, in_run: width as usize };
        let ruler = Ruler::new(format);
        Self { width, height, ruler, rows: 0, top: 0, run: 0, color: [0; BLOCK], left: side, right: side }
    }

    pub(super) fn push_row(&mut self, row: &[u8]) {
        let ruler = self.ruler;
        let whole = self.width as usize;
        let bytes = ruler.bytes_per_pixel;
        self.rows += 1;
        if self.run > 0 && ruler.run(row, &self.color) == whole {
            self.run += 1;
        } else {
            // The run, if there was one, lies within the picture.
            self.left.settle();
            self.right.settle();
            self.color = ruler.colored(&row[..bytes]);
            self.run = u32::from(ruler.run(row, &self.color) == whole);
        }
        if self.run == self.rows {
            self.top = self.run;
            return;
        }
        if self.top + 1 == self.rows {
            self.left.color = ruler.colored(&row[..bytes]);
            self.right.color = ruler.colored(&row[row.len() - bytes..]);
        }
        let is_uniform = self.run > 0;
        self.left.narrow(is_uniform, |color, width| ruler.run(&row[..width * bytes], color));
        self.right.narrow(is_uniform, |color, width| ruler.run_back(&row[row.len() - width * bytes..], color));
    }

    /// Returns the rectangle within the border, or none if there is no significant border.
    pub(super) fn finish(self) -> Option<Inner> {
        #[expect(clippy::cast_possible_truncation, reason = "at most the width of the picture")]
        let narrowed = |side: Side| side.width as u32;
        let axis = |length: u32, before: u32, after: u32| {
            let rest = length.checked_sub(before)?.checked_sub(after).filter(|rest| *rest > 0)?;
            let is_of_note = (before + after).saturating_mul(LEAST_SHARE) >= length;
            Some(if is_of_note { (before, rest) } else { (0, length) })
        };
        let (left, width) = axis(self.width, narrowed(self.left), narrowed(self.right))?;
        let (top, height) = axis(self.height, self.top, self.run)?;
        let is_enough = |rest: u32, side: u32| rest >= LEAST_SIDE && rest.saturating_mul(LEAST_REST) >= side;
        let is_bordered = (width, height) != (self.width, self.height);
        (is_bordered && is_enough(width, self.width) && is_enough(height, self.height)).then_some(Inner {
            left,
            top,
            width,
            height,
        })
    }
}

impl Side {
    /// Narrows the border to that of another row; `measure` returns its width there, up to the given one.
    fn narrow(&mut self, is_uniform: bool, measure: impl Fn(&Block, usize) -> usize) {
        let width = if is_uniform { &mut self.in_run } else { &mut self.width };
        if *width > 0 {
            *width = measure(&self.color, *width);
        }
    }

    fn settle(&mut self) {
        self.width = self.width.min(self.in_run);
        self.in_run = self.width;
    }
}

/// Bytes compared at a time: a multiple of every format's bytes per pixel, and of a vector's length.
const BLOCK: usize = 48;

/// A colour repeated to the length of a block.
type Block = [u8; BLOCK];

/// Compares pixels of one format with a colour.
#[derive(Clone, Copy)]
struct Ruler {
    bytes_per_pixel: usize,
    /// All ones where a byte counts: not alpha, and of 16 bits the upper eight.
    mask: Block,
}

impl Ruler {
    fn new(format: PixelFormat) -> Self {
        let bytes_per_pixel = format.bytes_per_pixel();
        let counts = |byte: usize| match format {
            PixelFormat::Gray8 | PixelFormat::Rgb8 | PixelFormat::Bgr8 => true,
            PixelFormat::Rgba8 | PixelFormat::Bgra8 => byte < 3,
            PixelFormat::Gray16 | PixelFormat::Rgb16 | PixelFormat::Rgba16 => byte % 2 == 1 && byte < 6,
        };
        let mask = core::array::from_fn(|i| if counts(i % bytes_per_pixel) { 0xff } else { 0 });
        Self { bytes_per_pixel, mask }
    }

    /// Repeats a pixel to the length of a block.
    fn colored(&self, pixel: &[u8]) -> Block {
        let mut block = [0; BLOCK];
        block.chunks_exact_mut(self.bytes_per_pixel).for_each(|place| place.copy_from_slice(pixel));
        block
    }

    /// Returns true if all pixels in `bytes` are near the colour.
    fn is_near(&self, bytes: &[u8], color: &Block) -> bool {
        bytes.iter().zip(color).zip(&self.mask).all(|((byte, color), mask)| byte.abs_diff(*color) & mask <= TOLERANCE)
    }

    /// As [`Ruler::is_near`] for a full block, without branches.
    fn is_block_near(&self, bytes: &Block, color: &Block) -> bool {
        let differences = bytes.iter().zip(color).zip(&self.mask);
        differences.fold(0, |most: u8, ((byte, color), mask)| most.max(byte.abs_diff(*color) & mask)) <= TOLERANCE
    }

    /// Counts the pixels near the colour from the first on.
    fn run(&self, row: &[u8], color: &Block) -> usize {
        let (blocks, _) = row.as_chunks::<BLOCK>();
        let near = blocks.iter().take_while(|block| self.is_block_near(block, color)).count() * BLOCK;
        let rest = row[near..].chunks_exact(self.bytes_per_pixel);
        near / self.bytes_per_pixel + rest.take_while(|pixel| self.is_near(pixel, color)).count()
    }

    /// Counts the pixels near the colour from the last backwards.
    fn run_back(&self, row: &[u8], color: &Block) -> usize {
        let (_, blocks) = row.as_rchunks::<BLOCK>();
        let near = blocks.iter().rev().take_while(|block| self.is_block_near(block, color)).count() * BLOCK;
        let rest = row[..row.len() - near].chunks_exact(self.bytes_per_pixel);
        near / self.bytes_per_pixel + rest.rev().take_while(|pixel| self.is_near(pixel, color)).count()
    }
}
