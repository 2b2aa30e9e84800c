//! Needles, and an index whose checksums are made right whatever its bytes are: as for arbitrary bytes, only that all of it is reached.

#![no_main]

#[path = "parts/index.rs"]
mod index;
#[path = "../../tests/index_support/mod.rs"]
mod index_support;

use libfuzzer_sys::fuzz_target;

// A radius, a number of needles (three at most), the needles, the index.
fuzz_target!(|input: &[u8]| {
    let Some(([radius, count], rest)) = input.split_first_chunk() else { return };
    let count = usize::from(count % 4);
    let Some((needles, bytes)) = rest.split_at_checked(32 * count) else { return };
    let needles: Vec<[u8; 32]> = needles.as_chunks().0.to_vec();
    let mut bytes = bytes.to_vec();
    // too short for a table, it is refused before any checksum is looked at
    if bytes.len() >= 72 {
        index_support::reseal(&mut bytes);
    }
    index::open_and_ask(&bytes, &needles, u32::from(*radius));
});
