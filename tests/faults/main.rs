//! What the machine refuses (memory, room, files, rights), and what others do to files meanwhile: every operation says what it could not do, and
//! leaves a store and a file as before or as after.
//!
//! Most of it happens in children of this program, which may end by a signal. What needs a right that is missing here is skipped aloud.
#![cfg(all(feature = "store", target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a test may panic, has a standard library, and says what it skips"
)]

mod allocation;
mod changed;
mod child;
mod descriptors;
#[path = "../index_support/mod.rs"]
mod index_support;
mod operations;
mod rights;
mod room;
#[path = "../store/support.rs"]
#[allow(dead_code, reason = "the tests of the store use the rest")]
mod support;
mod writers;
