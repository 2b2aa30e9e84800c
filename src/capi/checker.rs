//! Pictures in, results out.

use alloc::string::ToString as _;
use core::ffi::c_char;
use std::time::UNIX_EPOCH;

use super::argument::{In, Out, Owned};
use super::failure::{Failure, guarded, keep};
use super::hashes::Hashes;
use super::options::{CheckerOptions, checker};
use super::result::{ResultHandle, copy_json, copy_text};
use super::status::Status;
use crate::check::{CheckError, Checker, Lists, Report};

/// Compares pictures with lists: made once, shared by all threads, asked for every picture.
pub struct CheckerHandle(Checker);

/// The state of the lists that a checker works with.
#[repr(C)]
pub struct CheckerStatus {
    /// The generation in use; 0 for an index.
    generation: u64,
    /// The number of entries in use.
    entries: u64,
    /// When the newest generation was opened here, in seconds since 1970; 0 for an index.
    opened_unix_seconds: u64,
    /// How long ago the store was last read without an error, in milliseconds; 0 for an index.
    read_millis_ago: u64,
    /// How often a generation was refused or the store could not be read.
    failures: u64,
    /// The number of signed lists that have expired.
    stale_lists: u32,
    /// The id of the profile.
    profile: u16,
    /// 1 if a newer generation is not in use, or the store cannot be read, so that an older one is in use; else 0.
    has_problem: u8,
    /// 1 if no picture can be checked now; else 0.
    is_unusable: u8,
}

/// Makes a checker of an index file, or of a store if `path` is a directory. A store is followed: every picture is compared with the newest
/// generation that is sound, not empty and not expired.
///
/// `options` may be null for the default ones.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_open(
    path: In<c_char>,
    options: In<CheckerOptions>,
    checker: Out<*mut CheckerHandle>,
) -> Status {
    guarded(|| {
        let open = |opener| Ok(Lists::open_with(path.path("path")?, opener)?);
        checker.give("checker", || self::checker(&options, open).map(CheckerHandle))?;
        Ok(Status::Ok)
    })
}

/// Makes a checker of the bytes of an index, which are copied. `options` may be null for the default ones.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_from_memory(
    bytes: In<u8>,
    len: usize,
    options: In<CheckerOptions>,
    checker: Out<*mut CheckerHandle>,
) -> Status {
    guarded(|| {
        let open = |_| Ok(Lists::from_bytes(bytes.bytes(len, "bytes")?.to_vec())?);
        checker.give("checker", || self::checker(&options, open).map(CheckerHandle))?;
        Ok(Status::Ok)
    })
}

/// Checks a picture file in memory: its digests, frames and views. Returns its outcome, never `LOOKALIKE_STATUS_OK`.
///
/// `result` gets the evidence, to be freed by `lookalike_result_free`; it may be null.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_check(
    checker: In<CheckerHandle>,
    bytes: In<u8>,
    len: usize,
    result: Out<*mut ResultHandle>,
) -> Status {
    answer(&checker, &result, |checker| Ok(checker.check(bytes.bytes(len, "bytes")?)?))
}

/// Checks a picture file by its path, as `lookalike_checker_check`. A symbolic link is followed only if `follow` is not 0. FIFOs, devices and
/// files that change while they are read are refused.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_check_path(
    checker: In<CheckerHandle>,
    path: In<c_char>,
    follow: i32,
    result: Out<*mut ResultHandle>,
) -> Status {
    answer(&checker, &result, |checker| Ok(checker.check_path(path.path("path")?, follow != 0)?))
}

/// Checks the hashes of one picture, as `lookalike_checker_check`. Under a policy that confirms matches by a second index it fails, because that
/// takes the picture.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_check_hashes(
    checker: In<CheckerHandle>,
    hashes: In<Hashes>,
    result: Out<*mut ResultHandle>,
) -> Status {
    answer(&checker, &result, |checker| {
        let hashes = hashes.get("hashes")?;
        let (profile, quality, hash_bytes) = hashes.described()?;
        Ok(match hash_bytes {
            8 => checker.check_hashes(profile, quality, &hashes.bits::<8>()),
            _ => checker.check_hashes(profile, quality, &hashes.bits::<32>()),
        }?)
    })
}

/// Hands out a report, if the caller takes it, and keeps its detail as the message of the call.
fn answer(
    checker: &In<CheckerHandle>,
    result: &Out<*mut ResultHandle>,
    check: impl FnOnce(&Checker) -> Result<Report, Failure>,
) -> Status {
    let mut message = None;
    let status = guarded(|| {
        let mut status = Status::Panicked;
        result.give_optional("result", || {
            let CheckerHandle(checker) = checker.get("checker")?;
            let report = check(checker)?;
            let outcome = report.outcome();
            let reason = (!outcome.was_checked()).then(|| outcome.to_string());
            message = report.detail().map(Into::into).or(reason);
            status = outcome.into();
            Ok(ResultHandle(report))
        })?;
        Ok(status)
    });
    if let Some(message) = message {
        keep(message);
    }
    status
}

/// Returns the state of the lists: whether they can be used, how old they are, and whether something is wrong with the store.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_status(checker: In<CheckerHandle>, status: Out<CheckerStatus>) -> Status {
    guarded(|| {
        let CheckerHandle(checker) = checker.get("checker")?;
        let found = checker.status();
        let opened = found.opened().and_then(|opened| opened.duration_since(UNIX_EPOCH).ok());
        let value = CheckerStatus {
            generation: found.generation().unwrap_or(0),
            entries: found.entries(),
            opened_unix_seconds: opened.map_or(0, |opened| opened.as_secs()),
            read_millis_ago: found.read_ago().map_or(0, |ago| u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)),
            failures: found.failures(),
            stale_lists: u32::try_from(found.stale().len()).map_err(Failure::argument)?,
            profile: checker.profile().id(),
            has_problem: u8::from(found.problem().is_some()),
            is_unusable: u8::from(found.unusable().is_some()),
        };
        status.set(value, "status")?;
        Ok(Status::Ok)
    })
}

/// Copies the state of the lists as JSON, with the reasons in words. `len`, which may be null, gets its length. See "Text" above.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_status_json(
    checker: In<CheckerHandle>,
    buffer: Out<c_char>,
    capacity: usize,
    len: Out<usize>,
) -> Status {
    guarded(|| {
        let CheckerHandle(checker) = checker.get("checker")?;
        copy_json(&checker.status(), &buffer, capacity, &len)
    })
}

/// Copies what does not fit between policy and lists, though checking works: one warning a line. `len`, which may be null, gets the length. See
/// "Text" above.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_warnings(
    checker: In<CheckerHandle>,
    buffer: Out<c_char>,
    capacity: usize,
    len: Out<usize>,
) -> Status {
    guarded(|| {
        let CheckerHandle(checker) = checker.get("checker")?;
        copy_text(&checker.warnings().join("\n"), &buffer, capacity, &len)
    })
}

/// Copies the name of a list, counted from 0, and the number of its entries in use. `len` and `entries` may be null. See "Text" above.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_list(
    checker: In<CheckerHandle>,
    number: usize,
    buffer: Out<c_char>,
    capacity: usize,
    len: Out<usize>,
    entries: Out<u64>,
) -> Status {
    guarded(|| {
        let CheckerHandle(checker) = checker.get("checker")?;
        let lists = checker.snapshot().lists().map_err(CheckError::from)?;
        let Some((name, count, _)) = lists.get(number) else {
            let all = lists.len();
            return Err(Failure::argument(format_args!("number: found {number}, expected less than {all}")));
        };
        entries.set_optional(*count, "entries")?;
        copy_text(name, &buffer, capacity, &len)
    })
}

/// Frees a checker; results stay. Null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_free(checker: Owned<CheckerHandle>) {
    checker.free();
}
