//! File names as they are shown and recorded: a name is hostile input like everything else in a directory.
//!
//! A name may hold line breaks, terminal escapes, or bytes that are not UTF-8. Text, CSV and HTML show such characters
//! as `\x0a` or `\u{202e}`, so that one record stays one line and a terminal obeys nobody. JSONL is the form from which
//! a name can be recovered exactly: `path` when it is UTF-8, and `path_bytes` beside it when it is not.

use std::fmt::Write as _;
use std::path::Path;

/// The name with everything escaped that could break a line, steer a terminal, or is not UTF-8.
pub(crate) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            push_escaped(&mut text, letter);
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The same for text that comes from elsewhere: names of lists, entries, classifications.
pub(crate) fn shown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|letter| push_escaped(&mut out, letter));
    out
}

/// The bytes of a name that is not UTF-8, as lower-case hexadecimal; nothing for a name that is.
pub(crate) fn lossless(path: &Path) -> Option<String> {
    if path.to_str().is_some() {
        return None;
    }
    let bytes = path.as_os_str().as_encoded_bytes();
    Some(bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

fn push_escaped(out: &mut String, letter: char) {
    // Directional controls can make a terminal show another name than the file has.
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(letter, '\u{2028}' | '\u{2029}');
    let written = if letter.is_ascii_control() {
        write!(out, "\\x{:02x}", u32::from(letter))
    } else if letter.is_control() || turns || breaks {
        write!(out, "\\u{{{:x}}}", u32::from(letter))
    } else {
        out.push(letter);
        Ok(())
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["a/b c.jpg", "übung/日本.png", "C:\\x\\y.jpg", "100%, \"quoted\".gif"] {
            assert_eq!(shown(Path::new(name)), name);
            assert_eq!(lossless(Path::new(name)), None);
        }
    }
}
