//! PDQ from arbitrary measures and bytes: never panics, and rows pushed one by one give what the whole picture gives, at every CPU level.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::Level;
use lookalike::hash::pdq::{self, PdqProfile, PdqStream};
use lookalike::pixels::{ImageRef, PixelFormat};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    width: u32,
    height: u32,
    stride_bytes: usize,
    /// Whether to bring the measures into a range in which the bytes may suffice.
    fits: bool,
    format: u8,
    picks: bool,
    bytes: &'a [u8],
}

const FORMATS: [PixelFormat; 8] = [
    PixelFormat::Gray8,
    PixelFormat::Rgb8,
    PixelFormat::Rgba8,
    PixelFormat::Bgr8,
    PixelFormat::Bgra8,
    PixelFormat::Gray16,
    PixelFormat::Rgb16,
    PixelFormat::Rgba16,
];

fuzz_target!(|input: Input<'_>| -> Corpus {
    let format = FORMATS[usize::from(input.format) % FORMATS.len()];
    let (mut width, mut height, mut stride) = (input.width, input.height, input.stride_bytes);
    if input.fits {
        let pixels = input.bytes.len() / format.bytes_per_pixel();
        width = width % 2048 % (pixels as u32).max(1);
        height %= (pixels as u32).checked_div(width).unwrap_or(0) + 1;
        stride = width as usize * format.bytes_per_pixel() + stride % 3;
    }
    let Ok(image) = ImageRef::new(input.bytes, width, height, stride, format) else { return Corpus::Reject };
    let profile = if input.picks { PdqProfile::Meta512 } else { PdqProfile::FullResolution };
    let Ok(spectrum) = pdq::spectrum(&image, profile) else {
        assert!(width.max(height) > pdq::MAX_SIDE);
        return Corpus::Keep;
    };
    let found = spectrum.pdq();
    assert!(found.quality <= 100 && found.median_gap >= 0.0);
    assert!(found.hash.count_ones() <= 128);

    let level = Level::available().nth(input.stride_bytes % 2).unwrap_or(Level::SCALAR);
    let mut stream = PdqStream::new(width, height, format, profile).expect("accepted before").level(level);
    for row in image.rows() {
        stream.push_row(row).expect("as many rows, as long as announced");
    }
    assert!(stream.push_row(image.row(0).expect("at least one row")).is_err());
    assert_eq!(stream.finish().expect("all rows pushed").pdq(), found);

    // the oracle takes as long as many pictures; where it is in doubt, rounding may change bits and the quality
    if input.stride_bytes % 8 == 0 && spectrum.is_certain() {
        assert_eq!(pdq::reference(&image, profile).expect("accepted before").pdq(), found);
    }
    Corpus::Keep
});
