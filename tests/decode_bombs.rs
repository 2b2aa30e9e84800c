//! Small files that ask for much are refused from their header: next to nothing is allocated for them.

#![cfg(feature = "image")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test files are small")]

mod bombs;
mod decode_support;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use decode_support::{gif_file, one_of_each};
use lookalike::decode::{DecodeError, Limited, Limits, Stage, decode, inspect, pdq_views};
use lookalike::hash::PdqProfile;
use std::alloc::System;
use std::borrow::Cow;

thread_local! {
    /// Bytes allocated now, and the most there were, by this thread.
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(change: isize) {
    // A thread that is ending has no counters any more.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

#[expect(unsafe_code, reason = "the trait is unsafe; every call goes to the system's allocator as it came")]
// SAFETY: every method passes its arguments on to `System`, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is that of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the pointer came from `System` with this layout, as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `work` returns, and the most memory that it held, in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = NOW.get();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before)
}

#[track_caller]
fn refused(name: &str, file: &[u8], limits: &Limits, what: Limited) {
    for (way, (error, bytes)) in [
        ("decode", peak(|| decode(file, limits).map(drop).unwrap_err())),
        ("inspect", peak(|| inspect(file, limits).map(drop).unwrap_err())),
    ] {
        let found = matches!(error, DecodeError::OverLimit { what: found, .. } if found == what);
        assert!(found, "{way} of {name}: {error}");
        assert!(bytes < 256 << 10, "{way} of {name} allocated {bytes} bytes");
    }
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    drop(encoder.write_header().unwrap());
    file
}

/// A JPEG of these measures: the header of a small one, changed.
fn jpeg_of(width: u16, height: u16, frame: u8) -> Vec<u8> {
    let (_, mut file) = one_of_each().swap_remove(0);
    let at = file.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    file[at + 1] = frame;
    file[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    file[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    file
}

#[test]
fn headers_that_ask_for_too_many_pixels_are_refused() {
    let limits = Limits::default();
    refused("png", &png_header(65_535, 65_535), &limits, Limited::Pixels);
    refused("long png", &png_header(0x7fff_ffff, 1), &limits, Limited::Pixels);
    refused("jpeg", &jpeg_of(65_500, 65_500, 0xc0), &limits, Limited::Pixels);

    let one = |width, height| gif::Frame {
        width: 1,
        height: 1,
        left: width,
        top: height,
        buffer: Cow::Borrowed(&[0]),
        ..gif::Frame::default()
    };
    refused("gif canvas", &gif_file(65_535, 65_535, &[0; 6], &[one(0, 0)]), &limits, Limited::Pixels);
    refused("gif frame far out", &gif_file(1, 1, &[0; 6], &[one(60_000, 60_000)]), &limits, Limited::Pixels);

    let (_, mut bmp) = one_of_each().into_iter().find(|(name, _)| *name == "bmp").unwrap();
    bmp[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60_000_u32.to_le_bytes());
    refused("bmp", &bmp, &limits, Limited::Pixels);

    let mut tiff = b"II\x2a\0\x08\0\0\0\x06\0".to_vec();
    for (tag, kind, value) in [(256, 4, 60_000), (257, 4, 60_000), (258, 3, 8), (262, 3, 1), (273, 4, 8), (279, 4, 8)] {
        tiff.extend([u16::to_le_bytes(tag), u16::to_le_bytes(kind), [1, 0], [0, 0]].concat());
        tiff.extend(u32::to_le_bytes(value));
    }
    tiff.extend([0; 4]);
    refused("tiff", &tiff, &limits, Limited::Pixels);

    // A canvas of 16,384 x 16,384 in the extended header.
    let mut webp = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    webp.extend([0xff, 0x3f, 0, 0xff, 0x3f, 0]);
    refused("webp", &webp, &limits, Limited::Pixels);
}

#[test]
fn a_webp_whose_bitstream_is_larger_than_its_canvas_is_refused_unallocated() {
    // The container says 1x1, the lossy bitstream 16,383 x 16,383, for which the decoder would allocate.
    let mut webp = b"RIFF\x28\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    webp.extend(b"VP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f");
    let (error, bytes) = peak(|| decode(&webp, &Limits::default()).unwrap_err());
    assert!(matches!(error, DecodeError::Corrupt { .. }), "{error}");
    assert!(bytes < 256 << 10, "{bytes} bytes allocated");
}

#[test]
fn what_decoding_takes_is_told_and_bounded() {
    // 90 megapixels are allowed, but 16 bits a sample make them 540 MB, and a progressive JPEG keeps its coefficients.
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 9_000, 10_000);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    drop(encoder.write_header().unwrap());
    refused("deep png", &file, &Limits::default(), Limited::AllocBytes);
    refused("progressive jpeg", &jpeg_of(9_000, 10_000, 0xc2), &Limits::default(), Limited::AllocBytes);

    for (name, file) in one_of_each() {
        let header = inspect(&file, &Limits::default()).unwrap();
        let (picture, bytes) = peak(|| decode(&file, &Limits::default()).unwrap());
        // Beside the pixels, decoders keep tables and windows of a fixed size.
        let allowed = header.bytes_needed.cast_signed() as isize + (512 << 10);
        assert!(bytes <= allowed, "{name} took {bytes} bytes, {allowed} were told");
        drop(picture);
        let short = Limits::default().max_alloc_bytes(header.bytes_needed - 1);
        refused(name, &file, &short, Limited::AllocBytes);
    }
}

#[test]
fn a_large_picture_takes_what_its_header_told() {
    use image::ImageEncoder;
    let (width, height) = (1500, 1000);
    let samples = decode_support::gradient(width, height, 3);
    let rgb = image::ExtendedColorType::Rgb8;
    let mut files: [(&str, Vec<u8>); 5] = ["jpeg", "png", "webp", "bmp", "tiff"].map(|name| (name, Vec::new()));
    image::codecs::jpeg::JpegEncoder::new(&mut files[0].1).write_image(&samples, width, height, rgb).unwrap();
    image::codecs::png::PngEncoder::new(&mut files[1].1).write_image(&samples, width, height, rgb).unwrap();
    image::codecs::webp::WebPEncoder::new_lossless(&mut files[2].1).write_image(&samples, width, height, rgb).unwrap();
    image::codecs::bmp::BmpEncoder::new(&mut files[3].1).write_image(&samples, width, height, rgb).unwrap();
    let tiff = std::io::Cursor::new(&mut files[4].1);
    image::codecs::tiff::TiffEncoder::new(tiff).write_image(&samples, width, height, rgb).unwrap();
    for (name, file) in files {
        let (picture, bytes) = peak(|| decode(&file, &Limits::default()).unwrap());
        let told = picture.header().bytes_needed.cast_signed() as isize;
        assert!(bytes <= told + (1 << 20), "{name} took {bytes} bytes, {told} were told");
    }
}

#[test]
fn frames_and_scans_and_bytes_are_counted_before_decoding() {
    let still = gif::Frame { width: 1, height: 1, buffer: Cow::Borrowed(&[0]), ..gif::Frame::default() };
    let many = gif_file(1, 1, &[0; 6], &vec![still; 12]);
    assert_eq!(inspect(&many, &Limits::default()).unwrap().frames, 12);
    refused("gif", &many, &Limits::default().max_frames(11), Limited::Frames);

    let mut apng = Vec::new();
    let mut encoder = png::Encoder::new(&mut apng, 1, 1);
    encoder.set_animated(60_000, 0).unwrap();
    drop(encoder.write_header().unwrap());
    refused("apng", &apng, &Limits::default(), Limited::Frames);

    // Scans of a JPEG, each but a header; a legal file may have 80,000.
    let (_, mut jpeg) = one_of_each().swap_remove(0);
    let end = jpeg.len() - 2;
    let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
    jpeg.splice(end..end, scan.repeat(80_000));
    refused("jpeg", &jpeg, &Limits::default(), Limited::Scans);

    let (_, png) = one_of_each().swap_remove(2);
    refused("any file", &png, &Limits::default().max_file_bytes(png.len() as u64 - 1), Limited::FileBytes);
}

#[test]
fn a_circle_of_tiff_pages_ends_the_counting() {
    let (_, mut tiff) = one_of_each().into_iter().find(|(name, _)| *name == "tiff").unwrap();
    let first = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes(tiff[first..first + 2].try_into().unwrap()));
    let next = first + 2 + 12 * entries;
    // A second page as the first, then one whose next is the second.
    let pages = [0, 1].map(|page| tiff.len() + page * (next + 4 - first));
    for following in [pages[1], pages[0]] {
        tiff.extend_from_within(first..next);
        tiff.extend((following as u32).to_le_bytes());
    }
    tiff[next..next + 4].copy_from_slice(&(pages[0] as u32).to_le_bytes());
    // The circle is noticed when its mark is met again, at the latest after twice its length.
    assert!((3..=6).contains(&inspect(&tiff, &Limits::default()).unwrap().frames));
}

/// All bombs there are: none is a panic, none takes more than the limits allow, and most are refused before anything is decoded.
#[test]
fn two_hundred_bombs_do_no_harm() {
    let limits = Limits::default();
    let (bombs, mut refused) = (bombs::all(), 0);
    assert!(bombs.len() >= 200, "{} bombs", bombs.len());
    let mut names: Vec<_> = bombs.iter().map(|bomb| format!("{}/{}", bomb.family, bomb.name)).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), bombs.len(), "each has a name of its own");
    for bomb in bombs {
        let name = format!("{}/{}", bomb.family, bomb.name);
        let nothing =
            |_: lookalike::decode::View, _: &lookalike::hash::PdqSpectrum| core::ops::ControlFlow::Continue(());
        let mut visitor = nothing;
        let (ended, bytes) = peak(|| pdq_views(&bomb.bytes, &limits, PdqProfile::FullResolution, &mut visitor));
        let allowed = (limits.max_alloc_bytes + (16 << 20)).cast_signed() as isize;
        assert!(bytes <= allowed, "{name} took {bytes} bytes");
        if let Err(error) = ended {
            assert!(!matches!(error, DecodeError::Corrupt { stage: Stage::Panicked, .. }), "{name}: {error}");
            refused += 1;
        }
        let (header, bytes) = peak(|| inspect(&bomb.bytes, &limits));
        assert!(bytes <= 1 << 20, "the header of {name} took {bytes} bytes: {header:?}");
    }
    assert!(refused >= 120, "{refused} are refused");
}
