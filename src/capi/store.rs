//! A store: whatever generation of the lists is current.

use alloc::sync::Arc;
use core::ffi::c_char;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use super::failure::{Failure, guarded};
use super::{SnapshotHandle, Status, raw, snapshot};
use crate::store::{Store, Watch};

/// A store that is open.
#[derive(Debug)]
pub struct StoreHandle {
    pub(super) store: Arc<Store>,
    watch: Mutex<Option<Watch>>,
}

/// How it stands with a store that is open.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StoreInfo {
    /// The generation that is looked up in.
    pub generation: u64,
    /// How long ago the directory was last read without an error, in milliseconds.
    pub checked_millis: u64,
    /// Whether the last reload failed: 1, or 0. `lookalike_store_failure` says why.
    pub has_failed: u32,
    /// Zero.
    pub reserved: u32,
}

/// Opens a store; `mode` is one of lookalike_open_mode, for the index of every generation.
///
/// # Safety
///
/// `directory` points to text that ends with a zero byte, `store` may be written to; of mapped files the promise of that mode holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_open(
    directory: *const c_char,
    mode: u32,
    store: *mut *mut StoreHandle,
) -> Status {
    guarded(|| {
        let make = || {
            // SAFETY: passed on from the caller.
            let directory = unsafe { raw::path(directory, "directory") }?;
            // SAFETY: passed on from the caller.
            let opener = unsafe { snapshot::opener(mode) }?;
            Ok(StoreHandle { store: Arc::new(Store::open_with(directory, opener)?), watch: Mutex::new(None) })
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(store, "store", make) }?;
        Ok(Status::Ok)
    })
}

/// Looks whether there is a newer generation, and loads it; nobody who looks up is held up. `is_new`, which may be null, gets 1 if there was one.
///
/// Where it fails the generation before is kept.
///
/// # Safety
///
/// `store` is a handle that has not been freed, `is_new` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_reload(store: *const StoreHandle, is_new: *mut i32) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let handle = unsafe { raw::shared(store, "store") }?;
        let found = handle.store.reload()?;
        if !is_new.is_null() {
            // SAFETY: passed on from the caller.
            unsafe { raw::write(is_new, i32::from(found), "is_new") }?;
        }
        Ok(Status::Ok)
    })
}

/// Reloads every so many milliseconds on a thread of the library, until the store is freed; 0 ends that. 20 is a good number: a reload without
/// news reads a hundred bytes.
///
/// # Safety
///
/// `store` is a handle that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_watch(store: *const StoreHandle, every_millis: u32) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let handle = unsafe { raw::shared(store, "store") }?;
        let every = Duration::from_millis(u64::from(every_millis));
        let mut watch = handle.watch.lock().unwrap_or_else(PoisonError::into_inner);
        // The one before has ended when it is dropped.
        *watch = None;
        if every_millis > 0 {
            *watch = Some(handle.store.watch(every, |_| {}));
        }
        Ok(Status::Ok)
    })
}

/// Takes the generation that is current now.
///
/// # Safety
///
/// `store` is a handle that has not been freed, `snapshot` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_snapshot(
    store: *const StoreHandle,
    snapshot: *mut *mut SnapshotHandle,
) -> Status {
    guarded(|| {
        let make = || {
            // SAFETY: passed on from the caller.
            let handle = unsafe { raw::shared(store, "store") }?;
            Ok(SnapshotHandle(handle.store.snapshot()))
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(snapshot, "snapshot", make) }?;
        Ok(Status::Ok)
    })
}

/// Tells how it stands with a store.
///
/// # Safety
///
/// `store` is a handle that has not been freed, `info` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_info(store: *const StoreHandle, info: *mut StoreInfo) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let handle = unsafe { raw::shared(store, "store") }?;
        let status = handle.store.status();
        let found = StoreInfo {
            generation: status.generation,
            checked_millis: u64::try_from(status.checked.as_millis()).unwrap_or(u64::MAX),
            has_failed: u32::from(status.failure.is_some()),
            reserved: 0,
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::write(info, found, "info") }?;
        Ok(Status::Ok)
    })
}

/// Copies why the last reload failed into `buffer`, cut where it does not fit and ended by a zero byte; nothing if it did not. `len`, which may be
/// null, gets its whole length.
///
/// # Safety
///
/// `store` is a handle that has not been freed, `buffer` points to `capacity` bytes that may be written to, `len` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_failure(
    store: *const StoreHandle,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let handle = unsafe { raw::shared(store, "store") }?;
        let failure = handle.store.status().failure.unwrap_or_default();
        // SAFETY: passed on from the caller.
        unsafe { give_text(failure.as_bytes(), buffer, capacity, len) }
    })
}

/// Copies text to the caller, and its length if that is wanted.
///
/// # Safety
///
/// `buffer` is null or points to `capacity` bytes that may be written to, `len` is null or may be written to.
pub(super) unsafe fn give_text(
    text: &[u8],
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> Result<Status, Failure> {
    // SAFETY: passed on from the caller.
    let found = unsafe { raw::copy_text(text, buffer, capacity) };
    if !len.is_null() {
        // SAFETY: passed on from the caller.
        unsafe { raw::write(len, found, "len") }?;
    }
    Ok(Status::Ok)
}

/// Frees a store, and ends its watch; snapshots and lookups made of it stay. Null is nothing to free.
///
/// # Safety
///
/// `store` is null, or a handle that has not been freed and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_store_free(store: *mut StoreHandle) {
    // SAFETY: passed on from the caller.
    unsafe { raw::free(store) }
}
