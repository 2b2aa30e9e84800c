//! Decodes pictures in processes of their own, which may do nothing else: a hostile file can hurt its decoder only.
//!
//! ```text
//!  program                                  worker: the same program, started with a hidden first argument
//!    Pool::decode ── limits, file ────────►   decode, hash      no file, no socket, no other process; so much memory, so much time
//!       Client    ◄─ header, spectra, ────    Visitor
//!                    grids, pixels
//! ```
//!
//! A [`Pool`] hands each file to a [worker](run_if_asked), and what comes out of [`decode::pdq_views`](lookalike::decode::pdq_views) there to
//! a [`Client`] here, in the same order and to the same bit. A worker that dies, hangs, or answers nonsense is a [`Death`]: the outcome of
//! the file that it had, and of no other. The next file gets a fresh one.
//!
//! `README.md` says what that protects against, and what not. For Linux only: there the kernel has what it takes.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use std::process::ExitCode;
//!
//! use decode_worker::{Client, Options, Pool};
//! use lookalike::decode::{Limits, View, Visitor};
//! use lookalike::hash::{PdqProfile, PdqSpectrum};
//!
//! struct Print;
//!
//! impl Visitor for Print {
//!     fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
//!         println!("{view}: quality {}", spectrum.quality());
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! impl Client for Print {}
//!
//! fn main() -> ExitCode {
//!     if let Some(code) = decode_worker::run_if_asked() {
//!         return code;
//!     }
//!     let pool = Pool::start(Options::new(Limits::default())).expect("a worker starts");
//!     match pool.decode(&std::fs::read("picture.png").unwrap(), PdqProfile::FullResolution, &mut Print) {
//!         Ok(_) => ExitCode::SUCCESS,
//!         Err(_) => ExitCode::FAILURE,
//!     }
//! }
//! ```

#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "what starts processes needs no distinction that serves no_std"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

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
pub use pool::{Client, Options, Pool, Program};
pub use sandbox::Sandbox;
pub use worker::run_if_asked;
