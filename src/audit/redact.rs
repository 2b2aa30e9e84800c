//! Deleting personal parts when their time is over, without breaking the chain.

use alloc::vec::Vec;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::chain::{self, Personal};
use super::error::AuditError;
use super::event::Event;
use super::files::{self, Lines};

/// Ranges in one deletion event, so that its line stays short.
pub(super) const RANGES_A_LINE: usize = 10_000;

/// The numbers of the events whose personal part is there and due, in order.
pub(super) fn due(path: &Path, now: i64, older_than: Option<i64>) -> Result<Vec<u64>, AuditError> {
    let mut due = Vec::new();
    let mut lines = Lines::open(path)?;
    while let Some(raw) = lines.next()? {
        // What is damaged is for `verify` to name; changing it would hide that.
        let Ok(sealed) = chain::check(&raw.text) else { continue };
        if sealed.personal != Personal::There {
            continue;
        }
        let until = match serde_json::from_slice(&raw.text) {
            Ok(Event::Match(found)) => found.retain_until,
            Ok(Event::Review(review)) => review.retain_until,
            _ => None,
        };
        let is_due = until.map_or_else(|| older_than.is_some_and(|limit| sealed.time < limit), |until| until < now);
        if is_due {
            due.push(sealed.seq);
        }
    }
    Ok(due)
}

/// Rising numbers as ranges, both ends included.
pub(super) fn ranges(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

/// Whether a number lies in one of the ranges, which are in order.
pub(super) fn contains(ranges: &[(u64, u64)], number: u64) -> bool {
    let (before, _) = ranges.split_at(ranges.partition_point(|(first, _)| *first <= number));
    before.last().is_some_and(|(_, last)| number <= *last)
}

/// Writes every full file anew that has one of these events with its personal part.
pub(super) fn rewrite(path: &Path, events: &[(u64, u64)]) -> Result<(), AuditError> {
    for (_, name) in files::full_files(path)? {
        rewrite_file(&name, events)?;
    }
    files::sync_directory(path).map_err(AuditError::io("sync the directory of", path))
}

fn rewrite_file(path: &Path, events: &[(u64, u64)]) -> Result<(), AuditError> {
    let is_due = |text: &[u8]| {
        let sealed = chain::check(text).ok();
        sealed.is_some_and(|sealed| sealed.personal == Personal::There && contains(events, sealed.seq))
    };
    let mut lines = Lines::of_file(path)?;
    let mut has_any = false;
    while let Some(raw) = lines.next()? {
        has_any |= is_due(&raw.text);
    }
    if !has_any {
        return Ok(());
    }
    let fresh = files::beside(path, ".redacting");
    let failed = || AuditError::io("write anew", path);
    let write = || -> Result<(), AuditError> {
        let file = files::private().write(true).create(true).truncate(true).open(&fresh).map_err(failed())?;
        let mut out = BufWriter::new(file);
        let mut lines = Lines::of_file(path)?;
        while let Some(raw) = lines.next()? {
            let less = if is_due(&raw.text) { chain::redacted(&raw.text) } else { None };
            let mut text = less.unwrap_or(raw.text);
            if raw.is_whole {
                text.push(b'\n');
            }
            out.write_all(&text).map_err(failed())?;
        }
        let file = out.into_inner().map_err(|error| failed()(error.into_error()))?;
        file.sync_all().map_err(failed())?;
        fs::rename(&fresh, path).map_err(failed())
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&fresh);
    })
}
