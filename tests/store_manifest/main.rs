//! Signed manifests: every attack is refused by its own name, with a clock that the test holds.

#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    reason = "tests may panic, and know their numbers"
)]

mod content;
mod damage;
mod guard;
mod keys_file;
mod new;
mod signed;
mod support;
