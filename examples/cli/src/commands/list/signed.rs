//! What writing a manifest and checking one have in common: a list's file measured, read, and its entries digested.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use lookalike::hash::Profile;
use lookalike::lists::ListSpec;
use lookalike::store::manifest::{FileDigest, Keys, Manifest, ManifestError};
use lookalike::store::{EntryDigests, ListDigest};

use crate::commands::index::{Recipe, compile};
use crate::exit::{Failure, plain};
use crate::index_file;
use crate::lists;
use crate::names::{shown, shown_text};

/// What comes out of a list's file.
pub(super) struct Contents {
    /// The one list that its entries are of.
    pub(super) list: String,
    /// The format by which it was read.
    pub(super) format: String,
    /// The options by which it was read, as they stand in the argument.
    pub(super) options: String,
    pub(super) entries: ListDigest,
    /// Records and parts of records that were left out because something was wrong with them.
    pub(super) bad: u64,
}

/// Reads a list as `index build` does.
///
/// # Errors
///
/// When it cannot be read, or has entries of several lists.
pub(super) fn contents(argument: &OsString, profile: Profile, allow_empty: bool) -> Result<Contents, Failure> {
    let spec = spec(argument)?;
    let directory = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot make a temporary directory: {}", plain(&error))))?;
    let path = directory.path().join("list.idx");
    let recipe = Recipe { profile, kind: None, radius: None, strict: false, allow_empty, test_list: false };
    let (mut format, mut bad) = (String::new(), 0);
    compile(std::slice::from_ref(argument), recipe, &path, |tally| {
        format = tally.format.to_string();
        bad = tally.bad_count();
    })?;
    let index = index_file::open(&path)?;
    let digests = EntryDigests::of(&index).map_err(|error| Failure::new(error.to_string()))?;
    let names: Vec<&str> = digests.lists().map(|(name, _)| name).collect();
    let list = match names.as_slice() {
        [] => spec.options.list().to_owned(),
        [name] => (*name).to_owned(),
        several => {
            let several: Vec<_> = several.iter().map(|name| shown_text(name)).collect();
            return Err(Failure::new(format!(
                "{} has entries of {} lists ({}); a manifest is of one, so ship each in a file of its own",
                shown(&spec.path),
                several.len(),
                several.join(", ")
            )));
        }
    };
    Ok(Contents { entries: digests.list(&list), list, format, options: options(argument), bad })
}

/// The argument's parts.
///
/// # Errors
///
/// When it makes no sense, or names standard input, which nobody can measure and ship.
pub(crate) fn spec(argument: &OsStr) -> Result<ListSpec, Failure> {
    let spec = lists::parse(argument)?;
    if spec.path == Path::new("-") {
        return Err(Failure::new("a manifest is of a file; write the list to one"));
    }
    Ok(spec)
}

/// What follows the path in an argument: a comma that belongs to the path is doubled.
fn options(argument: &OsStr) -> String {
    let text = argument.to_string_lossy();
    let mut from = 0;
    while let Some(comma) = text.get(from..).and_then(|rest| rest.find(',')).map(|at| from + at) {
        match text.get(comma + 1..) {
            Some(rest) if rest.starts_with(',') => from = comma + 2,
            rest => return rest.unwrap_or_default().to_owned(),
        }
    }
    String::new()
}

/// Length and SHA-256 of a file.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn measured(path: &Path) -> Result<FileDigest, Failure> {
    let file = File::open(path).map_err(|error| Failure::file("read the list", path, &error))?;
    let digest = FileDigest::of_reader(file, u64::MAX);
    digest.map_err(|error| Failure::new(format!("{}: {error}", shown(path))))
}

/// Reads a manifest's text.
///
/// # Errors
///
/// When it cannot be read, or is too large.
pub(crate) fn manifest_text(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file("read the manifest", path, &error))?;
    Manifest::read_text(file).map_err(|error| of(path, &error))
}

/// Reads a signature, or as much of a file as a signature may have.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn signature(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::file("read the signature", path, &error);
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(16 << 10).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Reads a keys file.
///
/// # Errors
///
/// When it cannot be read, or is refused.
pub(crate) fn keys(path: &Path) -> Result<Keys, Failure> {
    let file = File::open(path).map_err(|error| Failure::file("read the keys", path, &error))?;
    let text = Keys::read_text(file).map_err(|error| of(path, &error))?;
    Keys::parse(&text).map_err(|error| Failure::new(format!("{}, {error}", shown(path))))
}

/// An error with the file that it is about.
pub(crate) fn of(path: &Path, error: &ManifestError) -> Failure {
    Failure::new(format!("{}: {}", shown(path), shown_text(&error.to_string())))
}

/// The system's clock, in Unix milliseconds.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_behind_the_first_single_comma() {
        for (argument, expected) in [
            ("a.csv", ""),
            ("csv:a.csv,list=x", "list=x"),
            ("a,,b.csv,owner=me,,you,role=test", "owner=me,,you,role=test"),
            ("a,,,,b.csv", ""),
            ("a,", ""),
        ] {
            assert_eq!(options(argument.as_ref()), expected, "{argument}");
        }
    }
}
