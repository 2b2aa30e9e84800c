//! A directory that may be read and not be written to: what writes says so, what reads answers.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::child::{self, as_nobody, child, run_well, scratch, tell, with_mounts};
use crate::operations::{self, WRITING, assert_tidy};

/// The child, which may not write.
#[test]
fn reads_and_is_refused() {
    let Some(task) = child::task() else { return };
    let [directory, reason] = task.as_slice() else { panic!("{task:?}") };
    let directory = Path::new(directory);
    assert_eq!(operations::state(directory), operations::before());
    for operation in WRITING {
        let error = operations::write(directory, operation).unwrap_err().to_string();
        let is_named = error.contains("cannot ") && error.contains(directory.to_str().unwrap());
        assert!(is_named && error.contains(reason.as_str()), "{operation}: {error}");
    }
    assert_eq!(operations::state(directory), operations::before());
    tell("refused");
}

const TEST: &str = "rights::reads_and_is_refused";

fn is_unchanged_and_works(directory: &Path) {
    assert_tidy(directory, "what was refused");
    for operation in WRITING {
        assert_eq!(operations::state(directory), operations::before());
        operations::write(directory, operation).unwrap();
        assert_eq!(operations::state(directory), operations::after(operation), "{operation}");
        fs::remove_dir_all(directory.join("store")).unwrap();
        fs::remove_file(directory.join("list.index")).unwrap();
        operations::prepare(directory);
    }
}

#[test]
fn a_file_system_that_is_read_only_is_read() {
    let directory = scratch();
    operations::prepare(directory.path());
    let path = directory.path().to_str().unwrap();
    let mount = format!("mount --bind '{path}' '{path}' && mount -o remount,bind,ro '{path}' &&");
    let Some(child) = with_mounts(&mount, TEST, &[path, "Read-only file system"]) else { return };
    assert_eq!(run_well(child), ["refused"]);
    is_unchanged_and_works(directory.path());
}

/// Every file and directory below.
fn all(directory: &Path) -> Vec<PathBuf> {
    let mut all = vec![directory.to_owned()];
    let mut at = 0;
    while let Some(path) = all.get(at) {
        if path.is_dir() {
            let below: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            all.extend(below);
        }
        at += 1;
    }
    all
}

#[test]
fn a_directory_that_may_not_be_written_to_is_read() {
    let directory = scratch();
    operations::prepare(directory.path());
    let path = directory.path().to_str().unwrap();
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let task = [path, "Permission denied"];
    // modes mean nothing to root
    let Some(child) = (if is_root { as_nobody(TEST, &task) } else { Some(child(TEST, &task)) }) else { return };
    let before: Vec<_> = all(directory.path())
        .into_iter()
        .map(|path| (fs::metadata(&path).unwrap().permissions().mode(), path))
        .collect();
    for (_, path) in &before {
        let mode = if path.is_dir() { 0o555 } else { 0o444 };
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let told = run_well(child);
    for (mode, path) in &before {
        fs::set_permissions(path, Permissions::from_mode(*mode)).unwrap();
    }
    assert_eq!(told, ["refused"]);
    is_unchanged_and_works(directory.path());
}
