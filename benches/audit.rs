//! How many events a second a log takes: by when they reach the disk, and by how many threads append.
//!
//! ```text
//! cargo bench --features audit --bench audit [-- DIR]
//! ```
//!
//! `DIR` is where the log is written, the system's folder for temporary files if not said. The bytes a second are those of the log.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_docs,
    reason = "a program that measures"
)]

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, thread};

use lookalike::audit::{Entry, Log, Match, Options, Sync, verify};

fn event(number: u64) -> Match {
    let entry =
        Entry::new("ncmec", "42/1017").by("pdq", 31).distance(4).quality(97).transform("flipx").view("original");
    Match::new([entry.classification("A1").role("abuse").trust("verified").action("block")])
        .generation(number)
        .media("image/jpeg")
        .content(&"0123456789abcdef".repeat(4))
}

fn main() {
    let place = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let place = place.map_or_else(env::temp_dir, Into::into);
    let is_test = env::args().any(|argument| argument == "--test");
    for (name, sync, events) in [
        ("each event synced", Sync::Each, 2_000),
        ("synced every 100 ms", Sync::Every(Duration::from_millis(100)), 100_000),
        ("when the system sees fit", Sync::System, 100_000),
    ] {
        for threads in [1, 8] {
            append(&place, name, sync, threads, if is_test { 50 } else { events });
        }
    }
}

fn append(place: &Path, name: &str, sync: Sync, threads: u64, events: u64) {
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path().join("audit.jsonl");
    let log = Log::open_with(&path, Options::new().sync(sync)).unwrap();
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..events / threads).for_each(|number| drop(log.append(event(number)))));
        }
    });
    log.sync().unwrap();
    let took = started.elapsed().as_secs_f64();
    drop(log);
    let found = verify(&path, None).unwrap();
    assert!(found.is_sound() && found.lines() == events / threads * threads + 1, "{found:?}");
    let bytes = std::fs::metadata(&path).unwrap().len() as f64;
    println!(
        "{name}, {threads} threads: {:.0} events a second, {:.1} us each, {:.1} MB/s",
        events as f64 / took,
        took * 1e6 / events as f64,
        bytes / took / 1e6
    );
}
