//! Pictures and hashes against lists, under an operator's policy.

use alloc::sync::Arc;
use core::ffi::c_char;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::failure::{Failure, guarded, keep};
use super::hashes::{Hashes, Limits, limits};
use super::profile::profile;
use super::result::Answer;
use super::{ResultHandle, SnapshotHandle, Status, StoreHandle, raw};
use crate::check::{Confirm, Confirmed, Found, LiveLookup, Lookup, LookupError, MOST_REPORTED, RuleBook};
use crate::decode::{Rendition, View};
use crate::hash::Profile;
use crate::hash::views::ViewSet;
use crate::matching::{Outcome, Policy, PolicyFile};
use crate::mmap::Opener;

/// What the profile, or the policy, has as its usual value.
pub const LOOKALIKE_DEFAULT: u32 = u32::MAX;

/// Lists, how they are asked, and what of the answers counts.
#[derive(Debug)]
pub struct LookupHandle(Kind);

#[derive(Debug)]
enum Kind {
    Fixed(Arc<Lookup>),
    Live(LiveLookup),
}

/// How lists are asked. Call `lookalike_lookup_options_init` first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LookupOptions {
    /// The size of this struct in bytes, which `lookalike_lookup_options_init` sets.
    pub struct_bytes: usize,
    /// The text of a policy file (TOML), ended by a zero byte; null: every list counts alone within `radius`, from `minimum_quality` on.
    pub policy: *const c_char,
    /// The directory from which the policy's second index is named; null: the working directory.
    pub policy_directory: *const c_char,
    /// The largest distance that counts, in bits, inclusive; `LOOKALIKE_DEFAULT`: the profile's (31 for PDQ). With a policy, its own.
    pub radius: u32,
    /// The least quality at which a picture is looked up, 0 to 100; `LOOKALIKE_DEFAULT`: 50. With a policy, its own.
    pub minimum_quality: u32,
    /// Whether turned and mirrored pictures count: 1 (the default), or 0.
    pub dihedral: u32,
    /// By which further views a file is looked up: 0 none, 1 standard (the default for profile `pdq`), 2 thorough. They find what was cropped, framed or
    /// photographed from a screen, and cost two to ten times the time.
    pub views: u32,
}

/// Sets the usual options.
///
/// # Safety
///
/// `options` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_lookup_options_init(options: *mut LookupOptions) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        unsafe { raw::write(options, LookupOptions::usual(), "options") }?;
        Ok(Status::Ok)
    })
}

impl LookupOptions {
    const fn usual() -> Self {
        Self {
            struct_bytes: size_of::<Self>(),
            policy: core::ptr::null(),
            policy_directory: core::ptr::null(),
            radius: LOOKALIKE_DEFAULT,
            minimum_quality: LOOKALIKE_DEFAULT,
            dihedral: 1,
            views: LOOKALIKE_DEFAULT,
        }
    }
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Damaged(error) => error.into(),
            LookupError::NeverMet(_) | LookupError::NeverConfirmed { .. } => Self::new(Status::PolicyRefused, error),
            LookupError::Profile { .. } => Self::new(Status::WrongProfile, error),
            LookupError::Empty => Self::new(Status::Refused, error),
            LookupError::Radius { .. } | LookupError::Views { .. } => Self::argument(error),
        }
    }
}

/// How to ask lists of a profile, as the options say.
struct Asked {
    policy: Policy,
    rules: RuleBook,
    confirm: Option<Arc<Confirm>>,
}

/// # Safety
///
/// `options` is null or points to options whose texts end with a zero byte.
unsafe fn asked(options: *const LookupOptions, profile: Profile) -> Result<Asked, Failure> {
    let usual = LookupOptions::usual();
    let options = if options.is_null() {
        &usual
    } else {
        // SAFETY: passed on from the caller.
        unsafe { raw::shared(options, "options") }?
    };
    if options.struct_bytes != usual.struct_bytes {
        let words = "options were not set by lookalike_lookup_options_init, or by that of another version";
        return Err(Failure::argument(words));
    }
    let views = match options.views {
        0 => ViewSet::None,
        1 => ViewSet::Standard,
        2 => ViewSet::Thorough,
        LOOKALIKE_DEFAULT if profile == Profile::Pdq => ViewSet::Standard,
        LOOKALIKE_DEFAULT => ViewSet::None,
        other => return Err(Failure::argument(format_args!("views {other} are none; they are numbered 0 to 2"))),
    };
    let policy = Policy::new(profile).dihedral(options.dihedral != 0).views(views);
    let radius = if options.radius == LOOKALIKE_DEFAULT { policy.radius } else { options.radius };
    let quality = match (options.minimum_quality, u8::try_from(options.minimum_quality)) {
        (LOOKALIKE_DEFAULT, _) => policy.minimum_quality,
        (_, Ok(quality @ ..=100)) => quality,
        (other, _) => return Err(Failure::argument(format_args!("minimum_quality is {other}, and ends at 100"))),
    };
    let policy = policy.radius(radius).minimum_quality(quality);
    if options.policy.is_null() {
        let rules = RuleBook::plain(profile, radius, quality);
        return Ok(Asked { policy, rules, confirm: None });
    }
    // SAFETY: passed on from the caller.
    let text = unsafe { raw::utf8(options.policy, "options.policy") }?;
    let file = PolicyFile::parse(text, profile).map_err(|error| Failure::new(Status::PolicyRefused, error))?;
    let directory = if options.policy_directory.is_null() {
        PathBuf::new()
    } else {
        // SAFETY: passed on from the caller.
        unsafe { raw::path(options.policy_directory, "options.policy_directory") }?.to_path_buf()
    };
    let confirm = confirm(&file, &directory)?;
    Ok(Asked { policy, rules: RuleBook::of_file(file), confirm })
}

/// Opens the second index of a policy, if it has one.
fn confirm(file: &PolicyFile, directory: &Path) -> Result<Option<Arc<Confirm>>, Failure> {
    let Some(confirm) = file.confirm() else { return Ok(None) };
    let index = Opener::default().open(directory.join(&confirm.index));
    let index = index.map_err(|error| super::snapshot::refused(&error))?;
    Ok(Some(Arc::new(Confirm::new(index, confirm.radius)?)))
}

/// Prepares to ask a snapshot. `options` may be null for the usual ones.
///
/// # Safety
///
/// `snapshot` is a handle that has not been freed, `options` is null or was set by `lookalike_lookup_options_init`, `lookup` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_lookup_new(
    snapshot: *const SnapshotHandle,
    options: *const LookupOptions,
    lookup: *mut *mut LookupHandle,
) -> Status {
    guarded(|| {
        let make = || {
            // SAFETY: passed on from the caller.
            let SnapshotHandle(snapshot) = unsafe { raw::shared(snapshot, "snapshot") }?;
            // SAFETY: passed on from the caller.
            let Asked { policy, rules, confirm } = unsafe { asked(options, snapshot.profile()) }?;
            let lookup = Lookup::confirmed(Arc::clone(snapshot), policy, rules, confirm)?;
            Ok(LookupHandle(Kind::Fixed(Arc::new(lookup))))
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(lookup, "lookup", make) }?;
        Ok(Status::Ok)
    })
}

/// Prepares to ask a store: every picture is looked up in the generation that is loaded then. It is loaded by `lookalike_store_watch` or
/// `lookalike_store_reload`. A store without entries is refused, because it would find every picture clean.
///
/// # Safety
///
/// `store` is a handle that has not been freed, `options` is null or was set by `lookalike_lookup_options_init`, `lookup` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_lookup_of_store(
    store: *const StoreHandle,
    options: *const LookupOptions,
    lookup: *mut *mut LookupHandle,
) -> Status {
    guarded(|| {
        let make = || {
            // SAFETY: passed on from the caller.
            let handle = unsafe { raw::shared(store, "store") }?;
            let profile = handle.store.snapshot().profile();
            // SAFETY: passed on from the caller.
            let Asked { policy, rules, confirm } = unsafe { asked(options, profile) }?;
            let live = LiveLookup::new(Arc::clone(&handle.store), policy, rules, confirm)?;
            Ok(LookupHandle(Kind::Live(live)))
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(lookup, "lookup", make) }?;
        Ok(Status::Ok)
    })
}

impl LookupHandle {
    /// What the next picture is looked up in.
    fn current(&self, now: i64) -> Result<Arc<Lookup>, Failure> {
        match &self.0 {
            Kind::Fixed(lookup) => Ok(Arc::clone(lookup)),
            Kind::Live(live) => live.current(now).map_err(|error| Failure::new(Status::Stale, error)),
        }
    }
}

/// Unix milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Looks hashes up: those of one picture, all of them together. Returns what became of the picture, never LOOKALIKE_STATUS_OK.
///
/// `result` gets what was found, to be freed by `lookalike_result_free`; it may be null. A policy that confirms by a second index needs the picture: call
/// `lookalike_check_file`.
///
/// # Safety
///
/// `lookup` is a handle that has not been freed, `hashes` points to hashes, `result` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_look_up(
    lookup: *const LookupHandle,
    hashes: *const Hashes,
    result: *mut *mut ResultHandle,
) -> Status {
    let ask = || {
        // SAFETY: passed on from the caller.
        let handle = unsafe { raw::shared(lookup, "lookup") }?;
        // SAFETY: passed on from the caller.
        let hashes = unsafe { raw::shared(hashes, "hashes") }?;
        let now = now();
        look_up(handle.current(now)?, hashes, now)
    };
    // SAFETY: passed on from the caller.
    unsafe { answered(result, ask) }
}

fn look_up(lookup: Arc<Lookup>, hashes: &Hashes, now: i64) -> Result<Answer, Failure> {
    let (found, expected) = (profile(hashes.profile)?, lookup.snapshot().profile());
    if found != expected {
        let words = format_args!("found hashes of profile {found}, the lists hold profile {expected}");
        return Err(Failure::new(Status::WrongProfile, words));
    }
    if lookup.confirm().is_some() {
        let words = "the policy confirms matches by a second index, for which the picture is needed: check the file";
        return Err(Failure::argument(words));
    }
    let quality = hashes.quality;
    if quality > 100 {
        return Err(Failure::argument(format_args!("quality is {quality}, and ends at 100")));
    }
    let verdict = {
        let mut entries = Found::new(Some(now));
        let view = View::new(1, Rendition::Stored);
        let confirmed = Confirmed::default();
        match found.bits() {
            64 => {
                let needles = hashes.needles::<8>()?;
                if lookup.admits(quality) {
                    lookup.view(view, quality, &needles, &confirmed, &mut entries)?;
                }
            }
            _ => {
                let needles = hashes.needles::<32>()?;
                if lookup.admits(quality) {
                    lookup.view(view, quality, &needles, &confirmed, &mut entries)?;
                }
            }
        }
        lookup.judge(Outcome::NoMatch, Some(quality), entries, MOST_REPORTED)
    };
    Ok(Answer::of_hashes(lookup.snapshot(), hashes, verdict))
}

/// Checks a picture file: every frame and view of it, and its digests. Returns what became of it, never LOOKALIKE_STATUS_OK.
///
/// `limits` may be null for the usual ones. `result` gets what was found, to be freed by `lookalike_result_free`; it may be null.
///
/// # Safety
///
/// `lookup` is a handle that has not been freed, `bytes` points to `len` bytes, `limits` is null or points to limits, `result` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_check_file(
    lookup: *const LookupHandle,
    bytes: *const u8,
    len: usize,
    limits_or_null: *const Limits,
    result: *mut *mut ResultHandle,
) -> Status {
    let ask = || {
        // SAFETY: passed on from the caller.
        let handle = unsafe { raw::shared(lookup, "lookup") }?;
        // SAFETY: passed on from the caller.
        let bytes = unsafe { raw::bytes(bytes, len, "bytes") }?;
        // SAFETY: passed on from the caller.
        let limits = unsafe { limits(limits_or_null) }?;
        let now = now();
        let lookup = handle.current(now)?;
        let checked = lookup.check(bytes, &limits, Some(now))?;
        Ok(Answer::of_file(lookup.snapshot(), checked))
    };
    // SAFETY: passed on from the caller.
    unsafe { answered(result, ask) }
}

/// Gives an answer to the caller, if it is wanted.
///
/// # Safety
///
/// `result` is null or may be written to.
unsafe fn answered(result: *mut *mut ResultHandle, ask: impl FnOnce() -> Result<Answer, Failure>) -> Status {
    let mut words = None;
    let status = guarded(|| {
        let mut status = Status::Panicked;
        let make = || {
            let answer = ask()?;
            status = answer.status();
            words = answer.detail().map(Into::into);
            Ok(ResultHandle(answer))
        };
        if result.is_null() {
            make()?;
        } else {
            // SAFETY: passed on from the caller.
            unsafe { raw::give(result, "result", make) }?;
        }
        Ok(status)
    });
    if let Some(words) = words {
        keep(words);
    }
    status
}

/// Frees a lookup. Null is nothing to free.
///
/// # Safety
///
/// `lookup` is null, or a handle that has not been freed and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_lookup_free(lookup: *mut LookupHandle) {
    // SAFETY: passed on from the caller.
    unsafe { raw::free(lookup) }
}
