//! The words of the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Check uploads over HTTP for pictures that look like those on a hash list
#[derive(Clone, Debug, Parser)]
#[command(name = "upload-service", version, arg_required_else_help = true)]
#[command(after_long_help = "\
Example:
  upload-service --store /var/lib/lookalike --listen 127.0.0.1:8088 --audit /var/log/lookalike --audit-key /etc/lookalike/key
  curl --data-binary @picture.jpg http://127.0.0.1:8088/v1/check

The service has neither TLS nor a login: it belongs behind what has them, on an address that uploaders cannot reach.

Exit codes: 0 it was stopped and ended what was under way, 2 it could not start or go on.")]
#[non_exhaustive]
pub struct Args {
    /// An index, as `lookalike index build` makes it
    #[arg(long, value_name = "FILE", required_unless_present = "store", conflicts_with = "store")]
    pub index: Option<PathBuf>,

    /// A store of lists: each new generation is looked up in as soon as it is published
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8088")]
    pub listen: SocketAddr,

    /// Serve /metrics, /livez and /readyz here, and not where uploads come in
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,

    /// Rules of what counts as a match, list by list
    #[arg(long, value_name = "FILE", conflicts_with_all = ["radius", "min_quality"])]
    pub policy: Option<PathBuf>,

    /// The largest distance that counts, inclusive [default: that of the profile, 31]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u32).range(..=256))]
    pub radius: Option<u32>,

    /// The least quality at which a picture is looked up [default: 50]
    #[arg(long, value_name = "QUALITY", value_parser = clap::value_parser!(u8).range(..=100))]
    pub min_quality: Option<u8>,

    /// Look pictures up also as they may have been before they were framed, cut or tilted
    #[arg(long, value_enum, default_value = "standard")]
    pub views: Views,

    /// Decode every JPEG. Otherwise its coefficients are searched for first, and it is decoded only if it may match; a JPEG that matches
    /// nothing then has no quality in its answer
    #[arg(long)]
    pub no_screen: bool,

    /// Log every match in DIR/audit.jsonl before it is answered
    #[arg(long, value_name = "DIR")]
    pub audit: Option<PathBuf>,

    /// Name contents in the audit log by this secret: 32 random bytes
    #[arg(long, value_name = "FILE", requires = "audit")]
    pub audit_key: Option<PathBuf>,

    /// For how many days what is personal in the audit log may be kept
    #[arg(long, value_name = "DAYS", requires = "audit")]
    pub audit_retain: Option<u32>,

    /// Leave distances out of the audit log
    #[arg(long, requires = "audit")]
    pub audit_no_distances: bool,

    /// The longest body of a request
    #[arg(long, value_name = "BYTES", default_value_t = 32 << 20)]
    pub max_body: u64,

    /// Memory for the bodies of all uploads under way
    #[arg(long, value_name = "BYTES", default_value_t = 512 << 20)]
    pub body_memory: u64,

    /// Memory for decoding one picture
    #[arg(long, value_name = "BYTES", default_value_t = 320 << 20)]
    pub decode_memory: u64,

    /// Where uploads are decoded: worker, in processes that may neither open a file nor reach a network, which a hostile file cannot
    /// leave; in-process, in this one [default: worker on Linux, else in-process]
    #[arg(long, value_enum)]
    pub decoder: Option<DecoderChoice>,

    /// How many uploads such a process decodes before another takes its place; 1 is a process for each upload
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub decoder_files: u32,

    /// The most pixels of a picture
    #[arg(long, value_name = "PIXELS", default_value_t = 100_000_000)]
    pub max_pixels: u64,

    /// How long the head of a request may take, and a connection may be idle
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub header_timeout: Duration,

    /// How long a body may take to come in
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub body_timeout: Duration,

    /// How long an upload may wait for its check, and how long the check may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,

    /// How long uploads under way may take when the service is stopped
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub grace: Duration,

    /// Pictures that are checked at the same time [default: as many as the machine has cores]
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Uploads that may come in or wait beside those that are checked; more are refused
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub queue: usize,

    /// Connections at the same time; more are closed
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    pub connections: usize,

    /// Not ready when the store could not be read for so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "store")]
    pub max_stale: Option<Duration>,

    /// Say in answers how near a picture is: not for answers that an uploader may see
    #[arg(long)]
    pub with_distances: bool,

    /// Speak as Hasher-Matcher-Actioner does at /h/hash and /m/lookup, which hands out hashes and distances
    #[arg(long)]
    pub hma: bool,

    /// Serve a page at / where a person can check a picture, to this machine only
    #[arg(long)]
    pub page: bool,

    /// Serve the page to everybody who can reach the service
    #[arg(long, requires = "page")]
    pub page_anywhere: bool,

    /// Say in a header of each answer how long its parts took
    #[arg(long)]
    pub server_timing: bool,
}

/// Where uploads are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(clippy::exhaustive_enums, reason = "nobody but this program has it")]
pub enum DecoderChoice {
    /// In processes that may do nothing else.
    Worker,
    /// In the process of the service.
    InProcess,
}

/// Which further views are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(clippy::exhaustive_enums, reason = "nobody but this program has it")]
pub enum Views {
    /// The picture as it is, turned and mirrored.
    None,
    /// 43 further views where they apply.
    Standard,
}

impl Args {
    /// Where uploads are decoded: what was chosen, or what is best here.
    pub(crate) fn decoder_choice(&self) -> DecoderChoice {
        let best = if cfg!(target_os = "linux") { DecoderChoice::Worker } else { DecoderChoice::InProcess };
        self.decoder.unwrap_or(best)
    }

    /// How many pictures are checked at the same time.
    pub(crate) fn job_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.jobs.unwrap_or_else(cores).max(1)
    }
}

/// A span of time in seconds, with a fraction if wanted.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds, as 10 or 0.5".to_owned())?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err("from 0.001 to 86400 seconds".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
