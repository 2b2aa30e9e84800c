//! What a picture is looked up as beside its first frame as stored: later frames, turned, without a border.

#![cfg(feature = "image")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;
mod support;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use decode_support::{gif_file, gradient, one_of_each, png_file};
use lookalike::decode::{
    DecodeError, Limited, Limits, Stage, View, Visitor, decode, frames, pdq, pdq_views, salvage, unletterboxed,
};
use lookalike::hash::pdq::{reference, turned};
use lookalike::hash::{Bits256, Dihedral, PdqProfile, PdqSpectrum};
use lookalike::pixels::{ImageRef, PixelFormat};
use support::shared;

const FULL: PdqProfile = PdqProfile::FullResolution;
const WIDTH: u32 = 120;
const HEIGHT: u32 = 90;

/// Grey shapes without symmetry, and with gradients enough for a hash.
fn shapes(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let cell = (8 * x / width) * 13 + (8 * y / height) * 7 + seed;
            let shade = (cell.wrapping_mul(2_654_435_761) >> 25) as u8;
            pixels.push(40 + shade + (x * 20 / width) as u8);
        }
    }
    pixels
}

fn hash(image: &ImageRef<'_>) -> Bits256 {
    reference(image, FULL).unwrap().pdq().hash
}

fn hash_of_grey(pixels: &[u8], width: u32, height: u32) -> Bits256 {
    hash(&ImageRef::packed(pixels, width, height, PixelFormat::Gray8).unwrap())
}

/// All views of a file by name, with their hashes, and the error at the end.
fn views_of(file: &[u8], limits: &Limits) -> (Vec<(String, Bits256)>, Option<DecodeError>) {
    let mut found = Vec::new();
    let mut keep = |view: View, spectrum: &PdqSpectrum| {
        found.push((view.to_string(), spectrum.pdq().hash));
        ControlFlow::Continue(())
    };
    let error = pdq_views(file, limits, FULL, &mut keep).err();
    (found, error)
}

/// The names of all views of an intact file.
fn names(file: &[u8]) -> Vec<String> {
    let (views, error) = views_of(file, &Limits::default());
    assert_eq!(error, None);
    views.into_iter().map(|(name, _)| name).collect()
}

/// Frames of grey, the first white, the rest shapes of their number.
fn blank_then_shapes(count: u32) -> Vec<Vec<u8>> {
    let blank = vec![255; (WIDTH * HEIGHT) as usize];
    std::iter::once(blank).chain((2..=count).map(|number| shapes(WIDTH, HEIGHT, number))).collect()
}

fn grey_palette() -> Vec<u8> {
    (0..=255).flat_map(|level: u8| [level; 3]).collect()
}

fn animated_gif(frames: &[Vec<u8>]) -> Vec<u8> {
    let frames: Vec<_> = frames
        .iter()
        .map(|pixels| gif::Frame {
            width: WIDTH as u16,
            height: HEIGHT as u16,
            buffer: Cow::Borrowed(pixels),
            ..Default::default()
        })
        .collect();
    gif_file(WIDTH as u16, HEIGHT as u16, &grey_palette(), &frames)
}

fn animated_png(frames: &[Vec<u8>], apart: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_animated(frames.len() as u32 - u32::from(apart), 0).unwrap();
    encoder.set_sep_def_img(apart).unwrap();
    let mut writer = encoder.write_header().unwrap();
    frames.iter().for_each(|pixels| writer.write_image_data(pixels).unwrap());
    writer.finish().unwrap();
    file
}

/// A WebP animation, put together from still lossless ones.
fn animated_webp(frames: &[Vec<u8>]) -> Vec<u8> {
    let size = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let padding = &[0][..data.len() % 2];
        [&kind[..], &(data.len() as u32).to_le_bytes(), data, padding].concat()
    };
    let extended = [&[2, 0, 0, 0][..], &size(WIDTH), &size(HEIGHT)].concat();
    let mut chunks = [chunk(b"VP8X", &extended), chunk(b"ANIM", &[0; 6])].concat();
    for pixels in frames {
        let mut still = Vec::new();
        let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut still);
        encoder.encode(pixels, WIDTH, HEIGHT, image::ExtendedColorType::L8).unwrap();
        // After RIFF, its size and WEBP stands the one chunk of the still picture.
        let frame = [&[0; 6][..], &size(WIDTH), &size(HEIGHT), &[100, 0, 0, 2], &still[12..]].concat();
        chunks.extend(chunk(b"ANMF", &frame));
    }
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunks].concat()
}

fn animations(frames: &[Vec<u8>]) -> [(&'static str, Vec<u8>); 4] {
    [
        ("gif", animated_gif(frames)),
        ("png", animated_png(frames, false)),
        ("png with a first picture apart", animated_png(frames, true)),
        ("webp", animated_webp(frames)),
    ]
}

#[test]
fn a_picture_behind_a_blank_first_frame_is_seen() {
    let drawn = blank_then_shapes(12);
    for (name, file) in animations(&drawn) {
        let (views, error) = views_of(&file, &Limits::default());
        assert_eq!(error, None, "{name}");
        let expected: Vec<_> =
            (1..=12).map(|n| if n == 1 { "original".into() } else { format!("frame {n}") }).collect();
        assert_eq!(views.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), expected, "{name}");
        for ((view, found), pixels) in views.iter().zip(&drawn) {
            assert_eq!(*found, hash_of_grey(pixels, WIDTH, HEIGHT), "{name}, {view}");
        }
    }
}

#[test]
fn the_first_frame_is_the_decoded_picture() {
    let drawn: Vec<_> = blank_then_shapes(3).into_iter().skip(1).collect();
    for (name, file) in animations(&drawn).into_iter().chain(one_of_each()) {
        let whole = decode(&file, &Limits::default()).unwrap();
        let mut reader = frames(&file, &Limits::default()).unwrap();
        let first = reader.next_frame().unwrap().unwrap();
        assert_eq!(first.number, 1);
        assert_eq!(hash(&first.image), hash(&whole.image()), "{name}");
        let spectrum = pdq(&file, &Limits::default(), FULL).unwrap();
        assert_eq!(spectrum.pdq().hash, hash(&whole.image()), "{name}");
    }
}

#[test]
fn long_animations_are_seen_whole_unless_fewer_frames_are_asked_for() {
    let drawn: Vec<_> = (0..46).map(|seed| shapes(WIDTH, HEIGHT, seed)).collect();
    let asked = [(Limits::default(), 46, 1), (Limits::default().max_sampled_frames(16), 16, 3)];
    for (name, file) in animations(&drawn) {
        for (limits, count, step) in asked {
            let mut reader = frames(&file, &limits).unwrap();
            let mut numbers = Vec::new();
            while let Some(frame) = reader.next_frame().unwrap() {
                let expected = hash_of_grey(&drawn[frame.number as usize - 1], WIDTH, HEIGHT);
                assert_eq!(hash(&frame.image), expected, "{name}");
                numbers.push(frame.number);
            }
            assert_eq!(numbers, (0..count).map(|index| 1 + step * index).collect::<Vec<_>>(), "{name}");
            assert!(matches!(reader.next_frame(), Ok(None)));
        }
    }
}

#[test]
fn frames_that_are_alike_are_hashed_once() {
    /// Views and twins, in the order in which they come.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Visitor for Seen {
        fn hashed(&mut self, view: View, _: &PdqSpectrum) -> ControlFlow<()> {
            self.0.push(view.to_string());
            ControlFlow::Continue(())
        }

        fn twin(&mut self, frame: u32) {
            self.0.push(format!("twin {frame}"));
        }
    }

    let [one, other] = [1, 2].map(|seed| shapes(WIDTH, HEIGHT, seed));
    for (name, file) in animations(&[one.clone(), other.clone(), one.clone(), one, other]) {
        let mut seen = Seen::default();
        pdq_views(&file, &Limits::default(), FULL, &mut seen).unwrap();
        assert_eq!(seen.0, ["original", "frame 2", "twin 3", "twin 4", "twin 5"], "{name}");
    }
}

#[test]
fn what_the_budget_of_pixels_does_not_cover_is_told() {
    let drawn = blank_then_shapes(10);
    let allowed = 4 * u64::from(WIDTH * HEIGHT);
    for (name, file) in animations(&drawn) {
        let (views, error) = views_of(&file, &Limits::default().max_animation_pixels(allowed));
        assert_eq!(views.last().map(|(name, _)| name.as_str()), Some("frame 4"), "{name}");
        let Some(DecodeError::OverLimit { what, found, .. }) = error else { panic!("{name}: {error:?}") };
        assert_eq!((what, found), (Limited::AnimationPixels, 10 * u64::from(WIDTH * HEIGHT)), "{name}");
    }
}

#[test]
fn an_animation_cut_off_is_corrupt_after_what_can_be_seen() {
    let drawn = blank_then_shapes(10);
    for (name, file) in animations(&drawn) {
        let (views, error) = views_of(&file[..file.len() * 3 / 4], &Limits::default());
        assert!(matches!(error, Some(DecodeError::Corrupt { .. })), "{name}: {error:?}");
        // A container that is cut off is no WebP at all.
        assert!(views.len() > 3 && views.len() < 10 || name == "webp", "{name}: {} views", views.len());
    }
}

#[test]
fn no_broken_animation_panics() {
    let still = |seed| shapes(WIDTH, HEIGHT, seed);
    let tight = Limits::default().max_pixels(1 << 20).max_animation_pixels(1 << 22);
    for (name, file) in animations(&[still(1), still(2), still(3)]) {
        for at in (0..file.len().min(120)).chain((120..file.len()).step_by(11)) {
            for value in [0, 0xff, file[at] ^ 1, file[at] ^ 0x20] {
                let mut changed = file.clone();
                changed[at] = value;
                let (_, error) = views_of(&changed, &tight);
                let panicked = matches!(error, Some(DecodeError::Corrupt { stage: Stage::Panicked, .. }));
                assert!(!panicked, "{name}, byte {at} set to {value}");
            }
        }
    }
}

#[test]
fn every_view_of_a_malformed_file_ends_typed_and_in_time() {
    let Some(folder) = shared("malformed") else { return };
    let mut folders = vec![folder];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let (begun, file) = (Instant::now(), std::fs::read(&path).unwrap());
            let (views, error) = views_of(&file, &Limits::default());
            assert!(begun.elapsed() < Duration::from_secs(20), "{} took {:?}", path.display(), begun.elapsed());
            let first = decode(&file, &Limits::default()).or_else(|error| match error {
                DecodeError::Corrupt { stage: Stage::Pixels | Stage::Truncated, .. } => {
                    salvage(&file, &Limits::default())
                }
                error => Err(error),
            });
            // Whatever is wrong behind it, a first frame that is whole, or that viewers show, is seen.
            assert_eq!(!views.is_empty(), first.is_ok(), "{}: {error:?}", path.display());
            if let (Some((_, hash_of_first)), Ok(first)) = (views.first(), &first) {
                assert_eq!(*hash_of_first, hash(&first.image()), "{}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 4000, "only {count} files");
}

#[test]
fn gif_frames_are_composed_as_browsers_do() {
    use gif::DisposalMethod::{Background, Keep, Previous};
    let frame = |left, width, shade, dispose, transparent| gif::Frame {
        left,
        width,
        height: 2,
        dispose,
        transparent,
        buffer: Cow::Owned([shade, 7].repeat(width as usize)),
        ..Default::default()
    };
    let drawn = [
        frame(0, 4, 1, Keep, None),
        frame(0, 2, 20, Previous, Some(7)),
        frame(2, 2, 30, Background, None),
        frame(1, 1, 40, Keep, Some(7)),
        frame(3, 9, 50, Keep, None),
    ];
    let file = gif_file(4, 2, &grey_palette(), &drawn);
    let mut reader = frames(&file, &Limits::default()).unwrap();
    let mut seen = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        seen.push(frame.image.row(0).unwrap().iter().copied().step_by(3).collect::<Vec<_>>());
    }
    // What is restored to the background gets the colour of index 0.
    assert_eq!(seen, [[1, 7, 1, 7], [20, 7, 1, 7], [1, 7, 30, 7], [1, 40, 0, 0], [1, 40, 0, 50]]);
}

#[test]
fn apng_frames_are_blended_and_disposed() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 1);
    encoder.set_color(png::ColorType::GrayscaleAlpha);
    encoder.set_animated(4, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[10, 255, 20, 255, 30, 0, 40, 255]).unwrap();
    let mut add = |left, blend, dispose, samples: &[u8]| {
        writer.set_frame_dimension(samples.len() as u32 / 2, 1).unwrap();
        writer.set_frame_position(left, 0).unwrap();
        writer.set_blend_op(blend).unwrap();
        writer.set_dispose_op(dispose).unwrap();
        writer.write_image_data(samples).unwrap();
    };
    add(1, png::BlendOp::Over, png::DisposeOp::Previous, &[220, 128, 99, 0]);
    add(0, png::BlendOp::Source, png::DisposeOp::Background, &[50, 255]);
    add(3, png::BlendOp::Source, png::DisposeOp::None, &[60, 255]);
    writer.finish().unwrap();
    let mut reader = frames(&file, &Limits::default()).unwrap();
    let mut seen = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        seen.push(frame.image.row(0).unwrap().to_vec());
    }
    assert_eq!(seen, [[10, 20, 30, 40], [10, 120, 30, 40], [50, 20, 30, 40], [0, 20, 30, 60]]);
}

/// A picture between borders, as left, top, right, bottom; RGB, with the borders' colour straying a little.
fn bordered(pixels: &[u8], width: u32, height: u32, [left, top, right, bottom]: [u32; 4], color: [u8; 3]) -> Vec<u8> {
    let mut bordered = Vec::new();
    for y in 0..top + height + bottom {
        for x in 0..left + width + right {
            let is_inside = (left..left + width).contains(&x) && (top..top + height).contains(&y);
            bordered.extend(if is_inside {
                [pixels[((y - top) * width + x - left) as usize]; 3]
            } else {
                color.map(|level| level ^ ((x + 3 * y) % 8) as u8)
            });
        }
    }
    bordered
}

#[test]
fn borders_of_any_colour_on_any_side_are_taken_off() {
    let (width, height) = (200, 150);
    let pixels = shapes(width, height, 3);
    for borders in [[0, 30, 0, 30], [40, 0, 40, 0], [20, 20, 20, 20], [0, 0, 0, 9], [50, 0, 0, 0], [13, 0, 0, 7]] {
        for color in [[0; 3], [255; 3], [200, 10, 90]] {
            let [left, top, right, bottom] = borders;
            let (all_width, all_height) = (left + width + right, top + height + bottom);
            let samples = bordered(&pixels, width, height, borders, color);
            let image = ImageRef::packed(&samples, all_width, all_height, PixelFormat::Rgb8).unwrap();
            let inner = unletterboxed(&image).unwrap();
            assert_eq!((inner.width(), inner.height()), (width, height), "{borders:?}, {color:?}");
            assert!(inner.rows().flatten().step_by(3).eq(&pixels));

            let file = png_file(all_width, all_height, png::ColorType::Rgb, png::BitDepth::Eight, &samples, |_| {});
            let (views, _) = views_of(&file, &Limits::default());
            assert_eq!(views.len(), 2);
            assert_eq!(views[1], ("unletterboxed".to_owned(), hash_of_grey(&pixels, width, height)), "{borders:?}");
        }
    }
}

#[test]
fn bars_of_two_colours_and_black_lines_in_a_picture_are_told_apart() {
    let (width, height) = (200, 150);
    let mut pixels = shapes(width, height, 5);
    // A black line across, and one at the very bottom but two.
    pixels[(70 * width) as usize..(71 * width) as usize].fill(0);
    pixels[(147 * width) as usize..(148 * width) as usize].fill(0);
    let mut samples = vec![250; (20 * width) as usize];
    samples.extend_from_slice(&pixels);
    samples.extend(vec![0; (20 * width) as usize]);
    let image = ImageRef::packed(&samples, width, height + 40, PixelFormat::Gray8).unwrap();
    let inner = unletterboxed(&image).unwrap();
    assert_eq!((inner.width(), inner.height()), (width, height));
}

#[test]
fn alpha_and_lower_bits_are_no_part_of_a_border() {
    let (width, height) = (100, 100);
    let pixels = shapes(width, height, 8);
    let samples = bordered(&pixels, width, height, [10, 0, 10, 0], [8; 3]);
    let rgba: Vec<u8> =
        (0..=255_u8).cycle().zip(samples.chunks(3)).flat_map(|(alpha, rgb)| [rgb[0], rgb[1], rgb[2], alpha]).collect();
    let wide: Vec<u8> = samples.iter().flat_map(|level| [level.wrapping_mul(77), *level]).collect();
    for (bytes, format) in [(&rgba, PixelFormat::Rgba8), (&wide, PixelFormat::Rgb16)] {
        let inner = unletterboxed(&ImageRef::packed(bytes, 120, 100, format).unwrap()).unwrap();
        assert_eq!(inner.width(), 100, "{format:?}");
    }
}

#[test]
fn a_picture_without_a_border_of_note_has_no_further_view() {
    let png = |pixels: &[u8], width, height| {
        png_file(width, height, png::ColorType::Grayscale, png::BitDepth::Eight, pixels, |_| {})
    };
    let (width, height) = (200, 150);
    assert_eq!(names(&png(&shapes(width, height, 1), width, height)), ["original"]);
    // Flat; flat but for a dot, of which too little would be left; a bar of two rows; stripes from end to end.
    let flat = vec![90; (width * height) as usize];
    assert_eq!(names(&png(&flat, width, height)), ["original"]);
    let mut dot = flat.clone();
    dot[15_100] = 255;
    assert_eq!(names(&png(&dot, width, height)), ["original"]);
    let mut thin = shapes(width, height, 1);
    thin[..2 * width as usize].fill(0);
    assert_eq!(names(&png(&thin, width, height)), ["original"]);
    let stripes: Vec<u8> = (0..width * height).map(|at| if at / width / 10 % 2 == 0 { 30 } else { 220 }).collect();
    let views = names(&png(&stripes, width, height));
    assert!(views.len() <= 2, "{views:?}");
    let Some(folder) = shared("pdq-reference") else { return };
    let bridge = std::fs::read(folder.join("images/bridge-mods/aaa-orig.jpg")).unwrap();
    assert_eq!(names(&bridge), ["original"]);
}

/// A PNG with an EXIF chunk that says how it is to be turned.
fn oriented_png(orientation: u8) -> Vec<u8> {
    let exif = [&b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], &[0; 6]].concat();
    let pixels = shapes(WIDTH, HEIGHT, 4);
    let mut file = Vec::new();
    let mut info = png::Info::with_size(WIDTH, HEIGHT);
    info.exif_metadata = Some(Cow::Owned(exif));
    let encoder = png::Encoder::with_info(&mut file, info).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn a_picture_with_an_orientation_is_also_seen_as_oriented() {
    assert_eq!(names(&oriented_png(1)), ["original"]);
    for orientation in 2..=8 {
        let file = oriented_png(orientation);
        let picture = decode(&file, &Limits::default()).unwrap();
        assert_eq!(picture.header().orientation, orientation);
        let (views, _) = views_of(&file, &Limits::default());
        let dihedral = Dihedral::from_exif(orientation).unwrap();
        let expected = turned(&picture.image(), FULL, dihedral).unwrap().pdq().hash;
        assert_eq!(views[1], ("oriented".to_owned(), expected));
        assert_eq!((views.len(), views[0].1), (2, hash(&picture.image())));
    }
}

/// Keeps the pixels of every view.
#[derive(Default)]
struct Keeper(Vec<(String, u32, Vec<u8>, Dihedral)>, Vec<String>);

impl Visitor for Keeper {
    fn hashed(&mut self, view: View, _: &PdqSpectrum) -> ControlFlow<()> {
        self.1.push(view.to_string());
        ControlFlow::Continue(())
    }

    fn wants_pixels(&self) -> bool {
        true
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        assert_eq!(self.1.last(), Some(&view.to_string()), "right after the spectrum");
        self.0.push((view.to_string(), image.width(), image.rows().flatten().copied().collect(), dihedral));
        ControlFlow::Continue(())
    }
}

#[test]
fn whoever_wants_pixels_gets_those_of_every_view() {
    let mut seen = Keeper::default();
    pdq_views(&oriented_png(6), &Limits::default(), FULL, &mut seen).unwrap();
    let stored = decode(&oriented_png(6), &Limits::default()).unwrap();
    let pixels: Vec<u8> = stored.image().rows().flatten().copied().collect();
    let [original, oriented] = &seen.0[..] else { panic!("{:?}", seen.1) };
    assert_eq!((&*original.0, original.3), ("original", Dihedral::Original));
    assert_eq!((&*oriented.0, oriented.3), ("oriented", Dihedral::Rotate270));
    assert!(original.2 == pixels && oriented.2 == pixels, "as stored");

    // A PNG, which would otherwise be read by rows.
    let picture = shapes(WIDTH, HEIGHT, 3);
    let rgb: Vec<u8> = picture.iter().flat_map(|&grey| [grey; 3]).collect();
    let framed = bordered(&picture, WIDTH, HEIGHT, [0, 30, 0, 30], [0; 3]);
    let file = png_file(WIDTH, HEIGHT + 60, png::ColorType::Rgb, png::BitDepth::Eight, &framed, |_| {});
    let mut seen = Keeper::default();
    pdq_views(&file, &Limits::default(), FULL, &mut seen).unwrap();
    assert_eq!(seen.1, ["original", "unletterboxed"]);
    assert!(seen.0[0].2 == framed && seen.0[1].2 == rgb && seen.0[1].1 == WIDTH);

    let frames = blank_then_shapes(3);
    let mut seen = Keeper::default();
    pdq_views(&animated_png(&frames, false), &Limits::default(), FULL, &mut seen).unwrap();
    assert_eq!(seen.1, ["original", "frame 2", "frame 3"]);
    assert!(seen.0.iter().zip(&frames).all(|(seen, frame)| seen.2 == *frame));
}

#[test]
fn the_visitor_is_asked_for_room_before_anything_is_hashed_and_may_end_the_work() {
    struct First(Vec<u64>, u32);
    impl Visitor for First {
        fn needs(&mut self, bytes: u64) {
            self.0.push(bytes);
        }
        fn hashed(&mut self, _: View, _: &PdqSpectrum) -> ControlFlow<()> {
            assert!(!self.0.is_empty());
            self.1 += 1;
            ControlFlow::Break(())
        }
    }
    for (name, file) in animations(&blank_then_shapes(5)).into_iter().chain(one_of_each()) {
        let mut first = First(Vec::new(), 0);
        pdq_views(&file, &Limits::default(), FULL, &mut first).unwrap();
        assert_eq!(first.1, 1, "{name}");
    }
    // Noise is certain, so that some rows are all that is held.
    let noise = gradient(1000, 800, 1).iter().map(|level| level.wrapping_mul(*level)).collect::<Vec<_>>();
    let file = png_file(1000, 800, png::ColorType::Grayscale, png::BitDepth::Eight, &noise, |_| {});
    let mut first = First(Vec::new(), 0);
    pdq_views(&file, &Limits::default(), FULL, &mut first).unwrap();
    assert!(first.0[0] < 1000 * 800 / 2, "{:?}", first.0);
}
