//! The store: what readers find is what was published and changed, whoever is interrupted.
#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a test may panic, and has a standard library"
)]

mod changes;
mod damage;
mod forgetting;
mod kill;
mod model;
mod readers;
mod refusals;
mod support;
