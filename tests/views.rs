//! Views: what is sampled from the grid is what the framing says, however the grid was filled.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may panic, and know their numbers"
)]

use std::f64::consts::PI;

use lookalike::Level;
use lookalike::hash::pdq::{PdqProfile, spectrum};
use lookalike::hash::views::{Base, Beyond, Framing, Grid, GridStream, Scratch, Sides, ViewSet};
use lookalike::hash::{Bits256, Dihedral};
use lookalike::pixels::{ImageRef, PixelFormat};

/// A picture that is defined everywhere: places from 0 to 1 lie within it.
fn landscape(x: f64, y: f64) -> f64 {
    let hills = (6.1 * x + 2.3 * (3.7 * y + 0.4).sin()).sin() * (5.3 * y + 1.9 * x).cos();
    let trees = (17.0 * x * (0.6 + y) + 3.0 * (9.0 * y).sin()).sin() + (23.0 * y - 11.0 * x * x).cos();
    127.5 + 70.0 * hills + 28.0 * trees
}

fn drawn(width: u32, height: u32, place: impl Fn(f64, f64) -> (f64, f64)) -> Vec<u8> {
    let at = |i: u32, len: u32| (f64::from(i) + 0.5) / f64::from(len);
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (at(x, width), at(y, height))));
    places.map(|(x, y)| place(x, y)).map(|(x, y)| landscape(x, y) as u8).collect()
}

fn image(pixels: &[u8], width: u32, height: u32) -> ImageRef<'_> {
    ImageRef::packed(pixels, width, height, PixelFormat::Gray8).unwrap()
}

fn grid(pixels: &[u8], width: u32, height: u32) -> Grid {
    Grid::of(&image(pixels, width, height)).unwrap()
}

fn hash(grid: &Grid, framing: &Framing) -> Option<Bits256> {
    Some(grid.spectrum(framing, &mut Scratch::new())?.pdq().hash)
}

/// The hash of a framing by definition: 64x64 samples, each the mean of the picture under a tent as wide as PDQ's, at places
/// that the framing looks at; in f64, from the picture itself, with a transform written out.
fn by_definition(aspect: f64, framing: &Framing) -> Bits256 {
    let share = |side: i16| f64::from(side) / 1000.0;
    let Sides { top, right, bottom, left, .. } = framing.sides;
    let (left, right, top, bottom) = (share(left), 1.0 - share(right), share(top), 1.0 - share(bottom));
    let (sin, cos) = (f64::from(framing.tenths) * PI / 1800.0).sin_cos();
    let seen = |u: f64, v: f64| {
        // in heights of the picture, from the middle of the window
        let (x, y) = ((u - 0.5) * (right - left) * aspect, (v - 0.5) * (bottom - top));
        let (x, y) = (cos * x - sin * y, sin * x + cos * y);
        let (x, y) = ((left + right) / 2.0 + x / aspect, (top + bottom) / 2.0 + y);
        let inside = |at: f64| match framing.beyond {
            Beyond::Edge => at.clamp(0.0, 1.0),
            _ if at < 0.0 => -at,
            _ if at > 1.0 => 2.0 - at,
            _ => at,
        };
        landscape(inside(x), inside(y))
    };
    let tent = [-0.375, -0.25, -0.125, 0.0, 0.125, 0.25, 0.375].map(|at: f64| (at, 0.5 - at.abs()));
    let total: f64 = tent.iter().map(|(_, weight)| weight).sum();
    let sample = |i: usize, j: usize| {
        let mut sum = 0.0;
        for (dy, down) in tent {
            for (dx, across) in tent {
                sum += down * across * seen((j as f64 + 0.5 + dx) / 64.0, (i as f64 + 0.5 + dy) / 64.0);
            }
        }
        sum / total / total
    };
    let samples: Vec<Vec<f64>> = (0..64).map(|i| (0..64).map(|j| sample(i, j)).collect()).collect();
    let cosine = |k: usize, i: usize| (PI / 128.0 * (k + 1) as f64 * (2 * i + 1) as f64).cos();
    let mut coefficients = Vec::new();
    for u in 0..16 {
        for v in 0..16 {
            let terms =
                samples.iter().enumerate().flat_map(|(i, row)| row.iter().enumerate().map(move |(j, s)| (i, j, s)));
            coefficients.push(terms.map(|(i, j, s)| cosine(u, i) * cosine(v, j) * s).sum::<f64>());
        }
    }
    let mut sorted = coefficients.clone();
    sorted.sort_by(f64::total_cmp);
    let mut hash = Bits256::ZERO;
    // the first coefficient is the last bit that is printed
    let bits = hash.bits_mut().iter_mut().rev();
    bits.zip(coefficients).for_each(|(bit, coefficient)| bit.commit(coefficient > sorted[127]));
    hash
}

/// Framings of every kind.
fn framings() -> Vec<Framing> {
    vec![
        Framing::WHOLE,
        Framing::crop(15),
        Framing::crop(100),
        Framing::pad(8),
        Framing::pad(50),
        Framing::pad(50).beyond(Beyond::Edge),
        Framing::WHOLE.cut(Sides::new(60, 0, 0, 120)),
        Framing::WHOLE.cut(Sides::new(-100, 20, 0, 0)),
        Framing::tilt(15),
        Framing::tilt(-50),
        Framing::pad(20).rotate(30),
        Framing::crop(30).rotate(-20).beyond(Beyond::Edge),
    ]
}

#[test]
fn a_framing_is_sampled_as_its_definition_says() {
    for (width, height) in [(640, 480), (500, 700), (1501, 999)] {
        let grid = grid(&drawn(width, height, |x, y| (x, y)), width, height);
        for framing in framings() {
            let expected = by_definition(f64::from(width) / f64::from(height), &framing);
            let found = hash(&grid, &framing).unwrap();
            let distance = found.distance(&expected);
            // PDQ itself, whose samples lie up to one and a half pixels off, is 4 to 8 bits from the definition
            assert!(distance <= 12, "{framing} of {width}x{height}: {distance} bits");
        }
    }
}

#[test]
fn the_whole_is_within_some_bits_of_the_exact_hash_in_all_its_turns() {
    for (width, height) in [(192, 192), (640, 480), (333, 777), (2000, 1500)] {
        let pixels = drawn(width, height, |x, y| (x, y));
        let exact = spectrum(&image(&pixels, width, height), PdqProfile::FullResolution).unwrap();
        let whole = grid(&pixels, width, height).spectrum(&Framing::WHOLE, &mut Scratch::new()).unwrap();
        for ((exact, whole), turn) in exact.dihedral().iter().zip(whole.dihedral()).zip(Dihedral::ALL) {
            let distance = exact.hash.distance(&whole.hash);
            assert!(distance <= 10, "{turn} of {width}x{height}: {distance} bits");
        }
        assert!(exact.quality().abs_diff(whole.quality()) <= 4);
    }
}

#[test]
fn every_framing_undoes_its_edit() {
    let (width, height) = (600, 450);
    let listed = hash(&grid(&drawn(width, height, |x, y| (x, y)), width, height), &Framing::WHOLE).unwrap();
    let aspect = f64::from(width) / f64::from(height);
    let tilted = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        drawn(width, height, move |x, y| {
            let (x, y) = ((x - 0.5) * aspect, y - 0.5);
            (0.5 + (cos * x - sin * y) / aspect, 0.5 + sin * x + cos * y)
        })
    };
    let edits = [
        (drawn(width, height, |x, y| (0.02 + 0.96 * x, 0.02 + 0.96 * y)), Framing::pad(21)),
        (drawn(width, height, |x, y| (1.25 * x - 0.125, 1.25 * y - 0.125)), Framing::crop(100)),
        (drawn(width, height, |x, y| (x, 0.95 * y)), Framing::WHOLE.cut(Sides::bottom(-53))),
        (drawn(width, height, |x, y| (x, 1.2 * y)), Framing::WHOLE.cut(Sides::bottom(167))),
        // the content lies turned by so much the other way
        (tilted(4.0), Framing::tilt(-40)),
        (tilted(-3.0), Framing::tilt(30)),
    ];
    for (pixels, framing) in edits {
        let grid = grid(&pixels, width, height);
        let (whole, undone) = (hash(&grid, &Framing::WHOLE).unwrap(), hash(&grid, &framing).unwrap());
        let (before, after) = (listed.distance(&whole), listed.distance(&undone));
        assert!(after <= 31 && before > after + 10, "{framing}: from {before} to {after}");
    }
}

#[test]
fn borders_are_trimmed_to_a_fraction_of_a_cell() {
    let (width, height) = (600, 450);
    let picture = drawn(width, height, |x, y| (x, y));
    let listed = hash(&grid(&picture, width, height), &Framing::WHOLE).unwrap();
    for (top, right, bottom, left, shade) in
        [(20, 20, 20, 20, 0), (3, 5, 7, 9, 255), (101, 0, 99, 0, 0), (0, 150, 0, 150, 90), (37, 11, 53, 29, 200)]
    {
        let (wide, high) = (width + left + right, height + top + bottom);
        let mut whole = vec![shade; (wide * high) as usize];
        for (y, row) in picture.chunks(width as usize).enumerate() {
            let start = (y + top as usize) * wide as usize + left as usize;
            whole[start..start + width as usize].copy_from_slice(row);
        }
        let grid = grid(&whole, wide, high);
        let distance = listed.distance(&hash(&grid, &Framing::TRIM).unwrap());
        assert!(distance <= 12, "{top} {right} {bottom} {left}: {distance} bits");
    }
    for base in [Base::Trimmed, Base::TrimmedTwice, Base::TrimmedEvenly] {
        assert_eq!(hash(&grid(&picture, width, height), &Framing::of(base)), None, "there is no border");
    }
}

#[test]
fn rows_and_levels_give_the_cells_of_the_whole_image() {
    for (width, height) in [(1, 1), (7, 300), (192, 191), (1000, 333), (4097, 60), (9000, 40), (70, 5000)] {
        let gray = drawn(width, height, |x, y| (x, y));
        let rgb: Vec<u8> = gray.iter().flat_map(|&g| [g, g.wrapping_mul(3), 255 - g]).collect();
        for (pixels, format) in [(&gray, PixelFormat::Gray8), (&rgb, PixelFormat::Rgb8)] {
            let image = ImageRef::packed(pixels, width, height, format).unwrap();
            let expected = Grid::of(&image).unwrap();
            for level in Level::available() {
                let mut grid = Grid::new();
                let mut stream = GridStream::new(&mut grid, width, height, format).unwrap().level(level);
                image.rows().for_each(|row| stream.push_row(row).unwrap());
                stream.finish().unwrap();
                let places = (0..Grid::SIDE).flat_map(|y| (0..Grid::SIDE).map(move |x| (y, x)));
                for (y, x) in places {
                    assert_eq!(grid.cell(y, x), expected.cell(y, x), "{width}x{height} {format:?} {level:?}");
                }
                let mut scratch = Scratch::new();
                for framing in framings() {
                    let found = grid.spectrum_at(level, &framing, &mut scratch).map(|it| (it.dihedral(), it.quality()));
                    let best = expected.spectrum(&framing, &mut scratch).map(|it| (it.dihedral(), it.quality()));
                    assert_eq!(found, best, "{framing} of {width}x{height} {level:?}");
                }
            }
        }
    }
}

#[test]
fn half_a_picture_has_no_grid_and_wrong_rows_are_refused() {
    let mut grid = grid(&drawn(100, 100, |x, y| (x, y)), 100, 100);
    let mut stream = GridStream::new(&mut grid, 100, 50, PixelFormat::Gray8).unwrap();
    assert!(stream.push_row(&[0; 99]).is_err());
    for _ in 0..49 {
        stream.push_row(&[0; 100]).unwrap();
    }
    assert!(stream.finish().is_err());
    assert_eq!(hash(&grid, &Framing::WHOLE), None, "the grid is of no picture");
    assert!(GridStream::new(&mut grid, 0, 5, PixelFormat::Gray8).is_err());
    assert!(GridStream::new(&mut grid, 5, 1 << 20, PixelFormat::Gray8).is_err());
}

#[test]
fn no_framing_panics_and_senseless_ones_do_not_apply() {
    let extremes = [-32768, -501, -500, -1, 0, 1, 499, 500, 899, 32767];
    for (width, height) in [(1, 1), (5, 5), (4, 900), (300, 200)] {
        let grid = grid(&drawn(width, height, |x, y| (x, y)), width, height);
        let mut scratch = Scratch::new();
        for (one, other) in extremes.iter().flat_map(|one| extremes.iter().map(move |other| (*one, *other))) {
            let sides = Sides::new(one, other, other, one);
            for tenths in [0, 450, -450, 451, 32767, -32768] {
                for beyond in [Beyond::Reflected, Beyond::Edge] {
                    let framing = Framing::WHOLE.cut(sides).rotate(tenths).beyond(beyond).cover(sides);
                    let found = grid.spectrum(&framing, &mut scratch);
                    let is_sound = (-500..500).contains(&one) && (-500..500).contains(&other) && one + other < 900;
                    let is_hashed = width.min(height) >= 5;
                    let is_mild = (-450..=450).contains(&tenths);
                    assert_eq!(found.is_some(), is_sound && is_hashed && is_mild, "{framing}");
                }
            }
        }
    }
}

#[test]
fn a_flat_picture_has_views_of_no_quality() {
    let grid = grid(&[77; 300 * 200], 300, 200);
    for framing in ViewSet::Thorough.framings() {
        let quality = grid.spectrum(framing, &mut Scratch::new()).map_or(0, |it| it.quality());
        assert_eq!(quality, 0, "{framing}");
    }
}

/// A grey picture as a JPEG, and decoded again.
#[cfg(feature = "image")]
#[test]
fn the_grid_of_coefficients_is_near_that_of_pixels() {
    use lookalike::decode::{Limits, SCREENED_VIEW_MARGIN, decode};
    use lookalike::jpeg::screen_with_grid;

    for (width, height) in [(256_u16, 300_u16), (700, 500), (900, 800), (1301, 1100), (2600, 2603)] {
        for is_progressive in [false, true] {
            let pixels = drawn(width.into(), height.into(), |x, y| (x, y));
            let mut file = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
            encoder.set_progressive(is_progressive);
            encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Luma).unwrap();
            let mut found = Grid::new();
            screen_with_grid(&file[..], Dihedral::Original, &mut found).unwrap();
            let expected = Grid::of(&decode(&file, &Limits::default()).unwrap().image()).unwrap();
            assert_eq!((found.width(), found.height()), (width.into(), height.into()));
            let places = (0..Grid::SIDE).flat_map(|y| (0..Grid::SIDE).map(move |x| (y, x)));
            let difference = |(y, x): (usize, usize)| {
                f64::from(found.cell(y, x).unwrap()) / 256.0 - f64::from(expected.cell(y, x).unwrap()) / 256.0
            };
            let mean = places.map(|place| difference(place).abs()).sum::<f64>() / (Grid::SIDE * Grid::SIDE) as f64;
            assert!(mean < 1.5, "{width}x{height} {is_progressive}: {mean} levels on average");
            for framing in framings() {
                let distance = hash(&found, &framing).unwrap().distance(&hash(&expected, &framing).unwrap());
                assert!(distance <= SCREENED_VIEW_MARGIN, "{framing} of {width}x{height} {is_progressive}: {distance}");
            }
        }
    }
}

#[cfg(feature = "image")]
#[test]
fn decoding_hands_out_the_grid_of_every_frame() {
    use std::ops::ControlFlow;

    use lookalike::decode::{Limits, Rendition, View, Visitor, pdq_views};
    use lookalike::hash::PdqSpectrum;

    struct Grids(Vec<(View, Option<Bits256>)>, usize);
    impl Visitor for Grids {
        fn hashed(&mut self, view: View, _: &PdqSpectrum) -> ControlFlow<()> {
            self.1 += usize::from(view.kind == Rendition::Stored);
            ControlFlow::Continue(())
        }

        fn wants_grid(&self) -> bool {
            true
        }

        fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
            assert_eq!(self.0.len() + 1, self.1, "right after the spectrum");
            self.0.push((view, hash(grid, &Framing::crop(30))));
            ControlFlow::Continue(())
        }
    }

    let pixels = drawn(300, 200, |x, y| (x, y));
    let expected = hash(&grid(&pixels, 300, 200), &Framing::crop(30));
    // row by row, and as a whole
    let formats = [image::ImageFormat::Png, image::ImageFormat::Bmp, image::ImageFormat::Tiff];
    for format in formats {
        let mut file = std::io::Cursor::new(Vec::new());
        let picture = image::GrayImage::from_raw(300, 200, pixels.clone()).unwrap();
        picture.write_to(&mut file, format).unwrap();
        let mut grids = Grids(Vec::new(), 0);
        pdq_views(file.get_ref(), &Limits::default(), PdqProfile::FullResolution, &mut grids).unwrap();
        assert_eq!(grids.0, [(View::new(1, Rendition::Stored), expected)], "{format:?}");
    }
}
