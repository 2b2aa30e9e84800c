//! The bytes of one file, read so that nothing a directory may hold can hang or flood the scan.
//!
//! What is a regular file when the walker sees it may be a FIFO, a link or gone when it is opened; it may grow, shrink
//! or lie about its size. So the file is opened without waiting and without following a link, looked at again once it
//! is open, judged by its first bytes before the rest is read, and never read beyond its announced size.
//!
//! Where digests are wanted they are made in the same pass. Then a file that is no picture, or too large a one, is read to its end as
//! well, in pieces that are not kept; a file that changes meanwhile has no digest.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use lookalike::decode::{self, Limits, Sniffed};
use lookalike::entry::Digest;
use lookalike::matching::Outcome;

use crate::budget::{Budget, Permit};
use lookalike::check::Digester;

/// Enough for every magic number; the rest of a file of another kind is not read.
const HEAD_BYTES: u64 = 4096;
/// How much larger than announced a file may turn out. Files of /proc announce nothing.
const SLACK_BYTES: u64 = 64 << 10;
/// How much is held of a file that is read for its digests alone.
const PIECE_BYTES: usize = 64 << 10;

/// A file's bytes, and the permit to hold them.
pub(crate) struct Contents<'a> {
    pub(crate) bytes: Vec<u8>,
    _permit: Permit<'a>,
}

/// Reads a file; says its size as soon as that is known, and its digests if it could be read to its end.
pub(crate) fn file<'a, M>(
    path: &Path,
    follow: bool,
    limits: &Limits,
    budget: &'a Budget,
    size: &mut Option<u64>,
    digests: &mut Wanted,
) -> Result<Contents<'a>, Outcome> {
    let file = open(path, follow).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Outcome::Unreadable { io: crate::walk::special(metadata.file_type()) });
    }
    *size = Some(metadata.len());
    let contents = sniffed(file, metadata.len(), limits, budget, digests)?;
    if (contents.bytes.len() as u64) < metadata.len() {
        return Err(Outcome::Unreadable { io: "the file shrank while it was read" });
    }
    digests.of_all(&contents.bytes);
    Ok(contents)
}

/// Which digests are wanted of a file, and then those that it has.
#[derive(Default)]
pub(crate) struct Wanted {
    digester: Digester,
    pub(crate) found: Vec<Digest>,
}

impl Wanted {
    /// Wants what a digester makes.
    pub(crate) const fn new(digester: Digester) -> Self {
        Self { digester, found: Vec::new() }
    }

    fn of_all(&mut self, bytes: &[u8]) {
        let mut digester = std::mem::take(&mut self.digester);
        digester.update(bytes);
        self.found = digester.finish();
    }

    /// Reads the rest of a file that has this length and begins so. A file of another length has changed, and has no digest.
    fn of_rest(&mut self, head: &[u8], mut rest: impl Read, len: u64) -> io::Result<()> {
        let mut digester = std::mem::take(&mut self.digester);
        if digester.is_idle() {
            return Ok(());
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
            digester.update(piece.get(..count).unwrap_or(&piece));
        }
        if read == len {
            self.found = digester.finish();
        }
        Ok(())
    }
}

/// Reads one picture from standard input.
pub(crate) fn stdin<'a, M>(
    limits: &Limits,
    budget: &'a Budget,
    size: &mut Option<u64>,
) -> Result<Contents<'a>, Outcome> {
    let most = limits.max_file_bytes;
    let permit = budget.acquire(most);
    let mut bytes = Vec::new();
    io::stdin().lock().take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    *size = Some(bytes.len() as u64);
    if let Sniffed::Unsupported(format) = decode::sniff(&bytes) {
        return Err(Outcome::Unsupported { format });
    }
    if bytes.len() as u64 > most {
        return Err(Outcome::OverLimit { what: FILE_BYTES, found: bytes.len() as u64, allowed: most });
    }
    Ok(Contents { bytes, _permit: permit })
}

fn sniffed<'a, M>(
    mut file: impl Read,
    len: u64,
    limits: &Limits,
    budget: &'a Budget,
    digests: &mut Wanted,
) -> Result<Contents<'a>, Outcome> {
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    if let Sniffed::Unsupported(format) = decode::sniff(&bytes) {
        digests.of_rest(&bytes, file, len).map_err(unreadable)?;
        return Err(Outcome::Unsupported { format });
    }
    if len > limits.max_file_bytes {
        digests.of_rest(&bytes, file, len).map_err(unreadable)?;
        return Err(Outcome::OverLimit { what: FILE_BYTES, found: len, allowed: limits.max_file_bytes });
    }
    let most = len + SLACK_BYTES;
    let permit = budget.acquire(most);
    let rest = usize::try_from(len).unwrap_or(0).saturating_sub(bytes.len());
    // One byte more, so that the end is seen without doubling the buffer.
    bytes.try_reserve_exact(rest + 1).map_err(|_| Outcome::Unreadable { io: NO_MEMORY })?;
    file.take(most - bytes.len() as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 >= most {
        return Err(Outcome::Unreadable { io: "the file grew while it was read" });
    }
    Ok(Contents { bytes, _permit: permit })
}

/// Why a file could not be read for which there is no room.
const NO_MEMORY: &str = "not enough memory";

/// What a limit on the size of files is called in records.
const FILE_BYTES: &str = "bytes of file (--memory raises the limit)";

/// Opens without waiting for the other end of a FIFO, and without following a link unless the user named it.
#[cfg(unix)]
fn open(path: &Path, follow: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let link = if follow { 0 } else { libc::O_NOFOLLOW };
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | link).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path, _follow: bool) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn unreadable<M>(error: io::Error) -> Outcome {
    Outcome::Unreadable { io: words(&error) }
}

/// Why something could not be read, in fixed words.
pub(crate) fn words(error: &io::Error) -> &'static str {
    use io::ErrorKind::{
        Interrupted, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, OutOfMemory,
        PermissionDenied, ResourceBusy, StaleNetworkFileHandle, TimedOut, WouldBlock,
    };
    #[cfg(unix)]
    match error.raw_os_error() {
        Some(libc::ELOOP) => return "a symbolic link in place of the file, or too many of them",
        Some(libc::EMFILE | libc::ENFILE) => return "too many open files",
        Some(libc::EIO) => return "the device reports an input error",
        Some(libc::ENXIO) => return "no such device",
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
        _ => "input error",
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use lookalike::entry::DigestKind;
    use std::fs;

    fn ending(path: &Path, follow: bool) -> String {
        let budget = Budget::new(1 << 20);
        match file::<()>(path, follow, &Limits::default(), &budget, &mut None, &mut Wanted::default()) {
            Ok(contents) => format!("{} bytes", contents.bytes.len()),
            Err(ending) => ending.to_string(),
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
        let sniffed = |len, limits: &Limits, wanted: &mut Wanted| {
            sniffed::<()>(&grown[..], len, limits, &budget, wanted).map(|all| all.bytes)
        };
        let grew = sniffed(100, &limits, &mut Wanted::default());
        assert!(matches!(grew, Err(Outcome::Unreadable { io: "the file grew while it was read" })));
        assert!(sniffed(200_000, &limits, &mut Wanted::default()).is_ok_and(|bytes| bytes == grown));
        let small = limits.max_file_bytes(1000);
        for (len, digests) in [(200_000, 1), (200_001, 0), (199_999, 0)] {
            // What is too large to be held has a digest, unless it is not of the length that it announced.
            let mut wanted = Wanted::new(Digester::new([DigestKind::Sha256]));
            let refused = sniffed(len, &small, &mut wanted);
            assert!(matches!(refused, Err(Outcome::OverLimit { allowed: 1000, .. })));
            assert_eq!(wanted.found.len(), digests, "{len}");
        }
        let (mut whole, mut streamed) =
            (Wanted::new(Digester::new(DigestKind::ALL)), Wanted::new(Digester::new(DigestKind::ALL)));
        whole.of_all(&grown);
        assert!(sniffed(200_000, &small, &mut streamed).is_err());
        assert_eq!((whole.found.len(), whole.found), (3, streamed.found));
    }
}
