//! What was found of a picture.

use alloc::string::{String, ToString};
use core::ffi::c_char;

use super::failure::{Failure, guarded};
use super::store::give_text;
use super::{Hashes, Status, raw};
use crate::check::{Checked, Matched, Verdict};
use crate::decode::Header;
use crate::entry::{Opinion, Role};
use crate::hash::Dihedral;
use crate::matching::By;
use crate::store::Snapshot;

/// What became of a picture, and why.
#[derive(Debug)]
pub struct ResultHandle(pub(super) Answer);

/// What a result handle holds.
#[derive(Debug)]
pub(super) struct Answer {
    verdict: Verdict,
    generation: u64,
    profile: u16,
    hash_bytes: u8,
    header: Option<Header>,
    quality: Option<u8>,
    frames: u32,
    hash: Option<[u8; 32]>,
    detail: Option<String>,
}

/// UTF-8 text, without a zero byte at its end.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The first byte; not null where `len` is not 0.
    pub bytes: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl Text {
    const fn of(text: &str) -> Self {
        Self { bytes: text.as_ptr().cast(), len: text.len() }
    }
}

/// What became of a picture, in numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ResultInfo {
    /// The generation of the store that was looked up in; 0 for an index that is of no store.
    pub generation: u64,
    /// Entries that count, nearest first: `lookalike_result_match` tells each.
    pub matches: usize,
    /// Entries that a rule held back: `lookalike_result_held` tells each.
    pub held: usize,
    /// What became of it: the status that the call returned.
    pub status: i32,
    /// The best quality of its views, 0 to 100; -1 where nothing was hashed.
    pub quality: i32,
    /// Pixels per row, as stored; 0 where the header could not be read.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
    /// Frames that the file has.
    pub frames: u32,
    /// Frames that were looked at.
    pub frames_looked_at: u32,
    /// The profile of the lists.
    pub profile: u16,
    /// How long the hash is, in bytes: 8 or 32; 0 where there is none.
    pub hash_bytes: u8,
    /// Zero.
    pub reserved: [u8; 5],
    /// The hash of the first frame as stored.
    pub hash: [u8; 32],
}

/// An entry that was found. Its texts stay until the result is freed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Match {
    /// The name of the list.
    pub list: Text,
    /// The entry's id within the list.
    pub entry: Text,
    /// How the publisher classified the material.
    pub classification: Text,
    /// Who contributed the entry.
    pub owner: Text,
    /// Under whose law it was classified.
    pub jurisdiction: Text,
    /// What is to be done, in the words of the operator's policy.
    pub action: Text,
    /// The bits in which the hashes differ; 0 for a digest of the file.
    pub distance: u32,
    /// Which frame was looked up, counted from 1; 0 where it was a digest of the file.
    pub frame: u32,
    /// How the picture was turned to look like the entry: see `lookalike_transform_name`.
    pub transform: u8,
    /// What was compared: 0 the hash, 1 MD5, 2 SHA-1, 3 SHA-256 of the file.
    pub by: u8,
    /// What the list is for: 0 abuse, 1 allow, 2 test.
    pub role: u8,
    /// How sure the publisher is: 0 unstated, 1 positive, 2 seed, 3 disputed.
    pub opinion: u8,
    /// The quality of the view that was looked up: 0 to 100.
    pub quality: u8,
    /// Zero.
    pub reserved: [u8; 3],
}

impl Answer {
    pub(super) fn of_hashes(snapshot: &Snapshot, hashes: &Hashes, verdict: Verdict) -> Self {
        let detail = verdict.note.clone().or_else(|| Some(verdict.outcome.to_string()));
        Self {
            detail: detail.filter(|_| !verdict.outcome.was_checked() || verdict.note.is_some()),
            verdict,
            generation: snapshot.generation().unwrap_or(0),
            profile: hashes.profile,
            hash_bytes: hashes.hash_bytes,
            header: None,
            quality: Some(hashes.quality),
            frames: 1,
            hash: hashes.hashes.first().copied(),
        }
    }

    pub(super) fn of_file(snapshot: &Snapshot, checked: Checked) -> Self {
        let Checked { verdict, header, quality, frames, hash, detail, .. } = checked;
        let profile = snapshot.profile();
        let hash = hash.map(|hash| *hash.as_bytes());
        let hash_bytes = hash.map_or(0, |_| u8::try_from(profile.bits() / 8).unwrap_or(0));
        let detail = match (detail, &verdict.note) {
            (Some(detail), Some(note)) => Some(alloc::format!("{detail}; {note}")),
            (detail, note) => detail.or_else(|| note.clone()),
        };
        let generation = snapshot.generation().unwrap_or(0);
        Self { verdict, generation, profile: profile.id(), hash_bytes, header, quality, frames, hash, detail }
    }

    pub(super) fn status(&self) -> Status {
        Status::from(&self.verdict.outcome)
    }

    pub(super) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

/// Tells what became of a picture, in numbers.
///
/// # Safety
///
/// `result` is a handle that has not been freed, `info` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_result_info(result: *const ResultHandle, info: *mut ResultInfo) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let ResultHandle(answer) = unsafe { raw::shared(result, "result") }?;
        let found = ResultInfo {
            generation: answer.generation,
            matches: answer.verdict.matches.len(),
            held: answer.verdict.held.len(),
            status: answer.status() as i32,
            quality: answer.quality.map_or(-1, i32::from),
            width: answer.header.map_or(0, |header| header.width),
            height: answer.header.map_or(0, |header| header.height),
            frames: answer.header.map_or(0, |header| header.frames),
            frames_looked_at: answer.frames,
            profile: answer.profile,
            hash_bytes: answer.hash_bytes,
            reserved: [0; 5],
            hash: answer.hash.unwrap_or([0; 32]),
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::write(info, found, "info") }?;
        Ok(Status::Ok)
    })
}

/// Tells an entry that counts, counted from 0, nearest first.
///
/// # Safety
///
/// `result` is a handle that has not been freed, `found` may be written to, and is used no longer than the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_result_match(
    result: *const ResultHandle,
    number: usize,
    found: *mut Match,
) -> Status {
    // SAFETY: passed on from the caller.
    guarded(|| unsafe { tell(result, number, found, |verdict| &verdict.matches) })
}

/// Tells an entry that a rule of the policy held back, counted from 0, nearest first.
///
/// # Safety
///
/// As `lookalike_result_match`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_result_held(
    result: *const ResultHandle,
    number: usize,
    found: *mut Match,
) -> Status {
    // SAFETY: passed on from the caller.
    guarded(|| unsafe { tell(result, number, found, |verdict| &verdict.held) })
}

/// # Safety
///
/// As `lookalike_result_match`.
unsafe fn tell(
    result: *const ResultHandle,
    number: usize,
    place: *mut Match,
    of: impl FnOnce(&Verdict) -> &[Matched],
) -> Result<Status, Failure> {
    // SAFETY: passed on from the caller.
    let ResultHandle(answer) = unsafe { raw::shared(result, "result") }?;
    let entries = of(&answer.verdict);
    let matched = entries.get(number).ok_or_else(|| {
        Failure::argument(format_args!("entry {number} is none; there are {}, counted from 0", entries.len()))
    })?;
    // SAFETY: passed on from the caller.
    unsafe { raw::write(place, Match::of(matched), "found") }?;
    Ok(Status::Ok)
}

impl Match {
    fn of(matched: &Matched) -> Self {
        let place = |at: Option<usize>| at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
        Self {
            list: Text::of(&matched.list),
            entry: Text::of(&matched.entry),
            classification: Text::of(&matched.classification),
            owner: Text::of(&matched.owner),
            jurisdiction: Text::of(&matched.jurisdiction),
            action: Text::of(&matched.action),
            distance: matched.distance,
            frame: matched.view.map_or(0, |view| view.frame),
            transform: place(Dihedral::ALL.iter().position(|turn| *turn == matched.transform)),
            by: match matched.by {
                By::Hash(_) => 0,
                By::Digest(digest) => {
                    1 + place(crate::entry::DigestKind::ALL.iter().position(|it| *it == digest.kind()))
                }
            },
            role: place(Role::ALL.iter().position(|role| *role == matched.role)),
            opinion: place(Opinion::ALL.iter().position(|opinion| *opinion == matched.opinion)),
            quality: matched.quality,
            reserved: [0; 3],
        }
    }
}

/// Copies in words what there is to say beside the outcome: why a file could not be decoded, what was left out. Cut where it does not fit and ended
/// by a zero byte; `len`, which may be null, gets its whole length.
///
/// # Safety
///
/// `result` is a handle that has not been freed, `buffer` points to `capacity` bytes that may be written to, `len` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_result_detail(
    result: *const ResultHandle,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let ResultHandle(answer) = unsafe { raw::shared(result, "result") }?;
        // SAFETY: passed on from the caller.
        unsafe { give_text(answer.detail().unwrap_or_default().as_bytes(), buffer, capacity, len) }
    })
}

/// Copies why the outcome is what it is, as JSON: the rules that fired and held back, lists, jurisdictions, what a quorum lacks. No hash is in it.
/// Nothing where nothing was found. As `lookalike_result_detail` otherwise.
///
/// # Safety
///
/// As `lookalike_result_detail`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_result_evidence(
    result: *const ResultHandle,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let ResultHandle(answer) = unsafe { raw::shared(result, "result") }?;
        let evidence = answer.verdict.evidence.as_ref().map(serde_json::to_string).transpose();
        let evidence = evidence.map_err(|error| Failure::new(Status::Panicked, error))?.unwrap_or_default();
        // SAFETY: passed on from the caller.
        unsafe { give_text(evidence.as_bytes(), buffer, capacity, len) }
    })
}

/// Frees a result, and the texts of its entries. Null is nothing to free.
///
/// # Safety
///
/// `result` is null, or a handle that has not been freed and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_result_free(result: *mut ResultHandle) {
    // SAFETY: passed on from the caller.
    unsafe { raw::free(result) }
}
