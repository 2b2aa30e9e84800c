//! Harmless pictures drawn from nothing: hills, towns and shapes, the same on every machine.

use image::{Rgb, RgbImage, imageops};

const WIDTH: u32 = 800;
const HEIGHT: u32 = 600;

/// What a picture shows.
pub(super) struct Motif {
    /// The word in file names.
    pub(super) name: &'static str,
    number: u64,
    draw: fn(&mut RgbImage, &mut Dice),
}

pub(super) const HILLS: Motif = Motif { name: "hills", number: 0, draw: hills };
pub(super) const TOWN: Motif = Motif { name: "town", number: 1, draw: town };
pub(super) const SHAPES: Motif = Motif { name: "shapes", number: 2, draw: shapes };
pub(super) const MOTIFS: [Motif; 3] = [HILLS, TOWN, SHAPES];

impl Motif {
    /// Draws the motif; every seed gives another picture of its kind.
    pub(super) fn draw(&self, seed: u64) -> RgbImage {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.number);
        let mut picture = sky(&mut dice);
        (self.draw)(&mut picture, &mut dice);
        picture
    }
}

/// An alteration after which a picture still looks like itself.
pub(super) struct Alteration {
    /// The word in file names.
    pub(super) name: &'static str,
    /// What was done, as a part of a sentence.
    pub(super) words: &'static str,
    pub(super) encoding: Encoding,
    pub(super) apply: fn(&RgbImage) -> RgbImage,
}

/// As what a picture is saved.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Jpeg(u8),
    Png,
}

const fn altered(
    name: &'static str,
    words: &'static str,
    encoding: Encoding,
    apply: fn(&RgbImage) -> RgbImage,
) -> Alteration {
    Alteration { name, words, encoding, apply }
}

pub(super) const ALTERATIONS: [Alteration; 7] = [
    altered("copied", "the listed picture itself", Encoding::Png, RgbImage::clone),
    altered("recompressed", "saved again as a JPEG of quality 30", Encoding::Jpeg(30), RgbImage::clone),
    altered("shrunk", "shrunk to a quarter of its width", Encoding::Jpeg(85), shrunk),
    altered("blurred", "blurred", Encoding::Jpeg(85), |picture| imageops::fast_blur(picture, 4.0)),
    altered("rotated", "rotated by 90 degrees", Encoding::Png, imageops::rotate90),
    altered("mirrored", "mirrored", Encoding::Jpeg(85), imageops::flip_horizontal),
    altered("recoloured", "other colours, and brighter", Encoding::Jpeg(85), |picture| {
        imageops::brighten(&imageops::huerotate(picture, 40), 20)
    }),
];

/// A quarter of a picture's width and height.
pub(super) fn shrunk(picture: &RgbImage) -> RgbImage {
    imageops::resize(picture, WIDTH / 4, HEIGHT / 4, imageops::FilterType::Triangle)
}

/// The upper left part of a picture: too much is gone for the whole to be recognised.
pub(super) fn cropped(picture: &RgbImage) -> RgbImage {
    imageops::crop_imm(picture, 0, 0, WIDTH * 2 / 5, HEIGHT * 2 / 5).to_image()
}

/// A sheet of paper: nothing to recognise.
pub(super) fn blank() -> RgbImage {
    RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([236, 232, 224]))
}

/// Pseudo-random numbers (SplitMix64): no picture depends on anything but its seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, inclusive.
    fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = u64::from(low.abs_diff(high)) + 1;
        low + i32::try_from(self.next() % span).unwrap_or(0)
    }

    fn byte(&mut self, low: u8, high: u8) -> u8 {
        u8::try_from(self.between(low.into(), high.into())).unwrap_or(low)
    }

    fn colour(&mut self, low: u8, high: u8) -> Rgb<u8> {
        Rgb([self.byte(low, high), self.byte(low, high), self.byte(low, high)])
    }
}

/// A sky that darkens downwards or upwards, with a sun or moon.
fn sky(dice: &mut Dice) -> RgbImage {
    let (top, bottom) = (dice.colour(60, 250), dice.colour(60, 250));
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |_, y| mix(top, bottom, y, HEIGHT));
    let centre = (dice.between(80, 720), dice.between(60, 240));
    let (radius, light) = (dice.between(25, 80), dice.colour(200, 255));
    disc(&mut picture, centre, radius, light);
    picture
}

/// Ridges one before the other, each darker, with trees.
fn hills(picture: &mut RgbImage, dice: &mut Dice) {
    for layer in 0..4_i32 {
        let shade = u8::try_from(190 - 50 * layer).unwrap_or(0);
        let colour = Rgb([dice.byte(shade / 3, shade), dice.byte(shade / 2, shade), dice.byte(shade / 4, shade)]);
        let base = 210 + 95 * layer + dice.between(-30, 30);
        let waves: [(i32, i32, i32); 4] = [1, 2, 4, 8]
            .map(|fold| (dice.between(130, 420) / fold, dice.between(0, 800), dice.between(30, 120) / fold));
        let ridge =
            |x: i32| base - waves.iter().map(|&(length, shift, height)| wave(x + shift, length, height)).sum::<i32>();
        for x in 0..WIDTH.cast_signed() {
            column(picture, x, ridge(x), HEIGHT.cast_signed(), colour);
        }
        for _ in 0..dice.between(3, 12) {
            let (x, height) = (dice.between(0, 800), dice.between(30, 70) + 12 * layer);
            tree(picture, (x, ridge(x) + 10), height, Rgb(colour.0.map(|sample| sample / 2)));
        }
    }
}

/// A triangular wave: 0 to `height` and back within `length` pixels.
fn wave(x: i32, length: i32, height: i32) -> i32 {
    let length = length.max(8);
    let phase = x.rem_euclid(length);
    2 * height * phase.min(length - phase) / length
}

fn tree(picture: &mut RgbImage, (x, foot): (i32, i32), height: i32, colour: Rgb<u8>) {
    for y in 0..height {
        let half = y / 3;
        for dx in -half..=half {
            put(picture, x + dx, foot - height + y, colour);
        }
    }
}

/// Houses with lit windows.
fn town(picture: &mut RgbImage, dice: &mut Dice) {
    for row in 0..2_i32 {
        let mut left = -dice.between(0, 60);
        while left < WIDTH.cast_signed() {
            let (width, top) = (dice.between(60, 150), dice.between(120, 380) + 110 * row);
            let wall = dice.colour(20, 150);
            let lit = dice.colour(150, 255);
            rectangle(picture, (left, top), (width, 600), wall);
            for (y, x) in (top + 15..590).step_by(38).flat_map(|y| (12..width - 20).step_by(30).map(move |x| (y, x))) {
                let window = if dice.between(0, 2) == 0 { Rgb([25, 25, 35]) } else { lit };
                rectangle(picture, (left + x, y), (15, 22), window);
            }
            left += width + dice.between(0, 40);
        }
    }
}

/// Discs and bars, as in a child's drawing.
fn shapes(picture: &mut RgbImage, dice: &mut Dice) {
    for _ in 0..14 {
        let (x, y) = (dice.between(0, 800), dice.between(0, 600));
        let colour = dice.colour(0, 255);
        if dice.between(0, 1) == 0 {
            disc(picture, (x, y), dice.between(40, 120), colour);
        } else {
            rectangle(picture, (x - 60, y - 60), (dice.between(50, 240), dice.between(50, 200)), colour);
        }
    }
}

fn disc(picture: &mut RgbImage, (x, y): (i32, i32), radius: i32, colour: Rgb<u8>) {
    for dy in -radius..=radius {
        for dx in -radius..=radius {
            if dx * dx + dy * dy <= radius * radius {
                put(picture, x + dx, y + dy, colour);
            }
        }
    }
}

fn rectangle(picture: &mut RgbImage, (left, top): (i32, i32), (width, height): (i32, i32), colour: Rgb<u8>) {
    for x in left..left + width {
        column(picture, x, top, top + height, colour);
    }
}

fn column(picture: &mut RgbImage, x: i32, top: i32, bottom: i32, colour: Rgb<u8>) {
    for y in top.max(0)..bottom.min(HEIGHT.cast_signed()) {
        put(picture, x, y, colour);
    }
}

fn put(picture: &mut RgbImage, x: i32, y: i32, colour: Rgb<u8>) {
    if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
        && let Some(pixel) = picture.get_pixel_mut_checked(x, y)
    {
        *pixel = colour;
    }
}

fn mix(from: Rgb<u8>, to: Rgb<u8>, step: u32, steps: u32) -> Rgb<u8> {
    let blend = |(from, to): (u8, u8)| {
        let sum = u32::from(from) * (steps - step) + u32::from(to) * step;
        u8::try_from(sum / steps).unwrap_or(u8::MAX)
    };
    let ([a, b, c], [x, y, z]) = (from.0, to.0);
    Rgb([(a, x), (b, y), (c, z)].map(blend))
}
