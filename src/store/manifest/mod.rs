//! Signed manifests: a list is what its publisher says it is, is the latest that he said, and says so within a time.
//!
//! A publisher ships three things: the list's file, a [`Manifest`] of it, and signatures of the manifest by minisign or any program that is
//! compatible with it. An operator has [`Keys`], who may sign which list, and remembers of each list what was [`Seen`] last. [`verify`] decides; what
//! it lets pass is still to be held against the file and the [entries](super::entries) that came out of it. The attacks are those of The Update
//! Framework's specification (TUF 1.0, section 1.5.2); there is one file of metadata instead of four, because there is one kind of target.
//!
//! | attack | what refuses it |
//! |---|---|
//! | rollback: an old list is passed off as new | the [sequence](Manifest::sequence) never falls ([`Rollback`](ManifestErrorKind::Rollback)) |
//! | freeze: new lists are kept away | the manifest [expires](Manifest::expires) ([`Freeze`](ManifestErrorKind::Freeze), [`Freshness`]) |
//! | fast-forward: a number after which none can follow | a bound on steps ([`FastForward`](ManifestErrorKind::FastForward)); a new epoch begins anew |
//! | mix-and-match: file and manifest of different versions | digests of both ([`OtherFile`](ManifestErrorKind::OtherFile), [`OtherEntries`](ManifestErrorKind::OtherEntries)) |
//! | endless data | lengths are bounded before anything is read ([`TooLarge`](ManifestErrorKind::TooLarge), [`EndlessData`](ManifestErrorKind::EndlessData)) |
//! | another list of the same publisher | its name is signed ([`WrongList`](ManifestErrorKind::WrongList)) |
//! | a stolen key | so many *different* keys must sign ([`TooFewKeys`](ManifestErrorKind::TooFewKeys), [`DuplicateKeys`](ManifestErrorKind::DuplicateKeys), [`UnknownKey`](ManifestErrorKind::UnknownKey)) |
//! | a version for some machines only | each names its [predecessor](Manifest::previous) ([`WrongChain`](ManifestErrorKind::WrongChain), [`TwoOfOneSequence`](ManifestErrorKind::TwoOfOneSequence)) |
//! | a clock that is set back | the latest time is remembered ([`ClockBack`](ManifestErrorKind::ClockBack)) |
//! | a publisher who is mistaken, or forced | a [`Guard`] on sudden changes ([`SuddenGrowth`](ManifestErrorKind::SuddenGrowth), [`SuddenShrinking`](ManifestErrorKind::SuddenShrinking)) |
//!
//! # Keys that change
//!
//! Keys have an *epoch*. New keys are those of the next epoch: the operator gets them in another way than the list, puts them into the keys file
//! and keeps the old ones below `[[list.former]]`. The first manifest of the new epoch must be signed by enough of both, and may begin again with
//! sequence 1: that is also how a list recovers whose number somebody drove up. Where the old keys are lost or stolen, so that they cannot or must
//! not agree, an operator decides by hand to forget what was seen.
//!
//! # In use
//!
//! ```
//! use lookalike::hash::Profile;
//! use lookalike::index::{Builder, Index, Source};
//! use lookalike::store::EntryDigests;
//! use lookalike::store::manifest::{Guard, Keys, Seen, verify};
//!
//! /// Reads a list, one hash a line, and gives what may be used of it from now on.
//! fn update(
//!     text: &[u8], signatures: &[&str], file: &[u8], keys: &Keys, seen: Option<&Seen>, now: i64,
//! ) -> Result<(Index<Vec<u8>>, Seen), Box<dyn std::error::Error>> {
//!     let mut verified = verify(text, signatures, "hotline", keys, seen, now, &Guard::new())?;
//!     verified.warnings().iter().for_each(|warning| eprintln!("{warning}"));
//!     let mut file = verified.measure(file);
//!     let list = std::io::read_to_string(&mut file)?; // in earnest an importer of `lookalike::lists` reads it
//!     verified.check_file(file.finish()?)?;
//!     let mut builder = Builder::<32>::new(verified.manifest().profile)?;
//!     for line in list.lines() {
//!         builder.add(line.parse()?, Source { list: "hotline", ..Source::default() })?;
//!     }
//!     let index = Index::open(builder.finish()?)?;
//!     verified.check_entries(EntryDigests::of(&index)?.list("hotline"))?;
//!     let seen = verified.seen()?; // to be kept with the index, in one step
//!     Ok((index, seen))
//! }
//! # let keys = Keys::parse("version = 1")?;
//! # assert!(update(b"", &[], b"", &keys, None, 0).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod error;
mod guard;
mod keys;
mod measured;
pub(super) mod profile;
mod seen;
mod signatures;
mod time;
mod verify;

pub use document::Manifest;
pub use error::{ManifestError, ManifestErrorKind};
pub use guard::Guard;
pub use keys::{Key, KeySet, Keys, ListKeys};
pub use measured::{FileDigest, Measured};
pub use seen::{Freshness, Seen};
pub use verify::{MOST_AHEAD, Verified, Warning, verify};
