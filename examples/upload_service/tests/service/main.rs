//! The service as its clients see it, over real connections.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::missing_docs_in_private_items,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    unreachable_pub,
    reason = "tests"
)]

mod audit;
mod hma;
mod hostile;
mod limits;
mod outcomes;
mod page;
mod process;
mod reload;
mod support;
#[cfg(target_os = "linux")]
mod workers;
