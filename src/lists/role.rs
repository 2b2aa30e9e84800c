//! The refusal of a list whose role cannot be right.

use alloc::format;
use alloc::string::String;

use super::{Format, ListError, ListErrorKind};
use crate::entry::Role;

/// A list cannot have this role; `line` is 0 if no line says so.
pub(super) fn role_error(format: Format, role: Role, line: u64, why: &str) -> ListError {
    let place = if line > 0 { format!("on line {line} ") } else { String::new() };
    let what = format_args!("a list of format {format} cannot have role={}: {place}{why}", role.name());
    ListError::new(ListErrorKind::Role, what)
}
