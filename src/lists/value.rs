//! Values of JSON, taken as lists write them: numbers and truth values also as strings.

use alloc::borrow::Cow;
use alloc::format;
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::Reason;

/// A string, or a number or truth value as it would be written; empty for `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text without the white space around it.
    pub(super) fn get(&self) -> &str {
        trim(&self.0)
    }

    /// Whether it says yes: `true`, `yes` or a number other than 0. What is empty or anything else says no.
    pub(super) fn is_true(&self) -> bool {
        let text = self.get();
        text.eq_ignore_ascii_case("true")
            || text.eq_ignore_ascii_case("yes")
            || text.parse::<f64>().is_ok_and(|number| number != 0.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number, a truth value or null")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.into())))
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(if truth { "true" } else { "false" })))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(format!("{number}"))))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(format!("{number}"))))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(format!("{number}"))))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// The text without white space, no-break spaces and zero-width characters around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || matches!(char, '\u{200b}' | '\u{feff}' | '\u{2060}'))
}

/// The text, trimmed; empty if it is a word for a value that is not stated.
pub(super) fn stated(text: &str) -> &str {
    let text = trim(text);
    if text == "-" || ["null", "n/a", "none"].iter().any(|word| text.eq_ignore_ascii_case(word)) { "" } else { text }
}

/// A cell as spreadsheets export it, without the formula around it: `="0123"` is a text.
pub(super) fn cell(text: &str) -> &str {
    let text = trim(text);
    text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).map_or(text, trim)
}

/// A hash without what exporters put around it: quotation marks, a formula, a leading apostrophe.
pub(super) fn bare(text: &str) -> &str {
    let text = cell(text);
    let quoted =
        ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)));
    // A spreadsheet's mark that the cell is text.
    trim(quoted.or_else(|| text.strip_prefix('\'')).unwrap_or(text))
}

/// Parses a record.
pub(super) fn parse<'a, T: Deserialize<'a>>(record: &'a [u8]) -> Result<T, Reason> {
    let text = core::str::from_utf8(record).map_err(|_| Reason::NotUtf8)?;
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Reason::Shape,
        _ => Reason::Malformed { language: "JSON" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn scalars_are_read_as_text() {
        let json = br#"["a", " b\u0020", 1, -2, 1.5, true, false, null]"#;
        let texts: Vec<Text<'_>> = parse(json).unwrap();
        let texts: Vec<&str> = texts.iter().map(Text::get).collect();
        assert_eq!(texts, ["a", "b", "1", "-2", "1.5", "true", "false", ""]);
    }

    #[test]
    fn values_of_spreadsheets_are_unwrapped() {
        assert_eq!(trim("\u{feff}\u{a0} a\u{200b}b \u{202f}\u{2060}"), "a\u{200b}b");
        assert_eq!(["NULL", " n/a", "N/A", "-", "None", ""].map(stated), [""; 6]);
        assert_eq!(["nullify", "--", "0"].map(stated), ["nullify", "--", "0"]);
        assert_eq!([" =\"a\"", "\"a\"", "'a'", "'a", "a", "=\" 'a\""].map(bare), ["a"; 6]);
        assert_eq!(["=\"", "\"a", "=a", "'"].map(bare), ["=\"", "\"a", "=a", ""]);
    }

    #[test]
    fn truth_may_be_a_string() {
        let texts: Vec<Text<'_>> = parse(br#"[true, "True", "yes", 1, "1"]"#).unwrap();
        assert!(texts.iter().all(Text::is_true));
        let texts: Vec<Text<'_>> = parse(br#"[false, "false", "", null, 0, "no", "?"]"#).unwrap();
        assert!(!texts.iter().any(Text::is_true));
    }

    #[test]
    fn what_is_no_record_has_its_reason() {
        assert_eq!(parse::<Text<'_>>(b"\"\xff\"").unwrap_err(), Reason::NotUtf8);
        assert_eq!(parse::<Text<'_>>(b"[]").unwrap_err(), Reason::Shape);
        assert_eq!(parse::<Text<'_>>(b"\"").unwrap_err(), Reason::Malformed { language: "JSON" });
    }
}
