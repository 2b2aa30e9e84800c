//! Writes small files that ask for much into a folder, to try a decoder on: `cargo run --features image --example bombs -- FOLDER`.

#![allow(clippy::print_stdout, reason = "an example says what it did")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the files are ours, as in the tests that they are shared with"
)]

#[path = "../tests/bombs/mod.rs"]
mod bombs;
#[path = "../tests/decode_support/mod.rs"]
mod decode_support;

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1) else { return Err(io::Error::other("usage: bombs FOLDER")) };
    let folder = Path::new(&folder);
    let bombs = bombs::all();
    for bomb in &bombs {
        let folder = folder.join(bomb.family);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(&bomb.name), &bomb.bytes)?;
    }
    println!("{} files", bombs.len());
    Ok(())
}
