//! From the paths a user names to the files to be checked, one at a time, nothing left out silently.
//!
//! Directories are walked in the file system's own order, so that memory does not grow with their size. Symbolic links
//! are followed only where the user named them. Inside a tree, a link whose target lies in a tree that is scanned
//! anyway is passed over, because the target is checked where it lies; every other link is a problem, and so are
//! devices, FIFOs, sockets and directories that cannot be opened.

use std::fs;
use std::io::{self, BufRead, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use lookalike::check::{read_error, special_file};

/// One thing met on the way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A file to be checked. `named`: the user named it, so a symbolic link is followed.
    File { path: PathBuf, named: bool },
    /// Something that cannot be checked, and why.
    Problem { path: PathBuf, why: &'static str },
    /// A symbolic link whose target is checked where it lies.
    LinkInside,
    /// A symbolic link that leads to something that this run does not check.
    LinkOut { path: PathBuf, why: &'static str },
}

/// The trees of one run: what a link may point into.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walker {
    roots: Vec<PathBuf>,
    own_output: Option<PathBuf>,
}

/// A name longer than this from standard input is no name; the system's own limit is 4 KiB.
const LONGEST_NAME: u64 = 64 << 10;
/// Directories held open at the same time. Beyond this depth walkdir reads a directory's entries ahead into memory.
const OPEN_DIRECTORIES: usize = 64;

impl Walker {
    /// Prepares to walk the named paths; `own_output` is a file being written by this run, which is passed over.
    pub(crate) fn new<'a>(named: impl IntoIterator<Item = &'a Path>, own_output: Option<&Path>) -> Self {
        let roots = named.into_iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        Self { roots, own_output: own_output.and_then(|path| fs::canonicalize(path).ok()) }
    }

    /// Visits what lies at a named path: itself, or everything below it.
    pub(crate) fn walk(&self, named: &Path, visit: &mut dyn FnMut(Found) -> ControlFlow<()>) -> ControlFlow<()> {
        let kind = match fs::metadata(named) {
            Ok(metadata) => metadata.file_type(),
            Err(error) => return visit(Found::Problem { path: named.to_owned(), why: read_error(&error) }),
        };
        if kind.is_file() {
            return visit(Found::File { path: named.to_owned(), named: true });
        }
        if !kind.is_dir() {
            return visit(Found::Problem { path: named.to_owned(), why: special_file(kind) });
        }
        let root = fs::canonicalize(named).ok();
        for entry in WalkDir::new(named).max_open(OPEN_DIRECTORIES) {
            self.entry(entry, named, root.as_deref(), visit)?;
        }
        ControlFlow::Continue(())
    }

    fn entry(
        &self,
        entry: walkdir::Result<walkdir::DirEntry>,
        named: &Path,
        root: Option<&Path>,
        visit: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(named).to_owned();
                let why = error.io_error().map_or("the directory loops", read_error);
                return visit(Found::Problem { path, why });
            }
        };
        let kind = entry.file_type();
        if kind.is_dir() || (entry.depth() == 0 && kind.is_symlink()) {
            return ControlFlow::Continue(());
        }
        if kind.is_symlink() {
            return visit(self.link(entry.into_path(), root));
        }
        if !kind.is_file() {
            return visit(Found::Problem { path: entry.into_path(), why: special_file(kind) });
        }
        if self.is_own_output(&entry) {
            return ControlFlow::Continue(());
        }
        visit(Found::File { path: entry.into_path(), named: false })
    }

    fn link(&self, path: PathBuf, root: Option<&Path>) -> Found {
        let mut roots = self.roots.iter().map(PathBuf::as_path).chain(root);
        match fs::canonicalize(&path) {
            Ok(target) if roots.any(|root| target.starts_with(root)) => Found::LinkInside,
            Ok(_) => {
                let why = "a symbolic link that leads out of the tree is not followed; name it to have it checked";
                Found::LinkOut { path, why }
            }
            Err(_) => Found::LinkOut { path, why: "a symbolic link that leads nowhere" },
        }
    }

    fn is_own_output(&self, entry: &walkdir::DirEntry) -> bool {
        self.own_output.as_deref().is_some_and(|own| {
            own.file_name() == Some(entry.file_name()) && fs::canonicalize(entry.path()).is_ok_and(|path| path == own)
        })
    }
}

/// The named paths without those that are named twice, and without those that lie in a directory that is named.
pub(crate) fn each_once(named: &[PathBuf]) -> Vec<PathBuf> {
    let found: Vec<_> = named.iter().map(|path| fs::canonicalize(path).ok()).collect();
    let is_checked_elsewhere = |at: usize, own: &Path| {
        found.iter().enumerate().any(|(other_at, other)| match other {
            Some(other) if other == own => other_at < at,
            Some(other) => own.starts_with(other),
            None => false,
        })
    };
    let pairs = named.iter().zip(&found).enumerate();
    let kept = pairs.filter(|(at, (_, own))| !own.as_deref().is_some_and(|own| is_checked_elsewhere(*at, own)));
    kept.map(|(_, (path, _))| path.clone()).collect()
}

/// Reads names from standard input: one per line, or NUL-separated; empty ones are skipped.
///
/// # Errors
///
/// When reading fails, or a name is longer than any system allows (the separator is probably wrong).
pub(crate) fn read_names(
    mut input: impl BufRead,
    nul_separated: bool,
    mut visit: impl FnMut(PathBuf) -> ControlFlow<()>,
) -> io::Result<()> {
    let separator = if nul_separated { 0 } else { b'\n' };
    loop {
        let mut name = Vec::new();
        if input.by_ref().take(LONGEST_NAME).read_until(separator, &mut name)? == 0 {
            return Ok(());
        }
        if name.last() == Some(&separator) {
            name.pop();
            if !nul_separated && name.last() == Some(&b'\r') {
                name.pop();
            }
        } else if name.len() as u64 >= LONGEST_NAME {
            return Err(io::Error::other(
                "a file name longer than 64 KiB; separate names by line breaks, or by NUL with -0",
            ));
        }
        if !name.is_empty() && visit(path_from(name)).is_break() {
            return Ok(());
        }
    }
}

#[cfg(unix)]
fn path_from(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_from(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(input: &[u8], nul: bool) -> Vec<String> {
        let mut out = Vec::new();
        read_names(input, nul, |path| {
            out.push(path.to_string_lossy().into_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
        out
    }

    #[test]
    fn names_are_separated_by_lines_or_by_nul() {
        assert_eq!(names(b"a\nb c\r\n\nd", false), ["a", "b c", "d"]);
        assert_eq!(names(b"a\0b\nc\0\0d\r\0", true), ["a", "b\nc", "d\r"]);
    }

    #[test]
    fn what_is_named_twice_is_walked_once() {
        let directory = tempfile::tempdir().unwrap();
        let [inner, file] = ["a", "a/x"].map(|name| directory.path().join(name));
        fs::create_dir(&inner).unwrap();
        fs::write(&file, b"").unwrap();
        let (dash, missing, dotted) = (PathBuf::from("-"), PathBuf::from("missing"), inner.join("."));
        let named = [file.clone(), inner.clone(), dash.clone(), dotted, missing.clone(), missing.clone(), dash.clone()];
        assert_eq!(each_once(&named), [inner, dash.clone(), missing.clone(), missing, dash]);
        assert_eq!(each_once(&[file.clone(), file.clone()]), [file]);
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let endless = vec![b'a'; 1 << 20];
        assert!(read_names(&endless[..], true, |_| ControlFlow::Continue(())).is_err());
    }
}
