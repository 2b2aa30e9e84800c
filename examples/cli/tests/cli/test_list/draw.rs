//! The pictures of the test list, drawn in integers: the same on every machine.
//!
//! A picture is a mosaic of 8 by 8 tiles whose colours are thrown by dice, so its spectrum is flat as far up as PDQ looks, and each bit of
//! its hash as good as a coin: it is as far from any photograph as from any other hash, and nobody takes it for one. What
//! the picture is stands below it.

use embedded_graphics::mono_font::{MonoTextStyle, ascii::FONT_10X20};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Alignment, Text};
use image::{Rgb, RgbImage};

/// How many mosaics there are.
pub(super) const MOSAICS: u8 = 8;

/// The side of a picture. PDQ's filter has a whole number of pixels; of a power of two it is the same for halves and doubles.
const SIDE: i32 = 512;
const TILE: i32 = 64;
const COLUMNS: i32 = SIDE / TILE;
/// The strip with the words, which covers a part of the last row.
const STRIP: i32 = 40;

/// Ground and figure are each one of these, chosen to lie far apart in brightness.
const COLOURS: [[u8; 3]; 8] = [
    [16, 24, 48],
    [250, 244, 220],
    [200, 40, 60],
    [20, 110, 120],
    [245, 180, 40],
    [60, 60, 140],
    [150, 210, 190],
    [235, 120, 90],
];

/// A mosaic, numbered from 1.
pub(super) fn mosaic(number: u8) -> RgbImage {
    let mut dice = Dice(u64::from(number));
    let tiles: Vec<_> = (0..COLUMNS * COLUMNS).map(|_| (dice.colour(), dice.colour(), dice.next() & 1 == 0)).collect();
    let mut picture = RgbImage::from_fn(of(SIDE), of(SIDE), |x, y| {
        let (x, y) = (x.cast_signed(), y.cast_signed());
        if y >= SIDE - STRIP {
            return Rgb(COLOURS[0]);
        }
        let (ground, figure, turned) = tiles[usize::try_from(y / TILE * COLUMNS + x / TILE).unwrap()];
        let (x, y) = (x % TILE, y % TILE);
        let x = if turned { TILE - 1 - x } else { x };
        Rgb(if is_figure(number, x, y) { figure } else { ground })
    });
    let words = format!("LOOKALIKE TEST {number}: HARMLESS PICTURE");
    let style = MonoTextStyle::new(&FONT_10X20, Rgb888::WHITE);
    let middle = Point::new(SIDE / 2, SIDE - STRIP / 2 + 5);
    Text::with_alignment(&words, middle, style, Alignment::Center).draw(&mut Canvas(&mut picture)).unwrap();
    picture
}

/// A sheet of one colour, which has no hash worth the name: only its digests are listed.
pub(super) fn sheet() -> RgbImage {
    RgbImage::from_pixel(64, 48, Rgb(COLOURS[6]))
}

/// What is drawn on the tiles of a mosaic.
fn is_figure(number: u8, x: i32, y: i32) -> bool {
    // from the middle of the tile, in half pixels
    let (dx, dy) = (2 * x + 1 - TILE, 2 * y + 1 - TILE);
    let from_corner = (x + 1) * (x + 1) + (y + 1) * (y + 1);
    match number {
        1 => dx.abs().max(dy.abs()) < 36,
        2 => dx * dx + dy * dy < 2304,
        3 => x > y,
        4 => from_corner < 3072,
        5 => dx.abs() + dy.abs() < 64,
        6 => (x + y) % 32 < 16,
        7 => dx.abs().min(dy.abs()) < 20,
        _ => (768..2560).contains(&(dx * dx + dy * dy)),
    }
}

/// Where the words are drawn.
struct Canvas<'a>(&'a mut RgbImage);

impl OriginDimensions for Canvas<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = core::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(at, colour) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y)) {
                self.0.put_pixel(x, y, Rgb([colour.r(), colour.g(), colour.b()]));
            }
        }
        Ok(())
    }
}

/// Pseudo-random numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn colour(&mut self) -> [u8; 3] {
        COLOURS[usize::try_from(self.next() % COLOURS.len() as u64).unwrap()]
    }
}

fn of(length: i32) -> u32 {
    length.cast_unsigned()
}
