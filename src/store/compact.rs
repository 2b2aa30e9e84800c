//! Changes built into a new index, while the store goes on being read and changed.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use core::time::Duration;
use std::path::Path;

use super::change::Changes;
use super::contents::Finished;
use super::fingerprint::Fingerprint;
use super::names::{self, Row};
use super::reader::{open_base, read_delta};
use super::record::{Layout, Pointer, Record};
use super::{Contents, Staged, StoreError, Writer, writer};
use crate::mmap::Opener;

/// Builds all changes of a store into a new index, and makes it current; returns the generation, or `None` if there was nothing to do.
///
/// The entries that count stay the same. The store can be changed meanwhile: what changed since the beginning stays a change of the new
/// index. Costs what publishing costs; the writer's lock is held for the last moment only.
///
/// # Errors
///
/// [`Busy`](StoreError::Busy) if an index is being staged already. Nothing has changed after any error. If somebody published another index
/// meanwhile there is nothing left to do.
pub fn compact<const N: usize>(directory: impl AsRef<Path>, opener: Opener) -> Result<Option<u64>, StoreError> {
    let layout = Layout(directory.as_ref().to_owned());
    Pointer::read(&layout)?;
    let building = writer::try_lock(&layout.building(), &layout)?;
    let (old, index, changes) = loop {
        let pointer = Pointer::read(&layout)?;
        match read::<N>(&layout, &pointer, opener) {
            // A file that is gone is one of a generation that is not current any more.
            Err(error) if error.is_not_found() && Pointer::read(&layout)? != pointer => {}
            read => break read?,
        }
    };
    if changes.hidden.is_empty() {
        return Ok(None);
    }
    let staged = Staged::of(&layout, building, merged(&layout, &old, &index, &changes)?, opener)?;
    drop(index);

    let mut writer = Writer::<N>::open_within(directory, WAIT)?;
    if writer.record.base != old.base {
        return Ok(None);
    }
    let mut late = writer.changes.after(old.generation);
    for hidden in late.hidden.values_mut() {
        let counted = match changes.hidden.get(&hidden.entry) {
            Some(_) => changes.added.contains_key(&hidden.entry),
            None => hidden.is_in_base,
        };
        hidden.is_in_base = counted;
    }
    let mut record = writer.next("compact");
    record.lists.retain(|list| list.entries > 0);
    writer.put_in_place(staged, record, late).map(Some)
}

/// How long to wait for writers, of which each takes milliseconds.
const WAIT: Duration = Duration::from_secs(60);

type Opened<const N: usize> = (Record, crate::index::Index<crate::mmap::FileBytes>, Changes<N>);

fn read<const N: usize>(layout: &Layout, pointer: &Pointer, opener: Opener) -> Result<Opened<N>, StoreError> {
    let record = Record::read(layout, pointer)?;
    let changes = match &record.delta {
        Some(delta) => Changes::of(&read_delta(layout, &delta.sha256, &record)?)?,
        None => Changes::default(),
    };
    let index = open_base(layout, opener, &record)?;
    Ok((record, index, changes))
}

/// Everything that counts, put together anew.
fn merged<const N: usize>(
    layout: &Layout,
    record: &Record,
    index: &crate::index::Index<crate::mmap::FileBytes>,
    changes: &Changes<N>,
) -> Result<Finished<N>, StoreError> {
    let mut contents = Contents::<N>::new(record.profile())?;
    let failed = |error| StoreError::damaged(&layout.index(&record.base.sha256), error);
    let mut digests = Vec::new();
    for listed in index.in_order::<N>().map_err(failed)?.iter() {
        let listed = listed.map_err(failed)?;
        let bytes = listed.hash.map(|hash| *hash.as_bytes());
        let source = listed.source;
        let entry = Fingerprint::entry(source.list, source.id, bytes.as_ref().map(<[u8; N]>::as_slice));
        if !changes.hidden.contains_key(&entry) {
            digests.clear();
            digests.extend(listed.digests());
            contents.add_unnamed(listed.hash, &digests, source)?;
        }
    }
    for (hash, digests, source) in changes.entries() {
        contents.add_unnamed(hash, digests, source)?;
    }
    contents.quarantined(record.quarantined);
    let mut rows: Vec<Row> = names::rows(&layout.names(&record.names.sha256))?;
    rows.retain(|(_, entry)| !changes.hidden.contains_key(entry));
    rows.extend(changes.rows());
    Ok(Finished { rows, ..contents.finish()? })
}
