//! Points in time, as lists write them, in milliseconds since 1970.

use alloc::string::{String, ToString as _};
use core::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads ISO 8601 with an offset or `Z`; without one it is taken as UTC. Also a number of seconds or milliseconds.
pub(super) fn read(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<f64>() {
        return of_number(number);
    }
    let stamp = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(local).ok()
    })?;
    Some(stamp.as_millisecond())
}

/// Seconds since 1970 if the number is small enough for that (the year 5138), milliseconds if not.
pub(super) fn of_number(number: f64) -> Option<i64> {
    let milliseconds = if number.abs() < 1e11 { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within the years that dates have")]
    (milliseconds.abs() < 2e14).then(|| milliseconds.round() as i64)
}

/// A time in ISO 8601 and UTC, from which [`read`] makes the same again.
pub(super) fn exact(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).map_or_else(|_| milliseconds.to_string(), |stamp| stamp.to_string())
}

/// The system's clock.
pub(super) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A time as it is printed: in UTC, to the second.
pub(super) struct Shown(pub(super) i64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0.div_euclid(1000)) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn times_are_read_in_every_form_that_lists_have() {
        for (text, expected) in [
            ("2017-10-24T15:00:00Z", Some(1_508_857_200_000)),
            ("2017-10-24T17:00:00+02:00", Some(1_508_857_200_000)),
            ("2017-10-24T15:00:00.1234567Z", Some(1_508_857_200_123)),
            ("2017-10-24T15:00:00", Some(1_508_857_200_000)),
            ("2017-10-24 15:00:00", Some(1_508_857_200_000)),
            ("2017-10-24", Some(1_508_803_200_000)),
            ("1508857200", Some(1_508_857_200_000)),
            ("1508857200.5", Some(1_508_857_200_500)),
            ("1508857200123", Some(1_508_857_200_123)),
            ("yesterday", None),
            ("", None),
            ("NaN", None),
            ("1e300", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
            assert_eq!(expected.map(|time| read(&exact(time))), expected.map(Some), "{text}");
        }
    }

    #[test]
    fn times_are_printed_in_utc() {
        assert_eq!(Shown(1_508_857_200_123).to_string(), "2017-10-24T15:00:00Z");
        assert_eq!(Shown(i64::MAX).to_string(), "9223372036854775807 ms");
    }
}
