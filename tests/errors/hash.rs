//! Texts that are no hashes or names, pixels that are no picture, pictures that have no hash.

use lookalike::entry::DigestKind;
use lookalike::hash::pdq;
use lookalike::hash::views::Grid;
use lookalike::hash::{Bits64, ClassicStream, PdqProfile, PdqSpectrum, PdqStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};

use crate::Messages;

pub(crate) fn messages(m: &mut Messages) {
    m.section("text that is no hash, digest or name");
    m.refused("hash with a wrong character", "00000000000000xy".parse::<Bits64>());
    m.refused("hash that is too short", "00ff".parse::<Bits64>());
    m.refused("profile", "sha1".parse::<Profile>());
    for kind in DigestKind::ALL {
        m.refused(kind.name(), kind.parse("0123"));
    }

    m.section("pixels");
    m.refused("no pixels", ImageRef::packed(&[], 0, 7, PixelFormat::Gray8));
    m.refused("stride", ImageRef::new(&[0; 64], 8, 8, 7, PixelFormat::Gray8));
    m.refused("too few bytes", ImageRef::packed(&[0; 64], 8, 9, PixelFormat::Gray8));
    m.refused("too many bytes to count", ImageRef::new(&[0; 64], 8, 9, usize::MAX / 4, PixelFormat::Gray8));

    m.section("pdq");
    let stream = |width, height| PdqStream::new(width, height, PixelFormat::Gray8, PdqProfile::FullResolution);
    m.refused("no pixels", stream(0, 64));
    m.refused("too long a side", stream(u32::MAX, 64));
    m.refused("row of another length", stream(64, 64).unwrap().push_row(&[0; 63]));
    m.refused("a row too few", stream(64, 64).unwrap().finish());
    let mut full = stream(64, 64).unwrap();
    for _ in 0..64 {
        full.push_row(&[0; 64]).unwrap();
    }
    m.refused("a row too many", full.push_row(&[0; 64]));
    let pixels = [0; 64 * 64];
    let image = ImageRef::packed(&pixels, 64, 64, PixelFormat::Gray8).unwrap();
    m.refused("too little memory", pdq::reference_in(&image, PdqProfile::FullResolution, &mut []));
    m.refused("bytes of a spectrum", PdqSpectrum::from_bytes(&[0; 7]));
    m.refused("bytes of a grid", Grid::from_bytes(&[0; 7]));

    m.section("classic hashes");
    let stream = |width, height, profile| ClassicStream::new(width, height, PixelFormat::Gray8, &[profile]);
    m.refused("no pixels", stream(64, 0, Profile::Phash64));
    m.refused("too large", stream(u32::MAX, u32::MAX, Profile::Blockhash256));
    m.refused("another profile", stream(64, 64, Profile::Pdq));
    m.refused("row of another length", stream(64, 64, Profile::Phash64).unwrap().push_row(&[0; 65]));
    m.refused("a row too few", stream(64, 64, Profile::Phash64).unwrap().finish());
}
