//! The command line from outside: what it prints, what it returns, what it survives.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    reason = "tests may panic, and run where std is"
)]

mod audit;
mod calibrate;
mod classic;
mod demo;
mod diff;
mod explain;
#[cfg(target_os = "linux")]
mod faults;
mod framed;
mod hash;
mod hostile;
mod index;
mod lists;
mod lookup;
mod manifest;
mod policy;
mod privacy;
mod report;
mod scan;
mod screen;
mod store;
mod support;
mod test_list;
mod views;
#[cfg(target_os = "linux")]
mod workers;
