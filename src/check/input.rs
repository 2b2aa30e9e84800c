//! The bytes of one file, read so that nothing a directory may hold can hang or flood a scan.
//!
//! A regular file may have become a FIFO or a link by the time it is opened; it may grow, shrink or lie about its size. So it is opened
//! without blocking, inspected once it is open, identified by its first bytes before the rest is read, and never read beyond its announced
//! size.
//!
//! Digests are computed in the same pass. A file that is not a picture, or too large a one, is then read to its end in pieces that are not
//! kept. A file that changes meanwhile has no digest.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;
use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::budget::{Budget, Permit};
use super::{Digester, NotDecoded};
use crate::decode::{self, DecodeError, Limited, Limits, Sniffed};
use crate::entry::Digest;

/// More than any magic number takes; the rest of a file of another kind is not read.
const HEAD_BYTES: u64 = 4096;
/// The most by which a file may exceed its announced size. Files of /proc announce nothing.
const SLACK_BYTES: u64 = 64 << 10;
/// The buffer of a file that is read for its digests alone.
const PIECE_BYTES: usize = 64 << 10;

/// What became of reading a file.
#[derive(Debug)]
pub(super) struct Input<'b> {
    /// Its bytes, and the permit to hold them.
    pub(super) contents: Result<Contents<'b>, NotDecoded>,
    /// The announced size, where it was opened.
    pub(super) bytes: Option<u64>,
    /// Its digests, where it could be read to its end.
    pub(super) digests: Vec<Digest>,
}

/// A file's bytes, and the permit to hold them.
#[derive(Debug)]
pub(super) struct Contents<'b> {
    pub(super) bytes: Vec<u8>,
    _permit: Permit<'b>,
}

impl<'b> Input<'b> {
    /// Reads a file. A symbolic link is followed only if `follow` says so.
    pub(super) fn of_path(path: &Path, follow: bool, limits: &Limits, budget: &'b Budget, digester: Digester) -> Self {
        let mut input = Self { contents: Err(NotDecoded::unreadable("not read")), bytes: None, digests: Vec::new() };
        input.contents = input.read(path, follow, limits, budget, digester);
        input
    }

    fn read(
        &mut self,
        path: &Path,
        follow: bool,
        limits: &Limits,
        budget: &'b Budget,
        digester: Digester,
    ) -> Result<Contents<'b>, NotDecoded> {
        let file = open(path, follow).map_err(|error| NotDecoded::unreadable(read_error(&error)))?;
        let metadata = file.metadata().map_err(|error| NotDecoded::unreadable(read_error(&error)))?;
        if !metadata.is_file() {
            return Err(NotDecoded::unreadable(special_file(metadata.file_type())));
        }
        self.bytes = Some(metadata.len());
        let contents = self.sniffed(&file, metadata.len(), limits, budget, digester);
        // What is there now may be neither what was there before nor what was read.
        let now = file.metadata().map_err(|error| NotDecoded::unreadable(read_error(&error)))?;
        let changed = match now.len().cmp(&metadata.len()) {
            _ if contents.as_ref().is_ok_and(|contents| (contents.bytes.len() as u64) < metadata.len()) => {
                Some("the file shrank while it was read")
            }
            Ordering::Less => Some("the file shrank while it was read"),
            Ordering::Greater => Some("the file grew while it was read"),
            Ordering::Equal if now.modified().ok() != metadata.modified().ok() => {
                Some("the file changed while it was read")
            }
            Ordering::Equal => None,
        };
        if let Some(changed) = changed {
            self.digests.clear();
            return Err(NotDecoded::unreadable(changed));
        }
        contents
    }

    /// Reads from anything to its end, up to the limit of a file.
    pub(super) fn of_reader(reader: impl Read, limits: &Limits, budget: &'b Budget, digester: Digester) -> Self {
        let most = limits.max_file_bytes;
        let permit = budget.acquire(most);
        let mut bytes = Vec::new();
        let read = reader.take(most.saturating_add(1)).read_to_end(&mut bytes);
        let len = bytes.len() as u64;
        let contents = match read {
            Err(error) => Err(NotDecoded::unreadable(read_error(&error))),
            Ok(_) if len > most => Err(over_limit(len, most)),
            Ok(_) => Ok(()),
        };
        let digests = if contents.is_ok() { digested(digester, &bytes) } else { Vec::new() };
        let contents = contents.map(|()| Contents { bytes, _permit: permit });
        Self { contents, bytes: Some(len), digests }
    }

    fn sniffed(
        &mut self,
        mut file: impl Read,
        len: u64,
        limits: &Limits,
        budget: &'b Budget,
        digester: Digester,
    ) -> Result<Contents<'b>, NotDecoded> {
        let failed = |error: io::Error| NotDecoded::unreadable(read_error(&error));
        let mut bytes = Vec::new();
        file.by_ref().take(HEAD_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        let refused = match decode::sniff(&bytes) {
            Sniffed::Unsupported(format) => Some(DecodeError::Unsupported { format }.into()),
            Sniffed::Supported(_) if len > limits.max_file_bytes => Some(over_limit(len, limits.max_file_bytes)),
            Sniffed::Supported(_) => None,
        };
        if let Some(refused) = refused {
            self.digests = digests_of_stream(digester, &bytes, file, len).map_err(failed)?;
            return Err(refused);
        }
        let most = len.saturating_add(SLACK_BYTES);
        let permit = budget.acquire(most);
        let rest = usize::try_from(len).map_err(|_| NotDecoded::unreadable(NO_MEMORY))?.saturating_sub(bytes.len());
        // One byte more, so that the end is seen without doubling the buffer.
        bytes.try_reserve_exact(rest.saturating_add(1)).map_err(|_| NotDecoded::unreadable(NO_MEMORY))?;
        file.take(most - bytes.len() as u64).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 >= most {
            return Err(NotDecoded::unreadable("the file grew while it was read"));
        }
        self.digests = digested(digester, &bytes);
        Ok(Contents { bytes, _permit: permit })
    }
}

fn digested(mut digester: Digester, bytes: &[u8]) -> Vec<Digest> {
    digester.update(bytes);
    digester.finish()
}

/// Reads the rest of a file of this length whose beginning is `head`. A file of another length has changed, and has no digest.
fn digests_of_stream(mut digester: Digester, head: &[u8], mut rest: impl Read, len: u64) -> io::Result<Vec<Digest>> {
    if digester.is_idle() {
        return Ok(Vec::new());
    }
    digester.update(head);
    let (mut piece, mut read) = (vec![0; PIECE_BYTES], head.len() as u64);
    loop {
        let count = match rest.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        read += count as u64;
        if count == 0 || read > len {
            break;
        }
        #[expect(clippy::indexing_slicing, reason = "`read` returns at most the length of its buffer")]
        digester.update(&piece[..count]);
    }
    Ok(if read == len { digester.finish() } else { Vec::new() })
}

fn over_limit(found: u64, allowed: u64) -> NotDecoded {
    DecodeError::OverLimit { what: Limited::FileBytes, found, allowed }.into()
}

const NO_MEMORY: &str = "not enough memory";

/// Opens without waiting for the other end of a FIFO, and without following a link unless `follow` says so.
#[cfg(unix)]
fn open(path: &Path, follow: bool) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let link = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | link;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path, _follow: bool) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Says why a file or directory could not be read, in fixed words.
#[must_use]
pub fn read_error(error: &io::Error) -> &'static str {
    use io::ErrorKind::{
        FileTooLarge, Interrupted, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, OutOfMemory,
        PermissionDenied, ResourceBusy, StaleNetworkFileHandle, StorageFull, TimedOut, WouldBlock,
    };
    #[cfg(unix)]
    match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::LOOP) => return "a symbolic link in place of the file, or too many of them",
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE) => return "too many open files",
        Some(rustix::io::Errno::IO) => return "the device reports an input error",
        Some(rustix::io::Errno::NXIO) => return "no such device",
        _ => {}
    }
    match error.kind() {
        NotFound => "no such file or directory",
        PermissionDenied => "permission denied",
        IsADirectory => "a directory in place of the file",
        NotADirectory => "a part of the path is not a directory",
        InvalidFilename | InvalidInput => "the name is not allowed or too long",
        TimedOut => "timed out",
        StaleNetworkFileHandle => "the network share is gone",
        ResourceBusy | WouldBlock => "busy",
        Interrupted => "interrupted",
        OutOfMemory => NO_MEMORY,
        FileTooLarge => "file too large",
        StorageFull => "no space left on the device",
        _ => "input error",
    }
}

/// Says what something that is not a regular file is.
#[cfg(unix)]
#[must_use]
pub fn special_file(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match () {
        () if kind.is_fifo() => "a FIFO is not read",
        () if kind.is_socket() => "a socket is not read",
        () if kind.is_block_device() || kind.is_char_device() => "a device is not read",
        () if kind.is_dir() => "a directory in place of the file",
        () => "not a regular file",
    }
}

/// Says what something that is not a regular file is.
#[cfg(not(unix))]
#[must_use]
pub fn special_file(kind: FileType) -> &'static str {
    if kind.is_dir() { "a directory in place of the file" } else { "not a regular file" }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::entry::DigestKind;
    use crate::matching::Outcome;
    use alloc::format;
    use alloc::string::{String, ToString as _};
    use std::fs;

    fn ending(path: &Path, follow: bool) -> String {
        let budget = Budget::new(1 << 20);
        match Input::of_path(path, follow, &Limits::default(), &budget, Digester::default()).contents {
            Ok(contents) => format!("{} bytes", contents.bytes.len()),
            Err(not) => not.to_string(),
        }
    }

    #[test]
    fn what_took_the_place_of_a_file_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
        assert!(made.success());
        fs::write(at("picture"), b"\xff\xd8\xff\xe0").unwrap();
        std::os::unix::fs::symlink(at("picture"), at("link")).unwrap();
        assert_eq!(ending(&at("picture"), false), "4 bytes");
        assert_eq!(ending(&at("link"), true), "4 bytes");
        assert!(ending(&at("link"), false).contains("symbolic link in place"));
        assert!(ending(&at("fifo"), false).contains("a FIFO is not read"));
        assert!(ending(directory.path(), false).contains("directory in place"));
        assert!(ending(&at("gone"), false).contains("no such file"));
        assert!(ending(Path::new("/dev/zero"), false).contains("a device is not read"));
    }

    #[test]
    fn a_file_of_another_size_than_announced_is_not_taken_for_whole() {
        let (limits, budget) = (Limits::default(), Budget::new(1 << 20));
        let mut grown = vec![0xff, 0xd8, 0xff];
        grown.resize(200_000, 0);
        let sniffed = |len, limits: &Limits, digester| {
            let mut input = Input { contents: Err(NotDecoded::unreadable("")), bytes: None, digests: Vec::new() };
            let contents = input.sniffed(&grown[..], len, limits, &budget, digester);
            (contents.map(|contents| contents.bytes), input.digests)
        };
        let (grew, _) = sniffed(100, &limits, Digester::default());
        assert_eq!(grew.unwrap_err().to_string(), "the file grew while it was read");
        let (whole, digests) = sniffed(200_000, &limits, Digester::new(DigestKind::ALL));
        assert_eq!((whole.unwrap(), digests.len()), (grown.clone(), 3));
        let small = limits.max_file_bytes(1000);
        for (len, count) in [(200_000, 1), (200_001, 0), (199_999, 0)] {
            // A file that is too large to be held has a digest, unless its length is not the announced one.
            let (refused, found) = sniffed(len, &small, Digester::new([DigestKind::Sha256]));
            assert!(matches!(refused.unwrap_err().outcome(), Outcome::OverLimit { allowed: 1000, .. }));
            assert_eq!(found.len(), count, "{len}");
        }
        assert_eq!(sniffed(200_000, &small, Digester::new(DigestKind::ALL)).1, digests, "streamed as held");
    }
}
