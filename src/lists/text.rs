//! Plain text: one hash per line.

use alloc::vec::Vec;
use std::io::BufRead;

use super::check::{Fields, Output, is_kind, parse, utf8};
use super::lines::{Line, Lines};
use super::{ListError, Options, Reason, Sink, Summary};
use crate::hash::Profile;

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut lines = Lines::new(reader);
    let mut buffer = Vec::new();
    while let Some(line) = lines.next(&mut buffer)? {
        let text = buffer.trim_ascii();
        if text.is_empty() && line == Line::Whole || text.starts_with(b"#") {
            output.skip(1);
        } else {
            let fields = match line {
                Line::Whole => utf8(text).and_then(|text| split::<N>(text, output.profile())),
                Line::TooLong => Err(Reason::TooLong),
            };
            if output.record(lines.number(), fields).is_break() {
                break;
            }
        }
        buffer.clear();
    }
    Ok(output.summary())
}

/// `[TYPE] HEX[,QUALITY[,ID]] [# comment]`.
fn split<const N: usize>(line: &str, profile: Profile) -> Result<Fields<'_>, Reason> {
    let (first, rest) = word(line);
    let (kind, hash, rest) = match rest.chars().next() {
        None | Some(',' | '#') => ("", first, rest),
        Some(_) => {
            let (second, rest) = word(rest);
            match parse::<N>(first, profile) {
                Ok(_) => return Err(Reason::Trailing),
                Err(_) if is_kind(first, profile) || is_hash_of_some_kind(second) => (first, second, rest),
                Err(reason) => return Err(reason),
            }
        }
    };
    let fields = Fields { hash, kind, ..Fields::default() };
    let Some(columns) = rest.strip_prefix(',') else {
        return if rest.is_empty() || rest.starts_with('#') { Ok(fields) } else { Err(Reason::Trailing) };
    };
    // A `#` after the second comma belongs to the id: paths have them.
    let (quality, id) = match columns.split_once(',') {
        Some((quality, id)) if !quality.contains('#') => (quality, id),
        _ => (columns.split('#').next().unwrap_or_default(), ""),
    };
    Ok(Fields { quality: quality.trim(), id: id.trim(), ..fields })
}

/// The text up to white space, a comma or a `#`, and what follows the white space.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|char: char| char.is_whitespace() || matches!(char, ',' | '#')).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_start())
}

/// Whether a word is as only hashes are: 8 hexadecimal digits at least. Prose is not.
fn is_hash_of_some_kind(word: &str) -> bool {
    word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}
