//! The output of `md5sum`, `sha1sum`, `sha256sum` and `hashdeep`.
//!
//! The number of digits states the kind of a digest, as there are no perceptual hashes in these files. The names of files are not kept:
//! they are those of somebody's disk.

use alloc::vec::Vec;
use std::io::BufRead;

use super::check::{Fields, Output, utf8};
use super::lines::{Line, Lines};
use super::record::Refused;
use super::{ListError, Options, Reason, Sink, Summary};
use crate::entry::DigestKind;
use crate::hash::Profile;

/// The first line of hashdeep's output. Source: jessek/hashdeep, `src/display.cc`.
const HASHDEEP: &[u8] = b"%%%% HASHDEEP-1.";
/// The second one, with the names of the columns.
const COLUMNS: &[u8] = b"%%%% ";

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut lines = Lines::new(reader);
    let mut buffer = Vec::new();
    let mut columns = Vec::new();
    while let Some(line) = lines.next(&mut buffer)? {
        let text = buffer.trim_ascii();
        if let Some(header) = text.strip_prefix(COLUMNS).filter(|_| !text.starts_with(HASHDEEP)) {
            columns = header.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect();
        }
        if text.is_empty() && line == Line::Whole || text.starts_with(b"#") || text.starts_with(b"%%%%") {
            output.skip(1);
        } else {
            let fields = match line {
                Line::TooLong => Err(Reason::TooLong),
                Line::Whole if columns.is_empty() => of_sum(text),
                Line::Whole => of_hashdeep(text, &columns),
            };
            if output.record(lines.number(), fields.map_err(Refused::from)).is_break() {
                break;
            }
        }
        buffer.clear();
    }
    output.by_lines()
}

/// Whether a line is one of these programs'.
pub(super) fn is_sums(line: &[u8]) -> bool {
    // Plain text may have a comment behind the hash.
    let is_gnu = |digest: &[u8]| {
        let name = line.strip_prefix(b"\\").unwrap_or(line).get(digest.len() + 2..);
        of_digest(digest).is_some() && name.is_some_and(|name| !name.trim_ascii_start().starts_with(b"#"))
    };
    line.starts_with(HASHDEEP) || bsd(line).is_some() || gnu(line).is_some_and(is_gnu)
}

/// `HASH  NAME`, `HASH *NAME`, `\HASH  NAME`, `KIND (NAME) = HASH`.
fn of_sum(line: &[u8]) -> Result<Fields<'_>, Reason> {
    if let Some((kind, digest)) = bsd(line) {
        return Ok(digests(kind, utf8(digest)?));
    }
    let digest = gnu(line).ok_or(Reason::Trailing)?;
    match of_digest(digest) {
        Some(kind) => Ok(digests(kind, utf8(digest)?)),
        None => Err(Reason::Digest { kind: DigestKind::Md5, characters: digest.len() }),
    }
}

/// The digest of a line of GNU's programs.
fn gnu(line: &[u8]) -> Option<&[u8]> {
    // A name with a line end is escaped, which the backslash states.
    let line = line.strip_prefix(b"\\").unwrap_or(line);
    let (digest, name) = line.split_at_checked(line.iter().position(|byte| *byte == b' ')?)?;
    matches!(name, [b' ', b' ' | b'*', _, ..]).then_some(digest)
}

/// The kind and the digest of a line of BSD's programs, or of GNU's with `--tag`.
fn bsd(line: &[u8]) -> Option<(DigestKind, &[u8])> {
    let line = line.strip_prefix(b"\\").unwrap_or(line);
    let kinds = [(&b"MD5 ("[..], DigestKind::Md5), (b"SHA1 (", DigestKind::Sha1), (b"SHA256 (", DigestKind::Sha256)];
    let kind = kinds.into_iter().find_map(|(name, kind)| line.starts_with(name).then_some(kind))?;
    let end = memchr::memmem::rfind(line, b") = ")?;
    Some((kind, line.get(end + 4..)?))
}

/// The kind of a digest by its digits.
fn of_digest(digest: &[u8]) -> Option<DigestKind> {
    let is_hex = digest.iter().all(u8::is_ascii_hexdigit);
    DigestKind::ALL.into_iter().find(|kind| is_hex && digest.len() == 2 * kind.bytes())
}

/// The columns that hold digests; the name, which may have commas, is the last column.
fn of_hashdeep<'l>(line: &'l [u8], columns: &[Vec<u8>]) -> Result<Fields<'l>, Reason> {
    let mut fields = Fields::default();
    for (column, value) in columns.iter().zip(line.split(|byte| *byte == b',')) {
        match column.as_slice() {
            b"md5" => fields.md5 = utf8(value)?,
            b"sha1" => fields.sha1 = utf8(value)?,
            b"sha256" => fields.sha256 = utf8(value)?,
            _ => {}
        }
    }
    Ok(fields)
}

fn digests(kind: DigestKind, digest: &str) -> Fields<'_> {
    match kind {
        DigestKind::Md5 => Fields { md5: digest, ..Fields::default() },
        DigestKind::Sha1 => Fields { sha1: digest, ..Fields::default() },
        DigestKind::Sha256 => Fields { sha256: digest, ..Fields::default() },
    }
}
