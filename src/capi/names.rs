//! Versions, names of profiles and transforms, messages.

use core::ffi::{CStr, c_char};
use core::ptr;

use super::argument::{In, Out};
use super::failure::{Failure, guarded, kept};
use super::status::Status;
use crate::hash::Profile;

/// The version of this interface. It grows when something is added; what is there keeps its meaning and its layout.
pub const LOOKALIKE_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no zero byte"),
};

/// Returns the version of the library, `0.1.0` for example. Never null; static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Returns the version of this interface in the linked library. A program stops if it is less than the `LOOKALIKE_ABI_VERSION` that the
/// program was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_abi_version() -> u32 {
    LOOKALIKE_ABI_VERSION
}

/// Copies the message of this thread's latest call that returned a status: why it failed, or what its result leaves out; empty if there is
/// nothing to say. Returns its length. See "Text" above.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_last_error(buffer: Out<c_char>, capacity: usize) -> usize {
    kept(|message| buffer.copy(message, capacity)).unwrap_or(0)
}

/// The names of profiles by their ids, which C needs ended by a zero byte.
pub(super) const PROFILES: [(u16, &CStr); 12] = [
    (1, c"pdq"),
    (2, c"pdq512"),
    (16, c"ahash"),
    (17, c"ahash256"),
    (18, c"dhash"),
    (19, c"dhash256"),
    (20, c"phash"),
    (21, c"phash256"),
    (22, c"whash"),
    (23, c"whash256"),
    (24, c"blockhash"),
    (25, c"blockhash256"),
];

/// The names of transforms, in the order of `Dihedral::ALL`.
pub(super) const TRANSFORMS: [&CStr; 8] =
    [c"original", c"rotate90", c"rotate180", c"rotate270", c"flipx", c"flipy", c"flipplus1", c"flipminus1"];

/// Finds a profile by its name: `pdq`, `phash`, `blockhash256` and so on.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_by_name(name: In<c_char>, profile: Out<u16>) -> Status {
    guarded(|| {
        let found: Profile = name.text("name")?.parse().map_err(Failure::argument)?;
        profile.set(found.id(), "profile")?;
        Ok(Status::Ok)
    })
}

/// Returns the name of a profile; null for an unknown id. Static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_name(profile: u16) -> *const c_char {
    PROFILES.iter().find(|(id, _)| *id == profile).map_or(ptr::null(), |(_, name)| name.as_ptr())
}

/// Returns the length of a profile's hashes in bits, 64 or 256; 0 for an unknown id.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_bits(profile: u16) -> u32 {
    Profile::from_id(profile).map_or(0, |profile| 8 * u32::from(hash_bytes(profile)))
}

/// Returns the default radius of a profile in bits, inclusive (31 for PDQ); 0 for an unknown id.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_profile_default_radius(profile: u16) -> u32 {
    Profile::from_id(profile).map_or(0, Profile::default_radius)
}

/// Returns the name of a transform by its number in a match: `original`, `rotate90` ... `flipminus1`; null from 8 on. Static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_transform_name(transform: u8) -> *const c_char {
    TRANSFORMS.get(usize::from(transform)).map_or(ptr::null(), |name| name.as_ptr())
}

pub(super) fn profile(id: u16) -> Result<Profile, Failure> {
    let unknown =
        || Failure::argument(format_args!("unknown profile {id}; lookalike_profile_by_name returns their ids"));
    Profile::from_id(id).ok_or_else(unknown)
}

/// The length of a profile's hashes in bytes.
pub(super) fn hash_bytes(profile: Profile) -> u8 {
    if profile.bits() == 64 { 8 } else { 32 }
}
