//! A full disk: an error that names the file, the state before, nothing left behind, and as soon as there is room it works.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use crate::child::{self, in_shell, run_well, scratch, tell, with_mounts};
use crate::operations::{self, WRITING, assert_tidy};

/// The least that a file can take in a file system in memory.
const PAGE: usize = 4096;

/// What an operation said that had no room; none if it had enough.
fn try_to(operation: &str, directory: &Path, reason: &str, case: &str) -> Option<String> {
    match operations::write(directory, operation) {
        Ok(()) => None,
        Err(error) => {
            let error = error.to_string();
            let is_named = error.contains("cannot ") && error.contains(directory.to_str().unwrap());
            assert!(is_named && error.contains(reason), "{case}: {error}");
            Some(error)
        }
    }
}

/// The child: a file system of its own, filled up to the last pages.
#[test]
fn writes_with_ever_more_room() {
    let Some(task) = child::task() else { return };
    let disk = Path::new(&task[0]);
    for operation in WRITING {
        let mut failures = 0;
        for pages in 0.. {
            let case = format!("{operation}, {pages} pages free");
            let directory = disk.join("data");
            operations::prepare(&directory_of(&directory));
            let ballast = fill_up(disk, pages);
            let error = try_to(operation, &directory, "No space left on device", &case);
            assert_tidy(&directory, &case);
            let found = operations::state(&directory);
            fs::remove_file(ballast).unwrap();
            if error.is_some() {
                failures += 1;
                assert_eq!(found, operations::before(), "{case}");
                // with room again it is done
                operations::write(&directory, operation).unwrap();
            }
            assert_eq!(operations::state(&directory), operations::after(operation), "{case}");
            fs::remove_dir_all(&directory).unwrap();
            if error.is_none() {
                break;
            }
        }
        assert!(failures > 0, "{operation} needs no room");
        tell(format_args!("{operation}: {failures}"));
    }
}

fn directory_of(path: &Path) -> std::path::PathBuf {
    fs::create_dir(path).unwrap();
    path.to_owned()
}

/// A file that leaves so many pages free.
fn fill_up(disk: &Path, pages: usize) -> std::path::PathBuf {
    let path = disk.join("ballast");
    let mut file = File::create(&path).unwrap();
    let mut len = 0;
    loop {
        match file.write(&[7; PAGE]) {
            Ok(written) => len += written,
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
                break;
            }
        }
    }
    file.set_len(len.saturating_sub(pages * PAGE) as u64).unwrap();
    path
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
    let disk = scratch();
    let path = disk.path().to_str().unwrap();
    let mount = format!("mount -t tmpfs -o size=512k none '{path}' &&");
    let Some(child) = with_mounts(&mount, "room::writes_with_ever_more_room", &[path]) else { return };
    let told = run_well(child);
    assert_eq!(told.len(), WRITING.len(), "{told:?}");
    assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0, "what was mounted was the child's own");
    println!("full disks by operation: {told:?}");
}

/// The child: a limit on the length of files, which cuts a write short and refuses the next.
#[test]
fn writes_within_a_length() {
    let Some(task) = child::task() else { return };
    let [operation, directory] = task.as_slice() else { panic!("{task:?}") };
    match try_to(operation, Path::new(directory), "File too large", operation) {
        None => tell("fine"),
        Some(error) => tell(error),
    }
}

#[test]
fn a_file_that_may_not_grow_is_told_and_changes_nothing() {
    for operation in WRITING {
        let mut failures = 0;
        for blocks in 0.. {
            let case = format!("{operation}, files of up to {blocks} blocks");
            let directory = scratch();
            operations::prepare(directory.path());
            let limit = format!("trap '' XFSZ; ulimit -f {blocks};");
            let task = [operation, directory.path().to_str().unwrap()];
            let told = run_well(in_shell(&limit, "room::writes_within_a_length", &task));
            assert_tidy(directory.path(), &case);
            let found = operations::state(directory.path());
            if told == ["fine"] {
                assert_eq!(found, operations::after(operation), "{case}");
                break;
            }
            failures += 1;
            assert_eq!(found, operations::before(), "{case}");
            operations::write(directory.path(), operation).unwrap();
            assert_eq!(operations::state(directory.path()), operations::after(operation), "{case}");
        }
        assert!(failures > 0, "{operation} needs no room");
    }
}

#[test]
fn a_device_is_no_place_for_an_index() {
    use lookalike::index::Builder;
    for path in ["/dev/full", "/dev/null"] {
        let builder = Builder::<8>::new(crate::support::PROFILE).unwrap();
        let error = builder.write_to(path).unwrap_err().to_string();
        assert_eq!(error, format!("cannot write index {path}: not a regular file"));
        assert!(!fs::metadata(path).unwrap().is_file(), "{path} is what it was");
    }
}
