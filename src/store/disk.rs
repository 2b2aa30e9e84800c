//! The few operations on files of which everything that a store writes is made, one function each.
//!
//! A file is written under a temporary name, synced, read back and tested, made read-only, and only then given its name,
//! which comes from its content. So whatever has a proper name is whole, and what a crash leaves has a temporary one.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::faults::{Step, step};
use crate::index::open_regular;

/// What the names of unfinished files end with.
pub(super) const TEMPORARY: &str = ".tmp";

/// Writes a file under a temporary name in the directory in which it will stay, readable by its owner only, and syncs it.
pub(super) fn write_temporary(directory: &Path, bytes: &[u8]) -> Result<PathBuf, StoreError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // The writer holds the lock: a file of this name was left by a process of the same number that died.
    let path = directory.join(std::format!("{}-{number}{TEMPORARY}", std::process::id()));
    if path.exists() {
        remove(&path)?;
    }
    step(Step::Create, &path)?;
    let mut file = options.open(&path).map_err(StoreError::io("create", &path))?;
    let written = (|| {
        step(Step::Write, &path)?;
        file.write_all(bytes).map_err(StoreError::io("write", &path))?;
        read_only(&file, &path)?;
        step(Step::Sync, &path)?;
        file.sync_all().map_err(StoreError::io("fsync", &path))
    })();
    if let Err(error) = written {
        discard(&path);
        return Err(error);
    }
    Ok(path)
}

/// Gives a temporary file its name, in place of a file of that name.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    step(Step::Rename, to)?;
    fs::rename(from, to).map_err(StoreError::io("rename a finished file to", to))
}

/// Makes renamings in a directory last; on systems that do not open directories they last when they see fit.
pub(super) fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    step(Step::SyncDirectory, directory)?;
    if cfg!(unix) {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(StoreError::io("fsync", directory))?;
    }
    Ok(())
}

/// Makes a directory that only its owner may enter.
pub(super) fn create_directory(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::io("make the directory", path))
}

/// Writes a file in place of another, atomically.
pub(super) fn replace(directory: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let temporary = write_temporary(directory, bytes)?;
    let renamed = rename(&temporary, path);
    if renamed.is_err() {
        discard(&temporary);
    }
    renamed?;
    sync_directory(directory)
}

/// Opens a file for reading; says how long it is. What is no file would block, or never end.
pub(super) fn open(path: &Path) -> Result<(File, u64), StoreError> {
    open_regular(path).map_err(StoreError::read_error(path))
}

/// Reads a file that is not longer than `most` bytes.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    let failed = || StoreError::read_error(path);
    let file = open(path)?.0;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed())?;
    if bytes.len() as u64 > most {
        return Err(StoreError::damaged(path, format_args!("it is longer than {most} bytes")));
    }
    Ok(bytes)
}

/// Removes a file that nothing refers to any more.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    step(Step::Remove, path)?;
    fs::remove_file(path).map_err(StoreError::io("remove", path))
}

/// Removes a file that was not finished; if that fails, the next writer does it.
pub(super) fn discard(path: &Path) {
    let _: std::io::Result<()> = fs::remove_file(path);
}

fn read_only(file: &File, path: &Path) -> Result<(), StoreError> {
    let failed = || StoreError::io("make read-only", path);
    let mut permissions = file.metadata().map_err(failed())?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions).map_err(failed())
}
