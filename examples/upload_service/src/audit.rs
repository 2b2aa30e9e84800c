//! The audit log: the library's [`Trail`], opened as the arguments say. A match is on the disk before it is answered; the rest is counted.

use std::fs;
use std::path::Path;

use lookalike::audit::{Key, Options};
use lookalike::check::Trail;

use crate::args::Args;
use crate::failure::Failure;

/// Opens the log that the arguments name, if any.
///
/// # Errors
///
/// If it is not a log, is damaged, or another process writes to it; if the key cannot be read or is too short.
pub(crate) fn open(args: &Args) -> Result<Option<Trail>, Failure> {
    let Some(directory) = &args.audit else { return Ok(None) };
    fs::create_dir_all(directory).map_err(|error| Failure::file("make the directory", directory, &error))?;
    let key = args.audit_key.as_deref().map(read_key).transpose()?;
    let options = Options::new().distances(!args.audit_no_distances);
    let trail = Trail::open(directory.join("audit.jsonl"), options, key, args.audit_retain)
        .map_err(|error| Failure::new(error.to_string()))?;
    if let Some(torn) = trail.recovered() {
        tracing::warn!("the last line of the audit log was incomplete and was moved to {}", torn.display());
    }
    Ok(Some(trail))
}

/// Logs the counts since the last time, if there are any; repairs a broken log.
pub(crate) fn log_counts(trail: &Trail, is_interrupted: bool) {
    let was_broken = trail.is_broken();
    if trail.is_idle() && !was_broken {
        return;
    }
    match trail.log_counts(is_interrupted) {
        Ok(()) if was_broken => tracing::info!("the audit log can be written again"),
        Err(error) if !was_broken => tracing::error!("the audit log cannot be written: {error}"),
        Ok(()) | Err(_) => {}
    }
}

fn read_key(path: &Path) -> Result<Key, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read the audit key", path, &error))?;
    // Editors and `echo` end a file with a line break, which is not part of the key.
    let key = Key::new(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
    key.map_err(|error| Failure::new(format!("the audit key {}: {error}", path.display())))
}
