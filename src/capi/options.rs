//! How a checker is set up.

use alloc::sync::Arc;
use core::ffi::c_char;
use core::time::Duration;

use super::argument::{In, Out};
use super::failure::{Failure, guarded};
use super::limits::{Limits, check_struct, limits};
use super::status::Status;
use super::workers;
use crate::check::{Checker, CheckerBuilder, InProcess, Lists};
use crate::hash::views::ViewSet;
use crate::matching::{Policy, SearchOptions};
use crate::mmap::Opener;

/// The library's own default.
pub const LOOKALIKE_DEFAULT: u32 = u32::MAX;

/// How the files of an index are opened.
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum OpenMode {
    /// The cheapest safe way: sealed on Linux, owned elsewhere.
    Default = 0,
    /// Read into the memory of this process.
    Owned = 1,
    /// Copied into memory that the kernel seals against changes (Linux).
    Sealed = 2,
    /// Mapped without verifying checksums: opened at once, and shared by all processes. The caller promises that no file is written to or
    /// truncated while it is open; a truncation would end the process by SIGBUS.
    Mapped = 3,
}

/// How a checker is set up. Set by `lookalike_checker_options_init` before any field; the defaults are those of every interface.
#[repr(C)]
pub struct CheckerOptions {
    /// The size of this struct in bytes, set by `lookalike_checker_options_init`.
    struct_bytes: usize,
    /// The path of a policy (TOML), which decides what counts as a match; a second index that it names is looked for beside it. Null: see
    /// `policy`.
    policy_file: In<c_char>,
    /// The text of a policy. Null for both: every list counts by itself, within `radius`, from `minimum_quality` on.
    policy: In<c_char>,
    /// The directory of the second index that the text may name. Null: the working directory.
    policy_directory: In<c_char>,
    /// The limits of a picture file. Null: the default ones.
    limits: In<Limits>,
    /// The path of `lookalike-decode-worker`: files are then decoded by sandboxed processes (Linux). Needs the library of `decode-worker`, and
    /// `lookalike_workers_enable`. Null: files are decoded in the calling thread.
    worker_program: In<c_char>,
    /// Memory of all threads together, in bytes; a thread waits until there is room. 0: unbounded.
    memory_bytes: u64,
    /// Time of one picture in milliseconds. It is checked at each frame; a worker is killed. 0: unbounded, 60 seconds for a worker.
    time_limit_millis: u32,
    /// The largest distance of a match in bits, inclusive. `LOOKALIKE_DEFAULT`: that of the profile (31 for PDQ). Not with a policy.
    radius: u32,
    /// The least quality of a match, 0 to 100. `LOOKALIKE_DEFAULT`: 50. Not with a policy.
    minimum_quality: u32,
    /// 1 if turned and mirrored copies are found, else 0. `LOOKALIKE_DEFAULT`: 1.
    dihedral: u32,
    /// Which further views of a file are searched for, so that cropped, framed and photographed copies are found: 0 none, 1 standard, 2
    /// thorough. `LOOKALIKE_DEFAULT`: 1 for profile `pdq`, else 0.
    views: u32,
    /// 1 if JPEGs that cannot match are recognised without decoding them, which takes a tenth of the time and reports neither hash nor
    /// quality; else 0. `LOOKALIKE_DEFAULT`: 1.
    screening: u32,
    /// One of `lookalike_open_mode`.
    open_mode: u32,
    /// The number of workers. 0: one for each processor.
    workers: u32,
    /// The number of files after which a worker is replaced. 0: 1,000.
    files_per_worker: u32,
    /// Zero.
    reserved: u32,
}

const DEFAULT: CheckerOptions = CheckerOptions {
    struct_bytes: size_of::<CheckerOptions>(),
    policy_file: In::NULL,
    policy: In::NULL,
    policy_directory: In::NULL,
    limits: In::NULL,
    worker_program: In::NULL,
    memory_bytes: 0,
    time_limit_millis: 0,
    radius: LOOKALIKE_DEFAULT,
    minimum_quality: LOOKALIKE_DEFAULT,
    dihedral: LOOKALIKE_DEFAULT,
    views: LOOKALIKE_DEFAULT,
    screening: LOOKALIKE_DEFAULT,
    open_mode: 0,
    workers: 0,
    files_per_worker: 0,
    reserved: 0,
};

/// Sets the default options.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_checker_options_init(options: Out<CheckerOptions>) -> Status {
    guarded(|| options.set(DEFAULT, "options").map(|()| Status::Ok))
}

/// Makes a checker of the lists that `open` opens, as the options say.
pub(super) fn checker(
    options: &In<CheckerOptions>,
    open: impl FnOnce(Opener) -> Result<Lists, Failure>,
) -> Result<Checker, Failure> {
    let options = options.optional("options")?.unwrap_or(&DEFAULT);
    let expected = size_of::<CheckerOptions>();
    check_struct(options.struct_bytes, expected, "options", "lookalike_checker_options_init")?;
    let builder = Checker::builder(open(opener(options.open_mode)?)?);
    let search = options.search(SearchOptions::new(builder.profile()))?;
    let builder = options.policy(options.decoder(builder.search(search))?)?;
    let builder = match options.memory_bytes {
        0 => builder,
        bytes => builder.memory(bytes),
    };
    let builder = match options.time_limit() {
        Some(limit) => builder.time_limit(limit),
        None => builder,
    };
    Ok(builder.build()?)
}

fn opener(mode: u32) -> Result<Opener, Failure> {
    Ok(match mode {
        mode if mode == OpenMode::Default as u32 => Opener::default(),
        mode if mode == OpenMode::Owned as u32 => Opener::owned(),
        #[cfg(target_os = "linux")]
        mode if mode == OpenMode::Sealed as u32 => Opener::sealed(),
        // SAFETY: by choosing this mode the caller promises, as the header says there, that no file is changed while it is open.
        mode if mode == OpenMode::Mapped as u32 => unsafe { Opener::mapped() },
        mode if mode == OpenMode::Sealed as u32 => {
            return Err(Failure::argument(
                "options.open_mode: files can be sealed on Linux only; use the default mode",
            ));
        }
        other => return Err(Failure::argument(format_args!("options.open_mode: found {other}, expected 0 to 3"))),
    })
}

impl CheckerOptions {
    fn search(&self, default: SearchOptions) -> Result<SearchOptions, Failure> {
        let views = |number: u32| ViewSet::ALL.get(number as usize).copied();
        Ok(default
            .with_dihedral(option(self.dihedral, default.dihedral(), "dihedral", flag)?)
            .with_views(option(self.views, default.views(), "views", views)?)
            .with_screening(option(self.screening, default.screening(), "screening", flag)?))
    }

    fn policy(&self, builder: CheckerBuilder) -> Result<CheckerBuilder, Failure> {
        let is_own = self.radius != LOOKALIKE_DEFAULT || self.minimum_quality != LOOKALIKE_DEFAULT;
        match (self.policy_file.is_null(), self.policy.is_null()) {
            (true, true) => {
                let mut policy = Policy::new(builder.profile());
                if self.radius != LOOKALIKE_DEFAULT {
                    policy = policy.radius(self.radius);
                }
                let percent = |quality: u32| u8::try_from(quality).ok().filter(|quality| *quality <= 100).map(Some);
                if let Some(quality) = option(self.minimum_quality, None, "minimum_quality", percent)? {
                    policy = policy.minimum_quality(quality);
                }
                Ok(builder.policy(policy))
            }
            (false, false) => Err(Failure::argument("options: policy_file and policy exclude each other")),
            _ if is_own => {
                Err(Failure::argument("options: radius and minimum_quality are the policy's; set them there"))
            }
            (false, true) => Ok(builder.policy_file(self.policy_file.path("options.policy_file")?)?),
            (true, false) => {
                let policy = Policy::parse(self.policy.text("options.policy")?, builder.profile());
                let policy = policy.map_err(|error| Failure::new(Status::PolicyRefused, error))?;
                let builder = builder.policy(policy);
                if self.policy_directory.is_null() {
                    return Ok(builder);
                }
                Ok(builder.policy_directory(self.policy_directory.path("options.policy_directory")?))
            }
        }
    }

    fn decoder(&self, builder: CheckerBuilder) -> Result<CheckerBuilder, Failure> {
        let limits = limits(&self.limits)?;
        if self.worker_program.is_null() {
            return Ok(builder.decoder(Arc::new(InProcess::new(limits))));
        }
        let program = self.worker_program.path("options.worker_program")?;
        let workers = workers::start(program, limits, self.workers, self.files_per_worker, self.time_limit())?;
        Ok(builder.decoder(workers))
    }

    fn time_limit(&self) -> Option<Duration> {
        (self.time_limit_millis > 0).then(|| Duration::from_millis(u64::from(self.time_limit_millis)))
    }
}

const fn flag(value: u32) -> Option<bool> {
    match value {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// The value of an option: the default, or what `parse` makes of the number.
fn option<T>(value: u32, default: T, name: &str, parse: impl FnOnce(u32) -> Option<T>) -> Result<T, Failure> {
    if value == LOOKALIKE_DEFAULT {
        return Ok(default);
    }
    parse(value).ok_or_else(|| Failure::argument(format_args!("options.{name}: {value} is out of range")))
}
