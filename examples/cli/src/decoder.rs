//! Where pictures are decoded: in this process, or in processes that may do nothing else.

use lookalike::decode::{self, DecodeError, Limits};
use lookalike::matching::Outcome;

use crate::args::{DecoderArgs, DecoderChoice};
use crate::exit::Failure;
use crate::look::Look;

/// What decodes.
pub(crate) enum Decoder {
    /// The thread that asks. A decoder's panic is contained by the library; what else it might do is not.
    InProcess,
    /// Processes of their own.
    #[cfg(target_os = "linux")]
    Workers(decode_worker::Pool),
}

/// Why a file was not decoded to its end.
pub(crate) enum NotDecoded {
    /// The decoder says so.
    Refused(DecodeError),
    /// The process that had the file is no more; and why, in words.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there are no such processes"))]
    Died { ending: Outcome, detail: String },
}

impl Decoder {
    /// Prepares to decode inside limits, on so many threads.
    ///
    /// # Errors
    ///
    /// When workers are wanted, and none can be started: they are never silently done without.
    pub(crate) fn open(args: &DecoderArgs, limits: Limits, threads: usize) -> Result<Self, Failure> {
        match args.choice() {
            DecoderChoice::InProcess => Ok(Self::InProcess),
            DecoderChoice::Worker => Self::workers(args, limits, threads),
        }
    }

    #[cfg(target_os = "linux")]
    fn workers(args: &DecoderArgs, limits: Limits, threads: usize) -> Result<Self, Failure> {
        let options = decode_worker::Options::new(limits).workers(threads);
        let options = options.files(args.decoder_files.get()).time(args.decoder_timeout);
        let pool = decode_worker::Pool::start(options).map_err(|error| {
            Failure::new(format!(
                "cannot start a process to decode in: {error}; --decoder in-process does without, and without its protection"
            ))
        })?;
        let sandbox = pool.sandbox();
        if !sandbox.seccomp {
            eprintln!("lookalike: the processes that decode are held by {sandbox}: this kernel lacks the rest");
        }
        Ok(Self::Workers(pool))
    }

    #[cfg(not(target_os = "linux"))]
    fn workers(_: &DecoderArgs, _: Limits, _: usize) -> Result<Self, Failure> {
        Err(Failure::new("--decoder worker is for Linux only: no other system can hold a process so"))
    }

    /// Shows the header and all views of a file to the look.
    ///
    /// # Errors
    ///
    /// When the file cannot be decoded, or not to its end. What was shown before stands.
    pub(crate) fn decode(&self, bytes: &[u8], limits: &Limits, look: &mut Look<'_, '_>) -> Result<(), NotDecoded> {
        match self {
            Self::InProcess => {
                let decoded = decode::inspect(bytes, limits).and_then(|header| {
                    look.begin(&header);
                    decode::pdq_views(bytes, limits, look.pdq, look)
                });
                decoded.map_err(NotDecoded::Refused)
            }
            #[cfg(target_os = "linux")]
            Self::Workers(pool) => pool.decode(bytes, look.pdq, look).map(drop).map_err(|not| match not {
                decode_worker::NotDecoded::Refused(error) => NotDecoded::Refused(error),
                decode_worker::NotDecoded::Died(death) => {
                    NotDecoded::Died { ending: death.outcome(), detail: death.to_string() }
                }
                other => NotDecoded::Died { ending: Outcome::Corrupt { stage: "decoder" }, detail: other.to_string() },
            }),
        }
    }
}

#[cfg(target_os = "linux")]
impl decode_worker::Client for Look<'_, '_> {
    fn header(&mut self, header: &decode::Header) {
        self.begin(header);
    }
}
