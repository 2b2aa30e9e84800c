//! Checks uploads over HTTP for pictures that look like those on a list of known abuse material: an example to copy from.
//!
//! ```text
//!  main ─ args ─► service (what requests share) ◄─ server (connections, routes, shutdown)
//!                    │
//!   open ────────────┤ the library's `Checker`, by the arguments: lists, policy, decoder
//!   upload, limits ──┤ body in, inside limits
//!   audit, metrics ──┤ a match is logged before it is answered
//!   answer, hma, page, health, refusal: what goes out
//! ```
//!
//! `README.md` says how to put it beside an upload path, and what to do when it could not check.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for an operating system needs no distinction that serves no_std"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod answer;
mod args;
mod audit;
mod failure;
mod health;
mod hma;
mod limits;
mod metrics;
mod open;
mod page;
mod refusal;
mod server;
mod service;
mod upload;

pub use args::{Args, DecoderChoice, Views};
pub use failure::Failure;
pub use server::Server;
pub use service::Service;

/// Serves as a process that decodes uploads, if this one was started as such: to be called first thing in `main`.
#[must_use]
pub fn run_worker_if_asked() -> Option<std::process::ExitCode> {
    #[cfg(target_os = "linux")]
    return decode_worker::run_if_asked();
    #[cfg(not(target_os = "linux"))]
    None
}

/// Lets the process have as many files open as the system allows it: every connection is one.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        tracing::warn!("the number of open files stays at {:?}: {error}", limit.current);
    }
}
