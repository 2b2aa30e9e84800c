//! A tamper-evident log of matches, and what a transparency report counts from it.
//!
//! An upload service or a scan appends to a [`Log`] what matched, before it acts; reviewers' and complaints' outcomes follow; what did not match is
//! only counted. [`verify`] shows that nothing was changed since, and [`Tally`] folds the log into the counts of a period.
//!
//! # The file
//!
//! JSON Lines, UTF-8, one event a line, at most [`MAX_LINE`] bytes. Every line has
//!
//! | field | meaning |
//! |---|---|
//! | `prev` | the `hash` of the line before; of the first line of all 64 zeros |
//! | `seq` | its number, counted from 1 without a gap through all files: by it an outcome names its match |
//! | `time` | when it was written: RFC 3339, UTC, milliseconds |
//! | `event` | its kind, see below |
//! | `personal` | at the end, where there is anything: `salt`, and what can be deleted; after that `"sha256:..."` |
//! | `hash` | SHA-256, in hexadecimal, of the line before `,"hash"`, with the personal part replaced by `"sha256:<SHA-256 of the part>"` |
//!
//! and by its kind (what is not known does not stand there; times are Unix milliseconds):
//!
//! | `event` | fields | personal |
//! |---|---|---|
//! | `begin` | `format` (`lookalike-audit`), `version` (1), `number` of the file, `log` (a random name), `library` | |
//! | `match` | `outcome` (`match`, `test`), `entries` [`list`, `entry`, `by`, `radius`, `sequence` of the manifest, `distance`, `quality`, `transform`, `view`, `classification`, `class`, `jurisdiction`, `role`, `trust`, `action`, `fired`, `held_by`], `left_out`, `generation`, `service`, `media`, `automation` (`full`, `partial`, `none`), `decision`, `legal_basis`, `retain_until` | `content` and `needle` (HMAC-SHA-256), `bytes` |
//! | `outcome` | `of` (the `seq` of the match), `review` (`confirmed`, `false_positive`, `unclear`), `complaint` (`filed`, `upheld`, `rejected`), `reinstated`, `reported_to`, `file_viewed_by_provider`, `decision`, `automation`, `retain_until` | `report_id`, `complaint_id`, `statement_id` |
//! | `counters` | `from`, `until`, `seen`, `hashed`, `looked_up`, `matched`, `tests`, `held`, `below_quality`, `unsupported`, `corrupt`, `over_limit`, `unreadable`, `partly_checked`, `interrupted`, `systems` [`list`, `by`, `radius`, `looked_up`, `matched`] | |
//! | `list_change` | `list`, `change`, `generation`, `sequence`, `manifest`, `added`, `removed`, `reason` | |
//! | `deletion` | `what`, `count`, `events` [[first, last]], `due`, `reason` | |
//! | `test_run` | `sample`, `positives`, `found`, `negatives`, `false_alarms`, `list`, `by`, `radius`, `generation` | |
//! | `recovery` | `bytes` cut off after a crash | |
//!
//! Fields and kinds may be added within a version; a reader passes over what it does not know ([`Event::Unknown`]).
//!
//! There is no picture, no path, no name and no hash in it. With the operator's [`Key`] contents have names that nobody else can make.
//!
//! # Files
//!
//! `FILE` is written; when it is full ([`Options::max_bytes`], [`Options::daily`]) it becomes `FILE.000001`, `FILE.000002` ... The chain and the numbers
//! go on. `FILE.lock` carries the lock of the one writer. After a crash the next opening cuts a torn end off into `FILE.torn-N` and logs a `recovery`.
//! A process that is killed loses nothing that was appended; what a crash of the machine loses is said by [`Sync`].
//!
//! # What the chain proves, and what not
//!
//! A line cannot be changed, removed, put in, moved or doubled without [`verify`] naming the place, unless whoever does it makes everything behind it anew, or
//! cuts it off. The one defence against both is a head ([`Log::head`]) that is kept where he cannot write: then everything up to it is proven. Write it down
//! daily.
//!
//! # Deleting
//!
//! When the time of an event is over, [`Log::redact`] replaces its personal part by the digest, of which the hash was made in the first place; so the chain
//! stands. The part has 128 random bits, made from a secret that is never stored; without them its digest tells nothing about a
//! content, even to who has the key and guesses. A deletion event names what was redacted, and [`verify`] calls out what was redacted without one.
//! The counts of a report stay the same. Copies, backups and free blocks of the disk are the operator's business.
//!
//! # Cost
//!
//! [`Log::append`] formats, hashes and writes one line; `benches/audit.rs` measures it.
//! Threads that wait for [`Sync::Each`] share the disk's work, so more of them mean more events a second, not longer waits.

#![forbid(unsafe_code)]

mod chain;
mod counters;
mod error;
mod event;
mod files;
mod interval;
mod key;
mod log;
mod readable;
mod redact;
mod suppress;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod verify;

pub use chain::{MAX_LINE, VERSION};
pub use counters::{Counters, SystemCount};
pub use error::{AuditError, AuditErrorKind};
pub use event::{
    Automation, Complaint, Conclusion, Deletion, Entry, Event, ListChange, MAX_ENTRIES, Match, Review, TestRun,
};
pub use interval::Share;
pub use key::Key;
pub use log::{Log, Options, Sync};
pub use suppress::{hidden_parts, is_small};
pub use tally::{Counts, Report, System, Tally};
pub use text::MAX_TEXT;
pub use verify::{MAX_PROBLEMS, Problem, Verification, fold, verify};
