//! Lists that are published only as their publishers signed them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use lookalike::store::manifest::{FileDigest, Guard, Keys, Manifest, Seen, Verified, Warning, verify};
use lookalike::store::{EntryDigests, Summary};

use crate::args::store::SignedArgs;
use crate::commands::list::signed::{keys, manifest_text, now, of, signature, spec};
use crate::exit::Failure;
use crate::lists;
use crate::names::{shown, shown_text};

/// A list whose manifest and file passed; its entries are yet to be looked at.
pub(super) struct Checked {
    list: String,
    manifest: PathBuf,
    verified: Verified,
    before: Option<Seen>,
}

/// Checks the manifests that were given, each against one of the lists, and that no signed list comes without one.
///
/// # Errors
///
/// When a manifest or its list is refused, or a list that is signed has none.
pub(super) fn check(args: &SignedArgs, lists: &[OsString], summary: &Summary) -> Result<Vec<Checked>, Failure> {
    let keys = match &args.keys {
        Some(path) => keys(path)?,
        None => Keys::parse("version = 1").map_err(|error| Failure::new(error.to_string()))?,
    };
    let mut files = Vec::new();
    for argument in lists {
        // Standard input cannot be measured; it is of no signed list.
        if lists::parse(argument)?.path != Path::new("-") {
            files.push(spec(argument)?.path);
        }
    }
    let mut checked = Vec::new();
    for path in &args.manifests {
        let text = manifest_text(path)?;
        let signatures = signatures(path)?;
        let signatures: Vec<&str> = signatures.iter().map(String::as_str).collect();
        let refused = |error| of(path, &error);
        let list = Manifest::parse(&text).map_err(refused)?.list;
        let before = summary.signed().find(|(name, _)| *name == list).map(|(_, seen)| seen);
        let guard = Guard::new().accept_size(args.accept_size).accept_clock(args.accept_clock);
        let mut verified = verify(&text, &signatures, &list, &keys, before.as_ref(), now(), &guard).map_err(refused)?;
        verified.warnings().iter().for_each(|warning| tell(&list, warning));
        let file = file_of(path, &verified, &files)?;
        verified.check_file(file).map_err(refused)?;
        checked.push(Checked { list, manifest: path.clone(), verified, before });
    }
    Ok(checked)
}

fn tell(list: &str, warning: &Warning) {
    eprintln!("lookalike: {}: {warning}", shown_text(list));
}

/// Minisign's signatures of a manifest: the files beside it whose names begin with its name and end with `.minisig`.
fn signatures(manifest: &Path) -> Result<Vec<String>, Failure> {
    let name = manifest.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let directory = match manifest.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |error| Failure::file("look for signatures in", directory, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if file.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".minisig")) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(Failure::new(format!(
            "{} has no signature: there is no file {name}.*minisig beside it",
            shown(manifest)
        )));
    }
    paths.sort();
    paths.iter().map(|path| signature(path)).collect()
}

/// The measure of the file that a manifest is of; where none of the files is that, of the one that it could be meant for.
fn file_of(manifest: &Path, verified: &Verified, files: &[PathBuf]) -> Result<FileDigest, Failure> {
    let mut other = None;
    for path in files {
        let length = fs::metadata(path).map_err(|error| Failure::file("read the list", path, &error))?.len();
        // no file of another length needs to be read
        if length != verified.manifest().file.length {
            continue;
        }
        let file = File::open(path).map_err(|error| Failure::file("read the list", path, &error))?;
        let digest = verified.measure(file).finish().map_err(|error| of(path, &error))?;
        if digest == verified.manifest().file {
            return Ok(digest);
        }
        other = Some(digest);
    }
    other.ok_or_else(|| {
        Failure::new(format!(
            "{}: none of the lists given is the file of {} bytes that was signed",
            shown(manifest),
            verified.manifest().file.length
        ))
    })
}

/// Checks that the entries that came out are those that were signed, and that no list that was signed before comes without a manifest.
///
/// # Errors
///
/// When they are others.
pub(super) fn check_entries(
    checked: &mut [Checked],
    digests: &EntryDigests,
    summary: &Summary,
    args: &SignedArgs,
) -> Result<Vec<(String, Seen)>, Failure> {
    for (list, _) in digests.lists() {
        let was_signed = summary.signed().any(|(name, _)| name == list);
        if was_signed && !args.accept_unsigned && !checked.iter().any(|checked| checked.list == list) {
            let list = shown_text(list);
            return Err(Failure::new(format!(
                "the list {list} was signed before and has no manifest now; give --manifest, or --accept-unsigned if its publisher no longer signs"
            )));
        }
    }
    let mut signed = Vec::new();
    for Checked { list, manifest, verified, .. } in checked {
        let refused = |error| of(manifest, &error);
        verified.check_entries(digests.list(list)).map_err(refused)?;
        signed.push((list.clone(), verified.seen().map_err(refused)?));
    }
    Ok(signed)
}

/// Whether the store still remembers what the manifests were checked against.
pub(super) fn is_as_before(checked: &[Checked], now: impl Fn(&str) -> Option<Seen>) -> bool {
    checked.iter().all(|checked| now(&checked.list) == checked.before)
}
