//! Index files that a command reads as such, not to compare pictures with them.

use std::path::Path;

use lookalike::index::Index;
use lookalike::mmap::{FileBytes, Opener};

use crate::exit::Failure;

/// Opens and checks an index file.
///
/// # Errors
///
/// If the file cannot be read, or is not a sound index.
pub(crate) fn open(path: &Path) -> Result<Index<FileBytes>, Failure> {
    Opener::default().open(path).map_err(|error| match error.io() {
        Some(error) => Failure::file("read the index", path, error),
        None => Failure::new(format!("{error}; build it with `lookalike index build`")),
    })
}
