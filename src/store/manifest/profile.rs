//! Profiles in documents, by their names.

use alloc::string::String;

use serde::{Deserialize as _, Deserializer, Serializer};

use crate::hash::Profile;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(in crate::store) fn serialize<S: Serializer>(profile: &Profile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(profile.name())
}

pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Profile, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
