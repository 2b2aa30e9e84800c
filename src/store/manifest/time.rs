//! Times in manifests and messages: RFC 3339, UTC, whole seconds; in code, Unix milliseconds.

use alloc::string::{String, ToString as _};
use core::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// A time as it is printed: `2026-11-25T06:00:00Z`, whatever is below a second left out.
pub(super) struct Shown(pub(super) i64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0.div_euclid(1000)) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Whether a time can be written and read again: a whole second of the years 1970 to 9999.
pub(super) const fn is_writable(millis: i64) -> bool {
    // 9999-12-31T00:00:00Z: jiff ends within the day after
    0 <= millis && millis < 253_402_214_400_000 && millis % 1000 == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(super) fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Shown(*millis).to_string())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let stamp: Timestamp =
        text.parse().map_err(|_| serde::de::Error::custom("a time is not like 2026-11-25T06:00:00Z"))?;
    Ok(stamp.as_millisecond())
}
