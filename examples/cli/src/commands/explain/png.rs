//! The two grids as a picture, with the verdict below.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::{FONT_7X13, FONT_7X13_BOLD};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Circle, PrimitiveStyle, Rectangle};
use embedded_graphics::text::Text;
use image::{Rgb, RgbImage};

use super::compare::{Comparison, Which};
use super::side::{Bits, Side};
use super::words::sentences;
use lookalike::hash::Dihedral;

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

/// Draws both hashes; nothing where there are none.
pub(super) fn picture(a: &Side, b: &Side, comparison: &Comparison) -> Option<RgbImage> {
    let (of_a, of_b) = comparison.grids(a, b)?;
    let mut lines: Vec<(String, bool)> =
        [("A", a), ("B", b)].map(|(letter, side)| (format!("{letter}  {}: {}", side.name, side.words()), false)).into();
    let spoken = sentences(a, b, comparison);
    lines.extend(spoken.iter().map(|sentence| (sentence.text.clone(), sentence.is_loud)));
    let lines: Vec<_> =
        lines.iter().flat_map(|(text, bold)| broken(text).into_iter().map(|line| (line, *bold))).collect();

    let width = 3 * MARGIN + 2 * GRID;
    let height = 3 * MARGIN + LINE + GRID + LINE * i32::try_from(lines.len()).ok()?;
    let mut canvas = Canvas(RgbImage::new(width.cast_unsigned(), height.cast_unsigned()));
    let Ok(()) = canvas.clear(GROUND);
    let (turn, _) = comparison.nearest();
    for (which, own, other, left) in [(Which::A, of_a, of_b, MARGIN), (Which::B, of_b, of_a, 2 * MARGIN + GRID)] {
        let name = match turn {
            turn if comparison.turned == Some(which) && turn != Dihedral::Original => {
                format!("{} after {turn}", which.letter())
            }
            _ => which.letter().to_owned(),
        };
        canvas.text(&name, Point::new(left, MARGIN), true);
        canvas.grid(own, other, Point::new(left, MARGIN + LINE / 2));
    }
    let mut foot = 2 * MARGIN + LINE + GRID;
    for (line, is_bold) in &lines {
        canvas.text(line, Point::new(MARGIN, foot), *is_bold);
        foot += LINE;
    }
    Some(canvas.0)
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

    fn grid(&mut self, own: &Bits, other: &Bits, at: Point) {
        let side = own.side();
        let Ok(count) = i32::try_from(side) else { return };
        let cell = GRID / count.max(1);
        for (bit, number) in (0..side * side).zip(0..) {
            let corner = at + Point::new(number % count * cell, number / count * cell);
            let differs = own.is_set(bit) != other.is_set(bit);
            let fill = match (own.is_set(bit), differs) {
                (true, false) => SET,
                (false, false) => CLEAR,
                (true, true) => DIFFERS,
                (false, true) => DIFFERS_CLEAR,
            };
            // a pixel of ground stays between the cells
            let length = (cell - 1).cast_unsigned();
            let square = Rectangle::new(corner, Size::new(length, length));
            let Ok(()) = square.into_styled(PrimitiveStyle::with_fill(fill)).draw(self);
            if differs {
                let ring = if own.is_set(bit) { GROUND } else { DIFFERS };
                let circle = Circle::with_center(square.center(), length / 2);
                let Ok(()) = circle.into_styled(PrimitiveStyle::with_stroke(ring, 2)).draw(self);
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
