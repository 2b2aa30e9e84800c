//! The files of a log: their names, their lines, and the end of the last one after a crash.
//!
//! `FILE` is the one being written. When it is full it becomes `FILE.000001`, the next `FILE.000002`, and so on. Beside them lie `FILE.lock`,
//! whose lock the writer holds, and after a crash `FILE.torn-N`, which has the bytes that were cut off behind event N.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::chain::{self, MAX_LINE, Sealed, VERSION};
use super::error::{AuditError, AuditErrorKind};
use super::event::Event;

/// `FILE` and something behind its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

pub(super) fn rotated(path: &Path, number: u64) -> PathBuf {
    beside(path, &format!(".{number:06}"))
}

/// The directory that the log lies in.
pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a change of names last through a power loss.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// For writing, readable by the owner alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// The full files of the log, in order.
pub(super) fn full_files(path: &Path) -> Result<Vec<(u64, PathBuf)>, AuditError> {
    let mut prefix = path.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
    prefix.push(b'.');
    let listed = fs::read_dir(directory(path)).map_err(AuditError::io("list the files of", path))?;
    let mut files = Vec::new();
    for entry in listed {
        let name = entry.map_err(AuditError::io("list the files of", path))?.file_name();
        let number = name.as_encoded_bytes().strip_prefix(prefix.as_slice()).and_then(number_of);
        if let Some(number) = number {
            files.push((number, rotated(path, number)));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Exactly what [`rotated`] makes.
fn number_of(digits: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?;
    let number = text.parse().ok()?;
    (format!("{number:06}") == text).then_some(number)
}

/// The head of a file.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) version: u32,
    pub(super) number: u64,
    pub(super) log: String,
}

/// The head of a file, if it has one that can be read.
pub(super) fn begin_of(line: &[u8]) -> Option<Begin> {
    match serde_json::from_slice(line) {
        Ok(Event::Begin { format, version, number, log, .. }) if format == FORMAT => {
            Some(Begin { version, number, log })
        }
        _ => None,
    }
}

/// What the head of every file says it is.
pub(super) const FORMAT: &str = "lookalike-audit";

/// A line with its place, as it stands in the file.
#[derive(Debug)]
pub(super) struct Raw {
    /// Which file of [`Lines::files`] it is in.
    pub(super) file: usize,
    /// Which line of the file it is, counted from 1.
    pub(super) line: u64,
    /// Without the line break.
    pub(super) text: Vec<u8>,
    /// Whether it has one.
    pub(super) is_whole: bool,
}

/// Every line of every file of a log, in order, while it may be written.
#[derive(Debug)]
pub(super) struct Lines {
    /// The files, the oldest first.
    pub(super) files: Vec<PathBuf>,
    /// The one being written: opened first, so that it is read even if it gets another name meanwhile.
    active: Option<File>,
    at: usize,
    reader: Option<BufReader<File>>,
    line: u64,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, AuditError> {
        let opened = File::open(path);
        let (active, absent) = match opened {
            Ok(file) => (Some(file), None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, Some(error)),
            Err(error) => return Err(AuditError::io("open", path)(error)),
        };
        if let Some(file) = &active
            && !file.metadata().is_ok_and(|metadata| metadata.is_file())
        {
            return Err(AuditError::new(AuditErrorKind::NotALog, path));
        }
        let mut full = full_files(path)?;
        if let Some(error) = absent.filter(|_| full.is_empty()) {
            return Err(AuditError::io("open", path)(error));
        }
        if let Some(file) = &active
            && let Some(number) = first_line(file, path)?.as_deref().and_then(begin_of).map(|begin| begin.number)
        {
            // Between opening and listing it may have become full.
            full.retain(|(other, _)| *other < number);
        }
        let mut files: Vec<_> = full.into_iter().map(|(_, path)| path).collect();
        if active.is_some() {
            files.push(path.to_owned());
        }
        Ok(Self { files, active, at: 0, reader: None, line: 0 })
    }

    /// Those of one file alone.
    pub(super) fn of_file(path: &Path) -> Result<Self, AuditError> {
        let file = File::open(path).map_err(AuditError::io("open", path))?;
        Ok(Self { files: vec![path.to_owned()], active: Some(file), at: 0, reader: None, line: 0 })
    }

    /// The next line. One that is longer than a line may be ends its file, cut off.
    pub(super) fn next(&mut self) -> Result<Option<Raw>, AuditError> {
        loop {
            let Some(path) = self.files.get(self.at) else { return Ok(None) };
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => {
                    let file = match self.active.take_if(|_| self.at + 1 == self.files.len()) {
                        Some(file) => file,
                        None => File::open(path).map_err(AuditError::io("open", path))?,
                    };
                    self.line = 0;
                    none.insert(BufReader::with_capacity(1 << 17, file))
                }
            };
            let mut text = Vec::new();
            let mut bounded = reader.take(MAX_LINE as u64 + 1);
            bounded.read_until(b'\n', &mut text).map_err(AuditError::io("read", path))?;
            if text.is_empty() {
                self.reader = None;
                self.at += 1;
                continue;
            }
            let is_whole = text.last() == Some(&b'\n');
            if is_whole {
                text.pop();
            }
            self.line += 1;
            let raw = Raw { file: self.at, line: self.line, text, is_whole };
            if !is_whole {
                self.reader = None;
                self.at += 1;
            }
            return Ok(Some(raw));
        }
    }
}

/// The first line of a file; the file is at its beginning afterwards.
fn first_line(file: &File, path: &Path) -> Result<Option<Vec<u8>>, AuditError> {
    let failed = || AuditError::io("read", path);
    // The clone shares the place; whoever has the other sets it anew.
    let mut file = file.try_clone().map_err(failed())?;
    file.seek(SeekFrom::Start(0)).map_err(failed())?;
    let mut text = Vec::new();
    BufReader::new(&file).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut text).map_err(failed())?;
    file.seek(SeekFrom::Start(0)).map_err(failed())?;
    Ok((text.pop() == Some(b'\n')).then_some(text))
}

/// The sound end of a file.
#[derive(Debug)]
pub(super) struct End {
    pub(super) last: Sealed,
    pub(super) begin: Begin,
    /// When the file's first line was written.
    pub(super) began: i64,
    /// Bytes up to the end of the last sound line.
    pub(super) length: u64,
    /// Bytes behind it.
    pub(super) torn: u64,
}

/// What a file ends in.
#[derive(Debug)]
pub(super) enum Tail {
    Sound(End),
    /// No line of it was ever finished: its bytes.
    Torn(u64),
}

/// Finds the last sound line of a file: usually by its end alone. A file of something else is refused.
pub(super) fn tail_of(file: &mut File, path: &Path) -> Result<Tail, AuditError> {
    let failed = |what| AuditError::io(what, path);
    let all = file.seek(SeekFrom::End(0)).map_err(failed("read"))?;
    if all == 0 {
        return Ok(Tail::Torn(0));
    }
    let first = first_line(file, path)?;
    let Some((begin, first)) = first.as_deref().and_then(|line| Some((begin_of(line)?, chain::check(line).ok()?)))
    else {
        // What a crash leaves of a first line: nothing, a part of it, or blocks that were never written.
        let mut start = vec![0; 9];
        file.seek(SeekFrom::Start(0)).map_err(failed("read"))?;
        let read = file.read(&mut start).map_err(failed("read"))?;
        start.truncate(read);
        let is_ours = b"{\"prev\":\"".starts_with(&start) && first.is_none();
        return if is_ours || start.iter().all(|byte| *byte == 0) {
            Ok(Tail::Torn(all))
        } else {
            Err(AuditError::new(AuditErrorKind::NotALog, path))
        };
    };
    if begin.version > VERSION {
        return Err(AuditError::new(AuditErrorKind::Newer { found: begin.version }, path));
    }
    let window = all.min(2 * MAX_LINE as u64);
    #[expect(clippy::cast_possible_truncation, reason = "at most two lines")]
    let mut end = vec![0; window as usize];
    file.seek(SeekFrom::Start(all - window)).map_err(failed("read"))?;
    file.read_exact(&mut end).map_err(failed("read"))?;
    if let Some(at) = end.iter().rposition(|byte| *byte == b'\n') {
        let (lines, _) = end.split_at(at);
        let last_line = match lines.iter().rposition(|byte| *byte == b'\n') {
            Some(before) => lines.split_at(before + 1).1,
            None => lines,
        };
        if let Ok(last) = chain::check(last_line) {
            let torn = (end.len() - at - 1) as u64;
            return Ok(Tail::Sound(End { last, begin, began: first.time, length: all - torn, torn }));
        }
    }
    // The last whole line is not sound either, as a power loss can leave it: go through all.
    file.seek(SeekFrom::Start(0)).map_err(failed("read"))?;
    let (mut last, mut length, mut read) = (first.clone(), 0, 0);
    let mut reader = BufReader::with_capacity(1 << 17, &mut *file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let bytes = reader.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line).map_err(failed("read"))?;
        if bytes == 0 {
            break;
        }
        read += bytes as u64;
        if line.pop() == Some(b'\n')
            && let Ok(sealed) = chain::check(&line)
        {
            (last, length) = (sealed, read);
        }
    }
    Ok(Tail::Sound(End { last, begin, began: first.time, length, torn: all - length }))
}

/// Puts what stands behind `length` into a file beside the log, and cuts it off. First the copy, then the cut: a crash between them loses
/// nothing.
pub(super) fn cut(file: &mut File, path: &Path, length: u64, seq: u64) -> Result<PathBuf, AuditError> {
    let mut name = beside(path, &format!(".torn-{seq}"));
    let mut tries = 1;
    let mut side = loop {
        match private().write(true).create_new(true).open(&name) {
            Ok(side) => break side,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 1000 => {
                tries += 1;
                name = beside(path, &format!(".torn-{seq}-{tries}"));
            }
            Err(error) => return Err(AuditError::io("put a torn end beside", &name)(error)),
        }
    };
    let failed = || AuditError::io("put a torn end beside", path);
    file.seek(SeekFrom::Start(length)).map_err(failed())?;
    io::copy(file, &mut side).map_err(failed())?;
    side.flush().and_then(|()| side.sync_all()).map_err(failed())?;
    sync_directory(path).map_err(failed())?;
    file.set_len(length).and_then(|()| file.sync_all()).map_err(AuditError::io("cut a torn end off", path))?;
    Ok(name)
}

/// The personal part of a line, if it has one that was not deleted.
pub(super) fn personal_of(line: &[u8]) -> Option<super::event::Personal> {
    #[derive(Deserialize)]
    struct Part {
        personal: super::event::Personal,
    }
    serde_json::from_slice::<Part>(line).ok().map(|part| part.personal)
}

/// A random text of so many bytes, in hexadecimal.
pub(super) fn random<const N: usize>() -> Result<[u8; N], AuditError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| AuditError::io("draw a random number for", Path::new(""))(io::Error::other(error)))?;
    Ok(bytes)
}

/// As [`chain::hex`], of random bytes.
pub(super) fn random_name() -> Result<String, AuditError> {
    random::<8>().map(|bytes| chain::hex(&bytes))
}
