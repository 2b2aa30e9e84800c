//! One line of the log: how it is sealed, checked, and relieved of its personal part.
//!
//! ```text
//! {"prev":"<64 hex>","seq":17,"time":"2026-11-25T06:45:00.123Z","event":"match",...,"personal":{...},"hash":"<64 hex>"}
//! ```
//!
//! `hash` is the SHA-256 of everything before `,"hash"`, with the personal part replaced by `"sha256:<its own SHA-256>"`; `prev` is the
//! `hash` of the line before. So a line whose personal part was replaced by its digest has the same hash as before, and the chain stands.
//! The personal part begins with a random salt, without which its digest would give a guessed content away; the salt goes with it.
//!
//! Within a JSON text a quotation mark is always escaped, so `,"personal":` and `,"hash":` cannot occur inside of a string, and no event has
//! other fields of these names.
#![expect(
    clippy::indexing_slicing,
    reason = "an event is an object in JSON, in brackets; a line begins at `start`; a nibble is below 16"
)]

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The version of the schema.
pub const VERSION: u32 = 1;

/// Bytes of a line, its break included, at most.
pub const MAX_LINE: usize = 1 << 20;

/// The `prev` of the first line of all.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const PERSONAL: &[u8] = b",\"personal\":";
const HASH: &[u8] = b",\"hash\":\"";
/// `,"hash":"` and 64 digits and `"}`.
const SEAL_BYTES: usize = HASH.len() + 64 + 2;
const DIGEST: &[u8] = b"\"sha256:";

/// What every line says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) prev: String,
    pub(super) seq: u64,
    pub(super) time: i64,
    pub(super) hash: String,
    pub(super) personal: Personal,
}

/// Whether a line has a personal part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Personal {
    None,
    There,
    Redacted,
}

/// Why a line is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It has not the form of a line.
    Form,
    /// Its hash is not that of its content.
    Hash,
}

#[derive(Deserialize)]
struct Head<'a> {
    prev: &'a str,
    seq: u64,
    time: &'a str,
}

/// Appends a line to `out`, with its line break. `body` is the event as a JSON object, `personal` its personal part as another.
/// Returns the line's hash.
pub(super) fn seal(out: &mut Vec<u8>, prev: &str, seq: u64, time: i64, body: &[u8], personal: Option<&[u8]>) -> String {
    let start = out.len();
    out.extend_from_slice(format!("{{\"prev\":\"{prev}\",\"seq\":{seq},\"time\":\"{}\"", stamp(time)).as_bytes());
    let inner = &body[1..body.len() - 1];
    if !inner.is_empty() {
        out.push(b',');
        out.extend_from_slice(inner);
    }
    let mut hasher = Sha256::new();
    if let Some(personal) = personal {
        out.extend_from_slice(PERSONAL);
        hasher.update(&out[start..]);
        hasher.update(digest_of(personal));
        out.extend_from_slice(personal);
    } else {
        hasher.update(&out[start..]);
    }
    let hash = hex(&hasher.finalize());
    out.extend_from_slice(HASH);
    out.extend_from_slice(hash.as_bytes());
    out.extend_from_slice(b"\"}\n");
    hash
}

/// Checks a line without its line break against its own hash.
pub(super) fn check(line: &[u8]) -> Result<Sealed, Flaw> {
    let (content, hash) = parts(line).ok_or(Flaw::Form)?;
    let (head, personal) = split_personal(content);
    let mut hasher = Sha256::new();
    hasher.update(head);
    let personal = match personal {
        None => Personal::None,
        Some(blob) if is_digest(blob) => {
            hasher.update(blob);
            Personal::Redacted
        }
        Some(blob) => {
            hasher.update(digest_of(blob));
            Personal::There
        }
    };
    if hex(&hasher.finalize()) != hash {
        return Err(Flaw::Hash);
    }
    // Serde sees the whole line, so that it is JSON throughout.
    let head: Head<'_> = serde_json::from_slice(line).map_err(|_| Flaw::Form)?;
    let time = head.time.parse::<Timestamp>().map_err(|_| Flaw::Form)?.as_millisecond();
    if !is_hex(head.prev.as_bytes()) {
        return Err(Flaw::Form);
    }
    Ok(Sealed { prev: head.prev.to_string(), seq: head.seq, time, hash: hash.to_string(), personal })
}

/// The hash that a line claims, and its number, whatever else is wrong with it.
pub(super) fn claimed(line: &[u8]) -> (Option<String>, Option<u64>) {
    let hash = parts(line).map(|(_, hash)| hash.to_string());
    let seq = serde_json::from_slice::<Head<'_>>(line).ok().map(|head| head.seq);
    (hash, seq)
}

/// The line with its personal part replaced by its digest; nothing if it has none.
pub(super) fn redacted(line: &[u8]) -> Option<Vec<u8>> {
    let (content, hash) = parts(line)?;
    let (head, personal) = split_personal(content);
    let blob = personal.filter(|blob| !is_digest(blob))?;
    let mut out = head.to_vec();
    out.extend_from_slice(&digest_of(blob));
    out.extend_from_slice(HASH);
    out.extend_from_slice(hash.as_bytes());
    out.extend_from_slice(b"\"}");
    Some(out)
}

/// What stands before `,"hash"`, and the hash.
fn parts(line: &[u8]) -> Option<(&[u8], &str)> {
    let (content, seal) = line.split_at_checked(line.len().checked_sub(SEAL_BYTES)?)?;
    let hash = seal.strip_prefix(HASH)?.strip_suffix(b"\"}")?;
    let text = core::str::from_utf8(hash).ok()?;
    is_hex(hash).then_some((content, text))
}

/// Splits behind `,"personal":`, where there is one.
fn split_personal(content: &[u8]) -> (&[u8], Option<&[u8]>) {
    let at = content.windows(PERSONAL.len()).rposition(|window| window == PERSONAL);
    match at.and_then(|at| content.split_at_checked(at + PERSONAL.len())) {
        Some((head, personal)) => (head, Some(personal)),
        None => (content, None),
    }
}

fn is_digest(blob: &[u8]) -> bool {
    let digits = blob.strip_prefix(DIGEST).and_then(|rest| rest.strip_suffix(b"\""));
    digits.is_some_and(is_hex)
}

/// `"sha256:<64 hex>"`, with its quotation marks.
fn digest_of(personal: &[u8]) -> Vec<u8> {
    let mut text = DIGEST.to_vec();
    text.extend_from_slice(hex(&Sha256::digest(personal)).as_bytes());
    text.push(b'"');
    text
}

fn is_hex(digits: &[u8]) -> bool {
    digits.len() == 64 && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A time in Unix milliseconds as RFC 3339 with three decimals.
pub(super) fn stamp(time: i64) -> String {
    let stamp = Timestamp::from_millisecond(time).unwrap_or(if time < 0 { Timestamp::MIN } else { Timestamp::MAX });
    format!("{stamp:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(personal: Option<&str>) -> Vec<u8> {
        let mut out = Vec::new();
        let body = br#"{"event":"x","text":"\",\"personal\":\"hash\" \u0007"}"#;
        let hash = seal(&mut out, NOTHING, 3, 1_764_053_100_123, body, personal.map(str::as_bytes));
        assert_eq!(out.pop(), Some(b'\n'));
        assert_eq!(check(&out).unwrap().hash, hash);
        out
    }

    #[test]
    fn a_line_says_what_was_sealed_into_it() {
        let line = line(Some(r#"{"salt":"00","content":"c"}"#));
        let sealed = check(&line).unwrap();
        assert_eq!((sealed.seq, sealed.time, sealed.personal), (3, 1_764_053_100_123, Personal::There));
        assert_eq!(sealed.prev, NOTHING);
        assert!(core::str::from_utf8(&line).unwrap().contains(r#""time":"2025-11-25T06:45:00.123Z""#));
    }

    #[test]
    fn redacting_keeps_the_hash_and_nothing_personal() {
        let whole = line(Some(r#"{"salt":"00","content":"secret"}"#));
        let less = redacted(&whole).unwrap();
        let (before, after) = (check(&whole).unwrap(), check(&less).unwrap());
        assert_eq!((before.hash, after.personal), (after.hash, Personal::Redacted));
        assert!(!String::from_utf8(less.clone()).unwrap().contains("secret"));
        assert_eq!(redacted(&less), None);
        assert_eq!(redacted(&line(None)), None);
    }

    #[test]
    fn every_other_byte_anywhere_is_found() {
        let plain = line(None);
        let personal = line(Some(r#"{"salt":"00","content":"c"}"#));
        let redacted = redacted(&personal).unwrap();
        for line in [plain, personal, redacted] {
            for at in 0..line.len() {
                for other in 0..=255_u8 {
                    let mut changed = line.clone();
                    if core::mem::replace(&mut changed[at], other) != other {
                        assert!(check(&changed).is_err(), "byte {at} as {other}");
                    }
                }
            }
        }
    }
}
