//! Writing the log: one append is one line, whole and in order, from any thread.
//!
//! A lock on `FILE.lock` keeps a second writer out. Appending formats and hashes the line under a mutex and hands it to the system in one write.
//! With [`Sync::Each`] the threads that wait for the disk share its work: one syncs for all whose lines stand before it.
//! A write that fails (a full disk) is taken back, so that no half line stays; a sync that fails stops the log, because nobody can say any more
//! what is on the disk. Opening anew puts either right.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;

use super::chain::{self, MAX_LINE, NOTHING, VERSION, hex};
use super::error::{AuditError, AuditErrorKind};
use super::event::{Deletion, Event, Personal};
use super::files::{self, FORMAT, Tail};
use super::redact;

/// When an event reaches the disk, not only the system.
///
/// A crash of the process loses nothing that was appended under any of them: the system has it. They differ in what a crash of the machine loses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sync {
    /// Before [`Log::append`] returns: nothing is lost.
    #[default]
    Each,
    /// At most so long after: the events of that time may be lost.
    Every(Duration),
    /// When the system sees fit, and when a file is full: about half a minute may be lost.
    System,
}

/// How a log is written.
#[derive(Clone)]
pub struct Options {
    sync: Sync,
    max_bytes: u64,
    daily: bool,
    distances: bool,
    clock: Arc<dyn Fn() -> i64 + Send + core::marker::Sync>,
}

impl Default for Options {
    /// Every event synced, a new file each day (UTC) and every 64 MiB, distances logged.
    fn default() -> Self {
        Self {
            sync: Sync::Each,
            max_bytes: 64 << 20,
            daily: true,
            distances: true,
            clock: Arc::new(|| Timestamp::now().as_millisecond()),
        }
    }
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets when an event reaches the disk.
    #[must_use]
    pub fn sync(self, sync: Sync) -> Self {
        Self { sync, ..self }
    }

    /// Sets from how many bytes on a new file begins; a file has one event at least.
    #[must_use]
    pub fn max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// Sets whether each day, in UTC, has a new file.
    #[must_use]
    pub fn daily(self, daily: bool) -> Self {
        Self { daily, ..self }
    }

    /// Sets whether distances are logged: who can read them and choose what is uploaded learns how near he is to an entry.
    #[must_use]
    pub fn distances(self, distances: bool) -> Self {
        Self { distances, ..self }
    }

    /// Sets the clock, in Unix milliseconds: for tests.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> i64 + Send + core::marker::Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("sync", &self.sync)
            .field("max_bytes", &self.max_bytes)
            .field("daily", &self.daily)
            .field("distances", &self.distances)
            .finish_non_exhaustive()
    }
}

/// A log open for writing. All its methods take `&self`: share it between threads by reference or `Arc`.
///
/// ```
/// use lookalike::audit::{Conclusion, Entry, Log, Match, Review, verify};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("audit.jsonl");
/// let log = Log::open(&path)?;
/// let event = log.append(Match::new([Entry::new("hotline", "17").by("pdq", 31).distance(4)]))?;
/// log.append(Review::new(event).review(Conclusion::Confirmed))?;
///
/// let found = verify(&path, None)?;
/// assert!(found.is_sound());
/// assert_eq!((found.lines(), found.head()), (3, &log.head()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Log {
    shared: Arc<Shared>,
    recovered: Option<PathBuf>,
    /// Ends the thread that syncs, when dropped.
    syncer: Option<(Sender<()>, JoinHandle<()>)>,
    /// Holds the lock.
    pub(super) lock: File,
}

struct Shared {
    path: PathBuf,
    options: Options,
    /// Makes the salts; never written anywhere.
    secret: Hmac<Sha256>,
    state: Mutex<State>,
    /// How many appended lines are known to be on the disk.
    synced: Mutex<u64>,
}

struct State {
    file: Arc<File>,
    length: u64,
    /// Which file it is, and on which day it began.
    number: u64,
    day: i64,
    log: String,
    /// The number of the next line.
    seq: u64,
    head: String,
    /// Lines appended since opening.
    appended: u64,
    stopped: bool,
    line: Vec<u8>,
    body: Vec<u8>,
}

impl Log {
    /// Opens a log, or begins one, with the default [`Options`].
    ///
    /// # Errors
    ///
    /// As [`Log::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AuditError> {
        Self::open_with(path, Options::default())
    }

    /// Opens a log, or begins one. A torn end, which a crash leaves, is cut off and put beside the log first ([`Log::recovered`]). Reads no more
    /// than the end of the last file, unless a power loss spoilt more than one line.
    ///
    /// # Errors
    ///
    /// [`AuditErrorKind::Busy`] when somebody else writes it, [`AuditErrorKind::NotALog`] and [`AuditErrorKind::Newer`] when the file is
    /// something else, of which nothing is changed then; [`AuditErrorKind::Io`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, AuditError> {
        let path = path.as_ref();
        let lock = lock(path)?;
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(AuditError::new(AuditErrorKind::NotALog, path));
        }
        // A rotation that was cut short leaves at most a file with a head, which nobody has seen yet.
        let fresh = files::beside(path, ".new");
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(AuditError::io("clean up beside", &fresh)(error));
            }
            _ => {}
        }
        let now = (options.clock)();
        let (state, torn) = match existing(path)? {
            Existing::Sound(state, torn) => (state, torn),
            Existing::Nothing { number, seq, prev, log, torn } => {
                let log = if log.is_empty() { files::random_name()? } else { log };
                (begin_file(path, path, number, seq, &prev, &log, now)?, torn)
            }
        };
        files::sync_directory(path).map_err(AuditError::io("sync the directory of", path))?;
        let secret = Hmac::new_from_slice(&files::random::<32>()?)
            .map_err(|_| AuditError::new(AuditErrorKind::ShortKey { found: 0 }, path))?;
        let shared = Shared { path: path.to_owned(), options, secret, state: Mutex::new(state), synced: Mutex::new(0) };
        let shared = Arc::new(shared);
        let recovered = torn.map(|(side, bytes)| shared.append(&Event::Recovery { bytes }).map(|_| side));
        let recovered = recovered.transpose()?;
        let syncer = match shared.options.sync {
            Sync::Every(interval) => Some(syncer(&shared, interval)?),
            Sync::Each | Sync::System => None,
        };
        Ok(Self { shared, recovered, syncer, lock })
    }

    /// Appends an event and returns its number, by which later events speak of it. One line, in one write; with [`Sync::Each`] it is on the disk
    /// when this returns. Some microseconds, and the sync.
    ///
    /// # Errors
    ///
    /// [`AuditErrorKind::Io`]: nothing of it was logged, and the log goes on when there is room again; unless the file could not be put right or
    /// synced, then every further append is [`AuditErrorKind::Stopped`]. [`AuditErrorKind::TooLong`], and [`AuditErrorKind::NoSuchEvent`] for
    /// a review of what was not logged before it.
    pub fn append(&self, event: impl Into<Event>) -> Result<u64, AuditError> {
        self.shared.append(&event.into())
    }

    /// Makes sure that everything appended so far is on the disk.
    ///
    /// # Errors
    ///
    /// When the disk refuses; the log is stopped then.
    pub fn sync(&self) -> Result<(), AuditError> {
        self.shared.sync()
    }

    /// The hash of the last line: what stands for the whole log up to it. Write it down elsewhere now and then: `verify` can prove by it that nothing
    /// up to there was changed or cut off.
    #[must_use]
    pub fn head(&self) -> String {
        self.shared.lock().head.clone()
    }

    /// The file with the bytes of a torn end, if opening had to cut one off.
    #[must_use]
    pub fn recovered(&self) -> Option<&Path> {
        self.recovered.as_deref()
    }

    /// Deletes the personal parts of all events whose time is over (`retain_until` before now), and of what has no time but is older than
    /// `older_than`, in Unix milliseconds. The chain stays whole. First a deletion event that names them is appended and synced, then the files are written
    /// anew, each at once; a crash in between leaves what the next call deletes. Returns how many events lost their personal part.
    ///
    /// Appending waits only while a new file begins: the files that are rewritten are full ones. Copies of the log, and the free space of the disk, are not
    /// reached.
    ///
    /// # Errors
    ///
    /// As [`Log::append`]; and when a file cannot be written anew, which is whole then, old or new.
    pub fn redact(&self, older_than: Option<i64>) -> Result<u64, AuditError> {
        let now = (self.shared.options.clock)();
        let due = redact::due(&self.shared.path, now, older_than)?;
        if due.is_empty() {
            return Ok(0);
        }
        let count = due.len() as u64;
        let events = redact::ranges(&due);
        for some in events.chunks(redact::RANGES_A_LINE) {
            let of = some.iter().map(|(first, last)| last - first + 1).sum();
            let deletion = Deletion { events: some.to_vec(), ..Deletion::new("personal", of).due(now) };
            self.append(Event::Deletion(deletion))?;
        }
        {
            let mut state = self.shared.lock();
            self.shared.rotate(&mut state, now)?;
        }
        self.sync()?;
        redact::rewrite(&self.shared.path, &events)?;
        Ok(count)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("path", &self.shared.path)
            .field("options", &self.shared.options)
            .field("recovered", &self.recovered)
            .finish_non_exhaustive()
    }
}

impl Drop for Log {
    /// What was not synced yet under [`Sync::Every`] is, and another may write.
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.syncer.take() {
            drop(stop);
            let _ = thread.join();
        }
        // Closing would not do: a process that was started meanwhile has the file too, until it runs its program.
        let _ = self.lock.unlock();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while it was held left no half line: the state changes after the write.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, event: &Event) -> Result<u64, AuditError> {
        let event = &*self.restricted(event);
        let now = (self.options.clock)();
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.stopped {
            return Err(AuditError::new(AuditErrorKind::Stopped, &self.path));
        }
        if let Event::Review(review) = event
            && review.of >= state.seq
        {
            return Err(AuditError::new(AuditErrorKind::NoSuchEvent { event: review.of }, &self.path));
        }
        if self.options.daily && day(now) > state.day {
            self.rotate(state, now)?;
        }
        let mut hash = self.write_line(state, event, now)?;
        if state.length + state.line.len() as u64 > self.options.max_bytes && state.length > HEAD_BYTES {
            self.rotate(state, now)?;
            hash = self.write_line(state, event, now)?;
        }
        self.write(state)?;
        let seq = state.seq;
        (state.head, state.seq) = (hash, seq + 1);
        state.appended += 1;
        let ticket = state.appended;
        drop(guard);
        if self.options.sync == Sync::Each {
            self.sync_to(ticket)?;
        }
        Ok(seq)
    }

    /// Without distances, where they are not wanted.
    fn restricted<'e>(&self, event: &'e Event) -> Cow<'e, Event> {
        match event {
            Event::Match(found) if !self.options.distances => {
                let mut found = found.clone();
                found.entries.iter_mut().for_each(|entry| entry.distance = None);
                Cow::Owned(Event::Match(found))
            }
            event => Cow::Borrowed(event),
        }
    }

    /// Makes the line in the buffer.
    fn write_line(&self, state: &mut State, event: &Event, now: i64) -> Result<String, AuditError> {
        state.line.clear();
        state.body.clear();
        let failed = |error: serde_json::Error| AuditError::io("format an event for", &self.path)(error.into());
        serde_json::to_writer(&mut state.body, event).map_err(failed)?;
        let personal = event.personal().map(|personal| {
            let mut mac = self.secret.clone();
            mac.update(&state.seq.to_le_bytes());
            let bytes = mac.finalize().into_bytes();
            serde_json::to_vec(&Salted { salt: hex(bytes.split_at(16).0), personal })
        });
        let personal = personal.transpose().map_err(failed)?;
        let hash = chain::seal(&mut state.line, &state.head, state.seq, now, &state.body, personal.as_deref());
        if state.line.len() > MAX_LINE {
            let kind = AuditErrorKind::TooLong { found: state.line.len() };
            return Err(AuditError::new(kind, &self.path));
        }
        Ok(hash)
    }

    /// Writes the line of the buffer, or nothing of it.
    fn write(&self, state: &mut State) -> Result<(), AuditError> {
        let written = (&*state.file).write_all(&state.line);
        if let Err(error) = written {
            // No half line may stay, or the next would be glued to it.
            state.stopped = state.file.set_len(state.length).is_err();
            return Err(AuditError::io("write to", &self.path)(error));
        }
        state.length += state.line.len() as u64;
        Ok(())
    }

    /// Puts the full file away and begins a new one. On an error the old one goes on.
    fn rotate(&self, state: &mut State, now: i64) -> Result<(), AuditError> {
        let failed = |what| AuditError::io(what, &self.path);
        state.file.sync_all().map_err(|error| {
            state.stopped = true;
            failed("sync")(error)
        })?;
        let fresh = files::beside(&self.path, ".new");
        let _ = fs::remove_file(&fresh);
        let next = begin_file(&self.path, &fresh, state.number + 1, state.seq, &state.head, &state.log, now);
        let next = next.inspect_err(|_| {
            let _ = fs::remove_file(&fresh);
        })?;
        let full = files::rotated(&self.path, state.number);
        if full.exists() {
            return Err(failed("put a full file away of")(io::ErrorKind::AlreadyExists.into()));
        }
        // A crash after the first leaves no FILE, and opening begins one.
        fs::rename(&self.path, &full).map_err(failed("put a full file away of"))?;
        if let Err(error) = fs::rename(&fresh, &self.path) {
            state.stopped = true;
            return Err(failed("begin a new file of")(error));
        }
        files::sync_directory(&self.path).map_err(failed("sync the directory of"))?;
        let appended = state.appended;
        *state = State { appended, ..next };
        Ok(())
    }

    fn sync(&self) -> Result<(), AuditError> {
        let ticket = self.lock().appended;
        self.sync_to(ticket)
    }

    /// Returns when so many lines are on the disk. Whoever comes first syncs for all that wait.
    fn sync_to(&self, ticket: u64) -> Result<(), AuditError> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= ticket {
            return Ok(());
        }
        let (file, appended) = {
            let state = self.lock();
            if state.stopped {
                return Err(AuditError::new(AuditErrorKind::Stopped, &self.path));
            }
            (Arc::clone(&state.file), state.appended)
        };
        if let Err(error) = file.sync_data() {
            self.lock().stopped = true;
            return Err(AuditError::io("sync", &self.path)(error));
        }
        *synced = appended;
        Ok(())
    }
}

#[derive(Serialize)]
struct Salted<'a> {
    salt: String,
    #[serde(flatten)]
    personal: &'a Personal,
}

/// A file with no more than that has no event yet.
const HEAD_BYTES: u64 = 600;

/// Days since 1970, in UTC.
const fn day(time: i64) -> i64 {
    time.div_euclid(86_400_000)
}

fn lock(path: &Path) -> Result<File, AuditError> {
    let name = files::beside(path, ".lock");
    let file = files::private().write(true).create(true).truncate(false).open(&name);
    let file = file.map_err(AuditError::io("lock", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(AuditError::new(AuditErrorKind::Busy, path)),
        Err(fs::TryLockError::Error(error)) => Err(AuditError::io("lock", path)(error)),
    }
}

/// What is there when a log is opened.
enum Existing {
    Sound(State, Option<(PathBuf, u64)>),
    /// No file to go on in: where the next begins.
    Nothing {
        number: u64,
        seq: u64,
        prev: String,
        log: String,
        torn: Option<(PathBuf, u64)>,
    },
}

fn existing(path: &Path) -> Result<Existing, AuditError> {
    let opened = fs::OpenOptions::new().read(true).append(true).open(path);
    let mut torn = None;
    match opened {
        Ok(mut file) => match files::tail_of(&mut file, path)? {
            Tail::Sound(end) => {
                if end.torn > 0 {
                    torn = Some((files::cut(&mut file, path, end.length, end.last.seq)?, end.torn));
                }
                let state = State {
                    file: Arc::new(file),
                    length: end.length,
                    number: end.begin.number,
                    day: day(end.began),
                    log: end.begin.log,
                    seq: end.last.seq + 1,
                    head: end.last.hash,
                    appended: 0,
                    stopped: false,
                    line: Vec::new(),
                    body: Vec::new(),
                };
                return Ok(Existing::Sound(state, torn));
            }
            Tail::Torn(bytes) => {
                if bytes > 0 {
                    torn = Some((files::cut(&mut file, path, 0, 0)?, bytes));
                }
                fs::remove_file(path).map_err(AuditError::io("begin anew", path))?;
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(AuditError::io("open", path)(error)),
    }
    let Some((number, last)) = files::full_files(path)?.pop() else {
        return Ok(Existing::Nothing { number: 1, seq: 1, prev: NOTHING.into(), log: String::new(), torn });
    };
    let mut file = File::open(&last).map_err(AuditError::io("open", &last))?;
    match files::tail_of(&mut file, &last)? {
        Tail::Sound(end) => Ok(Existing::Nothing {
            number: number + 1,
            seq: end.last.seq + 1,
            prev: end.last.hash,
            log: end.begin.log,
            torn,
        }),
        Tail::Torn(_) => Err(AuditError::new(AuditErrorKind::NotALog, &last)),
    }
}

/// Makes a file with its head.
fn begin_file(
    path: &Path,
    name: &Path,
    number: u64,
    seq: u64,
    prev: &str,
    log: &str,
    now: i64,
) -> Result<State, AuditError> {
    let begin = Event::Begin {
        format: FORMAT.into(),
        version: VERSION,
        number,
        log: log.into(),
        library: env!("CARGO_PKG_VERSION").into(),
    };
    let failed = || AuditError::io("begin a new file of", path);
    let body = serde_json::to_vec(&begin).map_err(io::Error::from).map_err(failed())?;
    let mut line = Vec::new();
    let head = chain::seal(&mut line, prev, seq, now, &body, None);
    let mut file = files::private().read(true).append(true).create_new(true).open(name).map_err(failed())?;
    let written = file.write_all(&line).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(name);
        return Err(failed()(error));
    }
    Ok(State {
        file: Arc::new(file),
        length: line.len() as u64,
        number,
        day: day(now),
        log: log.into(),
        seq: seq + 1,
        head,
        appended: 0,
        stopped: false,
        line,
        body: Vec::new(),
    })
}

/// A thread that syncs at each interval. A failure stops the log, and the next append says so.
fn syncer(shared: &Arc<Shared>, interval: Duration) -> Result<(Sender<()>, JoinHandle<()>), AuditError> {
    let (stop, stopped) = mpsc::channel::<()>();
    let own = Arc::clone(shared);
    let body = move || {
        while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
            let _ = own.sync();
        }
        let _ = own.sync();
    };
    let thread = thread::Builder::new().name("audit sync".into()).spawn(body);
    thread.map(|thread| (stop, thread)).map_err(AuditError::io("start a thread for", &shared.path))
}
