//! Plain text: one hash or digest per line.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use std::io::BufRead;

use super::check::{Fields, Output, intact, utf8};
use super::encoding;
use super::lines::{Line, Lines};
use super::record::Refused;
use super::signal::{self, Signal};
use super::value::{bare, stated, trim};
use super::{ListError, Options, Reason, Sink, Summary, Why};
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
            let readable = String::from_utf8_lossy(text);
            let fields = match line {
                Line::Whole => utf8(readable.as_bytes())
                    .map_err(Refused::from)
                    .and_then(|text| split::<N>(text, output.profile(), matches!(readable, Cow::Owned(_)))),
                Line::TooLong => Err(Reason::TooLong.into()),
            };
            if output.record(lines.number(), fields).is_break() {
                break;
            }
        }
        buffer.clear();
    }
    output.by_lines()
}

/// `[TYPE] HEX[,QUALITY[,ID]] [# comment]`.
fn split<const N: usize>(line: &str, profile: Profile, replaced: bool) -> Result<Fields<'_>, Refused<'_>> {
    let (first, rest) = word(trim(line));
    if replaced {
        intact(first)?;
    }
    let (kind, hash, rest) = match rest.chars().next() {
        None | Some(',' | '#') => ("", first, rest),
        Some(_) => match signal::named(first, profile) {
            // What follows is as the kind has it, and may be prose or an address.
            Signal::Other => return Err(Refused::LeftOut(Why::OtherKind { kind: first })),
            Signal::Unknown => {
                encoding::hash::<N>(bare(first), profile)?;
                return Err(Reason::Trailing.into());
            }
            Signal::Hash | Signal::Digest(_) | Signal::PhotoDna => {
                let (second, rest) = word(rest);
                if replaced {
                    intact(second)?;
                }
                (first, second, rest)
            }
        },
    };
    let fields = Fields { hash: bare(hash), kind: trim(kind), unstated: true, replaced, ..Fields::default() };
    let Some(columns) = rest.strip_prefix(',') else {
        return if rest.is_empty() || rest.starts_with('#') { Ok(fields) } else { Err(Reason::Trailing.into()) };
    };
    // A `#` after the second comma belongs to the id: paths have them.
    let (quality, id) = match columns.split_once(',') {
        Some((quality, id)) if !quality.contains('#') => (quality, id),
        _ => (columns.split_once('#').map_or(columns, |(quality, _)| quality), ""),
    };
    Ok(Fields { quality: stated(quality), id: trim(id), ..fields })
}

/// The text up to white space, a comma or a `#`, and what follows the white space.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|char: char| char.is_whitespace() || matches!(char, ',' | '#')).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_start())
}
