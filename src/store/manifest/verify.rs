//! From a manifest's bytes to a list that may be used: who signed, whether it is new, whether file and entries belong to it.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::io::Read;

use super::keys::{Key, KeySet, Keys};
use super::measured::Measured;
use super::signatures::Tally;
use super::{FileDigest, Guard, Manifest, ManifestError, ManifestErrorKind, Seen};
use crate::store::{ListDigest, Sha256Digest};

/// How far ahead of the last accepted sequence the next may be: a list that changes every minute for 19 years.
pub const MOST_AHEAD: u64 = 10_000_000;
/// How far the clocks of a publisher and of a machine may differ.
const CLOCKS_DIFFER_MS: i64 = 3_600_000;
/// How far a clock is set back in the ordinary course of things.
const CLOCK_BACK_MS: i64 = 60_000;

/// Checks a manifest: who signed it, and whether it may follow the last that was accepted.
///
/// `manifest` is the text as it came, `signatures` are minisign signatures of it in any order, `list` the list that is to be updated, `seen` what
/// was remembered of it ([`Verified::seen`]; `None` only for a list that was never accepted), `now` the clock in Unix milliseconds. Nothing
/// is written and no clock asked. Never panics; cost: a parse, and an Ed25519 verification for each signature.
///
/// What is returned lets nothing be used yet: the file and the entries are to be checked against it.
///
/// # Errors
///
/// Each attack has its own [`ManifestError`].
pub fn verify(
    manifest: &[u8],
    signatures: &[&str],
    list: &str,
    keys: &Keys,
    seen: Option<&Seen>,
    now: i64,
    guard: &Guard,
) -> Result<Verified, ManifestError> {
    let parsed = Manifest::parse(manifest)?;
    if parsed.list != list {
        return Err(ManifestErrorKind::WrongList { expected: list.to_owned(), found: parsed.list }.into());
    }
    let trusted = keys.list(list).ok_or_else(|| ManifestErrorKind::NoKeys { list: list.to_owned() })?;
    let (found, epoch) = (parsed.epoch, trusted.keys().epoch());
    if let Some(seen) = seen.filter(|seen| found < seen.epoch) {
        let seen = (seen.epoch, seen.sequence);
        return Err(ManifestErrorKind::Rollback { seen, found: (found, parsed.sequence) }.into());
    }
    if found > epoch {
        return Err(ManifestErrorKind::NewEpoch { found, trusted: epoch }.into());
    }
    if found < epoch {
        return Err(ManifestErrorKind::FormerEpoch { found, trusted: epoch }.into());
    }
    // Where the keys change, those that were trusted last must agree.
    let former = match seen.filter(|seen| seen.epoch < found) {
        None => None,
        Some(seen) => {
            let set = trusted.former().iter().find(|set| set.epoch() == seen.epoch);
            Some(set.ok_or(ManifestErrorKind::NoFormerKeys { epoch: seen.epoch })?)
        }
    };
    let sets: Vec<&KeySet> = [trusted.keys()].into_iter().chain(former).collect();
    let tally = Tally::of(manifest, signatures, &sets)?;
    let mut signers: Vec<String> = Vec::new();
    for set in sets {
        for name in tally.enough(set)?.map(Key::name) {
            if !signers.iter().any(|signer| signer == name) {
                signers.push(name.to_owned());
            }
        }
    }
    // From here on the manifest is what the publisher said.
    let mut warnings = Vec::new();
    let digest = Sha256Digest::of(manifest);
    clock(&parsed, seen, now, guard, &mut warnings)?;
    match seen {
        None => warnings.push(Warning::FirstSeen { epoch: parsed.epoch, sequence: parsed.sequence }),
        Some(seen) if former.is_some() => warnings.push(Warning::NewKeys { before: seen.epoch, now: parsed.epoch }),
        Some(seen) => follows(&parsed, digest, seen, &mut warnings)?,
    }
    if let Some(seen) = seen {
        size(&parsed, seen, guard, &mut warnings)?;
    }
    let is_repeat = seen.is_some_and(|seen| seen.manifest == digest);
    let latest_time = match seen {
        Some(seen) if !guard.accepts_clock => seen.latest_time.max(now),
        _ => now,
    };
    let Manifest { epoch, sequence, created, expires, profile, ref entries, .. } = parsed;
    let entries = entries.entries;
    let refuses_stale = trusted.refuses_stale();
    let seen =
        Seen { epoch, sequence, manifest: digest, created, expires, entries, profile, latest_time, refuses_stale };
    Ok(Verified { manifest: parsed, seen, warnings, signers, is_repeat, has_file: false, has_entries: false })
}

/// Whether it was made before now, and is still fresh.
fn clock(
    manifest: &Manifest,
    seen: Option<&Seen>,
    now: i64,
    guard: &Guard,
    warnings: &mut Vec<Warning>,
) -> Result<(), ManifestError> {
    if let Some(seen) = seen.filter(|seen| now < seen.latest_time.saturating_sub(CLOCK_BACK_MS)) {
        let error = ManifestErrorKind::ClockBack { latest: seen.latest_time, now };
        accepted(guard.accepts_clock, error, warnings)?;
    }
    if manifest.created > now.saturating_add(CLOCKS_DIFFER_MS) {
        return Err(ManifestErrorKind::FromTheFuture { created: manifest.created, now }.into());
    }
    if manifest.expires <= now {
        return Err(ManifestErrorKind::Freeze { expired: manifest.expires, now }.into());
    }
    Ok(())
}

/// Whether it may come after the last one of the same epoch.
fn follows(
    manifest: &Manifest,
    digest: Sha256Digest,
    seen: &Seen,
    warnings: &mut Vec<Warning>,
) -> Result<(), ManifestError> {
    let (before, found) = (seen.sequence, manifest.sequence);
    if found < before {
        return Err(ManifestErrorKind::Rollback { seen: (seen.epoch, before), found: (manifest.epoch, found) }.into());
    }
    if found == before {
        return if digest == seen.manifest {
            Ok(())
        } else {
            Err(ManifestErrorKind::TwoOfOneSequence { sequence: found }.into())
        };
    }
    let ahead = found - before;
    if ahead > MOST_AHEAD {
        return Err(ManifestErrorKind::FastForward { seen: before, found, most: MOST_AHEAD }.into());
    }
    if ahead == 1 && manifest.previous != Some(seen.manifest) {
        return Err(ManifestErrorKind::WrongChain { expected: seen.manifest, found: manifest.previous }.into());
    }
    if manifest.created < seen.created {
        return Err(ManifestErrorKind::MadeBefore { seen: seen.created, found: manifest.created }.into());
    }
    if ahead > 1 {
        warnings.push(Warning::Skipped { manifests: ahead - 1 });
    }
    Ok(())
}

/// Whether the list changed as lists do.
fn size(manifest: &Manifest, seen: &Seen, guard: &Guard, warnings: &mut Vec<Warning>) -> Result<(), ManifestError> {
    let (before, now) = (seen.entries, manifest.entries.entries);
    if seen.profile != manifest.profile {
        let error = ManifestErrorKind::OtherProfile { before: seen.profile, now: manifest.profile };
        accepted(guard.accepts_profile, error, warnings)?;
    }
    if let Some(error) = guard.sudden(before, now) {
        accepted(guard.accepts_size, error, warnings)?;
    }
    Ok(())
}

fn accepted(is_accepted: bool, error: ManifestErrorKind, warnings: &mut Vec<Warning>) -> Result<(), ManifestError> {
    if is_accepted {
        warnings.push(Warning::Accepted(error));
        Ok(())
    } else {
        Err(error.into())
    }
}

/// A manifest that the right keys signed and that may follow the last one: made by [`verify`].
///
/// Its file and its entries are yet to be [checked](Self::check_file); until both are, it does not give what is to be [remembered](Self::seen).
#[derive(Clone, Debug)]
pub struct Verified {
    manifest: Manifest,
    seen: Seen,
    warnings: Vec<Warning>,
    signers: Vec<String>,
    is_repeat: bool,
    has_file: bool,
    has_entries: bool,
}

impl Verified {
    /// What the publisher says.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The operator's names of the keys that signed, each once.
    pub fn signers(&self) -> impl Iterator<Item = &str> {
        self.signers.iter().map(String::as_str)
    }

    /// What to tell whoever looks after the list, and to keep in a record.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether nothing was remembered of the list, so that an older version could not be told from a new one. For a list that was used before
    /// this means that its state was lost: then somebody should make sure that the manifest is the latest.
    #[must_use]
    pub fn is_first_seen(&self) -> bool {
        self.warnings.iter().any(|warning| matches!(warning, Warning::FirstSeen { .. }))
    }

    /// Whether it is the manifest that was accepted last, once more.
    #[must_use]
    pub const fn is_repeat(&self) -> bool {
        self.is_repeat
    }

    /// Reads the list's file through a reader that measures it and ends where it should: pass what [`Measured::finish`] returns to
    /// [`check_file`](Self::check_file).
    pub fn measure<R: Read>(&self, file: R) -> Measured<R> {
        Measured::new(file, self.manifest.file.length)
    }

    /// Checks that a file is the one that was signed.
    ///
    /// # Errors
    ///
    /// [`OtherFile`](ManifestErrorKind::OtherFile).
    pub fn check_file(&mut self, file: FileDigest) -> Result<(), ManifestError> {
        self.has_file = file == self.manifest.file;
        let (signed, found) = (self.manifest.file.length, file.length);
        if self.has_file { Ok(()) } else { Err(ManifestErrorKind::OtherFile { signed, found }.into()) }
    }

    /// Checks that the entries that came out of the file, those of the list of the manifest's name, are the ones that were signed.
    ///
    /// # Errors
    ///
    /// [`OtherEntries`](ManifestErrorKind::OtherEntries).
    pub fn check_entries(&mut self, entries: ListDigest) -> Result<(), ManifestError> {
        self.has_entries = entries == self.manifest.entries;
        let (signed, found) = (self.manifest.entries.entries, entries.entries);
        if self.has_entries { Ok(()) } else { Err(ManifestErrorKind::OtherEntries { signed, found }.into()) }
    }

    /// What is to be remembered of the list from now on, with the list itself, in one step.
    ///
    /// # Errors
    ///
    /// [`Unchecked`](ManifestErrorKind::Unchecked) unless file and entries were found to be those that were signed.
    pub fn seen(&self) -> Result<Seen, ManifestError> {
        match (self.has_file, self.has_entries) {
            (true, true) => Ok(self.seen),
            (false, _) => Err(ManifestErrorKind::Unchecked { what: "list's file has" }.into()),
            (true, false) => Err(ManifestErrorKind::Unchecked { what: "list's entries have" }.into()),
        }
    }
}

/// What is worth saying of a manifest that is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing was remembered of this list.
    FirstSeen {
        /// The manifest's epoch.
        epoch: u64,
        /// Its number.
        sequence: u64,
    },
    /// Numbers between the last accepted and this one were never seen: the chain cannot be checked.
    Skipped {
        /// How many.
        manifests: u64,
    },
    /// The list's keys changed, with the consent of those before; numbers begin anew.
    NewKeys {
        /// The epoch before.
        before: u64,
        /// The epoch from now on.
        now: u64,
    },
    /// What would have been refused if the operator had not [accepted](Guard) it.
    Accepted(ManifestErrorKind),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstSeen { epoch: 1, sequence: 1 } => f.write_str("this is the list's first manifest"),
            Self::FirstSeen { epoch, sequence } => write!(
                f,
                "nothing is remembered of this list, and this is number {sequence} of epoch {epoch}: if the list was in use here, its state was lost, \
                 and an older version could be passed off as new; ask the publisher for the latest number"
            ),
            Self::Skipped { manifests } => {
                write!(
                    f,
                    "{manifests} manifests in between were never seen, so that the chain to this one could not be checked"
                )
            }
            Self::NewKeys { before, now } => {
                write!(f, "the keys changed from epoch {before} to {now}, and both signed")
            }
            Self::Accepted(error) => write!(f, "accepted by the operator: {error}"),
        }
    }
}
