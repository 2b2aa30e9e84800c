//! Screening changes no answer: JPEGs whose listed hash lies exactly at the edge of what matches, screened and not.

#![cfg(feature = "check")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "test pictures are small")]

use std::ops::ControlFlow;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lookalike::check::PictureHasher;
use lookalike::decode::{self, Limits, Rendition, View};
use lookalike::entry::{Digest, Role};
use lookalike::hash::views::{Grid, Scratch, ViewSet};
use lookalike::hash::{Bits256, PdqProfile, PdqSpectrum, Profile};
use lookalike::index::{Builder, Source};
use lookalike::matching::{Occlusion, Outcome, Policy, SearchOptions};
use lookalike::{Checker, Lists, Report};

const FULL: PdqProfile = PdqProfile::FullResolution;

/// Waves and blocks without symmetry, in colour; `contrast` of 1 fills the range.
fn picture(seed: u32, width: u32, height: u32, contrast: f64) -> Vec<u8> {
    let mut pixels = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let (u, v, s) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height), f64::from(seed));
        let wave = ((9.0 + s) * u + (5.0 * v + s).sin() * 4.0).sin() * ((6.0 * v - 3.0 * u * u) + s).cos();
        let cell = (x * 23 / width * 7919 + y * 19 / height * 104_729 + seed * 31).wrapping_mul(2_654_435_761);
        let block = f64::from(cell >> 24) * 0.4 - 51.0;
        let color = [60.0 * wave + block, block - 50.0 * wave + 40.0 * u, block + 60.0 * v - 30.0];
        pixels.extend(color.map(|value| (128.0 + contrast * value).clamp(0.0, 255.0) as u8));
    }
    pixels
}

#[derive(Clone, Copy, Debug)]
struct Coding {
    width: u32,
    height: u32,
    sampling: SamplingFactor,
    quality: u8,
    progressive: bool,
    restart: u16,
    orientation: u8,
}

const PLAIN: Coding = Coding {
    width: 520,
    height: 400,
    sampling: SamplingFactor::F_2_2,
    quality: 85,
    progressive: false,
    restart: 0,
    orientation: 1,
};

fn jpeg(pixels: &[u8], coding: Coding) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, coding.quality);
    encoder.set_sampling_factor(coding.sampling);
    encoder.set_progressive(coding.progressive);
    if coding.restart > 0 {
        encoder.set_restart_interval(coding.restart);
    }
    encoder.encode(pixels, coding.width as u16, coding.height as u16, ColorType::Rgb).unwrap();
    if coding.orientation == 1 {
        return file;
    }
    // an EXIF segment with nothing but the orientation
    let tiff =
        [b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[coding.orientation, 0, 0, 0][..], &[0; 4]].concat();
    let exif = [b"Exif\0\0", &*tiff].concat();
    [&file[..2], &[0xff, 0xe1], &(exif.len() as u16 + 2).to_be_bytes(), &exif, &file[2..]].concat()
}

/// Every way of coding that is screened.
fn codings() -> Vec<Coding> {
    let sampled = [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_1_2, SamplingFactor::F_4_1];
    let mut all: Vec<_> = sampled.map(|sampling| Coding { sampling, ..PLAIN }).into();
    all.extend([true, false].map(|progressive| Coding { progressive, width: 300, height: 261, ..PLAIN }));
    all.extend([true, false].map(|progressive| Coding { progressive, width: 799, height: 803, ..PLAIN }));
    all.extend([true, false].map(|progressive| Coding { progressive, width: 1200, height: 1030, ..PLAIN }));
    all.push(Coding { width: 2600, height: 2570, ..PLAIN });
    all.extend([40, 95].map(|quality| Coding { quality, ..PLAIN }));
    all.push(Coding { restart: 5, ..PLAIN });
    all.push(PLAIN);
    all
}

fn lists(entries: &[(Bits256, &str, Role)]) -> Lists {
    let mut builder = Builder::new(Profile::Pdq).unwrap();
    for (number, (hash, list, role)) in entries.iter().enumerate() {
        let id = number.to_string();
        builder.add(*hash, Source { list, id: &id, role: *role, ..Source::default() }).unwrap();
    }
    Lists::from_bytes(builder.finish().unwrap()).unwrap()
}

fn options() -> SearchOptions {
    SearchOptions::new(Profile::Pdq)
}

/// The reports with and without screening, of which the outcome and the matches must be the same.
fn reports(file: &[u8], listed: Bits256, options: SearchOptions, policy: Option<&str>) -> Report {
    let [screened, exact] = [true, false].map(|screening| {
        let builder =
            Checker::builder(lists(&[(listed, "listed", Role::Abuse)])).search(options.with_screening(screening));
        let builder = match policy {
            Some(text) => builder.policy(Policy::parse(text, Profile::Pdq).unwrap()),
            None => builder,
        };
        builder.build().unwrap().check(file).unwrap()
    });
    assert_eq!((screened.outcome(), screened.matches()), (exact.outcome(), exact.matches()));
    assert!(!exact.is_screened());
    screened
}

/// A hash so far from the exact one, and as much farther from the screened one as that is from the exact one: the worst that there is.
fn at(distance: u32, exact: Bits256, screened: Bits256) -> Bits256 {
    let mut listed = exact;
    let alike: Vec<_> = (0..256).filter(|bit| exact.bits()[*bit] == screened.bits()[*bit]).collect();
    for bit in alike.iter().step_by(alike.len() / distance as usize).take(distance as usize) {
        let turned = !listed.bits()[*bit];
        listed.bits_mut().set(*bit, turned);
    }
    assert_eq!(listed.distance(&exact), distance);
    assert_eq!(listed.distance(&screened), distance + exact.distance(&screened));
    listed
}

fn is_match(report: &Report) -> bool {
    match report.outcome() {
        Outcome::Match => true,
        Outcome::NoMatch(_) => false,
        other => panic!("{other}"),
    }
}

#[test]
fn a_picture_listed_at_the_edge_of_the_radius_is_found_and_beyond_it_is_not() {
    let (mut spared, mut errors) = (0, 0);
    for (number, coding) in (0..).zip(codings()) {
        let file = jpeg(&picture(number, coding.width, coding.height, 0.9), coding);
        let exact = decode::pdq(&file, &Limits::default(), FULL).unwrap().pdq().hash;
        let screening =
            decode::screen(&file, &Limits::default(), FULL).unwrap().unwrap_or_else(|| panic!("{coding:?}"));
        let screened = screening.stored.spectrum().pdq().hash;
        errors += exact.distance(&screened);
        let bare = options().with_views(ViewSet::None);
        assert!(is_match(&reports(&file, at(31, exact, screened), bare, None)), "{coding:?}");
        assert!(is_match(&reports(&file, at(31, exact, screened), options(), None)), "{coding:?}");
        let beyond = reports(&file, at(32, exact, screened), bare, None);
        assert!(!is_match(&beyond) && !beyond.is_screened(), "{coding:?}");
        spared += u32::from(reports(&file, at(120, exact, screened), bare, None).is_screened());
    }
    assert!(errors > 0, "screened hashes that are exact test no margin");
    assert!(spared > 10, "{spared} of {} are spared decoding", codings().len());
}

#[test]
fn a_view_listed_at_the_edge_of_its_radius_is_found() {
    let mut tried = 0;
    for (number, coding) in (20..).zip(codings()) {
        let file = jpeg(&picture(number, coding.width, coding.height, 0.9), coding);
        let stored = decode::pdq(&file, &Limits::default(), FULL).unwrap().pdq().hash;
        let mut grid = Box::<Grid>::default();
        let screening = decode::screen_with_grid(&file, &Limits::default(), FULL, &mut grid).unwrap();
        assert_eq!(screening.is_some(), coding.width.min(coding.height) >= 768, "{coding:?}");
        if screening.is_none() {
            continue;
        }
        let hashed = PictureHasher::new(vec![Profile::Pdq]).views(ViewSet::Standard).hash(&file);
        for (view, spectrum) in hashed.views() {
            let Rendition::Framed(framing) = view.kind else { continue };
            let Some(screened) = grid.spectrum(&framing, &mut Scratch::new()) else { continue };
            let listed = at(31, spectrum.pdq().hash, screened.pdq().hash);
            // found by this view, and not as stored
            if listed.distance(&stored) > 40 {
                tried += 1;
                assert!(is_match(&reports(&file, listed, options(), None)), "{coding:?} {view}");
            }
        }
    }
    assert!(tried > 60, "{tried}");
}

/// The exact spectrum of a view.
fn spectrum_of(file: &[u8], kind: Rendition) -> PdqSpectrum {
    let mut found = None;
    let mut keep = |view: View, spectrum: &PdqSpectrum| {
        if view.kind == kind {
            found = Some(*spectrum);
        }
        ControlFlow::Continue(())
    };
    decode::pdq_views(file, &Limits::default(), FULL, &mut keep).unwrap();
    found.unwrap()
}

#[test]
fn a_picture_that_exif_turns_is_found_where_turns_are_not_looked_for() {
    for orientation in 2..=8 {
        let coding = Coding { orientation, ..PLAIN };
        let file = jpeg(&picture(40, coding.width, coding.height, 0.9), coding);
        let exact = spectrum_of(&file, Rendition::Oriented).pdq().hash;
        let screening = decode::screen(&file, &Limits::default(), FULL).unwrap().unwrap();
        let screened = screening.oriented.unwrap().spectrum().pdq().hash;
        let bare = options().with_views(ViewSet::None).with_dihedral(false);
        assert!(is_match(&reports(&file, at(31, exact, screened), bare, None)), "{orientation}");
        assert!(reports(&file, at(125, exact, screened), bare, None).is_screened(), "{orientation}");
    }
    let plain = jpeg(&picture(40, PLAIN.width, PLAIN.height, 0.9), PLAIN);
    assert!(decode::screen(&plain, &Limits::default(), FULL).unwrap().unwrap().oriented.is_none());
}

#[test]
fn a_covered_picture_is_found_as_far_as_the_rule_reaches() {
    let file = jpeg(&picture(50, PLAIN.width, PLAIN.height, 0.9), PLAIN);
    let exact = decode::pdq(&file, &Limits::default(), FULL).unwrap().pdq().hash;
    let screened = decode::screen(&file, &Limits::default(), FULL).unwrap().unwrap().stored.spectrum().pdq().hash;
    let wide = Occlusion::new().radius(88).most_conflict(1000);
    let options = options().with_views(ViewSet::None).with_occlusion(Some(wide));
    assert!(is_match(&reports(&file, at(88, exact, screened), options, None)));
    assert!(!is_match(&reports(&file, at(89, exact, screened), options, None)));
}

#[test]
fn a_border_of_one_colour_is_looked_behind() {
    let inner = picture(60, PLAIN.width, PLAIN.height, 0.9);
    let (margin, width) = (40, PLAIN.width + 80);
    let mut pixels = vec![0; 3 * (width * (PLAIN.height + 80)) as usize];
    for (y, row) in (0..).zip(inner.chunks(3 * PLAIN.width as usize)) {
        let start = 3 * ((y + margin) * width as usize + margin);
        pixels[start..start + row.len()].copy_from_slice(row);
    }
    let file = jpeg(&pixels, Coding { width, height: PLAIN.height + 80, ..PLAIN });
    assert!(decode::screen(&file, &Limits::default(), FULL).unwrap().is_none());
    let exact = spectrum_of(&file, Rendition::Unletterboxed).pdq().hash;
    assert!(is_match(&reports(&file, at(31, exact, exact), options().with_views(ViewSet::None), None)));
}

#[test]
fn a_quality_near_the_bound_is_judged_from_pixels() {
    let unrelated = Bits256::from_bytes([0xa5; 32]);
    let (mut low, mut screened) = (0, 0);
    let contrasts = [0.08, 0.2, 0.4, 0.45, 0.5, 0.55, 0.6];
    for (contrast, seed) in contrasts.into_iter().flat_map(|contrast| (70..80).map(move |seed| (contrast, seed))) {
        let coding = Coding { quality: 60, ..PLAIN };
        let file = jpeg(&picture(seed, PLAIN.width, PLAIN.height, contrast), coding);
        let quality = decode::pdq(&file, &Limits::default(), FULL).unwrap().quality();
        let screening = decode::screen(&file, &Limits::default(), FULL).unwrap();
        // one that is off is told from the exact one
        screened += u32::from(screening.is_some_and(|screening| screening.stored.spectrum().quality() != quality));
        for demanded in [quality.saturating_sub(1), quality, quality + 1, quality + 10].map(|least| least.min(100)) {
            // the other list is content with any quality
            let policy = format!(
                "version = 1\n[default]\nminimum-quality = 0\n[[list]]\nname = 'listed'\nminimum-quality = {demanded}\n"
            );
            let report = reports(&file, unrelated, options().with_views(ViewSet::None), Some(&policy));
            let is_low = quality < demanded;
            low += u32::from(is_low && quality > 0);
            assert_eq!(matches!(report.outcome(), Outcome::LowQuality { .. }), is_low, "{quality} of {demanded}");
        }
    }
    assert!(low > 4 && screened > 1, "{low}, {screened}");
}

#[test]
fn a_file_that_is_listed_by_its_digest_is_reported_with_its_hash() {
    use sha2::Digest as _;
    let coding = Coding { width: 900, height: 800, ..PLAIN };
    let file = jpeg(&picture(80, coding.width, coding.height, 0.9), coding);
    let check = |digest: [u8; 32]| {
        let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
        let source = Source { list: "listed", id: "1", ..Source::default() };
        builder.add_entry(Some(Bits256::from_bytes([0xa5; 32])), &[Digest::Sha256(digest)], source).unwrap();
        Checker::new(Lists::from_bytes(builder.finish().unwrap()).unwrap()).unwrap().check(&file).unwrap()
    };
    let listed = check(sha2::Sha256::digest(&file).into());
    assert_eq!((listed.outcome(), listed.is_screened()), (Outcome::Match, false));
    assert!(listed.hashes().is_some_and(|hashes| hashes.quality() > 70));
    let other = check([7; 32]);
    assert!(!is_match(&other) && other.is_screened());
    // every empty file has the digest of nothing
    let empty = check(sha2::Sha256::digest([]).into());
    assert!(!is_match(&empty));
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    let nothing = Digest::Sha256(sha2::Sha256::digest([]).into());
    builder.add_entry(None, &[nothing], Source { list: "listed", ..Source::default() }).unwrap();
    builder.add(Bits256::from_bytes([0xa5; 32]), Source { list: "listed", id: "2", ..Source::default() }).unwrap();
    let checker = Checker::new(Lists::from_bytes(builder.finish().unwrap()).unwrap()).unwrap();
    assert_eq!(checker.check(b"").unwrap().outcome(), Outcome::Unsupported { format: "empty file" });
}

#[test]
fn a_listed_hash_that_repeats_one_pattern_is_no_evidence_for_a_view() {
    // A pattern along one axis times one along the other has a hash that repeats one row. With a share of another picture it does not
    // any more, and is still near one that does.
    let (width, height) = (PLAIN.width, PLAIN.height);
    let level = |cell: u32| f64::from((cell * 40_503 + 7919).wrapping_mul(2_654_435_761) >> 24) / 128.0 - 1.0;
    let other = picture(90, width, height, 0.9);
    let bare = options().with_screening(false).with_views(ViewSet::None);
    let (mut tried, mut shares) = (0, (0..40).map(|step| f64::from(step) / 100.0));
    while tried < 4 {
        let share = shares.next().expect("the picture comes to be no pattern");
        let at = |index: usize| {
            let (x, y) = (index as u32 / 3 % width, index as u32 / 3 / width);
            let pattern = 128.0 + 100.0 * level(x * 40 / width) * level(100 + y * 40 / height);
            ((1.0 - share) * pattern + share * f64::from(other[index])) as u8
        };
        let pixels: Vec<u8> = (0..other.len()).map(at).collect();
        let file = jpeg(&pixels, Coding { quality: 95, ..PLAIN });
        let hashed = PictureHasher::new(vec![Profile::Pdq]).views(ViewSet::Standard).hash(&file);
        for (_, spectrum) in hashed.views().iter().filter(|(view, _)| matches!(view.kind, Rendition::Framed(_))) {
            let Some(listed) = repetitive_near(spectrum.pdq().hash) else { continue };
            if !spectrum.is_repetitive() && !is_match(&reports(&file, listed, bare, None)) {
                tried += 1;
                assert!(!is_match(&reports(&file, listed, options(), None)), "{share}");
            }
        }
    }
}

/// A hash that repeats one pattern, within 31 bits of this one; none where there is none, and where this is one itself.
fn repetitive_near(hash: Bits256) -> Option<Bits256> {
    let rows: Vec<u16> = hash.as_bytes().chunks(2).map(|row| u16::from_be_bytes([row[0], row[1]])).collect();
    let patterns = rows.iter().map(|pattern| {
        let turned = |row: &u16| if (row ^ pattern).count_ones() <= 8 { *pattern } else { !*pattern };
        let bytes: Vec<u8> = rows.iter().flat_map(|row| turned(row).to_be_bytes()).collect();
        Bits256::from_bytes(bytes.try_into().unwrap())
    });
    let nearest = patterns.min_by_key(|other| other.distance(&hash))?;
    let mut listed = hash;
    for bit in (0..256).filter(|bit| hash.bits()[*bit] != nearest.bits()[*bit]).take(31) {
        listed.bits_mut().set(bit, nearest.bits()[bit]);
        if lookalike::hash::pdq::is_repetitive(&listed) {
            return Some(listed);
        }
    }
    None
}
