//! Decodes pictures in processes of their own, which may do nothing else: a hostile file can hurt its decoder only.
//!
//! ```text
//!  program                                  worker: the same program, started with a hidden first argument
//!    Pool::decode ── limits, file ────────►   decode, hash      no file, no socket, no other process; so much memory, so much time
//!       Visitor   ◄─ header, spectra, ────    Visitor
//!                    grids, pixels
//! ```
//!
//! A [`Pool`] is a [`Decoder`](lookalike::check::Decoder): give it to a [`Checker`](lookalike::Checker). It sends each file to a
//! [worker](run_if_asked), and passes on what [`decode::pdq_views`](lookalike::decode::pdq_views) yields there, in the same order and to the
//! same bit. If a worker dies, hangs or answers nonsense, that is a [`Death`]: the outcome of the file that it had, and of no other. The next
//! file gets a fresh worker.
//!
//! `README.md` says what that protects against, and what not. Linux only: no other kernel has what it takes.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::sync::Arc;
//!
//! use decode_worker::{Options, Pool};
//! use lookalike::decode::Limits;
//! use lookalike::{Checker, Lists, Outcome};
//!
//! fn main() -> ExitCode {
//!     if let Some(code) = decode_worker::run_if_asked() {
//!         return code;
//!     }
//!     let pool = Pool::start(Options::new(Limits::default())).expect("a worker starts");
//!     let lists = Lists::open("known.idx").expect("an index");
//!     let checker = Checker::builder(lists).decoder(Arc::new(pool)).build().expect("lists that can be searched");
//!     match checker.check_path("picture.png", false).map(|report| report.outcome()) {
//!         Ok(Outcome::NoMatch(_)) => ExitCode::SUCCESS,
//!         _ => ExitCode::FAILURE,
//!     }
//! }
//! ```

#![cfg(target_os = "linux")]
#![cfg_attr(not(feature = "capi"), forbid(unsafe_code))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "what starts processes needs no distinction that serves no_std"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

#[cfg(feature = "capi")]
mod capi;
mod death;
mod link;
mod pool;
mod process;
mod protocol;
mod sandbox;
mod self_test;
mod worker;

#[cfg(fuzzing)]
pub mod fuzzing {
    //! What a fuzz target needs of the inside.

    pub use crate::process::hear_bytes;
}

pub use death::{Death, NotDecoded};
pub use pool::{Options, Pool, Program};
pub use sandbox::Sandbox;
pub use worker::run_if_asked;
