//! The forms in which records are written: one file each.

pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod jsonl;
pub(crate) mod text;

use std::io::{self, Write};
use std::time::Duration;

use crate::record::Record;
use crate::summary::Summary;

/// Writes records one after the other, holding none of them.
pub(crate) trait Report {
    /// Writes what comes before the first record.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes one record.
    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record.
    fn end(&mut self, _out: &mut dyn Write, _summary: &Summary, _took: Duration) -> io::Result<()> {
        Ok(())
    }
}
