//! Rows as they are decoded are the rows of the whole picture, in a fraction of its memory.

#![cfg(feature = "image")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]
#![allow(unsafe_code, reason = "a counting allocator cannot be written without unsafe")]

mod decode_support;
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::borrow::Cow;
use std::cell::Cell;
use std::path::{Path, PathBuf};

use decode_support::{gif_file, gradient, one_of_each, png_file};
use lookalike::decode::{DecodeError, Format, Limits, Sniffed, Stage, decode, inspect, rows, sniff};
use support::shared;

/// Bytes that this thread holds, and the most that it ever held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    HELD.set(HELD.get() + bytes);
    PEAK.set(PEAK.get().max(HELD.get()));
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `dealloc`, and the pointer is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes held during `work`, beyond those held before.
fn peak_of(work: impl FnOnce()) -> u64 {
    let before = HELD.get();
    PEAK.set(before);
    work();
    u64::try_from(PEAK.get() - before).unwrap()
}

/// All rows, or those before the error, and the error.
fn read_rows(file: &[u8]) -> (Vec<u8>, Option<DecodeError>) {
    let mut pixels = Vec::new();
    let mut reader = match rows(file, &Limits::default()) {
        Ok(reader) => reader,
        Err(error) => return (pixels, Some(error)),
    };
    let row_bytes = reader.header().width as usize * reader.header().pixel_format.bytes_per_pixel();
    loop {
        match reader.next_row() {
            Ok(Some(row)) => {
                assert_eq!(row.len(), row_bytes);
                pixels.extend_from_slice(row);
            }
            Ok(None) => {
                assert!(matches!(reader.next_row(), Ok(None)), "nothing follows the last row");
                return (pixels, None);
            }
            Err(error) => {
                assert_eq!(reader.next_row(), Err(error), "an error stays");
                return (pixels, Some(error));
            }
        }
    }
}

/// Compares with the whole picture: the same pixels, or the same refusal and never all rows.
fn compare(name: &str, file: &[u8]) {
    let whole = decode(file, &Limits::default());
    let (pixels, error) = read_rows(file);
    match (whole, error) {
        (Ok(whole), None) => assert!(whole.image().rows().flatten().eq(&pixels), "{name}: other pixels"),
        (Err(error), found) => {
            assert_eq!(found, Some(error), "{name}");
            if let Ok(header) = inspect(file, &Limits::default()) {
                let all = header.width as usize * header.height as usize * header.pixel_format.bytes_per_pixel();
                assert!(pixels.len() < all, "{name}: all rows of a broken picture");
            }
        }
        (Ok(_), Some(error)) => panic!("{name}: whole it is decoded, row by row {error}"),
    }
}

/// PNGs and GIFs of every mode, by name.
fn every_mode() -> Vec<(String, Vec<u8>)> {
    use png::{BitDepth, ColorType};
    let mut files = Vec::new();
    for (color, channels, depths) in [
        (ColorType::Grayscale, 1, &[1, 2, 4, 8, 16][..]),
        (ColorType::GrayscaleAlpha, 2, &[8, 16]),
        (ColorType::Rgb, 3, &[8, 16]),
        (ColorType::Rgba, 4, &[8, 16]),
        (ColorType::Indexed, 1, &[1, 2, 4, 8]),
    ] {
        for &bits in depths {
            let (width, height) = (53_u32, 41);
            let row_bytes = (width * channels * bits).div_ceil(8);
            let samples = gradient(row_bytes, height, 1);
            for transparent in [None, Some(vec![0; if color == ColorType::Rgb { 6 } else { 2 }])] {
                if transparent.is_some() && matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba) {
                    continue;
                }
                let name = format!("{color:?} of {bits} bits, transparency {transparent:?}");
                let depth = BitDepth::from_u8(bits as u8).unwrap();
                let file = png_file(width, height, color, depth, &samples, |encoder| {
                    if color == ColorType::Indexed {
                        encoder.set_palette((0..3_u32 << bits).map(|byte| (byte * 7) as u8).collect::<Vec<_>>());
                    }
                    if let Some(transparent) = transparent {
                        encoder.set_trns(transparent);
                    }
                });
                files.push((name, file));
            }
        }
    }
    let palette = gradient(256, 1, 3);
    for (name, interlaced, left, width, transparent) in [
        ("plain gif", false, 0, 60, None),
        ("interlaced gif", true, 0, 60, None),
        ("gif with a frame smaller than its canvas", false, 5, 40, Some(9)),
        ("gif with a frame beyond its canvas", false, 30, 60, None),
    ] {
        let buffer = Cow::Owned(gradient(width, 45, 1));
        let frame =
            gif::Frame { left, width: width as u16, height: 45, interlaced, transparent, buffer, ..Default::default() };
        files.push((name.to_owned(), gif_file(60, 45, &palette, &[frame])));
    }
    files
}

#[test]
fn rows_are_those_of_the_whole_picture() {
    for (name, file) in every_mode() {
        assert!(decode(&file, &Limits::default()).is_ok(), "{name}");
        compare(&name, &file);
    }
    for (name, file) in one_of_each() {
        compare(name, &file);
    }
}

#[test]
fn a_picture_cut_off_never_gives_all_its_rows() {
    for (name, file) in every_mode() {
        for cut in (0..file.len()).step_by(7) {
            compare(&format!("{name} cut at {cut}"), &file[..cut]);
        }
    }
}

#[test]
fn rows_before_the_fault_are_handed_out() {
    let file = png_file(200, 300, png::ColorType::Rgb, png::BitDepth::Eight, &gradient(200, 300, 3), |_| {});
    let (pixels, error) = read_rows(&file[..file.len() * 2 / 3]);
    assert!(matches!(error, Some(DecodeError::Corrupt { stage: Stage::Truncated, .. })));
    assert!(pixels.len() > 200 * 3 && pixels.len() < 200 * 300 * 3, "{} bytes", pixels.len());
}

#[test]
fn single_byte_changes_end_as_for_the_whole_picture() {
    for (name, file) in every_mode().into_iter().step_by(3) {
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1 << (at % 8);
            compare(&format!("{name}, byte {at}"), &changed);
        }
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

#[test]
fn rows_of_files_that_once_failed_are_those_of_the_whole_picture() {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/images"));
    assert!(files.iter().any(|path| path.ends_with("damaged-behind-last-pixel.gif")), "{files:?}");
    for path in files {
        compare(&path.display().to_string(), &std::fs::read(&path).unwrap());
    }
}

#[test]
fn rows_of_every_shared_png_and_gif_are_those_of_the_whole_picture() {
    for (folder, least) in [("malformed", 150), ("pdq-reference", 5)] {
        let Some(folder) = shared(folder) else { continue };
        let mut compared = 0;
        for path in files(&folder) {
            let file = std::fs::read(&path).unwrap();
            if !matches!(sniff(&file), Sniffed::Supported(Format::Png | Format::Gif)) {
                continue;
            }
            compared += 1;
            // A picture of 100 megapixels need not be compared twice.
            if inspect(&file, &Limits::default()).is_ok_and(|header| header.bytes_needed > 50 << 20) {
                continue;
            }
            compare(&path.display().to_string(), &file);
        }
        assert!(compared >= least, "only {compared} files in {}", folder.display());
    }
}

#[test]
fn rows_take_the_memory_of_some_rows() {
    assert!(peak_of(|| drop(std::hint::black_box(vec![0_u8; 1000]))) >= 1000, "the allocator counts");
    let (width, height) = (20_000, 1000);
    let rgb = png_file(width, height, png::ColorType::Rgb, png::BitDepth::Eight, &gradient(width, height, 3), |_| {});
    let buffer = Cow::Owned(gradient(width, height, 1));
    let frame = gif::Frame { width: width as u16, height: height as u16, buffer, ..Default::default() };
    let gif = gif_file(width as u16, height as u16, &gradient(256, 1, 3), &[frame]);
    for (name, file) in [("png", rgb), ("gif", gif)] {
        let header = inspect(&file, &Limits::default()).unwrap();
        assert!(header.row_bytes_needed * 10 < header.bytes_needed, "{name}: {header:?}");
        let peak = peak_of(|| {
            let mut reader = rows(&file, &Limits::default()).unwrap();
            while reader.next_row().unwrap().is_some() {}
        });
        let announced = header.row_bytes_needed + SIDE_BYTES;
        assert!(peak <= announced, "{name}: {peak} bytes, announced are {announced}");
    }
}

/// What decoders take whatever the size of the picture: tables, buffers of input.
const SIDE_BYTES: u64 = 512 << 10;
