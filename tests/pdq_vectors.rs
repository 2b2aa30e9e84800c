//! PDQ equals Meta's implementation: on the reference pictures where present, and on drawn ones everywhere.

use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};
use lookalike::hash::{Bits256, Dihedral, Pdq};
use lookalike::pixels::{ImageRef, PixelFormat};

mod support;

fn view(image: &image::RgbImage) -> ImageRef<'_> {
    ImageRef::packed(image.as_raw(), image.width(), image.height(), PixelFormat::Rgb8).expect("packed")
}

fn spectrum(image: &image::RgbImage, profile: PdqProfile) -> PdqSpectrum {
    pdq::spectrum(&view(image), profile).expect("small enough")
}

fn bits(hex: &str) -> Bits256 {
    hex.parse().expect("the reference prints hashes")
}

/// Compares a hash with the reference's; where the bits around the median are noise, only counts it as uncertain.
fn compare(found: &Pdq, expected: &str, what: &str, uncertain: &mut Vec<String>) {
    let distance = found.hash.distance(&bits(expected));
    if distance == 0 {
        return;
    }
    assert!(found.median_gap <= pdq::CERTAIN_GAP, "{what}: {distance} bits differ, with a gap of {}", found.median_gap);
    assert!(found.quality < pdq::MIN_QUALITY, "{what}: {distance} bits differ at quality {}", found.quality);
    uncertain.push(format!("{what} ({distance} bits, gap {})", found.median_gap));
}

#[test]
fn every_reference_png_has_the_reference_hash() {
    let mut uncertain = Vec::new();
    for picture in support::expected().iter().filter(|picture| picture.name.ends_with(".png")) {
        let image = image::open(&picture.path).expect("a valid picture").into_rgb8();
        let full = spectrum(&image, PdqProfile::FullResolution);
        assert_eq!(full.quality().to_string(), picture.get("quality"), "quality of {}", picture.name);
        compare(&full.pdq(), picture.get("pdq"), &format!("pdq of {}", picture.name), &mut uncertain);
        for ((found, expected), dihedral) in
            full.dihedral().iter().zip(picture.get("dihedral").split(',')).zip(Dihedral::ALL)
        {
            compare(found, expected, &format!("{dihedral} of {}", picture.name), &mut uncertain);
        }
        let picked = spectrum(&image, PdqProfile::Meta512);
        assert_eq!(picked.quality().to_string(), picture.get("quality512"), "quality512 of {}", picture.name);
        compare(&picked.pdq(), picture.get("pdq512"), &format!("pdq512 of {}", picture.name), &mut uncertain);
    }
    // the flat picture, and one of quality 3
    assert!(uncertain.len() <= 12, "{uncertain:#?}");
    eprintln!("uncertain: {uncertain:#?}");
}

#[test]
#[cfg(feature = "alloc")]
fn every_reference_png_has_exactly_the_reference_hash_with_its_own_rounding() {
    for picture in support::expected().iter().filter(|picture| picture.name.ends_with(".png")) {
        let image = image::open(&picture.path).expect("a valid picture").into_rgb8();
        let full = pdq::reference(&view(&image), PdqProfile::FullResolution).expect("small enough");
        assert_eq!(full.quality().to_string(), picture.get("quality"), "quality of {}", picture.name);
        assert_eq!(full.pdq().hash, bits(picture.get("pdq")), "pdq of {}", picture.name);
        let eight = picture.get("dihedral").split(',').map(bits);
        for ((found, expected), dihedral) in full.dihedral().iter().zip(eight).zip(Dihedral::ALL) {
            assert_eq!(found.hash, expected, "{dihedral} of {}", picture.name);
        }
        let picked = pdq::reference(&view(&image), PdqProfile::Meta512).expect("small enough");
        assert_eq!(picked.quality().to_string(), picture.get("quality512"), "quality512 of {}", picture.name);
        assert_eq!(picked.pdq().hash, bits(picture.get("pdq512")), "pdq512 of {}", picture.name);
    }
}

#[test]
#[cfg(feature = "image")]
fn pictures_stored_turned_hash_as_shown_when_oriented() {
    use lookalike::decode::{Limits, decode};
    let Some(folder) = support::shared("pdq-reference/images/reg-test-input/exif-rotn") else { return };
    // PyPI's pdqhash of what Pillow's `ImageOps.exif_transpose` makes of each
    let shown = [
        (1, "f439d924da56a1d4c63973a56acfc926cd53d9341b18367d318666cf9b142649"),
        (3, "6f9a0965fe6313f46c9a0aec6c13d3a0e11cdbeb2850aeaba234caafaa94d558"),
        (6, "55d1fbab9c4d73ec82727ccd013a4c1331fcc203a8cddfc0a63b35f4401d0fe9"),
        (8, "1a74374933138e2dc5a69db60ce279b4212a63c93b2666dc3cdfc33e58699a8d"),
    ];
    for (orientation, expected) in shown {
        let bytes = std::fs::read(folder.join(format!("exif-rotn-{orientation}.jpg"))).expect("a reference picture");
        let picture = decode(&bytes, &Limits::default()).expect("a valid picture");
        assert_eq!(picture.header().orientation, orientation);
        let upright = Dihedral::from_exif(orientation).expect("1 to 8");
        let oriented = pdq::turned(&picture.image(), PdqProfile::FullResolution, upright).expect("small enough").pdq();
        assert!(oriented.hash.distance(&bits(expected)) <= 2, "orientation {orientation}: {}", oriented.hash);
    }
}
