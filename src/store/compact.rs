//! Changes built into a new index, while the store goes on being read and changed.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use core::time::Duration;
use std::path::Path;

use hashbrown::HashSet;

use super::changes::{Changes, fingerprint};
use super::contents::Finished;
use super::fingerprint::{Fingerprint, Row};
use super::lock::try_lock;
use super::names;
use super::reader::{open_base, read_delta};
use super::record::{Layout, Pointer, Record};
use super::{Contents, Staged, StoreError, Writer};
use crate::index::Index;
use crate::mmap::{FileBytes, Opener};

/// Builds all changes of a store into a new index, and makes it current; returns the generation, or `None` if there was nothing to do.
///
/// The entries that count stay the same. The store can be changed meanwhile: what changed since the beginning stays a change of the new
/// index. Costs what publishing costs; the writer's lock is held for the last moment only.
///
/// # Errors
///
/// [`Busy`](super::StoreErrorKind::Busy) if an index is being staged already. Nothing has changed after any error. If somebody published another index
/// meanwhile there is nothing left to do.
pub fn compact<const N: usize>(directory: impl AsRef<Path>, opener: Opener) -> Result<Option<u64>, StoreError> {
    rebuild::<N>(directory.as_ref(), opener, "compact", None)
}

/// The same without the entries of some lists: what was kept for a time, and the time is over. `None` if no list of the store is among them.
///
/// ```
/// use lookalike::hash::{Bits256, Profile};
/// use lookalike::index::Source;
/// use lookalike::mmap::Opener;
/// use lookalike::store::{Contents, Store, Writer, forget};
///
/// let directory = tempfile::tempdir()?;
/// let mut writer = Writer::<32>::init(directory.path(), Profile::Pdq)?;
/// let mut contents = Contents::new(Profile::Pdq)?;
/// for (day, id, byte) in [("2026-11-24", "1", 0x5a), ("2026-11-25", "2", 0x33)] {
///     contents.add(Some(Bits256::from_bytes([byte; 32])), &[], Source { list: day, id, ..Source::default() }, None)?;
/// }
/// writer.publish(contents)?;
/// drop(writer);
///
/// assert_eq!(forget::<32>(directory.path(), Opener::default(), |day| day < "2026-11-25")?, Some(3));
/// let lists = Store::open(directory.path())?.snapshot().lists()?;
/// assert_eq!((lists.len(), &*lists[0].0, lists[0].1), (1, "2026-11-25", 1));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`compact`].
pub fn forget<const N: usize>(
    directory: impl AsRef<Path>,
    opener: Opener,
    is_over: impl Fn(&str) -> bool,
) -> Result<Option<u64>, StoreError> {
    rebuild::<N>(directory.as_ref(), opener, "forget", Some(&is_over))
}

/// Which lists are left out, by their names.
type IsOver<'a> = Option<&'a dyn Fn(&str) -> bool>;

fn rebuild<const N: usize>(
    directory: &Path,
    opener: Opener,
    by: &str,
    is_over: IsOver<'_>,
) -> Result<Option<u64>, StoreError> {
    let layout = Layout(directory.to_owned());
    Pointer::read(&layout)?;
    let building = try_lock(&layout.building(), &layout)?;
    let (old, index, changes) = loop {
        let pointer = Pointer::read(&layout)?;
        match read::<N>(&layout, &pointer, opener) {
            // A file that is gone is one of a generation that is not current any more.
            Err(error) if error.is_missing() && Pointer::read(&layout)? != pointer => {}
            read => break read?,
        }
    };
    let is_idle = match is_over {
        None => changes.hidden.is_empty(),
        Some(is_over) => !old.lists.iter().any(|list| list.entries > 0 && is_over(&list.name)),
    };
    if is_idle {
        return Ok(None);
    }
    let (finished, left_out) = merged(&layout, &old, &index, &changes, is_over)?;
    let staged = Staged::of(&layout, building, finished, opener)?;
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
        hidden.is_in_base = counted && !left_out.contains(&hidden.entry);
    }
    // What is removed and not there needs not be remembered any longer.
    let Changes { hidden, added, .. } = &mut late;
    hidden.retain(|entry, hidden| hidden.is_in_base || added.contains_key(entry));
    let mut record = writer.next(by);
    if let Some(is_over) = is_over {
        record.lists.retain(|list| !is_over(&list.name));
        for (_, _, source) in late.entries().filter(|(_, _, source)| is_over(source.list)) {
            record.count(source.list, source.role, 1, 0);
        }
    }
    record.lists.retain(|list| list.entries > 0);
    writer.persist(staged, record, late).map(Some)
}

/// How long to wait for other writers; each takes milliseconds.
const WAIT: Duration = Duration::from_secs(60);

type Opened<const N: usize> = (Record, Index<FileBytes>, Changes<N>);

fn read<const N: usize>(layout: &Layout, pointer: &Pointer, opener: Opener) -> Result<Opened<N>, StoreError> {
    let record = Record::read(layout, pointer)?;
    let changes = match &record.delta {
        Some(delta) => Changes::of(&read_delta(layout, &delta.sha256, &record)?)?,
        None => Changes::default(),
    };
    let index = open_base(layout, opener, &record)?;
    Ok((record, index, changes))
}

/// All live entries merged, and the entries of lists that are over, which are left out.
fn merged<const N: usize>(
    layout: &Layout,
    record: &Record,
    index: &Index<FileBytes>,
    changes: &Changes<N>,
    is_over: IsOver<'_>,
) -> Result<(Finished<N>, HashSet<Fingerprint>), StoreError> {
    let is_over = |list: &str| is_over.is_some_and(|is_over| is_over(list));
    let mut contents = Contents::<N>::new(record.profile())?;
    let mut left_out = HashSet::new();
    let failed = |error| StoreError::damaged(&layout.index(&record.base.sha256), error);
    let mut digests = Vec::new();
    for listed in index.in_order::<N>().map_err(failed)?.iter() {
        let listed = listed.map_err(failed)?;
        let entry = fingerprint(&listed.source, listed.hash);
        if is_over(listed.source.list) {
            left_out.insert(entry);
        } else if !changes.hidden.contains_key(&entry) {
            digests.clear();
            digests.extend(listed.digests());
            contents.add_unnamed(listed.hash, &digests, listed.source)?;
        }
    }
    for (hash, digests, source) in changes.entries() {
        if is_over(source.list) {
            left_out.insert(fingerprint(&source, hash));
        } else {
            contents.add_unnamed(hash, digests, source)?;
        }
    }
    contents.quarantined(record.quarantined);
    let mut rows: Vec<Row> = names::rows(&layout.names(&record.names.sha256), &record.names)?;
    rows.retain(|(_, entry)| !changes.hidden.contains_key(entry));
    rows.extend(changes.rows());
    rows.retain(|(_, entry)| !left_out.contains(entry));
    Ok((Finished { rows, ..contents.finish()? }, left_out))
}
