//! Puts the service under load, or under attack, and looks whether it errs.
//!
//! ```text
//! cargo bench -p upload-service --bench load -- --seconds 60 --views none
//! cargo bench -p upload-service --bench load -- --hostile --seconds 30
//! ```
//!
//! The service runs as a process of its own over a store of drawn hashes. Load: connections that send JPEGs and PNGs one after the other, raw and as
//! forms, while a change is published every second. Every answer must be what its generation says, and its generation must not be old.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a measurement may panic"
)]

mod client;
mod hostile;
mod load;
mod pictures;
mod program;

use std::process::ExitCode;

use clap::Parser;

/// Put the upload service under load
#[derive(Clone, Debug, Parser)]
struct Args {
    /// How long
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// Connections that send pictures
    #[arg(long, default_value_t = 8)]
    connections: usize,

    /// Hashes in the store
    #[arg(long, default_value_t = 1_000_000)]
    hashes: u64,

    /// Hashes beside them within the radius of the pictures, listed or not, as whoever poisons a list would add
    #[arg(long, default_value_t = 0)]
    flood: u64,

    /// Further views: none or standard
    #[arg(long, default_value = "none")]
    views: String,

    /// Checks at the same time [default: as many as the machine has cores]
    #[arg(long)]
    jobs: Option<String>,

    /// Decode every JPEG
    #[arg(long)]
    no_screen: bool,

    /// Log every match
    #[arg(long)]
    audit: bool,

    /// Attack instead: idle, slow and endless connections, malformed files, bombs
    #[arg(long)]
    hostile: bool,

    /// Idle connections of the attack
    #[arg(long, default_value_t = 10_000)]
    idle: usize,

    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    upload_service::raise_file_limit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let is_sound =
        runtime.block_on(async { if args.hostile { hostile::run(&args).await } else { load::run(&args).await } });
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
