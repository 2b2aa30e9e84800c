//! A store as its readers see it: a generation at any time, and the next one without a pause.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime};

use super::delta::{self, Delta};
use super::record::{Layout, Pointer, Record};
use super::{Sha256Digest, Snapshot, StoreError, disk};
use crate::mmap::Opener;

/// A store, opened for looking up. Any number of processes may read one while another writes to it.
///
/// ```
/// use core::ops::ControlFlow;
/// use lookalike::hash::{Bits256, Profile};
/// use lookalike::index::{Query, Source};
/// use lookalike::store::{Contents, Store, Writer};
///
/// let directory = tempfile::tempdir()?;
/// let mut writer = Writer::<32>::init(directory.path(), Profile::Pdq)?;
/// let mut contents = Contents::new(Profile::Pdq)?;
/// let listed = Bits256::from_bytes([0x5a; 32]);
/// contents.add(Some(listed), &[], Source { list: "example", id: "7", ..Source::default() }, None)?;
/// writer.publish(contents)?;
///
/// let store = Store::open(directory.path())?;
/// let found = |store: &Store| store.snapshot().hits(&Query::new(Profile::Pdq, &[listed])).map(|hits| hits.len());
/// assert_eq!(found(&store)?, 1);
///
/// let mut change = writer.change();
/// change.remove("example", "7")?;
/// change.commit()?;
/// assert_eq!(store.snapshot().generation(), Some(2)); // as it was opened
/// assert!(store.reload()?);
/// assert_eq!((store.snapshot().generation(), found(&store)?), (Some(3), 0));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    layout: Layout,
    opener: Opener,
    current: RwLock<Arc<Snapshot>>,
    /// One reload at a time; what is known of the last.
    checked: Mutex<Checked>,
}

#[derive(Debug)]
struct Checked {
    pointer: Pointer,
    /// When the store was last seen to be in this generation.
    at: Instant,
    since: SystemTime,
    failure: Option<String>,
}

/// How it stands with a store that is open.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The generation that is looked up in.
    pub generation: u64,
    /// When it was made, in RFC 3339.
    pub created: String,
    /// When it was opened here.
    pub since: SystemTime,
    /// How long ago the directory was last read without an error.
    pub checked: Duration,
    /// Why the last reload failed. The generation before it is kept, and looked up in.
    pub failure: Option<String>,
}

/// How often a reload begins anew where the writer is faster.
const TRIES: u32 = 1000;

impl Store {
    /// Opens the current generation in the [default way](Opener::default), which no later change of a file can disturb.
    ///
    /// # Errors
    ///
    /// Refuses a directory that holds no store, and one whose current generation is damaged.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(directory, Opener::default())
    }

    /// Opens the current generation, its index in the way given.
    ///
    /// An opener that maps needs no memory of its own, opens at once whatever the length of the index, and shares its pages with all processes. The
    /// store's own files keep its promise as far as the store goes: they are written once, made read-only and removed, never changed.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(directory: impl AsRef<Path>, opener: Opener) -> Result<Self, StoreError> {
        let layout = Layout(directory.as_ref().to_owned());
        let (pointer, snapshot) = load(&layout, opener, None)?;
        let checked = Checked { pointer, at: Instant::now(), since: SystemTime::now(), failure: None };
        Ok(Self { layout, opener, current: RwLock::new(Arc::new(snapshot)), checked: Mutex::new(checked) })
    }

    /// The directory of the store.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.layout.0
    }

    /// The generation that was loaded last: some tens of nanoseconds, and never a wait for the disk.
    ///
    /// It is freed with its last holder.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        // Nothing panics while the lock is held.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks whether there is another generation, and loads it; says whether there was. Whoever looks up meanwhile is not held up.
    ///
    /// Reads a file of some 100 bytes if there is none. What the generations have in common is not opened again, so that a change of a few
    /// entries costs as much as its delta is long.
    ///
    /// # Errors
    ///
    /// Says why the new generation cannot be opened. The one before is kept, and [`status`](Self::status) tells how old it is.
    pub fn reload(&self) -> Result<bool, StoreError> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.snapshot();
        let loaded = match Pointer::read(&self.layout) {
            Ok(pointer) if pointer == checked.pointer => Ok(None),
            Ok(_) => load(&self.layout, self.opener, Some(&before)).map(Some),
            Err(error) => Err(error),
        };
        match loaded {
            Err(error) => {
                checked.failure = Some(error.to_string());
                Err(error)
            }
            Ok(new) => {
                let is_new = new.is_some();
                if let Some((pointer, snapshot)) = new {
                    let old = {
                        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                        core::mem::replace(&mut *current, Arc::new(snapshot))
                    };
                    // Freed, if nobody else holds it, when nobody waits.
                    drop(old);
                    (checked.pointer, checked.since) = (pointer, SystemTime::now());
                }
                (checked.at, checked.failure) = (Instant::now(), None);
                Ok(is_new)
            }
        }
    }

    /// How it stands: which generation, how old, and why there is no newer one if that is so.
    #[must_use]
    pub fn status(&self) -> Status {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.snapshot();
        Status {
            generation: snapshot.generation().unwrap_or(0),
            created: snapshot.created().unwrap_or("").to_string(),
            since: checked.since,
            checked: checked.at.elapsed(),
            failure: checked.failure.clone(),
        }
    }

    /// Reloads at intervals on a thread of its own until the returned guard is dropped. Failures are told by [`status`](Self::status), and each
    /// time to `failed`.
    pub fn watch(self: &Arc<Self>, every: Duration, mut failed: impl FnMut(&StoreError) + Send + 'static) -> Watch {
        let (store, stop) = (Arc::clone(self), Arc::new(Stop::default()));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.wait(every) {
                if let Err(error) = store.reload() {
                    failed(&error);
                }
            }
        });
        Watch { stop, thread: Some(thread) }
    }
}

/// Loads the current generation; what it has in common with the one before is not opened again.
fn load(layout: &Layout, opener: Opener, before: Option<&Snapshot>) -> Result<(Pointer, Snapshot), StoreError> {
    let mut tries = 0;
    loop {
        let pointer = Pointer::read(layout)?;
        match load_one(layout, opener, &pointer, before) {
            // A file that is gone is one of a generation that was followed by two others meanwhile.
            Err(error) if error.is_missing() && tries < TRIES && Pointer::read(layout)? != pointer => tries += 1,
            Err(error) => return Err(error),
            Ok(snapshot) => return Ok((pointer, snapshot)),
        }
    }
}

fn load_one(
    layout: &Layout,
    opener: Opener,
    pointer: &Pointer,
    before: Option<&Snapshot>,
) -> Result<Snapshot, StoreError> {
    let record = Record::read(layout, pointer)?;
    let old = before.and_then(|before| Some((before, before.record.as_ref()?)));
    let base = match old {
        Some((before, old)) if old.base == record.base => Arc::clone(&before.base),
        _ => Arc::new(open_base(layout, opener, &record)?),
    };
    let delta = match (&record.delta, old) {
        (None, _) => None,
        (Some(new), Some((before, old))) if old.delta.as_ref() == Some(new) => before.delta.clone(),
        (Some(new), _) => Some(Arc::new(read_delta(layout, new.sha256.as_str(), &record)?)),
    };
    Ok(Snapshot::new(Arc::new(record), base, delta))
}

/// Opens the index of a generation.
pub(super) fn open_base(
    layout: &Layout,
    opener: Opener,
    record: &Record,
) -> Result<crate::index::Index<crate::mmap::FileBytes>, StoreError> {
    let path = layout.index(&record.base.sha256);
    let index = opener.open(&path).map_err(|error| match error.io() {
        Some(io) => StoreError::read_error(&path)(std::io::Error::new(io.kind(), io.to_string())),
        None => StoreError::damaged(&path, &error),
    })?;
    record.base.check(&path, index.as_bytes().len() as u64, index.as_bytes())?;
    if index.profile() != record.profile() {
        return Err(StoreError::damaged(&path, "its hashes are not of the profile of the store"));
    }
    Ok(index)
}

/// Reads the delta of a generation.
pub(super) fn read_delta(layout: &Layout, sha256: &str, record: &Record) -> Result<Delta, StoreError> {
    let path: PathBuf = layout.delta(sha256);
    let bytes = disk::read(&path, delta::LONGEST)?;
    if Sha256Digest::of(&bytes).to_string() != sha256 {
        return Err(StoreError::damaged(&path, "it is not the delta that the generation was made with"));
    }
    let delta = Delta::read(bytes, &path)?;
    if delta.index.profile() != record.profile() {
        return Err(StoreError::damaged(&path, "its hashes are not of the profile of the store"));
    }
    Ok(delta)
}

impl fmt::Debug for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delta").field("hidden", &self.hidden.len()).field("index", &self.index).finish_non_exhaustive()
    }
}

/// Keeps a store fresh as long as it lives; made by [`Store::watch`].
#[derive(Debug)]
pub struct Watch {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        *self.stop.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It panics only if the caller's own function did, whose message has been printed.
            let _: thread::Result<()> = thread.join();
        }
    }
}

#[derive(Debug, Default)]
struct Stop {
    is_over: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Waits, and says whether it is over.
    fn wait(&self, at_most: Duration) -> bool {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_over, at_most, |is_over| !*is_over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
