//! The command line of `lookalike`: hashes pictures, compiles lists into indexes, scans directories against them.
//!
//! Results go to standard output, everything else to standard error; `exit.rs` holds the four exit codes.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for an operating system needs no distinction that serves no_std"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

/// Runs a function for hashes as wide as those of a profile: 8 or 32 bytes.
macro_rules! by_width {
    ($profile:expr, $($run:ident)::+($($argument:expr),*)) => {
        match $profile.bits() {
            64 => $($run)::+::<8>($($argument),*),
            _ => $($run)::+::<32>($($argument),*),
        }
    };
}

mod args;
mod audited;
mod commands;
mod examine;
mod exit;
mod gather;
mod index_file;
mod interrupt;
mod lists;
mod names;
mod output;
mod pipeline;
mod progress;
mod record;
mod remember;
mod report;
mod summary;
mod template;
mod walk;

use std::panic;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    // The program starts itself to decode what it does not trust.
    #[cfg(target_os = "linux")]
    if let Some(code) = decode_worker::run_if_asked() {
        return code;
    }
    panic::set_hook(Box::new(|info| {
        // A decoder's panic is contained and becomes the file's outcome; any other is a defect of ours.
        if !lookalike::decode::is_contained() {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            eprintln!("lookalike: internal error at {place}; please report it");
        }
    }));
    let ended = match Cli::parse().command {
        Command::Hash(args) => commands::hash::run(&args),
        Command::Index(command) => commands::index::run(&command),
        Command::List(command) => commands::list::run(&command),
        Command::Match(args) => commands::match_hashes::run(&args),
        Command::Audit(command) => commands::audit::run(&command),
        Command::Report(args) => commands::report::run(&args),
        Command::Scan(args) => commands::scan::run(&args),
        Command::Store(command) => commands::store::run(&command),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Calibrate(args) => commands::calibrate::run(&args),
        Command::Demo(args) => commands::demo::run(&args),
    };
    ended
        .unwrap_or_else(|failure| {
            eprintln!("lookalike: {failure}");
            failure.exit()
        })
        .into()
}
