//! The front door: pictures in, reports out.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::budget::Budget;
use super::confirm::Confirm;
use super::hashes::budgets;
use super::input::Input;
use super::lists::open_index;
use super::matcher::{Matcher, Search};
use super::picture::{Means, late};
use super::{CheckError, CheckErrorKind, Decoder, InProcess, Lists, NotDecoded, Report, Status};
use crate::entry::Role;
use crate::hash::{Dihedral, HashBits, Profile};
use crate::matching::{Policy, SearchOptions};
use crate::mmap::Opener;
use crate::store::Snapshot;

/// Compares pictures with lists: made once, shared by all threads, asked for every picture.
///
/// ```
/// use lookalike::{Checker, Lists, Outcome};
/// # use lookalike::hash::{Bits256, Profile};
/// # use lookalike::index::{Builder, Source};
/// # let mut builder = Builder::new(Profile::Pdq)?;
/// # builder.add(Bits256::from_bytes([0x5a; 32]), Source { list: "example", id: "7", ..Source::default() })?;
/// # let lists = Lists::from_bytes(builder.finish()?)?; // or Lists::open("known.idx")?
///
/// let checker = Checker::new(lists)?;
/// let report = checker.check(b"not a picture")?;
/// match report.outcome() {
///     Outcome::NoMatch(_) => println!("accept"),
///     Outcome::Match => println!("hold"),
///     other => println!("could not check: {other}"),
/// }
/// assert_eq!(report.outcome(), Outcome::Unsupported { format: "unknown" });
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Checker {
    lists: Lists,
    decoder: Arc<dyn Decoder>,
    files: Budget,
    pixels: Budget,
    time_limit: Option<Duration>,
    clock: Option<i64>,
    observer: Option<Observer>,
    current: RwLock<Arc<Matcher>>,
    /// The last generation that was refused, and why.
    refused: Mutex<Option<(u64, String)>>,
    refusals: AtomicU64,
    /// Failures of the store that were passed to the observer.
    observed: AtomicU64,
}

type Observer = Arc<dyn Fn(&Status) + Send + Sync>;

/// Sets up a [`Checker`].
#[must_use = "a builder does nothing until `build`"]
pub struct CheckerBuilder {
    lists: Lists,
    options: Option<SearchOptions>,
    policy: Option<Arc<Policy>>,
    directory: PathBuf,
    decoder: Arc<dyn Decoder>,
    memory: u64,
    time_limit: Option<Duration>,
    clock: Option<i64>,
    allows_expired: bool,
    observer: Option<Observer>,
}

impl CheckerBuilder {
    /// Sets how pictures are searched for. Default: [`SearchOptions::new`].
    pub const fn search(mut self, options: SearchOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Sets what counts as a match. Default: [`Policy::new`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Reads what counts as a match from a TOML file. The second index that it may name is looked for beside it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not a policy for these lists.
    pub fn policy_file(mut self, path: impl AsRef<Path>) -> Result<Self, CheckError> {
        let path = path.as_ref();
        let refused = |why: &dyn fmt::Display| {
            CheckError::new(CheckErrorKind::Policy, format_args!("policy {}: {why}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read the policy {}: {}", path.display(), super::read_error(&error));
            CheckError::new(CheckErrorKind::Policy, message)
        })?;
        let policy = Policy::parse(&text, self.profile()).map_err(|error| refused(&error))?;
        self.directory = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(self.policy(policy))
    }

    /// Sets the directory of the second index that a policy may name. Default: the current one, or that of the policy file.
    pub fn policy_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Sets where pictures are decoded. Default: [`InProcess`]. A service that takes files from strangers uses a sandboxed pool.
    pub fn decoder(mut self, decoder: Arc<dyn Decoder>) -> Self {
        self.decoder = decoder;
        self
    }

    /// Bounds the memory of all threads together, in bytes: a third for files read by [`Checker::check_path`], the rest for pixels. A thread
    /// waits until there is room. Default: unbounded.
    pub const fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// Bounds the time of one picture. It is checked at each frame, and what was found before counts. Default: unbounded.
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Stops the clock by which lists expire and mutes end, for tests: Unix milliseconds.
    pub const fn clock(mut self, now: i64) -> Self {
        self.clock = Some(now);
        self
    }

    /// Makes the checker even if a list has expired whose keys file refuses that. Every check is then an error until a newer generation comes:
    /// for a service, which outlasts it. Default: such lists are refused.
    pub const fn allow_expired(mut self) -> Self {
        self.allows_expired = true;
        self
    }

    /// Calls a function with the new status whenever a generation is taken or refused, or the store cannot be read. It is called by the
    /// thread that notices, in the course of a check.
    pub fn observer(mut self, observer: impl Fn(&Status) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// The profile of the lists.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.lists.snapshot().profile()
    }

    /// Makes the checker.
    ///
    /// # Errors
    ///
    /// If the lists are empty, expired or damaged, options do not fit their profile, or nothing could ever match under the policy.
    pub fn build(self) -> Result<Checker, CheckError> {
        let snapshot = self.lists.snapshot();
        let profile = snapshot.profile();
        let options = self.options.unwrap_or_else(|| SearchOptions::new(profile));
        let policy = self.policy.unwrap_or_else(|| Arc::new(Policy::new(profile)));
        let confirm = match policy.confirm() {
            Some((second, radius)) => {
                let index = open_index(&self.directory.join(second), Opener::default())?;
                Some(Arc::new(Confirm::new(index, radius)?))
            }
            None => None,
        };
        let matcher = Matcher::new(snapshot, options, policy, confirm)?;
        if !self.allows_expired {
            matcher.check_fresh(self.clock.unwrap_or_else(now))?;
        }
        let (files, pixels) = budgets(self.memory);
        Ok(Checker {
            lists: self.lists,
            decoder: self.decoder,
            files,
            pixels,
            time_limit: self.time_limit,
            clock: self.clock,
            observer: self.observer,
            current: RwLock::new(Arc::new(matcher)),
            refused: Mutex::new(None),
            refusals: AtomicU64::new(0),
            observed: AtomicU64::new(0),
        })
    }
}

impl fmt::Debug for CheckerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckerBuilder").field("lists", &self.lists).finish_non_exhaustive()
    }
}

impl Checker {
    /// Makes a checker with the defaults of every interface.
    ///
    /// # Errors
    ///
    /// As [`CheckerBuilder::build`].
    pub fn new(lists: Lists) -> Result<Self, CheckError> {
        Self::builder(lists).build()
    }

    /// Sets up a checker.
    pub fn builder(lists: Lists) -> CheckerBuilder {
        CheckerBuilder {
            lists,
            options: None,
            policy: None,
            directory: PathBuf::new(),
            decoder: Arc::new(InProcess::default()),
            memory: u64::MAX,
            time_limit: None,
            clock: None,
            allows_expired: false,
            observer: None,
        }
    }

    /// Checks a file in memory.
    ///
    /// Cost: a JPEG that matches nothing is screened in about a millisecond a megapixel; others are decoded and hashed. A search takes tens of
    /// microseconds at a million entries.
    ///
    /// # Errors
    ///
    /// If the lists are damaged, or expired and their keys file refuses that: then nothing is known of the picture. Whatever is wrong with the
    /// picture is an outcome.
    pub fn check(&self, file: &[u8]) -> Result<Report, CheckError> {
        self.check_bytes(file, true)
    }

    /// Checks a file in memory without screening it: the quality and the hashes of the report are always those of its pixels.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_exact(&self, file: &[u8]) -> Result<Report, CheckError> {
        self.check_bytes(file, false)
    }

    fn check_bytes(&self, file: &[u8], screening: bool) -> Result<Report, CheckError> {
        let (matcher, now) = self.current()?;
        let started = Instant::now();
        let mut digester = matcher.digester();
        digester.update(file);
        let digests = digester.finish();
        let means = self.means(&matcher, now);
        let means = Means { screening: screening && means.screening, ..means };
        let report = means.check(Ok(file), &digests, started.elapsed())?;
        Ok(Report { bytes: Some(file.len() as u64), ..report })
    }

    /// Checks a file. A symbolic link is followed only if `follow` says so; FIFOs, devices and files that change while they are read are
    /// refused. A listed digest is found in any file, of whatever kind and size.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_path(&self, path: impl AsRef<Path>, follow: bool) -> Result<Report, CheckError> {
        let (matcher, now) = self.current()?;
        let limits = self.decoder.limits();
        let input = Input::of_path(path.as_ref(), follow, limits, &self.files, matcher.digester());
        self.check_input(&matcher, now, input)
    }

    /// Checks what a reader yields, up to the limit of a file.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_reader(&self, reader: impl Read) -> Result<Report, CheckError> {
        let (matcher, now) = self.current()?;
        let input = Input::of_reader(reader, self.decoder.limits(), &self.files, matcher.digester());
        self.check_input(&matcher, now, input)
    }

    fn check_input(&self, matcher: &Matcher, now: i64, input: Input<'_>) -> Result<Report, CheckError> {
        let Input { contents, bytes, digests } = input;
        let means = self.means(matcher, now);
        let report = match &contents {
            Ok(contents) => means.check(Ok(&contents.bytes), &digests, Duration::ZERO),
            Err(not) => means.check(Err(not.clone()), &digests, Duration::ZERO),
        }?;
        Ok(Report { bytes, ..report })
    }

    /// Checks hashes of a picture that was hashed elsewhere: one, or several in the order of [`Dihedral::ALL`].
    /// Below the minimum quality of the policy nothing is searched for.
    ///
    /// # Errors
    ///
    /// If the hashes are of another profile than the lists; if the policy confirms matches by a second index, which takes the picture; and as
    /// [`check`](Self::check).
    pub fn check_hashes<const N: usize>(
        &self,
        profile: Profile,
        quality: u8,
        hashes: &[HashBits<N>],
    ) -> Result<Report, CheckError> {
        let turned: Vec<_> = Dihedral::ALL.into_iter().zip(hashes.iter().copied()).collect();
        let mut reports = self.check_pictures(profile, &[(quality, &turned)])?;
        reports
            .pop()
            .ok_or_else(|| CheckError::new(CheckErrorKind::Damaged, "no report of the picture; please report this bug"))
    }

    /// Checks the hashes of many pictures together, which takes a fraction of the time: of each its quality, and its hashes with the turn that
    /// each is of. The reports come in the same order.
    ///
    /// # Errors
    ///
    /// As [`check_hashes`](Self::check_hashes).
    pub fn check_pictures<const N: usize>(
        &self,
        profile: Profile,
        pictures: &[(u8, &[(Dihedral, HashBits<N>)])],
    ) -> Result<Vec<Report>, CheckError> {
        let (matcher, now) = self.current()?;
        let expected = matcher.snapshot.profile();
        if profile != expected || profile.bits() != 8 * N {
            let message = format!("profile of the hashes: found {profile}, expected {expected}");
            return Err(CheckError::new(CheckErrorKind::Profile, message));
        }
        if matcher.confirm.is_some() {
            let message = "the policy confirms matches by a second index, which takes the picture; check the file";
            return Err(CheckError::new(CheckErrorKind::Policy, message));
        }
        let bound = matcher.policy.bind();
        let search = Search { matcher: &matcher, rules: bound.rules(), now };
        Ok(search.pictures(pictures)?)
    }

    /// The report of a file that the caller could not pass on to be checked.
    #[must_use]
    pub fn unchecked(&self, not: NotDecoded) -> Report {
        let matcher = self.read();
        let report = Report::of_outcome(not.outcome, Some(not.detail), matcher.snapshot.profile());
        Report { generation: matcher.snapshot.generation(), ..report }
    }

    /// The report of a file whose check takes longer than `limit`, for callers that stop waiting for it.
    #[must_use]
    pub fn late(&self, limit: Duration) -> Report {
        self.unchecked(late(limit))
    }

    /// The state of the lists.
    #[must_use]
    pub fn status(&self) -> Status {
        // Takes a new generation, if there is one; a refusal is part of the status.
        let now = self.now();
        let matcher = self.follow(now);
        self.status_of(&matcher, now)
    }

    /// What does not fit between policy and lists, though checking works: rules and mutes for lists that are not there, and a radius at which
    /// chance alone makes matches.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.read().warnings()
    }

    /// The profile of the lists.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.read().snapshot.profile()
    }

    /// The generation in use.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.read().snapshot)
    }

    /// What counts as a match.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.read().policy)
    }

    /// How pictures are searched for.
    #[must_use]
    pub fn options(&self) -> SearchOptions {
        self.read().options
    }

    /// The quality, 0 to 100, from which on a picture is compared with every list of abuse material.
    #[must_use]
    pub fn required_quality(&self) -> u8 {
        self.read().required_quality
    }

    /// The widest radius of any list, in bits, inclusive.
    #[must_use]
    pub fn radius(&self) -> u32 {
        self.read().radius
    }

    /// The lists that pictures are compared with, allow lists excepted, and the radius of each in bits.
    #[must_use]
    pub fn compared_lists(&self) -> Vec<(String, u32)> {
        let matcher = self.read();
        let bound = matcher.policy.bind();
        let rules = bound.rules();
        let lists = matcher.lists.iter().filter(|(_, _, role)| *role != Role::Allow);
        lists.map(|(name, ..)| (name.clone(), rules.of(name).radius)).collect()
    }

    fn means<'a>(&'a self, matcher: &'a Matcher, now: i64) -> Means<'a> {
        let (decoder, pixels, screening) = (&*self.decoder, &self.pixels, matcher.options.screening());
        Means { matcher, decoder, pixels, screening, time_limit: self.time_limit, now }
    }

    fn now(&self) -> i64 {
        self.clock.unwrap_or_else(now)
    }

    fn read(&self) -> Arc<Matcher> {
        // Nothing panics while the lock is held.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the next picture is compared with, and the time. Cost: some tens of nanoseconds, and some microseconds for each list of a new
    /// generation.
    fn current(&self) -> Result<(Arc<Matcher>, i64), CheckError> {
        let now = self.now();
        let matcher = self.follow(now);
        matcher.check_fresh(now)?;
        Ok((matcher, now))
    }

    /// Takes the newest generation, unless it is empty, expired, older than the one in use, of another profile, or the policy does not fit it:
    /// then the one in use stays.
    fn follow(&self, now: i64) -> Arc<Matcher> {
        let current = self.read();
        let snapshot = self.lists.snapshot();
        let (held, newest) = (current.snapshot.generation(), snapshot.generation());
        let Some(generation) = newest.filter(|_| newest != held) else {
            self.observe_failures(&current, now);
            return current;
        };
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.as_ref().is_some_and(|(refused, _)| *refused == generation) {
            return current;
        }
        let next = if newest < held {
            let message =
                format!("generation {generation} is older than {}, which is in use", held.unwrap_or_default());
            Err(CheckError::new(CheckErrorKind::Open, message))
        } else {
            current.in_generation(snapshot).and_then(|next| next.check_fresh(now).map(|()| next))
        };
        let matcher = match next {
            Ok(next) => {
                let next = Arc::new(next);
                let mut slot = self.current.write().unwrap_or_else(PoisonError::into_inner);
                // Another thread may have been faster, with a later one.
                if slot.snapshot.generation() < Some(generation) {
                    *slot = Arc::clone(&next);
                }
                *refused = None;
                next
            }
            Err(error) => {
                *refused = Some((generation, error.to_string()));
                self.refusals.fetch_add(1, Ordering::Relaxed);
                current
            }
        };
        drop(refused);
        if let Some(observer) = &self.observer {
            observer(&self.status_of(&matcher, now));
        }
        matcher
    }

    fn observe_failures(&self, matcher: &Matcher, now: i64) {
        let failures = self.lists.failures();
        if failures > self.observed.fetch_max(failures, Ordering::Relaxed)
            && let Some(observer) = &self.observer
        {
            observer(&self.status_of(matcher, now));
        }
    }

    fn status_of(&self, matcher: &Matcher, now: i64) -> Status {
        let newest = self.lists.snapshot().generation();
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = refused.filter(|(generation, _)| newest == Some(*generation));
        let refused = refused.map(|(generation, why)| {
            let held = matcher.snapshot.generation().unwrap_or_default();
            format!("generation {generation} is refused: {why}; keeping generation {held}")
        });
        let failures = self.refusals.load(Ordering::Relaxed) + self.lists.failures();
        Status::of(matcher, &self.lists, refused, failures, now)
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker").field("lists", &self.lists).field("decoder", &self.decoder).finish_non_exhaustive()
    }
}

/// Now, in Unix milliseconds. A clock before 1970 is a defect of the machine and counts as 1970: mutes then hold longer, and no list expires.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
