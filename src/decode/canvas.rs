//! The canvas of an animation, on which frames are drawn and disposed of.

#![expect(
    clippy::indexing_slicing,
    reason = "the canvas has all pixels of its width and height, and rectangles are clipped to it"
)]

use alloc::vec::Vec;

use super::error::DecodeError;
use super::limits::Limits;
use super::samples::zeros;
use crate::pixels::{ImageRef, PixelFormat};

/// Rectangle of a frame on its canvas; it may extend beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Disposal of a frame before the next one is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposal {
    /// The frame stays.
    Keep,
    /// Its rectangle is filled with this colour (grey uses the first channel).
    Fill([u8; 3]),
    /// The pixels before the frame are restored.
    Restore,
}

/// Opaque pixels, on which transparent frames are blended.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    format: PixelFormat,
    pixels: Vec<u8>,
    /// The last frame and its disposal.
    leaving: Option<(Rectangle, Disposal)>,
    /// Pixels to restore.
    behind: Vec<u8>,
}

impl Canvas {
    /// Makes a black canvas. With the pixels of [`Disposal::Restore`] it takes twice its size, which the caller checks against the limits.
    pub(super) fn new(width: u32, height: u32, format: PixelFormat, limits: &Limits) -> Result<Self, DecodeError> {
        let bytes = u64::from(width) * u64::from(height) * format.bytes_per_pixel() as u64;
        Ok(Self { width, height, format, pixels: zeros(bytes, limits)?, leaving: None, behind: Vec::new() })
    }

    pub(super) fn image(&self) -> ImageRef<'_> {
        ImageRef::packed(&self.pixels, self.width, self.height, self.format).expect("made by `new` for these measures")
    }

    /// Borrows all pixels, for a decoder that draws them itself.
    pub(super) fn pixels(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// Fills the canvas.
    pub(super) fn fill(&mut self, color: [u8; 3]) {
        let all = Rectangle { left: 0, top: 0, width: self.width as usize, height: self.height as usize };
        self.paint(all, color);
    }

    /// Disposes of the last frame and begins the next.
    pub(super) fn begin(&mut self, rectangle: Rectangle, disposal: Disposal) {
        match self.leaving.take() {
            Some((before, Disposal::Fill(color))) => self.paint(before, color),
            Some((before, Disposal::Restore)) => {
                let behind = core::mem::take(&mut self.behind);
                let mut rest = behind.as_slice();
                self.rows(before, |row| {
                    let (now, later) = rest.split_at(row.len());
                    row.copy_from_slice(now);
                    rest = later;
                });
                self.behind = behind;
            }
            Some((_, Disposal::Keep)) | None => {}
        }
        if disposal == Disposal::Restore {
            let mut behind = core::mem::take(&mut self.behind);
            behind.clear();
            self.rows(rectangle, |row| behind.extend_from_slice(row));
            self.behind = behind;
        }
        self.leaving = Some((rectangle, disposal));
    }

    /// Borrows the pixels under row `y` of a frame, clipped to the canvas.
    pub(super) fn row(&mut self, rectangle: Rectangle, y: usize) -> &mut [u8] {
        let (bytes, width) = (self.format.bytes_per_pixel(), self.width as usize);
        let start = rectangle.left.min(width);
        let end = rectangle.left.saturating_add(rectangle.width).min(width);
        let y = rectangle.top.saturating_add(y);
        if y >= self.height as usize {
            return &mut [];
        }
        &mut self.pixels[(y * width + start) * bytes..(y * width + end) * bytes]
    }

    /// Visits every row of the canvas under a frame.
    fn rows(&mut self, rectangle: Rectangle, mut visit: impl FnMut(&mut [u8])) {
        let below = (self.height as usize).saturating_sub(rectangle.top);
        (0..rectangle.height.min(below)).for_each(|y| visit(self.row(rectangle, y)));
    }

    fn paint(&mut self, rectangle: Rectangle, color: [u8; 3]) {
        let [grey, ..] = color;
        let is_gray = self.format.is_gray();
        self.rows(rectangle, |row| if is_gray { row.fill(grey) } else { row.as_chunks_mut::<3>().0.fill(color) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canvas() -> Canvas {
        let mut canvas = Canvas::new(3, 2, PixelFormat::Gray8, &Limits::default()).unwrap();
        canvas.pixels().copy_from_slice(&[1, 2, 3, 4, 5, 6]);
        canvas
    }

    #[test]
    fn a_frame_is_taken_off_as_it_asks() {
        // It reaches beyond the canvas on the right and below.
        let frame = Rectangle { left: 1, top: 1, width: 5, height: 4 };
        for (disposal, after) in [
            (Disposal::Keep, [1, 2, 3, 4, 9, 9]),
            (Disposal::Fill([7, 8, 9]), [1, 2, 3, 4, 7, 7]),
            (Disposal::Restore, [1, 2, 3, 4, 5, 6]),
        ] {
            let mut canvas = canvas();
            canvas.begin(frame, disposal);
            canvas.row(frame, 0).fill(9);
            assert!(canvas.row(frame, 1).is_empty());
            assert_eq!(canvas.pixels(), [1, 2, 3, 4, 9, 9]);
            canvas.begin(Rectangle { left: 0, top: 0, width: 1, height: 1 }, Disposal::Keep);
            assert_eq!(canvas.pixels(), after, "{disposal:?}");
        }
    }

    #[test]
    fn a_frame_beside_the_canvas_draws_nothing() {
        let frame = Rectangle { left: 3, top: 2, width: 2, height: 2 };
        let mut canvas = canvas();
        canvas.begin(frame, Disposal::Restore);
        assert!(canvas.row(frame, 0).is_empty());
        canvas.begin(frame, Disposal::Fill([0; 3]));
        canvas.begin(frame, Disposal::Keep);
        assert_eq!(canvas.pixels(), [1, 2, 3, 4, 5, 6]);
    }
}
