//! Lists, opened for looking up: an index, or one generation of a store.

use alloc::sync::Arc;
use core::ffi::c_char;

use super::failure::{Failure, guarded};
use super::{Status, raw};
use crate::index::{FileError, Index};
use crate::mmap::{FileBytes, Opener};
use crate::store::Snapshot;

/// Lists that stay as they are for as long as somebody holds them.
#[derive(Debug)]
pub struct SnapshotHandle(pub(super) Arc<Snapshot>);

/// How files of an index are opened.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// The safe way that costs least here: sealed on Linux, owned elsewhere.
    Default = 0,
    /// Read into the memory of this process.
    Owned = 1,
    /// Copied into memory that the kernel seals against changes (Linux).
    Sealed = 2,
    /// Mapped, its checksums taken for verified: opened at once, and shared by all processes. The caller promises that nobody writes to the file or
    /// truncates it as long as it is open; a truncation would end the process with SIGBUS.
    Mapped = 3,
}

/// What a snapshot holds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SnapshotInfo {
    /// The generation of the store; 0 for an index that is of no store.
    pub generation: u64,
    /// At most so many distinct hashes.
    pub hashes: u64,
    /// How many lists.
    pub lists: usize,
    /// The profile of the hashes.
    pub profile: u16,
    /// Zero.
    pub reserved: [u8; 6],
}

/// The opener of a mode.
///
/// # Safety
///
/// If the mode is `Mapped`, the caller promises what it demands.
pub(super) unsafe fn opener(mode: u32) -> Result<Opener, Failure> {
    Ok(match mode {
        it if it == OpenMode::Default as u32 => Opener::default(),
        it if it == OpenMode::Owned as u32 => Opener::owned(),
        #[cfg(target_os = "linux")]
        it if it == OpenMode::Sealed as u32 => Opener::sealed(),
        // SAFETY: passed on from the caller.
        it if it == OpenMode::Mapped as u32 => unsafe { Opener::mapped() },
        it if it == OpenMode::Sealed as u32 => {
            return Err(Failure::argument("files can be sealed on Linux only; use the default mode"));
        }
        other => return Err(Failure::argument(format_args!("mode {other} is none; they are numbered 0 to 3"))),
    })
}

pub(super) fn refused(error: &FileError) -> Failure {
    Failure::new(if error.io().is_some() { Status::Io } else { Status::Refused }, error)
}

/// Opens an index file; `mode` is one of lookalike_open_mode. All checksums are verified unless the file is mapped.
///
/// # Safety
///
/// `path` points to text that ends with a zero byte, `snapshot` may be written to; of a mapped file the promise of that mode holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_index_open(
    path: *const c_char,
    mode: u32,
    snapshot: *mut *mut SnapshotHandle,
) -> Status {
    guarded(|| {
        let make = || {
            // SAFETY: passed on from the caller.
            let path = unsafe { raw::path(path, "path") }?;
            // SAFETY: passed on from the caller.
            let opener = unsafe { opener(mode) }?;
            let index = opener.open(path).map_err(|error| refused(&error))?;
            Ok(SnapshotHandle(Arc::new(index.into())))
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(snapshot, "snapshot", make) }?;
        Ok(Status::Ok)
    })
}

/// Opens an index that lies in memory. All checksums are verified.
///
/// With `copy` 0 the bytes are used where they lie: they must stay, unchanged, until the snapshot and every lookup made of it have been freed.
///
/// # Safety
///
/// `bytes` points to `len` bytes, for as long as said above; `snapshot` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_index_from_memory(
    bytes: *const u8,
    len: usize,
    copy: i32,
    snapshot: *mut *mut SnapshotHandle,
) -> Status {
    guarded(|| {
        let make = || {
            // SAFETY: the caller promises that the bytes outlive whatever uses them, which is what is needed of `'static`.
            let lent: &'static [u8] = unsafe { raw::bytes(bytes, len, "bytes") }?;
            let bytes = if copy == 0 { FileBytes::Static(lent) } else { FileBytes::Owned(lent.to_vec()) };
            let index = Index::open(bytes).map_err(|error| Failure::new(Status::Refused, error))?;
            Ok(SnapshotHandle(Arc::new(index.into())))
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(snapshot, "snapshot", make) }?;
        Ok(Status::Ok)
    })
}

/// Tells what a snapshot holds.
///
/// # Safety
///
/// `snapshot` is a handle that has not been freed, `info` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_snapshot_info(snapshot: *const SnapshotHandle, info: *mut SnapshotInfo) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let SnapshotHandle(snapshot) = unsafe { raw::shared(snapshot, "snapshot") }?;
        let found = SnapshotInfo {
            generation: snapshot.generation().unwrap_or(0),
            hashes: snapshot.len(),
            lists: snapshot.lists()?.len(),
            profile: snapshot.profile().id(),
            reserved: [0; 6],
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::write(info, found, "info") }?;
        Ok(Status::Ok)
    })
}

/// Tells the name of a list, counted from 0, and how many entries of it count. The name is cut where it does not fit into `buffer`; `name_len` gets
/// its whole length. `name_len` and `entries` may be null.
///
/// # Safety
///
/// `snapshot` is a handle that has not been freed, `buffer` points to `capacity` bytes that may be written to, `name_len` and `entries` are null or may
/// be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_snapshot_list(
    snapshot: *const SnapshotHandle,
    number: usize,
    buffer: *mut c_char,
    capacity: usize,
    name_len: *mut usize,
    entries: *mut u64,
) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let SnapshotHandle(snapshot) = unsafe { raw::shared(snapshot, "snapshot") }?;
        let lists = snapshot.lists()?;
        let (name, count, _) = lists.get(number).ok_or_else(|| {
            Failure::argument(format_args!("list {number} is none; there are {}, counted from 0", lists.len()))
        })?;
        // SAFETY: passed on from the caller.
        let len = unsafe { raw::copy_text(name.as_bytes(), buffer, capacity) };
        if !name_len.is_null() {
            // SAFETY: passed on from the caller.
            unsafe { raw::write(name_len, len, "name_len") }?;
        }
        if !entries.is_null() {
            // SAFETY: passed on from the caller.
            unsafe { raw::write(entries, *count, "entries") }?;
        }
        Ok(Status::Ok)
    })
}

/// Frees a snapshot; lookups made of it keep what they need. Null is nothing to free.
///
/// # Safety
///
/// `snapshot` is null, or a handle that has not been freed and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_snapshot_free(snapshot: *mut SnapshotHandle) {
    // SAFETY: passed on from the caller.
    unsafe { raw::free(snapshot) }
}
