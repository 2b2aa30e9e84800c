//! Every step of writing fails once, fails for ever, or is the last before the process ends: the store is as before or as after.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use std::path::Path;
use std::process::Command;
use std::{env, format, fs};

use super::faults::{self, Fault};
use super::{Contents, Store, Writer, compact};
use crate::hash::{Bits64, Profile};
use crate::index::{Query, Source};
use crate::mmap::Opener;

const PROFILE: Profile = Profile::Phash64;
/// What is done to a store with the entries 0, 1, 2 (2 of them added by a change).
const OPERATIONS: [&str; 4] = ["publish", "change", "compact", "roll back"];

fn hash(number: u8) -> Bits64 {
    Bits64::from_bytes([number; 8])
}

fn source(id: &str) -> Source<'_> {
    Source { list: "L", id, ..Source::default() }
}

fn contents(numbers: &[u8]) -> Contents<8> {
    let mut contents = Contents::new(PROFILE).unwrap();
    for number in numbers {
        contents.add(Some(hash(*number)), &[], source(&number.to_string()), None).unwrap();
    }
    contents
}

fn prepare(directory: &Path) {
    let mut writer = Writer::init(directory, PROFILE).unwrap();
    writer.publish(contents(&[0, 1])).unwrap();
    let mut change = writer.change();
    change.add(Some(hash(2)), &[], source("2"), None).unwrap();
    change.commit().unwrap();
}

fn run(directory: &Path, operation: &str) -> Result<u64, super::StoreError> {
    if operation == "compact" {
        return compact::<8>(directory, Opener::owned()).map(|generation| generation.unwrap_or(0));
    }
    let mut writer = Writer::<8>::open(directory)?;
    match operation {
        "publish" => writer.publish(contents(&[5, 6])),
        "change" => {
            let mut change = writer.change();
            change.remove("L", "0")?;
            change.add(Some(hash(9)), &[], source("9"), None)?;
            change.commit()
        }
        _ => writer.roll_back(Some(2)),
    }
}

fn after(operation: &str) -> &'static [u8] {
    match operation {
        "publish" => &[5, 6],
        "change" => &[1, 2, 9],
        "compact" => &[0, 1, 2],
        _ => &[0, 1],
    }
}

fn found(directory: &Path) -> Vec<u8> {
    let snapshot = Store::open_with(directory, Opener::owned()).unwrap().snapshot();
    let is_there = |number: &u8| {
        let needles = [hash(*number)];
        !snapshot.hits(&Query::new(PROFILE, &needles).radius(0)).unwrap().is_empty()
    };
    (0..16).filter(is_there).collect()
}

fn no_temporary_files(directory: &Path) {
    for folder in ["", "generations", "indexes", "deltas"] {
        for entry in fs::read_dir(directory.join(folder)).unwrap() {
            let name: String = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.ends_with(".tmp"), "{folder}/{name}");
        }
    }
}

#[test]
fn whatever_fails_the_store_is_as_before_or_as_after() {
    for operation in OPERATIONS {
        for fault in [Fault::Once, Fault::ForEver] {
            let mut failures = 0;
            for n in 0.. {
                let directory = tempfile::tempdir().unwrap();
                prepare(directory.path());
                faults::plan(n, fault);
                let result = run(directory.path(), operation);
                let steps = faults::no_plan();
                let found = found(directory.path());
                match &result {
                    Ok(_) => assert_eq!(found, after(operation), "{operation} {fault:?} at step {n}"),
                    Err(error) => {
                        failures += 1;
                        let text = error.to_string();
                        assert!(text.contains("a fault was planned") && text.contains('/'), "{text}");
                        let is_known = found == [0, 1, 2] || found == after(operation);
                        assert!(is_known, "{operation} {fault:?} at step {n}: {found:?}");
                    }
                }
                // The next writer needs no help, and cleans up.
                drop(Writer::<8>::open(directory.path()).unwrap());
                no_temporary_files(directory.path());
                run(directory.path(), "publish").unwrap();
                assert_eq!(self::found(directory.path()), [5, 6]);
                if steps <= n {
                    break;
                }
            }
            assert!(failures > 4, "{operation}: {failures} steps failed");
        }
    }
}

const CHILD: &str = "LOOKALIKE_STORE_CRASH";

/// The process that ends at a step.
#[test]
fn ends_at_a_step() {
    let Ok(task) = env::var(CHILD) else { return };
    let mut parts = task.splitn(3, '|');
    let (n, operation, directory) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    faults::plan(n.parse().unwrap(), Fault::Abort);
    run(Path::new(directory), operation).unwrap();
    let steps = faults::no_plan();
    fs::write(Path::new(directory).with_extension("steps"), steps.to_string()).unwrap();
}

#[test]
fn a_process_that_ends_between_any_two_steps_leaves_the_old_state_or_the_new_one() {
    for operation in OPERATIONS {
        for n in 0.. {
            let directory = tempfile::tempdir().unwrap();
            let store = directory.path().join("store");
            prepare(&store);
            let status = Command::new(env::current_exe().unwrap())
                .args(["--exact", "store::tests::ends_at_a_step", "--nocapture"])
                .env(CHILD, format!("{n}|{operation}|{}", store.display()))
                .output()
                .unwrap()
                .status;
            let is_over = store.with_extension("steps").exists();
            assert_eq!(status.success(), is_over);
            let found = found(&store);
            assert!(found == [0, 1, 2] || found == after(operation), "{operation} at step {n}: {found:?}");
            drop(Writer::<8>::open(&store).unwrap());
            no_temporary_files(&store);
            if is_over {
                assert_eq!(found, after(operation));
                assert!(n > 4, "{operation} took {n} steps");
                break;
            }
        }
    }
}
