//! What tests of decoding share: small files made on the spot.

#![allow(dead_code, clippy::std_instead_of_alloc, reason = "each test uses its part; tests have std")]

/// Samples that differ from one another in every direction.
pub(crate) fn gradient(width: u32, height: u32, channels: usize) -> Vec<u8> {
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            samples.extend((0..channels as u32).map(|channel| ((5 * x + 3 * y + 60 * channel) % 256) as u8));
        }
    }
    samples
}

/// The side of [`shapes`].
pub(crate) const SIDE: u32 = 96;

/// Grey shapes without symmetry, and with gradients enough for a hash: another picture for each seed.
pub(crate) fn shapes(seed: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let cell = (6 * x / SIDE) * 13 + (6 * y / SIDE) * 7 + 101 * seed;
            let shade = (cell.wrapping_mul(2_654_435_761) >> 25) as u8;
            pixels.push(40 + shade + (x * 20 / SIDE) as u8);
        }
    }
    pixels
}

/// Grey pixels of that size as a file.
pub(crate) fn png_of_shapes(pixels: &[u8]) -> Vec<u8> {
    png_file(SIDE, SIDE, png::ColorType::Grayscale, png::BitDepth::Eight, pixels, |_| {})
}

pub(crate) fn png_file(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    samples: &[u8],
    adjust: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    adjust(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    file
}

pub(crate) fn gif_file(width: u16, height: u16, palette: &[u8], frames: &[gif::Frame<'_>]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, width, height, palette).unwrap();
    for frame in frames {
        encoder.write_frame(frame).unwrap();
    }
    drop(encoder);
    file
}

/// A small picture of every kind, by name.
pub(crate) fn one_of_each() -> Vec<(&'static str, Vec<u8>)> {
    use image::ExtendedColorType::{L8, Rgb8, Rgba8};
    use image::ImageEncoder;
    use image::codecs::{bmp, jpeg, tiff, webp};
    use std::borrow::Cow;

    let (width, height) = (24, 17);
    let [grey, rgb, rgba] = [1, 3, 4].map(|channels| gradient(width, height, channels));
    let made = |write: &dyn Fn(&mut Vec<u8>) -> image::ImageResult<()>| {
        let mut file = Vec::new();
        write(&mut file).unwrap();
        file
    };
    let frame = || gif::Frame { width: 24, height: 17, buffer: Cow::Borrowed(&grey), ..gif::Frame::default() };
    let palette: Vec<u8> = (0..=255).flat_map(|level| [level, 255 - level, 7]).collect();
    let rgb8 = png::ColorType::Rgb;
    let noise: Vec<u8> = (0..24 * 17 * 3_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    vec![
        ("jpeg", made(&|file| jpeg::JpegEncoder::new(file).write_image(&rgb, width, height, Rgb8))),
        ("grey jpeg", made(&|file| jpeg::JpegEncoder::new(file).write_image(&grey, width, height, L8))),
        ("png", png_file(width, height, rgb8, png::BitDepth::Eight, &noise, |_| {})),
        ("gif", gif_file(24, 17, &palette, &[frame()])),
        ("animated gif", gif_file(24, 17, &palette, &[frame(), frame()])),
        ("webp", made(&|file| webp::WebPEncoder::new_lossless(file).write_image(&noise, width, height, Rgb8))),
        (
            "webp with alpha",
            made(&|file| webp::WebPEncoder::new_lossless(file).write_image(&rgba, width, height, Rgba8)),
        ),
        ("bmp", made(&|file| bmp::BmpEncoder::new(file).write_image(&rgb, width, height, Rgb8))),
        ("grey bmp", made(&|file| bmp::BmpEncoder::new(file).write_image(&grey, width, height, L8))),
        (
            "tiff",
            made(&|file| tiff::TiffEncoder::new(std::io::Cursor::new(file)).write_image(&rgb, width, height, Rgb8)),
        ),
    ]
}
