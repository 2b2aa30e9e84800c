//! The documented form of every list: one JSON object per line.
//!
//! `lookalike list convert` writes it from any format, and reading it gives the same index, byte for byte. What a line may say:
//!
//! | field | value |
//! |---|---|
//! | `hash` | the perceptual hash, in hexadecimal |
//! | `kind` | what `hash` is: a profile's name, `md5`, ...; the profile asked for, if left away |
//! | `quality` | of the hash, 0 to 100 |
//! | `md5`, `sha1`, `sha256` | digests of the file |
//! | `photodna` | a PhotoDNA value, kept as it is |
//! | `list` | the list's name; without it, the one given for the file |
//! | `id` | the entry's name in the list; without it, the line's number |
//! | `classification`, `owner`, `jurisdiction` | texts, not interpreted |
//! | `opinion` | `positive`, `seed`, `disputed`, or as python-threatexchange says it; `NEGATIVE_CLASS` is left out |
//! | `role` | `abuse`, `allow`, `test`; the file's, if left away, and an error if the file's is said to be another |
//! | `key` | what identifies the record within its list: later records of this key replace it |
//! | `updated` | when the record was last changed: ISO 8601, or a number of seconds or milliseconds since 1970 |
//! | `withdrawn` | `true`: what was listed under `key` no longer is |
//! | `quarantined` | a record that could not be converted, and why; counted as quarantined again |
//!
//! Of `hash` and the digests at least one is needed; other fields are ignored, and so are blank lines. A line that is no such object costs itself only.
//!
//! ```
//! use core::ops::ControlFlow;
//! use lookalike::hash::Profile;
//! use lookalike::lists::{self, Format, Options, jsonl};
//!
//! let ncmec = r#"<queryResult><images><image><member id="42">Org</member><id>7</id><fingerprints>
//!     <md5>0123456789ABCDEF0123456789ABCDEF</md5></fingerprints></image>
//!     <deletedImage><member id="42">Org</member><id>6</id></deletedImage></images></queryResult>"#;
//! let mut lines = Vec::new();
//! lists::read::<32, _>(Format::Ncmec, ncmec.as_bytes(), &Options::new("ncmec"), Profile::Pdq, &mut |record| {
//!     jsonl::write(&record, Profile::Pdq, &mut lines).expect("a Vec takes everything");
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(String::from_utf8(lines).unwrap(), concat!(
//!     r#"{"list":"ncmec","id":"42/7","md5":"0123456789abcdef0123456789abcdef","owner":"Org","key":"42/7"}"#, "\n",
//!     r#"{"list":"ncmec","key":"42/6","withdrawn":true}"#, "\n",
//! ));
//! # Ok::<(), lists::ListError>(())
//! ```

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::check::{Fields, Output, utf8};
use super::lines::{Line, Lines};
use super::record::name_only;
use super::role::role_error;
use super::value::{Text, parse};
use super::{Format, ListError, ListErrorKind, Options, Reason, Record, Sink, Summary, Why, time};
use crate::entry::{DigestKind, Opinion, Role};
use crate::hash::Profile;

/// How much of a list is kept to tell what it is.
const HEAD_BYTES: usize = 1 << 14;
/// How many keys an error names.
const MAX_KEYS: usize = 20;
/// Keys of which a record needs one.
const KEYS: [&str; 5] = ["hash", "md5", "sha1", "sha256", "photodna"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    hash: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    quality: Text<'a>,
    #[serde(borrow)]
    md5: Text<'a>,
    #[serde(borrow)]
    sha1: Text<'a>,
    #[serde(borrow)]
    sha256: Text<'a>,
    #[serde(borrow)]
    photodna: Text<'a>,
    #[serde(borrow)]
    list: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    classification: Text<'a>,
    #[serde(borrow)]
    owner: Text<'a>,
    #[serde(borrow)]
    jurisdiction: Text<'a>,
    #[serde(borrow)]
    opinion: Text<'a>,
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    updated: Text<'a>,
    #[serde(borrow)]
    withdrawn: Text<'a>,
    #[serde(borrow)]
    quarantined: Text<'a>,
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut lines = Lines::new(reader);
    let mut buffer = Vec::new();
    // The beginning, as long as nothing was taken: it tells what the list is, if nothing ever is.
    let mut head = Vec::new();
    let mut is_over = true;
    while let Some(line) = lines.next(&mut buffer)? {
        let text = buffer.trim_ascii();
        if text.is_empty() && line == Line::Whole {
            output.skip(1);
            buffer.clear();
            continue;
        }
        if output.is_all_bad() && head.len() < HEAD_BYTES {
            head.extend(text.iter().take(HEAD_BYTES));
        }
        let place = lines.number();
        let row = match line {
            Line::TooLong => Err(Reason::TooLong),
            Line::Whole if !text.starts_with(b"{") => Err(Reason::NotARecord),
            Line::Whole => utf8(text).and_then(|text| parse::<Row<'_>>(text.as_bytes())),
        };
        let flow = match row {
            Err(reason) => output.quarantine(place, reason),
            Ok(row) if !row.quarantined.get().is_empty() => output.quarantine(place, Reason::Converted),
            Ok(row) => {
                let (list, key) = (row.list.get(), row.key.get());
                let updated = time::read(row.updated.get());
                match fields(&row, key, updated) {
                    _ if row.withdrawn.is_true() && key.is_empty() => {
                        output.quarantine(place, Reason::Missing { field: "key" })
                    }
                    _ if row.withdrawn.is_true() => output.withdraw(place, list, key, updated),
                    Err(reason) => output.quarantine(place, reason),
                    Ok(_) if row.opinion.get().eq_ignore_ascii_case("NEGATIVE_CLASS") => {
                        let key = Some(key).filter(|key| !key.is_empty());
                        output.leave_out(place, list, key, updated, Why::Negative)
                    }
                    Ok(fields) => {
                        if let (Some(given), Some(said)) = (options.role, fields.role)
                            && given != said
                        {
                            let why = "a record says that it is for another; leave role away, or split the list";
                            return Err(role_error(Format::Jsonl, given, place, why));
                        }
                        output.record(place, Ok(fields))
                    }
                }
            }
        };
        if flow.is_break() {
            is_over = false;
            break;
        }
        buffer.clear();
    }
    if is_over && output.is_all_bad() {
        is_other_json(&head)?;
    }
    output.by_lines()
}

/// Refuses JSON of which nothing can be taken because it is an array, or has none of the keys that are known.
fn is_other_json(head: &[u8]) -> Result<(), ListError> {
    let keys = keys(head);
    let shown = keys.iter().map(|key| name_only(key)).collect::<Vec<_>>().join(", ");
    let what = if head.first() == Some(&b'[') {
        let shown = if keys.is_empty() { "no keys".to_owned() } else { format!("keys {shown}") };
        format!("the list is a JSON array: found {shown}; expected an object a line; convert it (jq -c '.[]')")
    } else if keys.is_empty()
        || keys.iter().any(|key| KEYS.contains(&key.as_str()) || key == "quarantined" || key == "withdrawn")
    {
        return Ok(());
    } else {
        let expected = KEYS.join(", ");
        format!(
            "no record has a known key: found keys {shown}; expected an object a line with one of {expected}; rename the keys"
        )
    };
    Err(ListError::new(ListErrorKind::Format, what))
}

/// The keys of the first object, as far as they can be read.
fn keys(json: &[u8]) -> Vec<String> {
    let mut keys = Vec::new();
    let Some(mut rest) = memchr::memchr(b'{', json).and_then(|begin| json.get(begin..)) else {
        return keys;
    };
    let mut depth = 0;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let mut is_escaped = false;
                let end = rest.iter().position(|byte| {
                    let is_end = *byte == b'"' && !is_escaped;
                    is_escaped = *byte == b'\\' && !is_escaped;
                    is_end
                });
                let Some((string, behind)) = end.and_then(|end| rest.split_at_checked(end)) else {
                    return keys;
                };
                rest = behind.strip_prefix(b"\"").unwrap_or(behind).trim_ascii_start();
                if depth == 1 && rest.first() == Some(&b':') {
                    keys.push(String::from_utf8_lossy(string).into_owned());
                }
            }
            _ => {}
        }
        if depth == 0 || keys.len() == MAX_KEYS {
            break;
        }
    }
    keys
}

fn fields<'r>(row: &'r Row<'_>, key: &'r str, updated: Option<i64>) -> Result<Fields<'r>, Reason> {
    let opinion = match row.opinion.get() {
        "" | "NEGATIVE_CLASS" => Opinion::Unstated,
        word => Opinion::named(word).ok_or(Reason::Value {
            field: "opinion",
            expected: "unstated, positive, seed, disputed or a category of python-threatexchange",
        })?,
    };
    let role = match row.role.get() {
        "" => None,
        word => Some(Role::named(word).ok_or(Reason::Value { field: "role", expected: "abuse, allow or test" })?),
    };
    Ok(Fields {
        hash: row.hash.get(),
        kind: row.kind.get(),
        quality: row.quality.get(),
        md5: row.md5.get(),
        sha1: row.sha1.get(),
        sha256: row.sha256.get(),
        photodna: row.photodna.get(),
        list: row.list.get(),
        id: row.id.get(),
        classification: row.classification.get(),
        owner: row.owner.get(),
        jurisdiction: row.jurisdiction.get(),
        opinion,
        role,
        key: Some(key).filter(|key| !key.is_empty()),
        updated,
        unstated: true,
        ..Fields::default()
    })
}

/// A line as it is written: what is empty is left away.
#[derive(Default, Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    list: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    photodna: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    classification: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    owner: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    jurisdiction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    withdrawn: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined: Option<String>,
}

/// Writes a record as a line, of hashes made under `profile`. A record that was left out becomes a withdrawal if it has a
/// key, and nothing if not; a quarantined one says where it stood and why.
///
/// # Errors
///
/// What the writer returns.
pub fn write<const N: usize>(record: &Record<'_, N>, profile: Profile, out: &mut impl Write) -> io::Result<()> {
    let written = match record {
        Record::Entry(entry) => {
            let digest =
                |kind: DigestKind| entry.digests.iter().find(|digest| digest.kind() == kind).map(ToString::to_string);
            Written {
                list: entry.source.list,
                id: entry.source.id,
                kind: entry.hash.map(|_| profile.name()),
                hash: entry.hash.map(|hash| hash.to_string()),
                md5: digest(DigestKind::Md5),
                sha1: digest(DigestKind::Sha1),
                sha256: digest(DigestKind::Sha256),
                photodna: entry.photodna,
                classification: entry.source.classification,
                owner: entry.source.owner,
                jurisdiction: entry.source.jurisdiction,
                opinion: (entry.source.opinion != Opinion::Unstated).then_some(entry.source.opinion.name()),
                role: (entry.source.role != Role::Abuse).then_some(entry.source.role.name()),
                key: entry.key,
                updated: entry.updated.map(time::exact),
                ..Written::default()
            }
        }
        Record::LeftOut { key: None, .. } => return Ok(()),
        Record::Withdrawal { list, key, updated, .. } | Record::LeftOut { list, key: Some(key), updated, .. } => {
            Written { list, key: Some(key), updated: updated.map(time::exact), withdrawn: true, ..Written::default() }
        }
        Record::Quarantined(quarantined) => {
            Written { quarantined: Some(quarantined.to_string()), ..Written::default() }
        }
    };
    serde_json::to_writer(&mut *out, &written)?;
    out.write_all(b"\n")
}
