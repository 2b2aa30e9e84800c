//! The classic hashes from arbitrary measures and bytes: never panic, and one pass for all, at the best CPU level, gives what each
//! gives alone, row by row at the plainest.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::Level;
use lookalike::hash::{ClassicHash, ClassicStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};

const FORMATS: [PixelFormat; 4] = [PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgra8, PixelFormat::Rgb16];

fuzz_target!(|input: (u16, u8, u8, &[u8])| -> Corpus {
    let (width, format_and_more, wanted, bytes) = input;
    let format = FORMATS[usize::from(format_and_more) % FORMATS.len()];
    let pixels = bytes.len() / format.bytes_per_pixel();
    let width = u32::from(width) % 300 + 1;
    let height = pixels as u32 / width;
    let Ok(image) = ImageRef::packed(bytes, width, height, format) else { return Corpus::Reject };
    let classic: Vec<Profile> =
        Profile::all().filter(|profile| !matches!(profile, Profile::Pdq | Profile::Pdq512)).collect();
    let pick = |at: u8| classic[usize::from(at) % classic.len()];
    let some = [pick(wanted), pick(wanted / 16), pick(format_and_more / 4)];
    let hashes = |level, profiles: &[Profile]| -> Vec<(Profile, ClassicHash)> {
        let mut stream = ClassicStream::at_level(level, width, height, format, profiles).expect("a small picture");
        image.rows().for_each(|row| stream.push_row(row).expect("as many rows, as long as announced"));
        stream.finish().expect("all rows pushed").iter().collect()
    };
    let together = hashes(Level::best(), &some);
    // of one of them, so that more are tried
    let profile = some[bytes.len() % some.len()];
    let alone = hashes(Level::SCALAR, &[profile]);
    assert!(alone.len() == 1 && together.contains(&alone[0]), "{profile}");
    Corpus::Keep
});
