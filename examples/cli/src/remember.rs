//! One's own uploads kept as a list, to be looked up when a list changes: opt-in, for a time.
//!
//! Each picture is eight entries, its hashes as it is and turned: of a listed hash alone the turned ones cannot be told. They belong to the list of
//! their day, which is forgotten as a whole.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lookalike::entry::Role;
use lookalike::hash::{Dihedral, HashBits};
use lookalike::index::Source;
use lookalike::store::{StoreError, Writer};

use crate::exit::Failure;
use crate::names::{lossless, shown};
use crate::record::Record;
use crate::report::Report;
use crate::summary::Summary;

/// How the lists of uploads are named: this and the day.
pub(crate) const LIST: &str = "uploads ";
/// How many pictures are kept in memory until they are written.
const TOGETHER: usize = 1000;
/// How long to wait for another writer.
const WAIT: Duration = Duration::from_secs(60);

/// A report that keeps the hashes of what it reports.
pub(crate) struct Remember<'r, const N: usize> {
    inner: &'r mut dyn Report,
    store: &'r Path,
    pending: Vec<Picture<N>>,
    /// Why nothing is kept any more.
    failure: Option<StoreError>,
    kept: u64,
    unknown: u64,
}

/// A picture: its name, and its hashes in the order of [`Dihedral::ALL`].
struct Picture<const N: usize> {
    name: String,
    hashes: Vec<HashBits<N>>,
}

impl<'r, const N: usize> Remember<'r, N> {
    /// Reports to `inner`, and keeps hashes in a store.
    pub(crate) const fn new(inner: &'r mut dyn Report, store: &'r Path) -> Self {
        Self { inner, store, pending: Vec::new(), failure: None, kept: 0, unknown: 0 }
    }

    fn write(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let list = format!("{LIST}{}", today());
        let mut writer = Writer::<N>::open_within(self.store, WAIT)?;
        let mut change = writer.change();
        for picture in &self.pending {
            for (hash, turn) in picture.hashes.iter().zip(Dihedral::ALL) {
                let source = Source {
                    list: &list,
                    id: &picture.name,
                    classification: turn.name(),
                    role: Role::Test,
                    ..Source::default()
                };
                // A picture that is scanned again is kept once.
                let key = format!("{} {}", turn.name(), picture.name);
                change.add(Some(*hash), &[], source, Some(&key))?;
            }
        }
        change.commit()?;
        self.kept += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn write_or_keep_why(&mut self) {
        if self.failure.is_none() {
            self.failure = self.write().err();
        }
    }

    /// Writes what is left; says how many pictures were kept, and how many have no hash to keep.
    ///
    /// # Errors
    ///
    /// When the store could not be written to.
    pub(crate) fn finish(mut self) -> Result<(u64, u64), Failure> {
        self.write_or_keep_why();
        match self.failure {
            None => Ok((self.kept, self.unknown)),
            Some(error) => {
                let (store, kept) = (shown(self.store), self.kept);
                Err(Failure::new(format!(
                    "the uploads cannot be kept in {store}: {error}; {kept} of this scan are kept"
                )))
            }
        }
    }
}

/// The day in UTC.
pub(crate) fn today() -> jiff::civil::Date {
    TimeZone::UTC.to_datetime(Timestamp::now()).date()
}

impl<const N: usize> Report for Remember<'_, N> {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.inner.begin(out)
    }

    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        let turned = record.hashes().first().map(|hashes| {
            hashes.iter().filter_map(|(_, bytes)| bytes.try_into().ok().map(HashBits::from_bytes)).collect::<Vec<_>>()
        });
        match turned.filter(|turned| turned.len() == Dihedral::ALL.len()) {
            Some(hashes) => {
                // A name that is not text is kept as its bytes.
                let name = match lossless(&record.path) {
                    None => record.path.to_string_lossy().into_owned(),
                    Some(bytes) => format!("bytes {bytes}"),
                };
                self.pending.push(Picture { name, hashes });
                if self.pending.len() >= TOGETHER {
                    self.write_or_keep_why();
                    self.pending.clear();
                }
            }
            None => self.unknown += 1,
        }
        self.inner.record(out, record)
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary, took: Duration) -> io::Result<()> {
        self.inner.end(out, summary, took)
    }
}
