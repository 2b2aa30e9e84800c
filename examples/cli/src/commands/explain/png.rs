//! The two grids as a picture, with the verdict below.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::{FONT_7X13, FONT_7X13_BOLD};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Circle, PrimitiveStyle, Rectangle};
use embedded_graphics::text::Text;
use image::{Rgb, RgbImage};

use super::compare::Grid;

/// Pixels of a grid's side, and around it.
const GRID: i32 = 320;
const MARGIN: i32 = 24;
/// A line of text, and how many letters of seven pixels fit the picture.
const LINE: i32 = 18;
const LETTERS: usize = 94;

const GROUND: Rgb888 = Rgb888::new(255, 255, 255);
const INK: Rgb888 = Rgb888::new(34, 34, 34);
const CLEAR: Rgb888 = Rgb888::new(236, 236, 236);
const SET: Rgb888 = Rgb888::new(51, 68, 85);
const DIFFERS: Rgb888 = Rgb888::new(204, 34, 34);
const DIFFERS_CLEAR: Rgb888 = Rgb888::new(246, 201, 194);

/// Draws both hashes, and below them texts, each bold or not.
pub(super) fn picture(grids: &[Grid], texts: &[(String, bool)]) -> RgbImage {
    let lines = texts.iter().flat_map(|(text, is_bold)| broken(text).into_iter().map(|line| (line, *is_bold)));
    let lines: Vec<_> = (0..).zip(lines).collect();
    let foot = 2 * MARGIN + LINE + GRID;
    let (width, height) = (3 * MARGIN + 2 * GRID, foot + MARGIN + LINE * lines.last().map_or(0, |(at, _)| at + 1));
    let mut canvas = Canvas(RgbImage::new(width.cast_unsigned(), height.cast_unsigned()));
    let Ok(()) = canvas.clear(GROUND);
    for (grid, left) in grids.iter().zip([MARGIN, 2 * MARGIN + GRID]) {
        canvas.text(&grid.name, Point::new(left, MARGIN), true);
        canvas.grid(grid, Point::new(left, MARGIN + LINE / 2));
    }
    for (at, (line, is_bold)) in &lines {
        canvas.text(line, Point::new(MARGIN, foot + LINE * at), *is_bold);
    }
    canvas.0
}

/// Lines that fit the picture; what the font has no letter for becomes a question mark.
fn broken(text: &str) -> Vec<String> {
    let letters: String = text.chars().map(|it| if u32::from(it) < 256 { it } else { '?' }).collect();
    textwrap::wrap(&letters, LETTERS).into_iter().map(std::borrow::Cow::into_owned).collect()
}

struct Canvas(RgbImage);

impl Canvas {
    fn text(&mut self, text: &str, at: Point, is_bold: bool) {
        let style = MonoTextStyle::new(if is_bold { &FONT_7X13_BOLD } else { &FONT_7X13 }, INK);
        let Ok(_) = Text::new(text, at, style).draw(self);
    }

    fn grid(&mut self, grid: &Grid, at: Point) {
        let cell = GRID / if grid.rows.len() == 8 { 8 } else { 16 };
        // a pixel of ground stays between the cells
        let length = (cell - 1).cast_unsigned();
        for (y, row) in (0..).zip(&grid.rows) {
            for (x, bit) in (0..).zip(&row.bits) {
                let (fill, ring) = match (bit.is_set, bit.differs) {
                    (true, false) => (SET, None),
                    (false, false) => (CLEAR, None),
                    (true, true) => (DIFFERS, Some(GROUND)),
                    (false, true) => (DIFFERS_CLEAR, Some(DIFFERS)),
                };
                let square = Rectangle::new(at + Point::new(x, y) * cell, Size::new_equal(length));
                let Ok(()) = square.into_styled(PrimitiveStyle::with_fill(fill)).draw(self);
                if let Some(ring) = ring {
                    let circle = Circle::with_center(square.center(), length / 2);
                    let Ok(()) = circle.into_styled(PrimitiveStyle::with_stroke(ring, 2)).draw(self);
                }
            }
        }
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, colour) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y))
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_picture_whatever_is_in_them() {
        let lines = broken(&format!("{} 日本 {}", "word ".repeat(40), "x".repeat(300)));
        assert!(lines.iter().all(|line| line.chars().count() <= LETTERS), "{lines:?}");
        assert!(lines.concat().contains("??"));
    }
}
