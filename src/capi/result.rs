//! The report of a picture, as C reads it.

use core::ffi::c_char;

use serde::Serialize;

use super::argument::{In, Out, Owned};
use super::failure::{Failure, guarded};
use super::names::hash_bytes;
use super::status::Status;
use crate::check::{self, Disclosure, Report};
use crate::matching::By;

/// The outcome of a picture, and the evidence for it.
pub struct ResultHandle(pub(super) Report);

/// UTF-8 text, without a zero byte at its end.
#[repr(C)]
pub struct Text {
    /// The first byte; not null if `len` is not 0.
    bytes: *const c_char,
    /// The number of bytes.
    len: usize,
}

/// The outcome of a picture, in numbers.
#[repr(C)]
pub struct ResultInfo {
    /// The generation of the store that was searched; 0 for an index.
    generation: u64,
    /// The size of the file in bytes; 0 if it is unknown.
    bytes: u64,
    /// The number of entries that match.
    matches: usize,
    /// The number of entries that a rule suppressed.
    held: usize,
    /// The status that the call returned.
    status: i32,
    /// The best quality of any view, 0 to 100; -1 if nothing was hashed exactly.
    quality: i32,
    /// Pixels per row, as stored; 0 if the header could not be read.
    width: u32,
    /// Rows, as stored.
    height: u32,
    /// The number of frames of the file.
    frames: u32,
    /// The number of frames that were compared with the lists.
    frames_compared: u32,
    /// The id of the lists' profile.
    profile: u16,
    /// The length of `hash` in bytes, 8 or 32; 0 if there is none.
    hash_bytes: u8,
    /// 1 if the coefficients of a JPEG proved that nothing matches, so that no pixel was decoded; else 0.
    is_screened: u8,
    /// Zero.
    reserved: [u8; 4],
    /// The hash of the first frame as stored.
    hash: [u8; 32],
}

/// An entry that was found. Its texts live as long as the result.
#[repr(C)]
pub struct Match {
    /// The name of the list.
    list: Text,
    /// The entry's id within the list.
    entry: Text,
    /// How the publisher classified the material.
    classification: Text,
    /// Who contributed the entry.
    owner: Text,
    /// The jurisdiction under which it was classified.
    jurisdiction: Text,
    /// The policy's action label of the list.
    action: Text,
    /// The bits in which the hashes differ; 0 for a digest of the file.
    distance: u32,
    /// The frame that matches, counted from 1; 0 for a digest of the file.
    frame: u32,
    /// How the picture was turned to match: see `lookalike_transform_name`.
    transform: u8,
    /// What was compared: 0 the hash, 1 MD5, 2 SHA-1, 3 SHA-256 of the file.
    by: u8,
    /// What the list is for: 0 abuse, 1 allow, 2 test.
    role: u8,
    /// How sure the publisher is: 0 unstated, 1 positive, 2 seed, 3 disputed.
    opinion: u8,
    /// The quality of the view that matches, 0 to 100; 0 for a digest of the file.
    quality: u8,
    /// Zero.
    reserved: [u8; 3],
}

impl Text {
    const fn of(text: &str) -> Self {
        Self { bytes: text.as_ptr().cast(), len: text.len() }
    }
}

/// Returns the outcome of a picture in numbers.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_result_info(result: In<ResultHandle>, info: Out<ResultInfo>) -> Status {
    guarded(|| {
        let ResultHandle(report) = result.get("result")?;
        let stored = report.hashes().and_then(|hashes| hashes.iter().next());
        let mut hash = [0; 32];
        if let Some((_, bytes)) = stored {
            hash.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        }
        let header = report.header();
        let value = ResultInfo {
            generation: report.generation().unwrap_or(0),
            bytes: report.bytes().unwrap_or(0),
            matches: report.matches().len(),
            held: report.held().len(),
            status: Status::from(report.outcome()) as i32,
            quality: report.quality().map_or(-1, i32::from),
            width: header.map_or(0, |header| header.width),
            height: header.map_or(0, |header| header.height),
            frames: header.map_or(0, |header| header.frames),
            frames_compared: report.frames(),
            profile: report.profile().id(),
            hash_bytes: stored.map_or(0, |_| hash_bytes(report.profile())),
            is_screened: u8::from(report.is_screened()),
            reserved: [0; 4],
            hash,
        };
        info.set(value, "info")?;
        Ok(Status::Ok)
    })
}

/// Returns an entry that matches, counted from 0, nearest first.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_result_match(result: In<ResultHandle>, number: usize, found: Out<Match>) -> Status {
    guarded(|| entry(result.get("result")?.0.matches(), number, &found))
}

/// Returns an entry that a rule of the policy suppressed, counted from 0, nearest first.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_result_held(result: In<ResultHandle>, number: usize, found: Out<Match>) -> Status {
    guarded(|| entry(result.get("result")?.0.held(), number, &found))
}

fn entry(entries: &[check::Match], number: usize, place: &Out<Match>) -> Result<Status, Failure> {
    let Some(found) = entries.get(number) else {
        let all = entries.len();
        return Err(Failure::argument(format_args!("number: found {number}, expected less than {all}")));
    };
    place.set(Match::of(found), "found")?;
    Ok(Status::Ok)
}

impl Match {
    fn of(found: &check::Match) -> Self {
        Self {
            list: Text::of(&found.entry.list),
            entry: Text::of(&found.entry.id),
            classification: Text::of(&found.entry.classification),
            owner: Text::of(&found.entry.owner),
            jurisdiction: Text::of(&found.entry.jurisdiction),
            action: Text::of(&found.action),
            distance: found.distance,
            frame: found.view.map_or(0, |view| view.frame),
            transform: found.transform as u8,
            by: match found.by {
                By::Hash(_) => 0,
                By::Digest(digest) => 1 + digest.kind() as u8,
            },
            role: found.entry.role as u8,
            opinion: found.entry.opinion as u8,
            quality: found.quality.unwrap_or(0),
            reserved: [0; 3],
        }
    }
}

/// Copies why a picture was not checked, or what the result leaves out, in words; empty if there is nothing to say. `len`, which may be null,
/// gets the length. See "Text" above.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_result_detail(
    result: In<ResultHandle>,
    buffer: Out<c_char>,
    capacity: usize,
    len: Out<usize>,
) -> Status {
    guarded(|| {
        let ResultHandle(report) = result.get("result")?;
        copy_text(report.detail().unwrap_or_default(), &buffer, capacity, &len)
    })
}

/// Copies the report as JSON, in the form that the command line and the HTTP service give: outcome, matches, suppressed entries, rules. It has
/// the hashes. `len`, which may be null, gets the length. See "Text" above.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_result_json(
    result: In<ResultHandle>,
    buffer: Out<c_char>,
    capacity: usize,
    len: Out<usize>,
) -> Status {
    guarded(|| copy_json(&result.get("result")?.0.json(Disclosure::Everything), &buffer, capacity, &len))
}

pub(super) fn copy_json(
    value: &impl Serialize,
    buffer: &Out<c_char>,
    capacity: usize,
    len: &Out<usize>,
) -> Result<Status, Failure> {
    let json = serde_json::to_string(value).map_err(|error| Failure::new(Status::Panicked, error))?;
    copy_text(&json, buffer, capacity, len)
}

pub(super) fn copy_text(
    text: &str,
    buffer: &Out<c_char>,
    capacity: usize,
    len: &Out<usize>,
) -> Result<Status, Failure> {
    len.set_optional(buffer.copy(text, capacity), "len")?;
    Ok(Status::Ok)
}

/// Frees a result, and the texts of its entries. Null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_result_free(result: Owned<ResultHandle>) {
    result.free();
}
