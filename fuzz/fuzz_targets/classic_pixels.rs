//! The classic hashes from arbitrary measures and bytes: never panic, and one pass for all gives what each gives alone.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::hash::{ClassicHash, ClassicStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};

const FORMATS: [PixelFormat; 4] = [PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgra8, PixelFormat::Rgb16];

fuzz_target!(|input: (u16, u8, u8, &[u8])| -> Corpus {
    let (width, format, wanted, bytes) = input;
    let format = FORMATS[usize::from(format) % FORMATS.len()];
    let pixels = bytes.len() / format.bytes_per_pixel();
    let width = u32::from(width) % 300 + 1;
    let height = pixels as u32 / width;
    let Ok(image) = ImageRef::packed(bytes, width, height, format) else { return Corpus::Reject };
    let classic: Vec<Profile> =
        Profile::all().filter(|profile| !matches!(profile, Profile::Pdq | Profile::Pdq512)).collect();
    let some: Vec<Profile> = classic.iter().copied().filter(|profile| wanted >> (profile.id() % 8) & 1 == 1).collect();
    let hashes = |profiles: &[Profile]| -> Vec<(Profile, ClassicHash)> {
        ClassicStream::of_image(&image, profiles).expect("a small picture").iter().collect()
    };
    let all = hashes(&classic);
    assert_eq!(all.len(), classic.len());
    for found in hashes(&some) {
        assert!(all.contains(&found));
    }
    Corpus::Keep
});
