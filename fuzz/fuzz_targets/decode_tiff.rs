//! TIFF files from arbitrary bytes: no panic escapes, the limits hold, and all ways to the pixels lead to the same.

#![no_main]

#[path = "parts/decoder.rs"]
mod decoder;

use libfuzzer_sys::fuzz_target;
use lookalike::decode::Format;

fuzz_target!(init: decoder::let_contained_panics_pass(), |bytes: &[u8]| -> libfuzzer_sys::Corpus {
    decoder::decode_all_ways(bytes, Format::Tiff)
});
