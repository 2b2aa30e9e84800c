//! Locks on files, which keep a second writer of a store out: over all processes of the machine.

use core::time::Duration;
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::Instant;

use super::StoreError;
use super::record::Layout;

/// Takes the lock that the writer of a store holds.
pub(super) fn lock(layout: &Layout) -> Result<Lock, StoreError> {
    try_lock(&layout.lock(), layout)
}

pub(super) fn try_lock(path: &Path, layout: &Layout) -> Result<Lock, StoreError> {
    let (file, until) = (lock_file(path)?, Instant::now() + FORKING);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return Err(StoreError::busy(&layout.0)),
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", path)(error)),
        }
    }
}

/// A process that was killed while it started another leaves its locks to that for a moment.
const FORKING: Duration = Duration::from_millis(50);

/// A file that is locked as long as this lives: also where a process that was started meanwhile still has it open.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing it releases it at the latest.
        let _: std::io::Result<()> = self.0.unlock();
    }
}

fn lock_file(path: &Path) -> Result<File, StoreError> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(StoreError::io("open", path))
}
