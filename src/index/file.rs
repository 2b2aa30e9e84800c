//! Index files read and written through `std`: whole, or not at all.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Builder, Index};

impl Index<Vec<u8>> {
    /// Reads a file into memory and opens it: the safe default, which no later change of the file can disturb.
    ///
    /// # Errors
    ///
    /// Refuses what is not a regular file, a file that grows or shrinks while it is read, and what [`Index::open`]
    /// refuses; the message names the path.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let failed = |source| FileError::new(path, "read", source);
        let bytes = read_whole(path).map_err(|error| failed(error.into()))?;
        Self::open(bytes).map_err(|error| failed(error.into()))
    }
}

/// Opens a regular file and takes its length once; a FIFO or a device would block or never end.
pub(crate) fn open_regular(path: &Path) -> io::Result<(File, u64)> {
    let regular = |metadata: &fs::Metadata| {
        if metadata.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")) }
    };
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    Ok((file, metadata.len()))
}

fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let (file, len) = open_regular(path)?;
    let mut bytes = Vec::new();
    let expected = usize::try_from(len).map_err(|_| io::Error::other("longer than this machine can address"))?;
    bytes.try_reserve_exact(expected).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // One byte more than expected is enough to notice that there are more.
    file.take(len.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() == expected { Ok(bytes) } else { Err(io::Error::other("the file changed while it was read")) }
}

impl<const N: usize> Builder<N> {
    /// Puts the index together and writes it to a file, which a crash leaves as it was or complete.
    ///
    /// The bytes go to a temporary file beside it, readable by its owner only, are opened by the reader, brought to the
    /// disk, and renamed. A file of that name is replaced; indexes mapped from it go on seeing the old one. So is a symbolic link.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish), what the file system refuses, and a path at which something else is than a file: the temporary file is
    /// removed then.
    pub fn write_to(self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let failed = |source: Box<dyn Error + Send + Sync>| FileError::new(path, "write", source);
        let bytes = self.finish().map_err(|error| failed(error.into()))?;
        Index::open(bytes.as_slice()).map_err(|error| failed(error.into()))?;
        replace(path, &bytes).map_err(|error| failed(error.into()))
    }
}

/// Puts bytes in the place of a file, completely or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Renaming would put the file in the place of a device, too.
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
        return Err(io::Error::other("not a regular file"));
    }
    let name = path.file_name().ok_or_else(|| io::Error::other("the path does not name a file"))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Opened before anything is renamed: what cannot be brought to the disk must not be there.
    let opened = if cfg!(unix) { Some(File::open(directory)?) } else { None };
    let (temporary, mut file) = create_beside(directory, name)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path))
        // On systems that do not open directories the renaming lasts when they see fit.
        .and_then(|()| opened.map_or(Ok(()), |directory| directory.sync_all()));
    if written.is_err() {
        // Gone already if only the directory could not be brought to the disk.
        let _: io::Result<()> = fs::remove_file(&temporary);
    }
    written
}

/// Creates a file that did not exist before, in the directory of the one to be replaced.
fn create_beside(directory: &Path, name: &std::ffi::OsStr) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(std::format!(".{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        let temporary = directory.join(temporary);
        match options.open(&temporary) {
            // Left by a process that bore the same number and died.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return Ok((temporary, file?)),
        }
    }
}

/// Says what could not be done with which index file, and why.
#[derive(Debug)]
pub struct FileError {
    path: PathBuf,
    operation: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl FileError {
    pub(crate) fn new(path: &Path, operation: &'static str, source: Box<dyn Error + Send + Sync>) -> Self {
        Self { path: path.into(), operation, source }
    }

    /// The file in question.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The error of the file system, where it was one; otherwise the file was refused for what it holds.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        self.source.downcast_ref()
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} index {}: {}", self.operation, self.path.display(), self.source)
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
