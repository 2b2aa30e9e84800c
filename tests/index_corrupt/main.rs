//! A damaged index is refused, or answers as brute force over what it holds; it never panics.
//!
//! Unoptimised, a spread of the damage is tried; with `--release` all of it, but for what takes an hour:
//! `cargo test --release --test index_corrupt -- --ignored --nocapture all_values`. Every test prints what it tried and what became of it.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may panic, know their numbers, and tell what they did"
)]

mod bytes;
mod exercise;
#[path = "../index_support/mod.rs"]
mod index_support;
mod lengths;
mod recorded;
mod reference;
mod rules;
mod sectors;
