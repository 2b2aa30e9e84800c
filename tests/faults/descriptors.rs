//! No more files may be opened: an error that names the file, and the state before.

use std::fs::File;
use std::path::Path;

use lookalike::index::Index;
use lookalike::mmap::{self, Opener};
use lookalike::store::{Store, Writer};

use crate::child::{self, in_shell, run_well, scratch, tell};
use crate::operations::{self, WRITING, assert_tidy};
use crate::support::{contents, entries, found};

type Done = Result<(), Box<dyn std::error::Error>>;

/// As many files as may be opened, but for some.
fn all_but(free: usize) -> Vec<File> {
    let mut open = Vec::new();
    loop {
        match File::open("/dev/null") {
            Ok(file) => open.push(file),
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));
                break;
            }
        }
    }
    open.truncate(open.len() - free);
    open
}

fn read(operation: &str, directory: &Path, free: usize) -> Done {
    let (place, file) = (directory.join("store"), directory.join("list.index"));
    match operation {
        "read" => {
            let _open = all_but(free);
            drop(Index::read(file)?);
        }
        "seal" => {
            let _open = all_but(free);
            drop(mmap::seal(file)?);
        }
        "open" => {
            let open = all_but(free);
            let store = Store::open_with(place, Opener::default())?;
            drop(open);
            assert_eq!(found(&store.snapshot()), entries("L", 0..3));
        }
        "reload" => {
            let store = Store::open(&place)?;
            Writer::<8>::open(&place)?.publish(contents("L", [5, 6]))?;
            let open = all_but(free);
            let reloaded = store.reload();
            drop(open);
            if let Err(error) = &reloaded {
                assert_eq!(found(&store.snapshot()), entries("L", 0..3));
                assert_eq!(store.status().failure, Some(error.to_string()));
                assert!(store.reload()?);
            }
            assert_eq!(found(&store.snapshot()), entries("L", [5, 6]));
            reloaded?;
        }
        writing => {
            let _open = all_but(free);
            operations::write(directory, writing)?;
        }
    }
    Ok(())
}

/// The child, which may open few files.
#[test]
fn opens_ever_more_files() {
    if child::task().is_none() {
        return;
    }
    for operation in ["read", "seal", "open", "reload"].iter().chain(&WRITING) {
        let mut failures = 0;
        for free in 0.. {
            let case = format!("{operation}, {free} files");
            let directory = scratch();
            operations::prepare(directory.path());
            let done = read(operation, directory.path(), free);
            assert_tidy(directory.path(), &case);
            match done {
                Ok(()) if !WRITING.contains(operation) => break,
                Ok(()) => {
                    assert_eq!(operations::state(directory.path()), operations::after(operation), "{case}");
                    break;
                }
                Err(error) => {
                    failures += 1;
                    let error = error.to_string();
                    let is_named = error.contains("cannot ") && error.contains(directory.path().to_str().unwrap());
                    assert!(is_named && error.contains("Too many open files"), "{case}: {error}");
                    if *operation != "reload" {
                        assert_eq!(operations::state(directory.path()), operations::before(), "{case}");
                    }
                }
            }
        }
        assert!(failures > 0, "{operation} opens no file");
        tell(format_args!("{operation}: {failures}"));
    }
}

#[test]
fn files_that_may_not_be_opened_are_told_and_change_nothing() {
    let told = run_well(in_shell("ulimit -n 64;", "descriptors::opens_ever_more_files", &["all"]));
    assert_eq!(told.len(), 4 + WRITING.len(), "{told:?}");
    println!("too many open files by operation: {told:?}");
}

#[test]
fn no_operation_leaves_a_file_open() {
    let directory = scratch();
    operations::prepare(directory.path());
    let told = run_well(child::child("descriptors::counts_open_files", &[directory.path().to_str().unwrap()]));
    assert_eq!(told[0], told[1], "{told:?}");
}

/// The child, in which no other test opens files.
#[test]
fn counts_open_files() {
    let Some(task) = child::task() else { return };
    let directory = Path::new(&task[0]);
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    tell(open());
    for operation in WRITING {
        operations::write(directory, operation).unwrap();
        std::fs::remove_dir_all(directory.join("store")).unwrap();
        std::fs::remove_file(directory.join("list.index")).unwrap();
        operations::prepare(directory);
        operations::state(directory);
        assert!(operations::write(Path::new("/nowhere"), operation).is_err());
    }
    tell(open());
}
