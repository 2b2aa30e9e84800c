//! A report for machines, in long form: one number a row, named by its section, up to four keys, and what is counted.

use super::model::Page;
use crate::exit::Failure;

/// The columns.
const HEADER: [&str; 7] = ["section", "key1", "key2", "key3", "key4", "measure", "value"];

/// The whole report.
///
/// # Errors
///
/// When a row cannot be written, which is a defect.
pub(super) fn text(page: &Page) -> Result<String, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::new(format!("cannot write the report: {error}; please report it"));
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    let mut write = |fields: [&str; 7]| out.write_record(fields.map(guarded)).map_err(|error| failed(&error));
    write(HEADER)?;
    for (key, value) in &page.made_from {
        write(["made_from", key, "", "", "", "text", value])?;
    }
    for notice in &page.notices {
        write(["notice", "", "", "", "", "text", notice])?;
    }
    for section in &page.sections {
        if section.rows.is_empty() {
            write([section.id, "", "", "", "", "text", section.empty])?;
        }
        for line in &section.rows {
            let key = |at: usize| line.keys.get(at).map_or("", String::as_str);
            for ((id, _), value) in section.measures.iter().zip(&line.values) {
                write([section.id, key(0), key(1), key(2), key(3), id, &value.plain(page.sign())])?;
            }
        }
    }
    let bytes = out.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    let text = crate::names::shown_text(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}
