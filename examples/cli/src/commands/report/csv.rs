//! A report for machines, in long form: one number a row, named by its section, up to four keys, and what is counted.

use std::io::{self, Write};

use super::model::Page;
use crate::names::shown_text;
use crate::report::csv::{row, safe};

/// Writes the whole report.
pub(super) fn write(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    let mut write = |section: &str, keys: &[String], measure: &str, value: &str| {
        let key = |at: usize| keys.get(at).map_or("", String::as_str);
        let cells = [section, key(0), key(1), key(2), key(3), measure, value].map(shown_text);
        row(&mut *out, cells.each_ref().map(|cell| safe(cell)).each_ref().map(|cell| &**cell))
    };
    let names = ["key1", "key2", "key3", "key4"].map(str::to_owned);
    write("section", &names, "measure", "value")?;
    for (key, value) in &page.made_from {
        write("made_from", &[(*key).to_owned()], "text", value)?;
    }
    for notice in &page.notices {
        write("notice", &[], "text", notice)?;
    }
    for section in &page.sections {
        if section.rows.is_empty() {
            write(&section.words.id, &[], "text", &section.words.empty)?;
        }
        for line in &section.rows {
            for ((id, _), value) in section.words.measures.iter().zip(&line.values) {
                write(&section.words.id, &line.keys, id, &value.plain)?;
            }
        }
    }
    Ok(())
}
