//! One page for a person: self-contained, no script, no thumbnail, no hash, everything escaped.
//!
//! Rows are written as they come; the summary, known only at the end, is shown on top by the style sheet.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use super::Report;
use crate::names::{shown, shown_text};
use crate::record::{Ending, Record, each_once};
use crate::summary::Summary;

/// The `html` format of `scan`.
#[derive(Debug)]
pub(crate) struct Html {
    /// Clean files get a row as well.
    pub(crate) verbose: bool,
}

impl Report for Html {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(HEAD.as_bytes())
    }

    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        let (ending, name) = record.outcome();
        if ending == Ending::NoMatch && record.held().is_empty() && !self.verbose {
            return Ok(());
        }
        let mut why = record.detail().map(|detail| escaped(&shown_text(&detail))).unwrap_or_default();
        for found in each_once(record.matches()) {
            let _ = write!(why, "<div>{}</div>", escaped(&super::text::sentence(found, &record)));
        }
        for found in each_once(record.held()) {
            let _ = write!(why, "<div class=\"held\">{}</div>", escaped(&super::text::held_sentence(found, &record)));
        }
        let size = record.size().map(|(width, height)| format!("{width} × {height}")).unwrap_or_default();
        let quality = record.quality().map(|quality| quality.to_string()).unwrap_or_default();
        let (words, path) = (ending.words(), escaped(&shown(&record.path)));
        let bytes = record.bytes().map(|bytes| bytes.to_string()).unwrap_or_default();
        writeln!(out, "<tr class=\"{name}\"><td>{words}<td>{path}<td>{why}<td>{quality}<td>{size}<td>{bytes}")
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary, took: Duration) -> io::Result<()> {
        let text = escaped(&summary.text(took));
        writeln!(out, "</table></main>\n<header><h1>lookalike scan</h1><pre>{text}</pre></header>\n</body></html>")
    }
}

/// `header` stands last in the file and first on the page.
const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>lookalike scan</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { display: flex; flex-direction: column; margin: 2em; font: 15px/1.5 system-ui, sans-serif; color-scheme: light dark }
header { order: -1 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3em .8em .3em 0; border-bottom: 1px solid #8886 }
td:nth-child(2) { overflow-wrap: anywhere; min-width: 15em }
.match td:first-child { font-weight: bold; color: #c22 }
.test td:first-child { font-weight: bold; color: #27a }
.held { color: #777 }
</style></head><body>
<main><table>
<tr><th>outcome<th>file<th>why<th>quality<th>pixels<th>bytes
"#;

/// The text with everything escaped that HTML could read as its own.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Examined;
    use lookalike::check::{Hashed, NotDecoded};

    #[test]
    fn a_hostile_name_stays_text() {
        let name = "<script>alert('x')</script>&\".jpg";
        let not = NotDecoded::unreadable("<b>");
        let result = Examined::Hashed(Hashed::not_hashed(not));
        let record = Record { path: name.into(), result, millis: 0.0, audit: None, is_link: false };
        let mut page = Vec::new();
        Html { verbose: false }.record(&mut page, record).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;.jpg<td>&lt;b&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<b>"));
    }
}
