//! The library as C sees it: what `include/lookalike.h` declares, which is made from these files.
//!
//! ```text
//!  file ─► hash_file ─┐                                         index_open ─► snapshot ─┐
//!  pixels ─► hash_pixels ─► hashes ─► look_up ─┐                store_open ─► store ────┴─► lookup (with a policy)
//!  rows ─► stream ────┘                        ├─► status: match, no_match, low_quality ...; result: entries, evidence
//!  file ─────────────────────────► check_file ─┘
//! ```
//!
//! Every function that can fail returns a [`Status`]; what it has to say beside that is told by [`lookalike_last_error`]. The status of a picture is
//! never 0, so that "could not check" is not taken for "clean": only [`Status::NoMatch`] is that.
//!
//! Pointers are checked for null and for alignment, lengths for what can be addressed; a panic ends in [`Status::Panicked`] and never crosses
//! into C. A handle may be used by any number of threads at the same time, streams excepted; it is freed once, when nobody uses it.

#![expect(unsafe_code, reason = "pointers of C are what the caller says they are, which no type can tell")]
#![allow(clippy::exhaustive_enums, clippy::exhaustive_structs, reason = "their layout is that of the header")]
#![allow(unreachable_pub, reason = "exported to C, which knows no modules")]

mod failure;
mod hashes;
mod lookup;
mod profile;
mod raw;
mod result;
mod snapshot;
mod status;
mod store;
mod stream;
#[cfg(test)]
mod tests;

pub use failure::lookalike_last_error;
pub use hashes::{
    Hashes, Limits, Pixels, lookalike_distance, lookalike_hash_file, lookalike_hash_from_hex, lookalike_hash_pixels,
    lookalike_hash_to_hex, lookalike_limits_init,
};
pub use lookup::{
    LOOKALIKE_DEFAULT, LookupHandle, LookupOptions, lookalike_check_file, lookalike_look_up, lookalike_lookup_free,
    lookalike_lookup_new, lookalike_lookup_of_store, lookalike_lookup_options_init,
};
pub use profile::{
    LOOKALIKE_ABI_VERSION, lookalike_abi_version, lookalike_profile_bits, lookalike_profile_by_name,
    lookalike_profile_default_radius, lookalike_profile_name, lookalike_status_name, lookalike_status_was_checked,
    lookalike_transform_name, lookalike_version,
};
pub use result::{
    Match, ResultHandle, ResultInfo, Text, lookalike_result_detail, lookalike_result_evidence, lookalike_result_free,
    lookalike_result_held, lookalike_result_info, lookalike_result_match,
};
pub use snapshot::{
    OpenMode, SnapshotHandle, SnapshotInfo, lookalike_index_from_memory, lookalike_index_open, lookalike_snapshot_free,
    lookalike_snapshot_info, lookalike_snapshot_list,
};
pub use status::Status;
pub use store::{
    StoreHandle, StoreInfo, lookalike_store_failure, lookalike_store_free, lookalike_store_info, lookalike_store_open,
    lookalike_store_reload, lookalike_store_snapshot, lookalike_store_watch,
};
pub use stream::{
    StreamHandle, lookalike_stream_finish, lookalike_stream_free, lookalike_stream_new, lookalike_stream_push,
};
