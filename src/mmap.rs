//! Index files opened without reading them into memory: mapped, or sealed and then mapped.
//!
//! Use [`Index::read`] unless the index is so large, or shared by so many processes, that a copy for each is too much.
//! [`map`] shares the file's own pages and starts at once, but someone has to promise that the file stays as it is;
//! `seal` (Linux) copies the file into anonymous memory that nobody can change any more, and needs no promise. An [`Opener`] is
//! the choice between them, for whoever opens files on behalf of somebody else.

#![expect(unsafe_code, reason = "a mapping is sound only if nobody changes the file, which no type can say")]

use alloc::vec::Vec;
use core::fmt;
use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use crate::index::{FileError, Index, IndexError, open_regular};

/// The bytes of a mapped file.
pub struct MappedFile(Mmap);

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for MappedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedFile").field("len", &self.0.len()).finish()
    }
}

/// Maps an index file, and opens it as [`Index::open`] does: all checksums are verified.
///
/// # Safety
///
/// As long as the index lives, nobody may write to the file or truncate it: no thread of this process and no other
/// process. Files that are written once, made read-only and only ever replaced by renaming, as
/// [`Builder::write_to`](crate::index::Builder::write_to) does, keep this promise; files that others may write to do
/// not, and neither do network file systems. A private mapping does not help: it shows foreign writes, and reading
/// after a truncation ends the process with SIGBUS.
///
/// # Errors
///
/// Refuses what is not a regular file, and what [`Index::open`] refuses; the message names the path.
pub unsafe fn map(path: impl AsRef<Path>) -> Result<Index<MappedFile>, FileError> {
    let path = path.as_ref();
    let (file, _) = open_regular(path).map_err(|error| FileError::new(path, "map", error.into()))?;
    // SAFETY: the caller promises that the file is neither written nor truncated while the mapping lives.
    let mapped = unsafe { mapping_of(&file) };
    open(path, "map", mapped, Index::open)
}

/// Maps an index file, and opens it as [`Index::open_without_checksums`] does: in microseconds, however long it is.
///
/// For a file that was verified when it was installed. No byte beyond the header is read before it is needed.
///
/// # Safety
///
/// As [`map`].
///
/// # Errors
///
/// Refuses what is not a regular file, and what [`Index::open_without_checksums`] refuses; the message names the path.
pub unsafe fn map_without_checksums(path: impl AsRef<Path>) -> Result<Index<MappedFile>, FileError> {
    let path = path.as_ref();
    let (file, _) = open_regular(path).map_err(|error| FileError::new(path, "map", error.into()))?;
    // SAFETY: the caller promises that the file is neither written nor truncated while the mapping lives.
    let mapped = unsafe { mapping_of(&file) };
    open(path, "map", mapped, Index::open_without_checksums)
}

/// Copies an index file into sealed anonymous memory, maps that, and opens it as [`Index::open`] does.
///
/// What happens to the file afterwards does not matter, and the kernel refuses every change of the copy. Costs one
/// reading of the file, and its length in memory outside the heap; a forked process shares it.
///
/// # Errors
///
/// Refuses what is not a regular file, a file that grows or shrinks while it is copied, and what [`Index::open`]
/// refuses; the message names the path.
#[cfg(target_os = "linux")]
pub fn seal(path: impl AsRef<Path>) -> Result<Index<MappedFile>, FileError> {
    let path = path.as_ref();
    let copied = sealed_copy(path).map_err(|error| FileError::new(path, "read", error.into()))?;
    // SAFETY: the copy is sealed against writing, growing and shrinking, and against taking the seals off.
    let mapped = unsafe { mapping_of(&copied) };
    open(path, "read", mapped, Index::open)
}

/// The bytes of an index file that an [`Opener`] opened.
#[non_exhaustive]
pub enum FileBytes {
    /// Read into memory.
    Owned(Vec<u8>),
    /// Mapped: the file, or a sealed copy of it.
    Mapped(MappedFile),
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(mapped) => mapped.as_ref(),
        }
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owned(bytes) => f.debug_struct("Owned").field("len", &bytes.len()).finish(),
            Self::Mapped(mapped) => mapped.fmt(f),
        }
    }
}

/// How index files are to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opener(Way);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Owned,
    #[cfg(target_os = "linux")]
    Sealed,
    Mapped,
}

impl Default for Opener {
    /// The safe way that costs least: [sealed](Self::sealed) on Linux, [owned](Self::owned) elsewhere.
    fn default() -> Self {
        #[cfg(target_os = "linux")]
        let opener = Self::sealed();
        #[cfg(not(target_os = "linux"))]
        let opener = Self::owned();
        opener
    }
}

impl Opener {
    /// Reads files into the heap of this process: [`Index::read`].
    #[must_use]
    pub const fn owned() -> Self {
        Self(Way::Owned)
    }

    /// Copies files into memory that nobody can change: [`seal`].
    #[cfg(target_os = "linux")]
    #[must_use]
    pub const fn sealed() -> Self {
        Self(Way::Sealed)
    }

    /// Maps files, and takes their checksums for verified: [`map_without_checksums`]. All processes share the pages of a file.
    ///
    /// # Safety
    ///
    /// Of every file that is opened so, the promise of [`map`] must hold as long as its index lives.
    #[must_use]
    pub const unsafe fn mapped() -> Self {
        Self(Way::Mapped)
    }

    /// Opens an index file.
    ///
    /// # Errors
    ///
    /// As [`Index::read`], [`seal`], [`map_without_checksums`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<Index<FileBytes>, FileError> {
        let path = path.as_ref();
        match self.0 {
            Way::Owned => Ok(Index::read(path)?.map_bytes(FileBytes::Owned)),
            #[cfg(target_os = "linux")]
            Way::Sealed => Ok(seal(path)?.map_bytes(FileBytes::Mapped)),
            Way::Mapped => {
                // SAFETY: whoever made the opener promised it of every file that it opens.
                let index = unsafe { map_without_checksums(path) }?;
                Ok(index.map_bytes(FileBytes::Mapped))
            }
        }
    }
}

fn open(
    path: &Path,
    operation: &'static str,
    mapped: std::io::Result<Mmap>,
    open: impl FnOnce(MappedFile) -> Result<Index<MappedFile>, IndexError>,
) -> Result<Index<MappedFile>, FileError> {
    let mapped = mapped.map_err(|error| FileError::new(path, operation, error.into()))?;
    open(MappedFile(mapped)).map_err(|error| FileError::new(path, operation, error.into()))
}

/// # Safety
///
/// As long as the mapping lives, nobody may write to the file or truncate it.
unsafe fn mapping_of(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the caller promises what `Mmap::map` asks for.
    unsafe { Mmap::map(file) }
}

#[cfg(target_os = "linux")]
fn sealed_copy(path: &Path) -> std::io::Result<File> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::io::{self, Read};

    let (from, len) = open_regular(path)?;
    let mut copy = File::from(memfd_create("lookalike index", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    // One byte more than expected is enough to notice that there are more.
    if io::copy(&mut from.take(len.saturating_add(1)), &mut copy)? != len {
        return Err(io::Error::other("the file changed while it was copied"));
    }
    fcntl_add_seals(&copy, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(copy)
}
