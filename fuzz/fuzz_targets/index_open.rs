//! Indexes from arbitrary bytes: opening and asking never panic and end, and what passes verification answers as brute force does over
//! what it holds.

#![no_main]

#[path = "parts/index.rs"]
mod index;

use libfuzzer_sys::fuzz_target;

// The first byte is the radius.
fuzz_target!(|input: &[u8]| {
    let Some((radius, bytes)) = input.split_first() else { return };
    let mut near = [0x5a; 32];
    near[0] ^= *radius;
    index::open_and_ask(bytes, &[[0; 32], near], u32::from(*radius));
});
