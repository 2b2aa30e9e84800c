//! PDQ as a whole; equality with the reference's own output is tested in `tests/pdq_vectors.rs`.

use super::reference::replicate;
use super::*;
use crate::hash::{Bits256, Dihedral};
use crate::pixels::{ImageError, ImageRef, PixelFormat};
use alloc::vec;
use alloc::vec::Vec;

const FULL: PdqProfile = PdqProfile::FullResolution;

/// A picture of waves, stripes or blocks by its number, in RGB.
fn draw(number: u32, width: u32, height: u32) -> Vec<u8> {
    let mut state = number;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 24
    };
    let (period, shade) = (3 + number % 29, 40 + number * 7 % 200);
    let mut pixels = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let value = match number % 5 {
            0 => (x * 200 / width + y * 55 / height) % 256,
            1 => u32::from(x % period * 2 < period) * shade,
            2 => (x / period * 37 + y / period * 91) % 256,
            3 => noise(),
            _ => (x * x / (width + period) + y * y / (height + 7)) % 256,
        };
        pixels.extend([value as u8, (value * 2 / 3) as u8, (255 - value) as u8]);
    }
    pixels
}

fn replica_of(image: &ImageRef<'_>, profile: PdqProfile) -> PdqSpectrum {
    let memory = &mut vec![f32::NAN; memory_len(image.width(), image.height(), profile)];
    replicate(image, profile, Dihedral::Original, memory).unwrap()
}

#[test]
fn where_the_fast_path_is_certain_it_equals_the_replica() {
    let sides = [5, 31, 63, 64, 65, 127, 128, 129, 255, 257, 383, 384, 385, 700];
    let mut certain = 0;
    for (number, (width, height)) in (0..).zip(sides.iter().flat_map(|&w| sides.map(|h| (w, h)))) {
        let pixels = draw(number, width, height);
        let image = ImageRef::packed(&pixels, width, height, PixelFormat::Rgb8).unwrap();
        for profile in [FULL, PdqProfile::Meta512] {
            let (fast, slow) = (spectrum(&image, profile).unwrap(), replica_of(&image, profile));
            assert!(slow.is_certain());
            if fast.is_certain() {
                certain += 1;
                assert_eq!(fast.quality(), slow.quality(), "picture {number}, {width}x{height}");
                for (fast, slow) in fast.dihedral().iter().zip(slow.dihedral()) {
                    assert_eq!(fast.hash, slow.hash, "picture {number}, {width}x{height}");
                }
            }
            // coefficients differ by rounding only
            let pairs =
                fast.coefficients.unwrap().into_iter().flatten().zip(slow.coefficients.unwrap().into_iter().flatten());
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 0.1), "picture {number}, {width}x{height}");
        }
    }
    assert!(certain > 40, "only {certain} are certain: the fast path is no use");
}

#[test]
fn a_stream_is_begun_anew_whatever_became_of_the_picture_before() {
    // with and without tails, too small, and with sums of 64 bits
    let sizes = [(150, 133), (700, 400), (130, 9000), (4, 4), (64, 64), (9000, 8200), (150, 133)];
    let mut stream = PdqStream::idle();
    assert_eq!(stream.push_row(&[]), Err(ImageError::row_count(1, 0)));
    assert!(stream.push_row(&[1]).is_err());
    assert!(stream.spectrum().is_err(), "of no picture there is no hash, not even that of a picture too small");
    for (number, (width, height)) in (0..).zip(sizes) {
        for profile in [FULL, PdqProfile::Meta512] {
            let rows: [_; 7] = core::array::from_fn(|y| draw(number + y as u32, width, 1));
            // one that is left off, of another size and format
            stream.begin(300, 200, PixelFormat::Gray8, FULL).unwrap();
            (0..150_u8).for_each(|y| stream.push_row(&[y; 300]).unwrap());
            let mut fresh = PdqStream::new(width, height, PixelFormat::Rgb8, profile).unwrap();
            stream.begin(width, height, PixelFormat::Rgb8, profile).unwrap();
            assert!(stream.begin(0, 7, PixelFormat::Rgb8, profile).is_err(), "what is refused changes nothing");
            assert!(stream.begin(MAX_SIDE + 1, 7, PixelFormat::Rgb8, profile).is_err());
            for y in 0..height {
                let row = &rows[(y * y / 50 % 7) as usize];
                fresh.push_row(row).unwrap();
                stream.push_row(row).unwrap();
            }
            let (fresh, again) = (fresh.finish().unwrap(), stream.spectrum().unwrap());
            assert_eq!(fresh.coefficients, again.coefficients, "{width}x{height}");
            assert_eq!((fresh.quality, fresh.doubt), (again.quality, again.doubt), "{width}x{height}");
        }
    }
}

#[test]
fn the_state_fits_eight_kilobytes() {
    assert!(size_of::<PdqStream>() <= 8192, "{} bytes", size_of::<PdqStream>());
}

#[test]
fn every_pixel_format_gives_the_hash_of_its_grey_or_colours() {
    let (width, height) = (150, 133);
    let rgb = draw(2, width, height);
    let pixels = |samples: &dyn Fn(&[u8]) -> Vec<u8>| rgb.chunks_exact(3).flat_map(samples).collect::<Vec<_>>();
    let wide = |sample: u8| [sample, sample]; // 257 * sample
    let hash = |bytes: &[u8], format| {
        let image = ImageRef::packed(bytes, width, height, format).unwrap();
        [FULL, PdqProfile::Meta512].map(|profile| spectrum(&image, profile).unwrap().pdq())
    };
    let expected = hash(&rgb, PixelFormat::Rgb8);
    assert_eq!(hash(&pixels(&|p| vec![p[0], p[1], p[2], 9]), PixelFormat::Rgba8), expected);
    assert_eq!(hash(&pixels(&|p| vec![p[2], p[1], p[0]]), PixelFormat::Bgr8), expected);
    assert_eq!(hash(&pixels(&|p| vec![p[2], p[1], p[0], 0]), PixelFormat::Bgra8), expected);
    assert_eq!(hash(&pixels(&|p| p.iter().flat_map(|&s| wide(s)).collect()), PixelFormat::Rgb16), expected);
    let rgba16 = pixels(&|p| p.iter().chain([&77]).flat_map(|&s| wide(s)).collect());
    assert_eq!(hash(&rgba16, PixelFormat::Rgba16), expected);

    let expected = hash(&pixels(&|p| vec![p[0]; 3]), PixelFormat::Rgb8);
    let grey = hash(&pixels(&|p| vec![p[0]]), PixelFormat::Gray8);
    assert_eq!(grey.map(|pdq| (pdq.hash, pdq.quality)), expected.map(|pdq| (pdq.hash, pdq.quality)));
    assert_eq!(hash(&pixels(&|p| wide(p[0]).to_vec()), PixelFormat::Gray16), grey);
}

#[test]
fn a_stride_and_bytes_after_the_last_row_change_nothing() {
    let (width, height) = (97, 70);
    let packed = draw(4, width, height);
    let mut padded = Vec::new();
    for row in packed.chunks_exact(3 * width as usize) {
        padded.extend_from_slice(row);
        padded.extend([0xAB; 13]);
    }
    let image = ImageRef::packed(&packed, width, height, PixelFormat::Rgb8).unwrap();
    let strided = ImageRef::new(&padded, width, height, 3 * 97 + 13, PixelFormat::Rgb8).unwrap();
    assert_eq!(spectrum(&strided, FULL).unwrap().pdq(), spectrum(&image, FULL).unwrap().pdq());
}

#[test]
fn pictures_below_five_pixels_have_the_zero_hash_of_the_reference() {
    for (width, height) in [(1, 1), (4, 4), (4, 900), (900, 4), (1, 60_000)] {
        let pixels = draw(3, width, height);
        let image = ImageRef::packed(&pixels, width, height, PixelFormat::Rgb8).unwrap();
        for profile in [FULL, PdqProfile::Meta512] {
            let spectrum = reference_in(&image, profile, &mut []).unwrap();
            assert!(spectrum.dihedral().iter().all(|pdq| pdq.hash == Bits256::ZERO && pdq.quality == 0));
            assert!(spectrum.is_certain());
        }
    }
}

#[test]
fn rows_that_do_not_fit_the_measures_are_refused() {
    use alloc::string::ToString;
    let mut stream = PdqStream::new(8, 6, PixelFormat::Rgb8, FULL).unwrap();
    assert_eq!(stream.push_row(&[0; 23]).unwrap_err().to_string(), "row length in bytes: found 23, expected 24");
    for _ in 0..5 {
        stream.push_row(&[0; 24]).unwrap();
    }
    let half = PdqStream::new(8, 6, PixelFormat::Rgb8, FULL).unwrap();
    assert_eq!(half.finish().unwrap_err().to_string(), "number of rows: found 0, expected 6");
    stream.push_row(&[0; 24]).unwrap();
    assert_eq!(stream.push_row(&[0; 24]).unwrap_err().to_string(), "number of rows: found 7, expected 6");
    assert!(stream.finish().is_ok());
    assert!(PdqStream::new(0, 6, PixelFormat::Rgb8, FULL).is_err());
    assert!(PdqStream::new(8, MAX_SIDE + 1, PixelFormat::Rgb8, FULL).is_err());
}

#[test]
fn the_longest_sides_are_hashed_without_overflow() {
    for (width, height) in [(MAX_SIDE, 5), (5, MAX_SIDE), (65_535, 200)] {
        let mut stream = PdqStream::new(width, height, PixelFormat::Gray8, FULL).unwrap();
        let row = vec![255; width as usize];
        (0..height).for_each(|_| stream.push_row(&row).unwrap());
        assert_eq!(stream.finish().unwrap().quality(), 0);
    }
}

/// Turns a picture pixel by pixel, into grey or RGB of 8 bits, from the definition of each turn.
#[cfg(feature = "alloc")]
fn turn(image: &ImageRef<'_>, dihedral: Dihedral) -> (Vec<u8>, u32, u32, PixelFormat) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (channels, format) = if image.format().is_gray() { (1, PixelFormat::Gray8) } else { (3, PixelFormat::Rgb8) };
    let (new_width, new_height) = match dihedral {
        Dihedral::Original | Dihedral::Rotate180 | Dihedral::FlipX | Dihedral::FlipY => (width, height),
        _ => (height, width),
    };
    let mut turned = Vec::new();
    for (y, x) in (0..new_height).flat_map(|y| (0..new_width).map(move |x| (y, x))) {
        let (from_y, from_x) = match dihedral {
            Dihedral::Original => (y, x),
            Dihedral::Rotate90 => (x, width - 1 - y),
            Dihedral::Rotate180 => (height - 1 - y, width - 1 - x),
            Dihedral::Rotate270 => (height - 1 - x, y),
            Dihedral::FlipX => (height - 1 - y, x),
            Dihedral::FlipY => (y, width - 1 - x),
            Dihedral::FlipPlus1 => (x, y),
            Dihedral::FlipMinus1 => (height - 1 - x, width - 1 - y),
        };
        turned.extend_from_slice(&image.row(from_y as u32).unwrap()[from_x * channels..][..channels]);
    }
    (turned, new_width as u32, new_height as u32, format)
}

#[cfg(feature = "alloc")]
#[test]
fn the_exact_dihedral_hashes_are_those_of_turned_pixels() {
    let sides = [5, 64, 65, 129, 256, 300, 515];
    for (number, (width, height)) in (0..).zip(sides.iter().flat_map(|&w| sides.map(|h| (w, h)))) {
        let format = if number % 3 == 0 { PixelFormat::Gray8 } else { PixelFormat::Rgb8 };
        let pixels = draw(number, width, height);
        let pixels = &pixels[..(width * height) as usize * format.bytes_per_pixel()];
        let image = ImageRef::packed(pixels, width, height, format).unwrap();
        for profile in [FULL, PdqProfile::Meta512] {
            let eight = exact_dihedral(&image, profile).unwrap();
            for (found, dihedral) in eight.iter().zip(Dihedral::ALL) {
                let (pixels, width, height, format) = turn(&image, dihedral);
                let image_turned = ImageRef::packed(&pixels, width, height, format).unwrap();
                let expected = reference(&image_turned, profile).unwrap().pdq();
                let one = turned(&image, profile, dihedral).unwrap().pdq();
                let what = alloc::format!("picture {number}, {width}x{height}, {dihedral}");
                assert_eq!((found.hash, found.quality), (expected.hash, expected.quality), "{what}");
                assert_eq!((one.hash, one.quality), (expected.hash, expected.quality), "{what}");
            }
        }
    }
}

#[cfg(feature = "alloc")]
#[test]
fn the_fast_exact_dihedral_hashes_need_no_turned_copy() {
    // waves along both axes, certain in all eight: the grids themselves must agree, not only the copies
    for (width, height) in [(300, 200), (257, 384), (130, 640)] {
        let pixels: Vec<u8> = (0..width * height)
            .map(|i| ((i % width * i % width / 90) ^ (i / width * 3) ^ (i * 7 % 31)) as u8)
            .collect();
        let image = ImageRef::packed(&pixels, width, height, PixelFormat::Gray8).unwrap();
        for (found, dihedral) in turned::grids_of(&image).into_iter().zip(Dihedral::ALL) {
            let (pixels, width, height, format) = turn(&image, dihedral);
            let copy = ImageRef::packed(&pixels, width, height, format).unwrap();
            let expected = spectrum(&copy, FULL).unwrap();
            assert_eq!(found.pdq().hash, expected.pdq().hash, "{width}x{height}, {dihedral}");
            let pairs = found.coefficients.unwrap().into_iter().flatten();
            let pairs = pairs.zip(expected.coefficients.unwrap().into_iter().flatten());
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-3), "{width}x{height}, {dihedral}");
        }
    }
}
