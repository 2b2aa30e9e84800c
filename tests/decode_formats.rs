//! Every kind and mode of picture comes out as hashing wants it: the pitfalls table of the research, row by row.

#![cfg(feature = "image")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;
mod support;

use decode_support::{gif_file, gradient, png_file};
use image::codecs::{bmp, jpeg, tiff as image_tiff, webp};
use image::{ExtendedColorType, ImageEncoder};
use lookalike::decode::{DecodeError, Decoded, Format, Limits, Sniffed, Stage, decode, inspect, sniff};
use lookalike::pixels::PixelFormat;
use std::borrow::Cow;
use std::io::Cursor;
use support::shared;

fn pixels(picture: &Decoded) -> Vec<u8> {
    picture.image().rows().flatten().copied().collect()
}

/// Decodes, and holds what `inspect` says against what came out.
#[track_caller]
fn good(bytes: &[u8]) -> Decoded {
    let picture = decode(bytes, &Limits::default()).unwrap();
    assert_eq!(inspect(bytes, &Limits::default()).as_ref(), Ok(picture.header()));
    let size = pixels(&picture).len() as u64;
    assert!(picture.header().bytes_needed >= size);
    picture
}

fn is(picture: &Decoded, format: Format, pixel_format: PixelFormat, width: u32, height: u32) {
    let header = picture.header();
    assert_eq!((header.format, header.pixel_format), (format, pixel_format));
    assert_eq!((header.width, header.height), (width, height));
    assert_eq!(picture.image().format(), pixel_format);
}

#[test]
fn a_palette_png_is_expanded() {
    const PALETTE: [u8; 12] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3];
    let file = png_file(4, 1, png::ColorType::Indexed, png::BitDepth::Two, &[0b11_10_01_00], |encoder| {
        encoder.set_palette(PALETTE.as_slice());
    });
    let picture = good(&file);
    is(&picture, Format::Png, PixelFormat::Rgb8, 4, 1);
    assert_eq!(pixels(&picture), [1, 2, 3, 70, 80, 90, 40, 50, 60, 10, 20, 30]);
}

#[test]
fn a_palette_png_keeps_the_colour_of_its_transparent_entries() {
    let file = png_file(2, 1, png::ColorType::Indexed, png::BitDepth::Eight, &[1, 0], |encoder| {
        encoder.set_palette([10, 20, 30, 40, 50, 60].as_slice());
        encoder.set_trns([0, 128].as_slice());
    });
    let picture = good(&file);
    is(&picture, Format::Png, PixelFormat::Rgba8, 2, 1);
    assert_eq!(pixels(&picture), [40, 50, 60, 128, 10, 20, 30, 0]);
}

#[test]
fn rgba_keeps_the_colour_under_transparent_pixels() {
    let samples = [200, 100, 50, 0, 1, 2, 3, 255];
    let picture = good(&png_file(2, 1, png::ColorType::Rgba, png::BitDepth::Eight, &samples, |_| {}));
    is(&picture, Format::Png, PixelFormat::Rgba8, 2, 1);
    assert_eq!(pixels(&picture), samples);
}

#[test]
fn grey_with_alpha_loses_its_alpha() {
    let picture =
        good(&png_file(3, 1, png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, &[1, 9, 2, 8, 3, 7], |_| {}));
    is(&picture, Format::Png, PixelFormat::Gray8, 3, 1);
    assert_eq!(pixels(&picture), [1, 2, 3]);
    let samples = [0x12, 0x34, 0, 1, 0xab, 0xcd, 0, 2];
    let picture = good(&png_file(2, 1, png::ColorType::GrayscaleAlpha, png::BitDepth::Sixteen, &samples, |_| {}));
    is(&picture, Format::Png, PixelFormat::Gray16, 2, 1);
    assert_eq!(pixels(&picture), [0x34, 0x12, 0xcd, 0xab]);
}

#[test]
fn sixteen_bits_stay_sixteen_and_become_little_endian() {
    let picture =
        good(&png_file(1, 2, png::ColorType::Grayscale, png::BitDepth::Sixteen, &[0x12, 0x34, 0x56, 0x78], |_| {}));
    is(&picture, Format::Png, PixelFormat::Gray16, 1, 2);
    assert_eq!(pixels(&picture), [0x34, 0x12, 0x78, 0x56]);
    let picture = good(&png_file(1, 1, png::ColorType::Rgb, png::BitDepth::Sixteen, &[1, 2, 3, 4, 5, 6], |_| {}));
    is(&picture, Format::Png, PixelFormat::Rgb16, 1, 1);
    assert_eq!(pixels(&picture), [2, 1, 4, 3, 6, 5]);
    let samples = [1, 2, 3, 4, 5, 6, 7, 8];
    let picture = good(&png_file(1, 1, png::ColorType::Rgba, png::BitDepth::Sixteen, &samples, |_| {}));
    is(&picture, Format::Png, PixelFormat::Rgba16, 1, 1);
    assert_eq!(pixels(&picture), [2, 1, 4, 3, 6, 5, 8, 7]);
}

#[test]
fn one_two_and_four_bits_are_scaled_to_eight() {
    let one = png_file(9, 1, png::ColorType::Grayscale, png::BitDepth::One, &[0b1010_0001, 0x80], |_| {});
    assert_eq!(pixels(&good(&one)), [255, 0, 255, 0, 0, 0, 0, 255, 255]);
    let two = png_file(4, 1, png::ColorType::Grayscale, png::BitDepth::Two, &[0b00_01_10_11], |_| {});
    assert_eq!(pixels(&good(&two)), [0, 85, 170, 255]);
    let four = png_file(2, 1, png::ColorType::Grayscale, png::BitDepth::Four, &[0x1f], |_| {});
    assert_eq!(pixels(&good(&four)), [17, 255]);
}

#[test]
fn an_animated_png_gives_its_first_frame_and_counts_them() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(3, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for level in [7, 99, 200] {
        writer.write_image_data(&[level; 12]).unwrap();
    }
    writer.finish().unwrap();
    let picture = good(&file);
    assert_eq!(picture.header().frames, 3);
    assert_eq!(pixels(&picture), [7; 12]);
}

#[test]
fn jpeg_is_grey_or_rgb() {
    let (width, height) = (37, 21);
    for (color, pixel_format) in
        [(ExtendedColorType::L8, PixelFormat::Gray8), (ExtendedColorType::Rgb8, PixelFormat::Rgb8)]
    {
        let samples = gradient(width, height, pixel_format.bytes_per_pixel());
        let mut file = Vec::new();
        jpeg::JpegEncoder::new_with_quality(&mut file, 95).write_image(&samples, width, height, color).unwrap();
        let picture = good(&file);
        is(&picture, Format::Jpeg, pixel_format, width, height);
        let far = pixels(&picture).iter().zip(&samples).filter(|(a, b)| a.abs_diff(**b) > 12).count();
        assert!(far * 50 < samples.len(), "{far} samples are far off");
    }
}

#[test]
fn bytes_between_the_segments_of_a_jpeg_are_skipped() {
    let mut file = Vec::new();
    jpeg::JpegEncoder::new(&mut file).write_image(&gradient(16, 16, 3), 16, 16, ExtendedColorType::Rgb8).unwrap();
    let clean = pixels(&good(&file));
    let first_segment_end = 4 + usize::from(u16::from_be_bytes([file[4], file[5]]));
    file.splice(first_segment_end..first_segment_end, *b"left here by a careless editor");
    assert_eq!(pixels(&good(&file)), clean);
}

#[test]
fn orientation_is_reported_and_not_applied() {
    let mut file = Vec::new();
    jpeg::JpegEncoder::new(&mut file).write_image(&gradient(16, 8, 3), 16, 8, ExtendedColorType::Rgb8).unwrap();
    let upright = pixels(&good(&file));
    for (order, tiff) in [
        ("little", b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".as_slice()),
        ("big", b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    ] {
        let mut turned = file[..2].to_vec();
        let mut exif = b"Exif\0\0".to_vec();
        exif.extend(tiff);
        turned.extend([0xff, 0xe1]);
        turned.extend((exif.len() as u16 + 2).to_be_bytes());
        turned.extend(exif);
        turned.extend(&file[2..]);
        let picture = good(&turned);
        assert_eq!(picture.header().orientation, 6, "{order}-endian");
        assert_eq!((picture.header().width, picture.header().height), (16, 8));
        assert_eq!(pixels(&picture), upright);
    }
    assert_eq!(good(&file).header().orientation, 1);
}

#[test]
fn a_cmyk_jpeg_looks_like_its_rgb_twin() {
    let Some(modes) = shared("pdq-reference/images/misc-images/modes") else {
        return;
    };
    let [cmyk, rgb] = ["CMYK.jpg", "RGB.jpg"].map(|name| good(&std::fs::read(modes.join(name)).unwrap()));
    is(&cmyk, Format::Jpeg, PixelFormat::Rgb8, rgb.header().width, rgb.header().height);
    let (cmyk, rgb) = (pixels(&cmyk), pixels(&rgb));
    let sum: u64 = cmyk.iter().zip(&rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    // Read as if the inks were light, it would be the negative: some 100 levels off.
    assert!(sum < 8 * cmyk.len() as u64, "{} levels off on average", sum / cmyk.len() as u64);
}

#[test]
fn a_gif_is_expanded_and_keeps_the_colour_of_transparent_pixels() {
    let frame = gif::Frame {
        width: 2,
        height: 2,
        transparent: Some(2),
        buffer: Cow::Borrowed(&[0, 1, 2, 0]),
        ..gif::Frame::default()
    };
    let picture = good(&gif_file(2, 2, &[1, 2, 3, 4, 5, 6, 7, 8, 9], &[frame]));
    is(&picture, Format::Gif, PixelFormat::Rgb8, 2, 2);
    assert_eq!(pixels(&picture), [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]);
}

#[test]
fn an_animated_gif_gives_its_first_frame_and_counts_them() {
    let frames = [[1; 4], [0; 4], [0; 4]];
    let frames = frames.each_ref().map(|buffer| gif::Frame {
        width: 2,
        height: 2,
        buffer: Cow::Borrowed(buffer),
        ..gif::Frame::default()
    });
    let picture = good(&gif_file(2, 2, &[0, 0, 0, 250, 251, 252], &frames));
    assert_eq!(picture.header().frames, 3);
    assert_eq!(pixels(&picture), [250, 251, 252].repeat(4));
}

#[test]
fn a_gif_frame_lies_on_its_canvas_and_stretches_it_as_in_pillow() {
    let palette = [9, 9, 9, 50, 60, 70, 80, 90, 100];
    let frame = |left, top, width, transparent| gif::Frame {
        left,
        top,
        width,
        height: 1,
        transparent,
        buffer: Cow::Borrowed(&[1, 1][..usize::from(width)]),
        ..gif::Frame::default()
    };
    let (free, set) = ([9, 9, 9], [50, 60, 70]);
    let within = good(&gif_file(3, 2, &palette, &[frame(1, 1, 1, None)]));
    assert_eq!(pixels(&within), [free, free, free, free, set, free].concat());
    let transparent = good(&gif_file(2, 1, &palette, &[frame(0, 0, 1, Some(2))]));
    assert_eq!(pixels(&transparent), [set, [80, 90, 100]].concat());
    let beyond = good(&gif_file(1, 1, &palette, &[frame(1, 1, 2, None)]));
    is(&beyond, Format::Gif, PixelFormat::Rgb8, 3, 2);
    assert_eq!(pixels(&beyond), [free, free, free, free, set, set].concat());
}

#[test]
fn lossless_webp_keeps_every_sample() {
    for (color, pixel_format) in
        [(ExtendedColorType::Rgb8, PixelFormat::Rgb8), (ExtendedColorType::Rgba8, PixelFormat::Rgba8)]
    {
        let mut samples = gradient(13, 7, pixel_format.bytes_per_pixel());
        samples.iter_mut().skip(3).step_by(4).for_each(|sample| *sample |= 1);
        let mut file = Vec::new();
        webp::WebPEncoder::new_lossless(&mut file).write_image(&samples, 13, 7, color).unwrap();
        let picture = good(&file);
        is(&picture, Format::WebP, pixel_format, 13, 7);
        assert_eq!(pixels(&picture), samples);
    }
}

#[test]
fn bitmaps_keep_every_sample() {
    for (color, pixel_format) in [
        (ExtendedColorType::L8, PixelFormat::Rgb8),
        (ExtendedColorType::Rgb8, PixelFormat::Rgb8),
        (ExtendedColorType::Rgba8, PixelFormat::Rgba8),
    ] {
        let channels = if color == ExtendedColorType::L8 { 1 } else { pixel_format.bytes_per_pixel() };
        let samples = gradient(5, 3, channels);
        let mut file = Vec::new();
        bmp::BmpEncoder::new(&mut file).write_image(&samples, 5, 3, color).unwrap();
        let picture = good(&file);
        is(&picture, Format::Bmp, pixel_format, 5, 3);
        let expected: Vec<u8> =
            if channels == 1 { samples.iter().flat_map(|grey| [*grey; 3]).collect() } else { samples };
        assert_eq!(pixels(&picture), expected);
    }
}

#[test]
fn tiffs_keep_every_sample() {
    for (color, pixel_format) in [
        (ExtendedColorType::L8, PixelFormat::Gray8),
        (ExtendedColorType::Rgb8, PixelFormat::Rgb8),
        (ExtendedColorType::Rgba8, PixelFormat::Rgba8),
        (ExtendedColorType::L16, PixelFormat::Gray16),
        (ExtendedColorType::Rgb16, PixelFormat::Rgb16),
        (ExtendedColorType::Rgba16, PixelFormat::Rgba16),
    ] {
        let samples = gradient(6, 5, pixel_format.bytes_per_pixel());
        let mut file = Vec::new();
        image_tiff::TiffEncoder::new(Cursor::new(&mut file)).write_image(&samples, 6, 5, color).unwrap();
        let picture = good(&file);
        is(&picture, Format::Tiff, pixel_format, 6, 5);
        // The encoder was given samples of this machine, and the decoder gives little-endian ones.
        let expected: Vec<u8> =
            match cfg!(target_endian = "big") && color.bits_per_pixel() / u16::from(color.channel_count()) == 16 {
                true => samples.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect(),
                false => samples,
            };
        assert_eq!(pixels(&picture), expected);
    }
}

/// A TIFF of one uncompressed strip, little-endian: tags of 16 bits, then those with a value elsewhere.
fn tiff_file(short_tags: &[(u16, u16)], color_map: &[u16], strip: &[u8]) -> Vec<u8> {
    let mut tags: Vec<(u16, u16, u32, u32)> =
        short_tags.iter().map(|(tag, value)| (*tag, 3, 1, u32::from(*value))).collect();
    let count = tags.len() + 2 + usize::from(!color_map.is_empty());
    let data = 8 + 2 + 12 * count as u32 + 4;
    let map_bytes = 2 * color_map.len() as u32;
    if !color_map.is_empty() {
        tags.push((320, 3, color_map.len() as u32, data));
    }
    tags.push((273, 4, 1, data + map_bytes));
    tags.push((279, 4, 1, strip.len() as u32));
    tags.sort_unstable();
    let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
    file.extend((count as u16).to_le_bytes());
    for (tag, kind, count, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(color_map.iter().flat_map(|value| value.to_le_bytes()));
    file.extend(strip);
    file
}

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const ORIENTATION: u16 = 274;
const SAMPLES: u16 = 277;

#[test]
fn a_palette_tiff_is_expanded() {
    let map = [0x0a0a, 0xff00, 0, 0x1234, 0x0b00, 0xfe00, 0, 0, 0x0c00, 0xfd00, 0, 0];
    let tags = [(WIDTH, 3), (HEIGHT, 1), (BITS, 2), (PHOTOMETRIC, 3), (ORIENTATION, 8)];
    let picture = good(&tiff_file(&tags, &map, &[0b01_00_11_00]));
    is(&picture, Format::Tiff, PixelFormat::Rgb8, 3, 1);
    assert_eq!(picture.header().orientation, 8);
    assert_eq!(pixels(&picture), [0xff, 0xfe, 0xfd, 0x0a, 0x0b, 0x0c, 0x12, 0, 0]);
}

#[test]
fn a_tiff_of_one_bit_is_expanded_whichever_way_is_white() {
    let tags = |white_is_zero| [(WIDTH, 3), (HEIGHT, 2), (BITS, 1), (PHOTOMETRIC, if white_is_zero { 0 } else { 1 })];
    let strip = [0b1010_0000, 0b0100_0000];
    assert_eq!(pixels(&good(&tiff_file(&tags(false), &[], &strip))), [255, 0, 255, 0, 255, 0]);
    assert_eq!(pixels(&good(&tiff_file(&tags(true), &[], &strip))), [0, 255, 0, 255, 0, 255]);
}

#[test]
fn a_cmyk_tiff_is_converted() {
    let tags = [(WIDTH, 2), (HEIGHT, 1), (BITS, 8), (PHOTOMETRIC, 5), (SAMPLES, 4)];
    let picture = good(&tiff_file(&tags, &[], &[0, 0, 0, 0, 255, 0, 128, 55]));
    is(&picture, Format::Tiff, PixelFormat::Rgb8, 2, 1);
    assert_eq!(pixels(&picture), [255, 255, 255, 0, 200, 100]);
}

#[test]
fn a_tiff_in_planes_is_interleaved() {
    const PLANAR: u16 = 284;
    let tags = [(WIDTH, 2), (HEIGHT, 1), (BITS, 8), (PHOTOMETRIC, 2), (SAMPLES, 3), (PLANAR, 1)];
    let chunky = good(&tiff_file(&tags, &[], &[1, 2, 3, 4, 5, 6]));
    assert_eq!(pixels(&chunky), [1, 2, 3, 4, 5, 6]);
    // Three strips, one a plane; their places and lengths stand where the colour map would.
    let mut file = Vec::from(b"II\x2a\0\x08\0\0\0".as_slice());
    let long = |tag: u16, kind: u16, count: u32, value: u32| {
        [
            tag.to_le_bytes().to_vec(),
            kind.to_le_bytes().to_vec(),
            count.to_le_bytes().to_vec(),
            value.to_le_bytes().to_vec(),
        ]
        .concat()
    };
    let data = 8 + 2 + 8 * 12 + 4;
    file.extend(8_u16.to_le_bytes());
    for (tag, kind, count, value) in [
        (WIDTH, 3, 1, 2),
        (HEIGHT, 3, 1, 1),
        (BITS, 3, 1, 8),
        (PHOTOMETRIC, 3, 1, 2),
        (273, 4, 3, data),
        (SAMPLES, 3, 1, 3),
        (279, 4, 3, data + 12),
        (PLANAR, 3, 1, 2),
    ] {
        file.extend(long(tag, kind, count, value));
    }
    file.extend([0; 4]);
    file.extend([data + 24, data + 26, data + 28, 2, 2, 2].iter().flat_map(|place: &u32| place.to_le_bytes()));
    file.extend([1, 4, 2, 5, 3, 6]);
    assert_eq!(pixels(&good(&file)), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn floating_point_tiffs_are_unsupported_by_name() {
    const SAMPLE_FORMAT: u16 = 339;
    let tags = [(WIDTH, 1), (HEIGHT, 1), (BITS, 32), (PHOTOMETRIC, 1), (SAMPLE_FORMAT, 3)];
    let error = decode(&tiff_file(&tags, &[], &[0; 4]), &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("unsupported: found tiff with signed or floating-point samples"), "{error}");
}

#[test]
fn kinds_that_are_not_decoded_are_named() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "empty file"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "heif"),
        (b"\0\0\0\x14ftypisom\0\0\x02\0mp41", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "quicktime"),
        (b"\xff\x0a\0", "jpeg-xl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "jpeg-xl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg-2000"),
        (b"8BPS\0\x01", "psd"),
        (b"%PDF-1.7", "pdf"),
        (b"\0\0\x01\0\x01\0", "ico"),
        (b"RIFF\x24\0\0\0AVI LIST", "avi"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
        (b"\x1a\x45\xdf\xa3\x01", "matroska or webm"),
        (b"PK\x03\x04\x14", "zip"),
        (b"DDS |\0\0\0", "dds"),
        (b"\x76\x2f\x31\x01", "openexr"),
        (b"qoif\0\0", "qoi"),
        (b"P6\n3 2\n255\n", "pnm"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"\xef\xbb\xbf  <svg/>", "svg"),
        (b"<?xml version='1.0'?><note/>", "xml"),
        (b"<!DOCTYPE html><p>", "html"),
        (b"BM is how this sentence begins, and it is no bitmap", "unknown"),
        (b"GIF88a", "unknown"),
        (b"hello", "unknown"),
        (b"\0", "unknown"),
    ];
    for (bytes, name) in cases {
        assert_eq!(sniff(bytes), Sniffed::Unsupported(name), "{}", bytes.escape_ascii());
        let error = decode(bytes, &Limits::default()).unwrap_err();
        assert!(error.to_string().contains(&format!("found {name},")), "{error}");
    }
}

/// A chunk of a PNG.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [name, data].concat();
    let sum = body.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    });
    [&(data.len() as u32).to_be_bytes(), &*body, &(sum ^ u32::MAX).to_be_bytes()].concat()
}

#[test]
fn png_chunks_that_libpng_passes_over_change_nothing() {
    const COLORS: [u8; 48] = {
        let mut colors = [0; 48];
        let mut at = 0;
        while at < 48 {
            colors[at] = 5 * at as u8;
            at += 1;
        }
        colors
    };
    let indices: Vec<u8> = (0..20 * 20_u32).map(|index| index as u8 % 16).collect();
    let file = png_file(20, 20, png::ColorType::Indexed, png::BitDepth::Eight, &indices, |encoder| {
        encoder.set_palette(COLORS.as_slice());
    });
    let whole = pixels(&good(&file));
    let behind_palette = 33 + 12 + COLORS.len();
    let with = |at: usize, chunk: &[u8]| [&file[..at], chunk, &file[at..]].concat();
    // Transparency that is empty, longer than the palette, or in front of it
    for (at, data) in [(behind_palette, &[][..]), (behind_palette, &[0; 17]), (33, &[0; 4])] {
        let picture = good(&with(at, &chunk(b"tRNS", data)));
        is(&picture, Format::Png, PixelFormat::Rgb8, 20, 20);
        assert_eq!(pixels(&picture), whole, "{at} {}", data.len());
    }
    // Without its end chunk, but whole; cut anywhere before, it is not.
    assert_eq!(pixels(&good(&file[..file.len() - 12])), whole);
    for cut in [13, 20, 30] {
        assert!(decode(&file[..file.len() - cut], &Limits::default()).is_err(), "{cut}");
    }
    // A palette that is not of threes
    let odd = [&file[..33], &chunk(b"PLTE", &COLORS[..46]), &file[behind_palette..]].concat();
    let error = decode(&odd, &Limits::default()).unwrap_err();
    assert!(matches!(error, DecodeError::Corrupt { stage: Stage::Header, .. }), "{error}");
    let grey = png_file(20, 20, png::ColorType::Grayscale, png::BitDepth::Eight, &indices, |_| {});
    let odd = [&grey[..33], &chunk(b"PLTE", &COLORS[..46]), &grey[33..]].concat();
    assert_eq!(pixels(&good(&odd)), indices);
}

#[test]
fn a_tiff_whose_bits_stand_the_other_way_round_is_turned() {
    const FILL_ORDER: u16 = 266;
    let samples: Vec<u8> = (0..30 * 7_u32).map(|index| (index * 37 % 251) as u8).collect();
    let turned: Vec<u8> = samples.iter().map(|sample| sample.reverse_bits()).collect();
    let tags = |order| [(WIDTH, 30), (HEIGHT, 7), (BITS, 8), (PHOTOMETRIC, 1), (FILL_ORDER, order)];
    assert_eq!(pixels(&good(&tiff_file(&tags(1), &[], &samples))), samples);
    assert_eq!(pixels(&good(&tiff_file(&tags(2), &[], &turned))), samples);
    let bits = [(WIDTH, 12), (HEIGHT, 1), (BITS, 1), (PHOTOMETRIC, 1), (FILL_ORDER, 2)];
    let expected = [255, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0, 0];
    assert_eq!(pixels(&good(&tiff_file(&bits, &[], &[0b0011_1001, 0b0000_0010]))), expected);
}

#[test]
fn a_tiff_in_tiles_of_one_colour_each_is_unsupported_by_name() {
    let tags = [(WIDTH, 16), (HEIGHT, 16), (BITS, 8), (PHOTOMETRIC, 2), (SAMPLES, 3), (284, 2), (322, 16), (323, 16)];
    let mut file = tiff_file(&tags, &[], &[7; 16 * 16 * 3]);
    // places and lengths of tiles in place of those of strips
    for (strip, tile) in [(273_u16, 324_u16), (279, 325)] {
        let entry = [&strip.to_le_bytes()[..], &[4, 0]].concat();
        let at = file.windows(4).position(|window| window == entry).unwrap();
        file[at..at + 2].copy_from_slice(&tile.to_le_bytes());
    }
    let error = decode(&file, &Limits::default()).unwrap_err();
    assert!(!matches!(error, DecodeError::Corrupt { stage: Stage::Panicked, .. }), "{error}");
}

#[test]
fn a_webp_that_says_it_has_alpha_and_has_none_is_opaque() {
    // Drawn by Pillow; Pillow shows it as without the flag.
    let flagged = include_bytes!("drawn/alpha-flag-without-alpha.webp");
    let mut plain = flagged.to_vec();
    plain[20] = 0;
    let (flagged, plain) = (good(flagged), good(&plain));
    is(&flagged, Format::WebP, PixelFormat::Rgb8, 96, 80);
    assert_eq!(pixels(&flagged), pixels(&plain));
}

#[test]
fn a_bitmap_whose_pixels_begin_inside_its_headers_is_corrupt() {
    let mut file = Vec::new();
    bmp::BmpEncoder::new(&mut file).write_image(&gradient(9, 8, 3), 9, 8, ExtendedColorType::Rgb8).unwrap();
    good(&file);
    for offset in [0_u32, 53] {
        file[10..14].copy_from_slice(&offset.to_le_bytes());
        let error = decode(&file, &Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Corrupt { stage: Stage::Header, .. }), "{error}");
    }
}
