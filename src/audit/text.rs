//! Texts of events, bounded in length.

use alloc::string::String;

/// Bytes of a text in an event; what is longer is cut off, and ends in `…`.
pub const MAX_TEXT: usize = 256;

/// A text, cut off where it is too long.
pub(super) fn clipped(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.into();
    }
    let mut end = MAX_TEXT - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut cut = String::from(text.split_at(end).0);
    cut.push('…');
    cut
}
