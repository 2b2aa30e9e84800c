//! One file to one record, by the library's checker or hasher.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use lookalike::check::{CheckerBuilder, Decoder, Hashed, InProcess, NotDecoded, PictureHasher};
use lookalike::decode::Limits;
use lookalike::hash::Profile;
use lookalike::matching::{Occlusion, Policy, SearchOptions};
use lookalike::{Checker, Lists};

use crate::args::{DecoderArgs, DecoderChoice};
use crate::exit::Failure;
use crate::record::{Examined, Record, hint};

/// Examines files, on many threads at the same time.
#[derive(Clone, Debug)]
pub(crate) enum Examiner {
    /// Compares them with lists.
    Checks(Arc<Checker>),
    /// Only hashes them.
    Hashes(Arc<PictureHasher>),
}

/// Where the bytes come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A file; `named`: the user named it, so a symbolic link is followed.
    File { path: PathBuf, named: bool },
    /// One picture on standard input.
    Stdin,
}

impl Examiner {
    /// Examines one file. Whatever is wrong with it is in the record.
    ///
    /// # Errors
    ///
    /// If the lists cannot be used: then no record means anything.
    pub(crate) fn examine(&self, origin: Origin) -> Result<Record, Failure> {
        let started = Instant::now();
        let (path, named) = match origin {
            Origin::File { path, named } => (path, Some(named)),
            Origin::Stdin => (PathBuf::from("-"), None),
        };
        let result = match self {
            Self::Checks(checker) => {
                let report = match named {
                    Some(named) => checker.check_path(&path, named),
                    None => checker.check_reader(io::stdin().lock()),
                };
                let mut report = report.map_err(Failure::of)?;
                let advice = hint(report.outcome());
                if !advice.is_empty() {
                    report.advise(advice);
                }
                Examined::Checked(Box::new(report))
            }
            Self::Hashes(hasher) => Examined::Hashed(match named {
                Some(named) => hasher.hash_path(&path, named),
                None => hasher.hash_reader(io::stdin().lock()),
            }),
        };
        Ok(Record { path, result, millis: started.elapsed().as_secs_f64() * 1e3, audit: None, is_link: false })
    }

    /// The record of a file that could not be reached.
    pub(crate) fn problem(&self, path: PathBuf, why: &'static str, is_link: bool) -> Record {
        let not = NotDecoded::unreadable(why);
        let result = match self {
            Self::Checks(checker) => Examined::Checked(Box::new(checker.unchecked(not))),
            Self::Hashes(_) => Examined::Hashed(Hashed::not_hashed(not)),
        };
        Record { path, result, millis: 0.0, audit: None, is_link }
    }
}

/// Opens an index or a store, and says where it is.
///
/// # Errors
///
/// If it cannot be opened; with what to do.
pub(crate) fn open_lists(index: Option<&Path>, store: Option<&Path>) -> Result<Lists, Failure> {
    match (store, index) {
        (Some(store), _) => Lists::open_store(store).map_err(Failure::of),
        (None, Some(index)) => Lists::open_index(index).map_err(Failure::of),
        (None, None) => Err(Failure::new("no lists: found neither --index FILE nor --store DIR; give one of them")),
    }
}

/// How lists are searched, as far as options say so; the rest is the library's default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) radius: Option<u32>,
    pub(crate) min_quality: Option<u8>,
    pub(crate) no_dihedral: bool,
    pub(crate) views: Option<lookalike::hash::views::ViewSet>,
    pub(crate) occlusion: Option<u32>,
    pub(crate) exact: bool,
    pub(crate) survey: bool,
    pub(crate) policy: Option<&'a Path>,
}

impl Asked<'_> {
    /// Sets a checker up.
    ///
    /// # Errors
    ///
    /// If the policy file is refused.
    pub(crate) fn builder(self, lists: Lists) -> Result<CheckerBuilder, Failure> {
        let builder = Checker::builder(lists);
        let profile = builder.profile();
        let options = SearchOptions::new(profile);
        let options = options
            .with_dihedral(!self.no_dihedral)
            .with_views(self.views.unwrap_or(options.views()))
            .with_occlusion(self.occlusion.map(|bits| Occlusion::new().radius(bits.min(256))))
            .with_screening(!self.exact)
            .with_survey(self.survey);
        let mut policy = Policy::new(profile);
        if let Some(radius) = self.radius {
            policy = policy.radius(radius);
        }
        if let Some(quality) = self.min_quality {
            policy = policy.minimum_quality(quality);
        }
        let builder = builder.search(options);
        match self.policy {
            Some(path) => builder.policy_file(path).map_err(Failure::of),
            None => Ok(builder.policy(policy)),
        }
    }
}

/// Makes a checker, and prints what does not fit between policy and lists.
///
/// # Errors
///
/// If the lists, the options or the policy are refused.
pub(crate) fn build(builder: CheckerBuilder) -> Result<Checker, Failure> {
    let checker = builder.build().map_err(Failure::of)?;
    let status = checker.status();
    for stale in status.stale() {
        eprintln!("lookalike: the list {:?} is {}; it is compared as it is", stale.list, stale.since);
    }
    checker.warnings().iter().for_each(|warning| eprintln!("lookalike: {warning}"));
    Ok(checker)
}

/// The decoder that the arguments choose, within the memory of the run.
///
/// # Errors
///
/// If workers are required and none can be started: the scan never goes on without them silently.
pub(crate) fn decoder(args: &DecoderArgs, memory: u64, threads: usize) -> Result<Arc<dyn Decoder>, Failure> {
    let limits = limits(memory);
    match args.choice() {
        DecoderChoice::InProcess => Ok(Arc::new(InProcess::new(limits))),
        DecoderChoice::Worker => workers(args, limits, threads),
    }
}

/// What a file may take of the memory of a run.
pub(crate) fn limits(memory: u64) -> Limits {
    let limits = Limits::default();
    let limits = limits.max_alloc_bytes(limits.max_alloc_bytes.min(memory - memory / 3));
    limits.max_file_bytes(limits.max_file_bytes.min(memory / 3))
}

/// Hashes under these profiles, within the memory of the run.
pub(crate) fn hasher(profiles: Vec<Profile>, memory: u64) -> PictureHasher {
    PictureHasher::new(profiles).decoder(Arc::new(InProcess::new(limits(memory)))).memory(memory)
}

#[cfg(target_os = "linux")]
fn workers(args: &DecoderArgs, limits: Limits, threads: usize) -> Result<Arc<dyn Decoder>, Failure> {
    let options = decode_worker::Options::new(limits).workers(threads);
    let options = options.files(args.decoder_files.get()).time(args.decoder_timeout);
    let pool = decode_worker::Pool::start(options).map_err(|error| {
        Failure::new(format!(
            "cannot start a decoder process: {error}; --decoder in-process does without it, and without its protection"
        ))
    })?;
    let sandbox = pool.sandbox();
    if !sandbox.seccomp {
        eprintln!("lookalike: the decoder processes are sandboxed by {sandbox} only: this kernel lacks the rest");
    }
    Ok(Arc::new(pool))
}

#[cfg(not(target_os = "linux"))]
fn workers(_: &DecoderArgs, _: Limits, _: usize) -> Result<Arc<dyn Decoder>, Failure> {
    Err(Failure::new(
        "--decoder worker: Linux only, no other system can sandbox a process so; use --decoder in-process",
    ))
}
