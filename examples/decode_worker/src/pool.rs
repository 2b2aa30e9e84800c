//! Workers for whoever asks: started when they are needed, replaced when they are dead or had many files.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use lookalike::check::{self, Decoder};
use lookalike::decode::{self, Header, Limits, Sniffed, Visitor};
use lookalike::hash::PdqProfile;

use crate::death::{Death, NotDecoded};
use crate::link::{Fault, Patience};
use crate::process::Process;
use crate::protocol::Request;
use crate::sandbox::{self, Sandbox};

/// Which program a worker is, and how it is told so.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) is_worker: bool,
    pub(crate) is_self_test: bool,
}

impl Program {
    /// This very program, also where its file has been replaced or removed meanwhile; its `main` calls [`run_if_asked`](crate::run_if_asked).
    #[must_use]
    pub fn own() -> Self {
        let path = Path::new("/proc/self/exe");
        let path = if path.exists() { Ok(path.to_owned()) } else { std::env::current_exe() };
        Self::at(path.unwrap_or_default())
    }

    /// Another program by its absolute path, whose `main` calls [`run_if_asked`](crate::run_if_asked).
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new(), is_worker: true, is_self_test: false }
    }

    /// Any program with these arguments and no other, to see what the pool makes of one that is no worker.
    #[must_use]
    pub fn any(path: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { path: path.into(), arguments, is_worker: false, is_self_test: false }
    }

    /// Does what a "file" asks for that begins with `GIF89a lookalike self-test: `, to see what holds a worker: `open`, `create`, `socket`,
    /// `process`, `thread`, `memory`, `hang`, `sleep`, `panic`, `abort`, `exit`, `stack`, `flood`. Never for files of others.
    #[must_use]
    pub fn self_test(self) -> Self {
        Self { is_self_test: true, ..self }
    }
}

/// How a pool works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Which program a worker is. Default: this one.
    pub program: Program,
    /// What a file may ask for, as in [`decode`]; a worker's address space is made of them.
    pub limits: Limits,
    /// How many workers there are at most; who comes when all are busy waits. Default: as many as processors.
    pub workers: usize,
    /// How many files a worker has before another takes its place. A file that takes its decoder over has it until then: see README.md.
    /// Default 1,000; 1 is the safest, and takes a process for each file.
    pub files: u32,
    /// How long a worker may be waited for with one file, not counting the visitor's own. Default 60 seconds.
    pub time: Duration,
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { program: Program::own(), limits, workers, files: 1000, time: Duration::from_secs(60) }
    }

    /// Sets which program a worker is.
    #[must_use]
    pub fn program(self, program: Program) -> Self {
        Self { program, ..self }
    }

    /// Sets how many workers there are at most; one at least.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// Sets how many files a worker has; one at least.
    #[must_use]
    pub fn files(self, files: u32) -> Self {
        Self { files, ..self }
    }

    /// Sets how long a file may take.
    #[must_use]
    pub fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }
}

/// Workers, and who waits for them.
#[derive(Debug)]
pub struct Pool {
    options: Options,
    memory: u64,
    sandbox: Sandbox,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    idle: Vec<Process>,
    /// How many there are, idle or not.
    live: usize,
}

/// How often, and how long after each other, it is tried to start a worker: a machine may be short of processes for a moment.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);

impl Pool {
    /// Starts the first worker.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or cannot be held by limits: then none could, and nothing is decoded.
    pub fn start(options: Options) -> io::Result<Self> {
        let memory = sandbox::memory(&options.limits);
        let (first, sandbox) = Process::start(&options.program, memory)?;
        let state = Mutex::new(State { idle: vec![first], live: 1 });
        Ok(Self { options, memory, sandbox, state, changed: Condvar::new() })
    }

    /// What holds the workers, beside their limits.
    #[must_use]
    pub const fn sandbox(&self) -> Sandbox {
        self.sandbox
    }

    /// The numbers of the processes that wait for a file.
    #[must_use]
    pub fn idle(&self) -> Vec<u32> {
        self.lock().idle.iter().map(Process::id).collect()
    }

    /// Decodes and hashes a file, and passes to the visitor what [`decode::pdq_views`] would: the same calls in the same order.
    ///
    /// What is no picture of a kind that is decoded here is refused at once, by its first bytes.
    ///
    /// # Errors
    ///
    /// As [`decode::pdq_views`]; and when the worker dies. What was handed out before the fault stands as far as a worker can be trusted: a
    /// match among it counts, but that none is among it means nothing.
    pub fn decode(
        &self,
        file: &[u8],
        profile: PdqProfile,
        visitor: &mut (impl Visitor + ?Sized),
    ) -> Result<Header, NotDecoded> {
        self.decode_page(file, 1, profile, visitor)
    }

    /// As [`decode`](Self::decode), of a picture of a TIFF by its number: what [`decode::page_views`] would pass on.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn decode_page(
        &self,
        file: &[u8],
        page: u32,
        profile: PdqProfile,
        visitor: &mut (impl Visitor + ?Sized),
    ) -> Result<Header, NotDecoded> {
        let limits = self.options.limits;
        match decode::sniff(file) {
            // says which of the two comes first, too long or of no kind
            Sniffed::Unsupported(_) => decode::inspect(file, &limits).map(drop)?,
            _ if file.len() as u64 > limits.max_file_bytes => decode::inspect(file, &limits).map(drop)?,
            _ => {}
        }
        let mut lease = self.lease()?;
        let time = self.options.time;
        let request = Request {
            limits,
            page,
            profile,
            wants_grid: visitor.wants_grid(),
            wants_pixels: visitor.wants_pixels(),
            seconds: u32::try_from(time.as_secs()).unwrap_or(u32::MAX).saturating_add(2),
        };
        let served = match &mut lease.process {
            Some(process) => process.serve(request, file, &mut Patience::new(time), visitor),
            None => return Err(NotDecoded::Died(Death::NotStarted)),
        };
        match served {
            Ok(ended) => {
                lease.give_back();
                ended.map_err(NotDecoded::Refused)
            }
            Err((fault, stopped)) => {
                let death = lease.bury(fault);
                // Who wanted no more has all that was wanted, whatever became of the worker then.
                stopped.ok_or(NotDecoded::Died(death))
            }
        }
    }

    /// A worker for one file.
    fn lease(&self) -> Result<Lease<'_>, NotDecoded> {
        let mut state = self.lock();
        loop {
            if let Some(process) = state.idle.pop() {
                let mut lease = Lease { pool: self, process: Some(process) };
                if lease.process.as_mut().is_some_and(Process::is_well) {
                    return Ok(lease);
                }
                // Ends it, and counts it out, which takes the lock.
                drop(state);
                drop(lease);
                state = self.lock();
            } else if state.live < self.options.workers.max(1) {
                state.live += 1;
                break;
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        drop(state);
        let mut lease = Lease { pool: self, process: None };
        for attempt in 1..=TRIES {
            if let Ok((process, _)) = Process::start(&self.options.program, self.memory) {
                lease.process = Some(process);
                return Ok(lease);
            }
            thread::sleep(PAUSE * attempt);
        }
        Err(NotDecoded::Died(Death::NotStarted))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decoder for Pool {
    fn limits(&self) -> &Limits {
        &self.options.limits
    }

    fn views(
        &self,
        file: &[u8],
        page: u32,
        profile: PdqProfile,
        visitor: &mut dyn Visitor,
    ) -> Result<(), check::NotDecoded> {
        self.decode_page(file, page, profile, visitor).map(drop).map_err(|not| match not {
            NotDecoded::Refused(error) => error.into(),
            NotDecoded::Died(death) => check::NotDecoded::new(death.outcome(), death.to_string()),
        })
    }
}

/// A worker that has a file, and its place among the live. Dropped, it is killed: where the client panics, it is in the middle of one.
struct Lease<'p> {
    pool: &'p Pool,
    process: Option<Process>,
}

impl Lease<'_> {
    /// Lets the next file have the worker, unless it had its number of files.
    fn give_back(mut self) {
        let most = self.pool.options.files;
        let process = self.process.take_if(|process| process.served < most);
        if let Some(process) = process {
            let mut state = self.pool.lock();
            state.idle.push(process);
            // the place goes with it; dropping this lease takes one away
            state.live += 1;
        }
    }

    fn bury(mut self, fault: Fault) -> Death {
        let time = self.pool.options.time;
        self.process.take().map_or(Death::NotStarted, |process| process.bury(fault, time))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.process = None;
        self.pool.lock().live -= 1;
        self.pool.changed.notify_one();
    }
}
