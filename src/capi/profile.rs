//! Versions, names and profiles.

use core::ffi::{CStr, c_char};
use core::ptr;

use super::failure::{Failure, guarded};
use super::{Status, raw};
use crate::hash::{Dihedral, Profile};

/// The version of this interface. It grows when something is added; what is there keeps its meaning and its layout.
pub const LOOKALIKE_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"unknown",
};

/// The version of the library: `0.1.0`. Never null; static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The version of this interface in the library that is linked: at least `LOOKALIKE_ABI_VERSION` of the header it was compiled with, or a caller
/// should stop.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_abi_version() -> u32 {
    LOOKALIKE_ABI_VERSION
}

/// The name of a status, as in reports: `no_match`. `unknown` for a number that is none. Never null; static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_status_name(status: i32) -> *const c_char {
    let named = Status::ALL.iter().find(|(of, _)| *of as i32 == status);
    named.map_or(c"unknown", |(_, name)| name).as_ptr()
}

/// Whether a status says that a picture was looked up: 1 for `no_match`, `match` and `test`, 0 for all others.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_status_was_checked(status: i32) -> i32 {
    i32::from([Status::NoMatch, Status::Match, Status::Test].into_iter().any(|it| it as i32 == status))
}

const PROFILES: [(Profile, &CStr); 12] = [
    (Profile::Pdq, c"pdq"),
    (Profile::Pdq512, c"pdq512"),
    (Profile::Ahash64, c"ahash"),
    (Profile::Ahash256, c"ahash256"),
    (Profile::Dhash64, c"dhash"),
    (Profile::Dhash256, c"dhash256"),
    (Profile::Phash64, c"phash"),
    (Profile::Phash256, c"phash256"),
    (Profile::Whash64, c"whash"),
    (Profile::Whash256, c"whash256"),
    (Profile::Blockhash64, c"blockhash"),
    (Profile::Blockhash256, c"blockhash256"),
];

/// Finds a profile by its name, such as `pdq`, `phash`, `blockhash256`.
///
/// # Safety
///
/// `name` points to text that ends with a zero byte, `profile` to a number that may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_profile_by_name(name: *const c_char, profile: *mut u16) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let name = unsafe { raw::utf8(name, "name") }?;
        let found: Profile = name.parse().map_err(Failure::argument)?;
        // SAFETY: passed on from the caller.
        unsafe { raw::write(profile, found.id(), "profile") }?;
        Ok(Status::Ok)
    })
}

/// The name of a profile; null for a number that is none. Static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_name(profile: u16) -> *const c_char {
    let named = PROFILES.iter().find(|(of, _)| of.id() == profile);
    named.map_or(ptr::null(), |(_, name)| name.as_ptr())
}

/// The length of a profile's hashes in bits: 64 or 256; 0 for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_bits(profile: u16) -> u32 {
    Profile::from_id(profile).and_then(|profile| u32::try_from(profile.bits()).ok()).unwrap_or(0)
}

/// The largest distance that counts under a profile unless the caller says otherwise; 0 for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_default_radius(profile: u16) -> u32 {
    Profile::from_id(profile).map_or(0, Profile::default_radius)
}

/// How a picture was turned, by its number in a match: `original`, `rotate90` ... `flipminus1`; null from 8 on. Static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_transform_name(transform: u8) -> *const c_char {
    let name = Dihedral::ALL.get(usize::from(transform)).map(|turn| match turn {
        Dihedral::Original => c"original",
        Dihedral::Rotate90 => c"rotate90",
        Dihedral::Rotate180 => c"rotate180",
        Dihedral::Rotate270 => c"rotate270",
        Dihedral::FlipX => c"flipx",
        Dihedral::FlipY => c"flipy",
        Dihedral::FlipPlus1 => c"flipplus1",
        Dihedral::FlipMinus1 => c"flipminus1",
    });
    name.map_or(ptr::null(), CStr::as_ptr)
}

/// The profile of a number.
pub(super) fn profile(id: u16) -> Result<Profile, Failure> {
    Profile::from_id(id).ok_or_else(|| {
        Failure::argument(format_args!("profile {id} is none; lookalike_profile_by_name gives their numbers"))
    })
}
