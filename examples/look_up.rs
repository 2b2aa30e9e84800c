//! Checks pictures against an index or a store: the core of an upload service.
//!
//! ```sh
//! lookalike hash known.jpg > known.txt && lookalike index build -o known.idx known.txt
//! cargo run --example look_up --features check -- known.idx upload.jpg
//! find uploads -type f | cargo run --example look_up --features check -- --json known.idx -     # one report a line
//! ```

#![allow(clippy::print_stdout, reason = "an example prints what it finds")]

use core::error::Error;
use std::ffi::OsString;
use std::{env, io};

use lookalike::check::Disclosure;
use lookalike::{Checker, Lists, Report};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<_> = env::args_os().skip(1).collect();
    let as_json = arguments.first().is_some_and(|first| first == "--json");
    arguments.drain(..usize::from(as_json));
    let [lists, pictures @ ..] = arguments.as_slice() else {
        return Err("usage: look_up [--json] INDEX|STORE PICTURE... (- for names on standard input)".into());
    };
    // A store is followed: each picture is compared with the newest generation.
    let checker = Checker::new(Lists::open(lists)?)?;
    let piped = pictures.iter().any(|name| name == "-").then(|| io::stdin().lines());
    let piped = piped.into_iter().flatten().map(|line| line.map(OsString::from));
    for picture in pictures.iter().filter(|name| *name != "-").cloned().map(Ok).chain(piped) {
        let report = checker.check_path(picture?, true)?;
        if as_json {
            println!("{}", serde_json::to_string(&report.json(Disclosure::Everything))?);
        } else {
            print(&report);
        }
    }
    Ok(())
}

/// Exactly one outcome, and only `match`, `test` and `no match` mean that the picture was checked.
fn print(report: &Report) {
    println!("{}", report.outcome());
    if let Some(detail) = report.detail() {
        println!("  {detail}");
    }
    for found in report.matches() {
        let (distance, view, transform) = (found.distance, found.view_name(), found.transform);
        println!(
            "  {distance} bits from entry {} of list {}, as {view}, {transform}",
            found.entry.id, found.entry.list
        );
    }
}
