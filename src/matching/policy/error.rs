//! What is wrong with a policy, where, and what would be right.

use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;
use core::ops::Range;

/// Why a policy is refused: one sentence that begins with the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    line: usize,
    what: String,
}

impl PolicyError {
    /// An error at a place of the text.
    pub(super) fn at(text: &str, place: &Range<usize>, what: impl Into<String>) -> Self {
        let before = text.get(..place.start).unwrap_or(text);
        Self { line: 1 + before.matches('\n').count(), what: what.into() }
    }

    /// What the parser says, in plainer words.
    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let what = plain(error.message());
        Self::at(text, &error.span().unwrap_or(0..0), what)
    }

    /// The line of the file, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// What is wrong, without the line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl core::error::Error for PolicyError {}

/// Says what a deserialiser says as one would say it to a person.
fn plain(message: &str) -> String {
    let message = message.replace('\n', ", ");
    if let Some((key, allowed)) = message.strip_prefix("unknown field ").and_then(|rest| rest.split_once(", ")) {
        let allowed = allowed.trim_start_matches("expected ").trim_start_matches("one of ").replace(" or ", ", ");
        return format!("the key {key} is not known here; allowed are {allowed}");
    }
    if let Some((found, expected)) = message.strip_prefix("invalid type: ").and_then(|it| it.split_once(", expected "))
    {
        let found = match found.split_once(' ') {
            Some(("string", text)) => format!("the text {text}"),
            Some(("integer", number)) => format!("the number {}", number.trim_matches('`')),
            Some(("floating" | "boolean", _)) => {
                found.replace("floating point", "the number").replace("boolean", "the word")
            }
            _ => match found {
                "map" => "a table".to_string(),
                "sequence" => "a list in brackets".to_string(),
                other => format!("a {other}"),
            },
        };
        let expected = match expected {
            "a sequence" => "[[ ]] around the name of the table, once for each",
            "a map" => "a table in braces",
            _ if expected.starts_with("struct ") => "[ ] around the name of the table, or braces { }",
            other => other,
        };
        return format!("found {found}, expected {expected}");
    }
    message
}
