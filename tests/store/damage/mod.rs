//! Files of a store that are damaged, gone, or those of another generation: whoever opens it finds exactly what one of its generations holds, or is
//! told which file it is and what to do.
//!
//! Unoptimised, a spread of the damage is tried; with `--release` most of it; all with
//! `cargo test --release --features store --test store -- --ignored --nocapture damage`. Every test prints what it tried.
#![allow(clippy::print_stdout, reason = "they tell what they did")]

mod bytes;
mod files;
mod reference;
