//! Screening hashes of JPEGs made here, in every way of coding that is read, against the exact hashes of their pixels.

#![cfg(feature = "image")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    reason = "tests may panic, and run where std is"
)]

mod support;

use std::io::{self, BufRead, Read};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lookalike::decode::{self, DecodeError, Limits};
use lookalike::hash::{Dihedral, PdqProfile, pdq};
use lookalike::jpeg::{self, Buffered, Fault, JpegError, Memory, Opened, Tables, Unsupported};
use lookalike::pixels::{ImageRef, PixelFormat};

/// Coloured waves and blocks with texture and without symmetry, RGB.
fn picture(seed: u32, width: u32, height: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut pixels = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let s = f64::from(seed);
        let wave = ((9.0 + s) * u + (5.0 * v + s).sin() * 4.0).sin() * ((6.0 * v - 3.0 * u * u) + s).cos();
        let block = f64::from((x * 7 / width * 31 + y * 5 / height * 17 + seed) % 11) * 9.0;
        let noise = f64::from(state >> 27);
        let color = [100.0 + 60.0 * wave + block, 90.0 - 50.0 * wave + block + 40.0 * u, 60.0 + 90.0 * v];
        // within 0 to 255, also after coding: what is cut off there is not in the coefficients
        pixels.extend(color.map(|value| (30.0 + 0.6 * (value + noise)).clamp(0.0, 255.0) as u8));
    }
    pixels
}

/// A way of coding.
#[derive(Clone, Copy, Debug)]
struct Coding {
    sampling: SamplingFactor,
    quality: u8,
    progressive: bool,
    optimised: bool,
    restart: u16,
}

const PLAIN: Coding =
    Coding { sampling: SamplingFactor::F_2_2, quality: 80, progressive: false, optimised: false, restart: 0 };

fn encoded(pixels: &[u8], width: u32, height: u32, color: ColorType, coding: Coding) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, coding.quality);
    encoder.set_sampling_factor(coding.sampling);
    encoder.set_progressive(coding.progressive);
    encoder.set_optimized_huffman_tables(coding.optimised);
    if coding.restart > 0 {
        encoder.set_restart_interval(coding.restart);
    }
    encoder.encode(pixels, width as u16, height as u16, color).unwrap();
    file
}

fn exact(file: &[u8]) -> pdq::PdqSpectrum {
    decode::pdq(file, &Limits::default(), PdqProfile::FullResolution).unwrap()
}

/// The largest distance of any of the eight screened hashes to the exact one.
fn distance(screened: &jpeg::Screened, exact: &pdq::PdqSpectrum) -> u32 {
    let pairs = screened.spectrum().dihedral().into_iter().zip(exact.dihedral());
    pairs.map(|(found, expected)| found.hash.distance(&expected.hash)).max().unwrap()
}

#[test]
fn every_way_of_coding_is_screened_within_few_bits() {
    let sampling = [
        SamplingFactor::F_1_1,
        SamplingFactor::F_2_1,
        SamplingFactor::F_1_2,
        SamplingFactor::F_2_2,
        SamplingFactor::F_4_1,
        SamplingFactor::F_4_2,
        SamplingFactor::F_1_4,
        SamplingFactor::F_2_4,
    ];
    let sizes = [(256, 300), (520, 700), (801, 770), (1030, 1100)];
    let (mut seed, mut all) = (0, Vec::new());
    for (width, height) in sizes {
        for sampling in sampling {
            for (progressive, optimised, restart) in [
                (false, false, 0),
                (false, true, 0),
                (true, false, 0),
                (true, true, 0),
                (true, false, 7),
                (false, false, 200),
                (false, false, 1),
            ] {
                seed += 1;
                let quality = [50, 75, 95][seed as usize % 3];
                let coding = Coding { sampling, quality, progressive, optimised, restart };
                let file = encoded(&picture(seed % 9, width, height), width, height, ColorType::Rgb, coding);
                let screened = jpeg::screen(&file[..]).unwrap_or_else(|error| panic!("{coding:?}: {error}"));
                let exact = exact(&file);
                let found = screened.spectrum().pdq().hash.distance(&exact.pdq().hash);
                all.push(found);
                assert!(distance(&screened, &exact) <= screened.margin(), "{width}x{height} {coding:?}: {found} bits");
                assert!(screened.spectrum().quality().abs_diff(exact.quality()) <= 2);
                assert_eq!((screened.width(), screened.height()), (width, height));
                // this encoder writes a scan for each component where it optimises, or luma comes several times in a unit
                if !progressive && !optimised && sampling == SamplingFactor::F_1_1 {
                    assert_eq!(screened.bytes_read(), file.len() as u64, "all of an interleaved file is parsed");
                }
            }
        }
    }
    // drawn patterns are harder than photographs, which benches/peers measures
    all.sort_unstable();
    assert!(all[all.len() / 2] <= 4 && all[all.len() * 9 / 10] <= 6 && all[all.len() - 1] <= 16, "{all:?}");
}

#[test]
fn grey_and_rgb_coded_files_are_screened_and_four_colours_refused() {
    let (width, height) = (600, 530);
    let rgb = picture(4, width, height);
    let grey: Vec<u8> = rgb.chunks(3).map(|pixel| pixel[1]).collect();
    for progressive in [false, true] {
        let coding = Coding { progressive, ..PLAIN };
        let file = encoded(&grey, width, height, ColorType::Luma, coding);
        assert!(distance(&jpeg::screen(&file[..]).unwrap(), &exact(&file)) <= 4);
        let cmyk: Vec<u8> = rgb.chunks(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 30]).collect();
        for color in [ColorType::Cmyk, ColorType::CmykAsYcck] {
            let file = encoded(&cmyk, width, height, color, coding);
            assert_eq!(jpeg::screen(&file[..]).unwrap_err(), JpegError::Unsupported(Unsupported::FourColors));
        }
    }
    // Three planes coded as they are, which Adobe's marker with transform 0 says are red, green and blue.
    let as_they_are = Coding { sampling: SamplingFactor::F_1_1, ..PLAIN };
    let mut file = encoded(&rgb, width, height, ColorType::Ycbcr, as_they_are);
    let app0 = 4..4 + usize::from(u16::from_be_bytes([file[4], file[5]]));
    let mut app14 = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0".to_vec();
    assert_eq!(file[2..4], [0xff, 0xe0]);
    file.splice(2..app0.end, app14.drain(..));
    let screened = jpeg::screen(&file[..]).unwrap();
    assert!(distance(&screened, &exact(&file)) <= 4);
    // A JFIF header counts for more.
    let mut both = encoded(&rgb, width, height, ColorType::Ycbcr, as_they_are);
    both.splice(app0.end..app0.end, *b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0");
    let screened = jpeg::screen(&both[..]).unwrap();
    assert!(distance(&screened, &exact(&both)) <= 4);
}

#[test]
fn turned_pictures_are_screened_as_turned_pixels_are_hashed() {
    for (width, height) in [(700, 520), (517, 1290), (300, 401)] {
        let file = encoded(&picture(3, width, height), width, height, ColorType::Rgb, PLAIN);
        let decoded = decode::decode(&file, &Limits::default()).unwrap();
        for dihedral in Dihedral::ALL {
            let (stored, turned) = jpeg::screen_turned(&file[..], dihedral).unwrap();
            let expected = pdq::turned(&decoded.image(), PdqProfile::FullResolution, dihedral).unwrap();
            assert!(distance(&turned, &expected) <= 6, "{width}x{height} {dihedral}");
            assert!(distance(&stored, &exact(&file)) <= 6);
        }
    }
}

/// Counts what is asked of it, and hands it out in small pieces.
struct Counted<'a> {
    rest: &'a [u8],
    step: usize,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.rest.len().min(buffer.len()).min(self.step);
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        self.read += count as u64;
        Ok(count)
    }
}

#[test]
fn of_a_progressive_file_only_the_first_scans_are_read() {
    let (width, height) = (1600, 1200);
    let coding = Coding { progressive: true, quality: 90, ..PLAIN };
    let file = encoded(&picture(5, width, height), width, height, ColorType::Rgb, coding);
    let whole = jpeg::screen(&file[..]).unwrap();
    let mut counted = Counted { rest: &file, step: 100, read: 0 };
    let screened = jpeg::screen(Buffered(io::BufReader::with_capacity(256, &mut counted))).unwrap();
    assert_eq!(screened.spectrum().pdq(), whole.spectrum().pdq());
    assert_eq!(screened.bytes_read(), whole.bytes_read());
    assert!(counted.read < screened.bytes_read() + 512);
    assert!(counted.read < file.len() as u64 * 2 / 3, "{} of {}", counted.read, file.len());
}

#[test]
fn a_failing_reader_is_told_apart_from_a_damaged_file() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let file = encoded(&picture(5, 300, 300), 300, 300, ColorType::Rgb, PLAIN);
    for cut in [0, 1, 100, 700, file.len() / 2] {
        let reader = io::BufReader::new(file[..cut].chain(Failing));
        assert!(matches!(jpeg::screen(Buffered(reader)), Err(JpegError::Source(error)) if error.to_string() == "gone"));
    }
    fn is_buf_read<R: BufRead>(_: &R) {}
    is_buf_read(&io::empty());
}

#[test]
fn a_file_cut_anywhere_is_never_screened() {
    for progressive in [false, true] {
        for restart in [0, 5] {
            let coding = Coding { progressive, restart, ..PLAIN };
            let file = encoded(&picture(6, 320, 260), 320, 260, ColorType::Rgb, coding);
            let needed = usize::try_from(jpeg::screen(&file[..]).unwrap().bytes_read()).unwrap();
            for cut in (0..needed).step_by(if cfg!(debug_assertions) { 37 } else { 1 }) {
                let error = jpeg::screen(&file[..cut]).unwrap_err();
                assert!(matches!(error, JpegError::Corrupt { .. }), "cut at {cut} of {needed}: {error}");
                // what decides in a scan: a file that is not whole is refused, whatever screening would have needed
                let refused = decode::screen(&file[..cut], &Limits::default(), PdqProfile::FullResolution);
                assert!(matches!(refused, Ok(None) | Err(DecodeError::Corrupt { .. })), "{cut}: {refused:?}");
            }
        }
    }
}

#[test]
fn faults_are_named() {
    let file = encoded(&picture(6, 320, 260), 320, 260, ColorType::Rgb, Coding { restart: 5, ..PLAIN });
    let fault = |file: &[u8]| match jpeg::screen(file) {
        Err(JpegError::Corrupt { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(b"\x89PNG"), Fault::NotJpeg);
    assert_eq!(fault(&file[..1000]), Fault::Truncated);
    let restart = file.windows(2).position(|pair| pair == [0xff, 0xd1]).unwrap();
    let mut wrong = file.clone();
    wrong[restart + 1] = 0xd4;
    assert_eq!(fault(&wrong), Fault::Restart);
    let end = file.len() - 2;
    let restarts = (320 / 16) * 17_usize / 5 - 1;
    let mut one_more = file.clone();
    one_more.splice(end..end, [0xff, 0xd0 | (restarts % 8) as u8]);
    assert!(jpeg::screen(&one_more[..]).is_ok(), "a last marker behind all blocks is harmless");
    one_more[end + 1] ^= 1;
    assert_eq!(fault(&one_more), Fault::Restart);
    let mut left_over = file.clone();
    left_over.splice(restart..restart, [0x55; 40]);
    assert_eq!(fault(&left_over), Fault::Leftover);
    let tables = file.windows(2).position(|pair| pair == [0xff, 0xc4]).unwrap();
    let mut no_code = file.clone();
    let symbols = no_code[tables + 5..tables + 21].iter().sum();
    no_code[tables + 5..tables + 21].fill(0);
    no_code[tables + 5] = symbols;
    assert_eq!(fault(&no_code), Fault::Table);
    let mut no_tables = file.clone();
    let length = usize::from(u16::from_be_bytes([file[tables + 2], file[tables + 3]]));
    no_tables.drain(tables..tables + 2 + length);
    assert_eq!(fault(&no_tables), Fault::Table);
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    for (marker, expected) in
        [(0xc3, Unsupported::Lossless), (0xc5, Unsupported::Hierarchical), (0xc9, Unsupported::Arithmetic)]
    {
        let mut other = file.clone();
        other[frame + 1] = marker;
        assert_eq!(jpeg::screen(&other[..]).unwrap_err(), JpegError::Unsupported(expected));
    }
    let mut deep = file.clone();
    deep[frame + 4] = 12;
    assert_eq!(jpeg::screen(&deep[..]).unwrap_err(), JpegError::Unsupported(Unsupported::Depth(12)));
    let mut subsampled = file;
    subsampled[frame + 11] = 0x11;
    subsampled[frame + 14] = 0x22;
    assert_eq!(jpeg::screen(&subsampled[..]).unwrap_err(), JpegError::Unsupported(Unsupported::SubsampledLuma));
    let small = encoded(&picture(6, 255, 700), 255, 700, ColorType::Rgb, PLAIN);
    assert_eq!(jpeg::screen(&small[..]).unwrap_err(), JpegError::Unsupported(Unsupported::Small));
}

#[test]
fn scans_without_end_are_not_read() {
    let coding = Coding { progressive: true, ..PLAIN };
    let file = encoded(&picture(6, 1040, 1030), 1040, 1030, ColorType::Rgb, coding);
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc2]).unwrap();
    let scan = file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    // one more bit of five coefficients, of which no block has any
    let refining = [0xff, 0xda, 0, 8, 1, file[frame + 10], 0, 1, 5, 0x10];
    let with = |count: usize| {
        let mut file = file.clone();
        file.splice(scan..scan, refining.repeat(count));
        jpeg::screen(&file[..]).map(|screened| screened.spectrum().pdq().hash)
    };
    assert_eq!(with(50), with(0));
    assert_eq!(with(100).unwrap_err(), JpegError::Unsupported(Unsupported::Scans));
}

#[test]
fn the_callers_memory_is_enough_or_refused() {
    let file = encoded(&picture(2, 640, 520), 640, 520, ColorType::Rgb, PLAIN);
    let mut tables = Box::new(Tables::new());
    let turn = Dihedral::Rotate180;
    let needs = Opened::new(&file[..], &mut tables).unwrap().needs(turn);
    assert!(Opened::new(&file[..], &mut tables).unwrap().needs(Dihedral::Original).sums < needs.sums);
    let mut history = [];
    let mut screened = |sums: usize, weights: usize, blocks: usize| {
        let opened = Opened::new(&file[..], &mut tables).unwrap();
        let (mut sums, mut weights) = (vec![f32::NAN; sums], vec![f32::NAN; weights]);
        let mut blocks = vec![jpeg::Block::default(); blocks];
        let memory = Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut history };
        opened.screen_in(&mut tables, memory, turn)
    };
    let (stored, _) = screened(needs.sums, needs.weights, needs.blocks).unwrap();
    assert_eq!(stored.spectrum().pdq(), jpeg::screen(&file[..]).unwrap().spectrum().pdq());
    for (sums, weights, blocks) in [
        (0, 0, 0),
        (needs.sums - 1, needs.weights, needs.blocks),
        (needs.sums, needs.weights / 3, needs.blocks),
        (needs.sums, needs.weights, needs.blocks / 3),
    ] {
        assert_eq!(screened(sums, weights, blocks).unwrap_err(), JpegError::Unsupported(Unsupported::Memory));
    }
}

/// Screens with tables of some size, in no more memory than asked for.
fn screened_with<const SIZE: usize>(file: &[u8]) -> jpeg::Screened {
    let mut tables = Box::new(Tables::<SIZE>::of_size());
    let opened = Opened::new(file, &mut tables).unwrap();
    let needs = opened.needs(Dihedral::Original);
    let (mut sums, mut weights) = (vec![f32::NAN; needs.sums], vec![f32::NAN; needs.weights]);
    let mut blocks = vec![jpeg::Block::default(); needs.blocks];
    let mut history = vec![jpeg::History::default(); needs.history];
    let memory = Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut history };
    opened.screen_in(&mut tables, memory, Dihedral::Original).unwrap().0
}

#[test]
fn tables_of_every_size_read_the_same() {
    for (width, height) in [(300, 256), (800, 770), (1100, 1030)] {
        let pixels = picture(5, width, height);
        for coding in [PLAIN, Coding { progressive: true, ..PLAIN }] {
            let file = encoded(&pixels, width, height, ColorType::Rgb, coding);
            let told = |it: jpeg::Screened| (it.spectrum().dihedral(), it.margin(), it.bytes_read());
            let expected = told(jpeg::screen(&file[..]).unwrap());
            assert_eq!(told(screened_with::<16>(&file)), expected);
            assert_eq!(told(screened_with::<64>(&file)), expected);
            assert_eq!(told(screened_with::<512>(&file)), expected);
            assert_eq!(told(screened_with::<2048>(&file)), expected);
        }
    }
}

/// Screens as devices do, in no more memory than asked for.
fn stored_in(file: &[u8]) -> Result<jpeg::Screened, JpegError<std::convert::Infallible>> {
    let mut tables = Box::new(Tables::<16>::of_size());
    let opened = Opened::new(file, &mut tables)?;
    let needs = opened.needs(Dihedral::Original);
    let (mut sums, mut weights) = (vec![f32::NAN; needs.sums], vec![f32::NAN; needs.weights]);
    let mut blocks = vec![jpeg::Block::default(); needs.blocks];
    let mut history = vec![jpeg::History::default(); needs.history];
    let memory = Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut history };
    opened.screen_stored_in(&mut tables, memory)
}

#[test]
fn the_one_copy_for_devices_says_what_the_copies_for_each_number_of_coefficients_say() {
    let told = |it: jpeg::Screened| {
        let gaps = it.spectrum().dihedral().map(|pdq| (pdq.hash, pdq.median_gap.to_bits(), pdq.quality));
        (gaps, it.margin(), it.edge_contrast().to_bits(), it.bytes_read(), it.per_axis(), it.width())
    };
    let mut numbers = Vec::new();
    for (width, height) in [(300, 256), (770, 801), (1100, 1030), (2600, 2561)] {
        let pixels = picture(7, width, height);
        for (progressive, restart, sampling) in [
            (false, 0, SamplingFactor::F_2_2),
            (false, 11, SamplingFactor::F_1_1),
            (true, 0, SamplingFactor::F_2_1),
            (true, 5, SamplingFactor::F_1_2),
        ] {
            let coding = Coding { sampling, progressive, restart, ..PLAIN };
            let file = encoded(&pixels, width, height, ColorType::Rgb, coding);
            let screened = jpeg::screen(&file[..]).unwrap();
            numbers.push(screened.per_axis());
            assert_eq!(told(stored_in(&file).unwrap()), told(screened), "{width}x{height} {coding:?}");
            for end in [file.len() / 3, file.len() - 2] {
                let (expected, found) = (jpeg::screen(&file[..end]), stored_in(&file[..end]));
                assert_eq!(found.map(told), expected.map(told), "{width}x{height} {coding:?} cut");
            }
        }
    }
    numbers.dedup();
    assert_eq!(numbers, [8, 3, 2, 1]);
}

#[test]
fn the_reference_jpegs_are_screened_within_few_bits() {
    let Some(images) = support::shared("pdq-reference/images") else { return };
    let mut folders = vec![images];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let Ok(screened) = jpeg::screen(&bytes[..]) else { continue };
            let exact = exact(&bytes);
            count += 1;
            if exact.quality() >= pdq::MIN_QUALITY {
                let allowed = if screened.width().min(screened.height()) >= 512 { 4 } else { 10 };
                assert!(distance(&screened, &exact) <= allowed, "{}", path.display());
            }
        }
    }
    assert!(count >= 25, "{count}");
}

#[test]
fn rows_of_pixels_and_coefficients_agree_on_the_grid() {
    // at quality 100 and without subsampling only rounding is left between the two
    let (width, height) = (400, 300);
    let grey: Vec<u8> = picture(8, width, height).chunks(3).map(|pixel| pixel[0]).collect();
    let coding = Coding { quality: 100, sampling: SamplingFactor::F_1_1, ..PLAIN };
    let file = encoded(&grey, width, height, ColorType::Luma, coding);
    let image = ImageRef::packed(&grey, width, height, PixelFormat::Gray8).unwrap();
    let of_pixels = pdq::spectrum(&image, PdqProfile::FullResolution).unwrap();
    assert!(distance(&jpeg::screen(&file[..]).unwrap(), &of_pixels) <= 2);
}
