//! Where results go: standard output, or a file that appears under its name only when it is complete.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::exit::Failure;

/// A buffered writer of results.
pub(crate) struct Output {
    target: Target,
    /// What to call the target in a message.
    name: String,
}

enum Target {
    Stdout(BufWriter<io::StdoutLock<'static>>),
    File {
        writer: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
    /// A device, a FIFO or the like, which a rename would replace.
    Special(BufWriter<fs::File>),
}

impl Output {
    /// Opens the destination of a report; `None` and `-` are standard output.
    ///
    /// A file is written under a temporary name in the same directory and takes its own name in [`Output::finish`], so
    /// that nobody reads half a report. Only its owner can read it, for it names files that may matter to others.
    ///
    /// # Errors
    ///
    /// When the destination cannot be written.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        match path.filter(|path| *path != Path::new("-")) {
            Some(path) => Self::create(path),
            None => {
                let target = Target::Stdout(BufWriter::new(io::stdout().lock()));
                Ok(Self { target, name: "standard output".into() })
            }
        }
    }

    fn create(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::file("write", path, &error);
        let name = crate::names::shown(path);
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            let file = fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
            return Ok(Self { target: Target::Special(BufWriter::new(file)), name });
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::with_prefix_in(".lookalike-", directory).map_err(failed)?;
        Ok(Self { target: Target::File { writer: BufWriter::new(file), path: path.to_owned() }, name })
    }

    /// The temporary file being written, if there is one.
    pub(crate) fn temporary(&self) -> Option<&Path> {
        match &self.target {
            Target::File { writer, .. } => Some(writer.get_ref().path()),
            Target::Stdout(_) | Target::Special(_) => None,
        }
    }

    /// Whether what is written shows on a terminal at once.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.target, Target::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Flushes, and gives a file its name.
    ///
    /// # Errors
    ///
    /// When something could not be written.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        if let Target::File { writer, path } = self.target {
            let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)?;
        }
        Ok(())
    }

    /// The failure to report for a write that went wrong; nothing for a reader that went away (`| head`).
    pub(crate) fn failure(name: &str, error: &io::Error) -> Option<Failure> {
        (error.kind() != io::ErrorKind::BrokenPipe)
            .then(|| Failure::new(format!("cannot write to {name}: {}", crate::exit::plain(error))))
    }

    /// What a write ends as: a failure if it went wrong, unless only the reader went away.
    ///
    /// # Errors
    ///
    /// That failure.
    pub(crate) fn ended(name: &str, written: io::Result<()>) -> Result<(), Failure> {
        written.or_else(|error| Self::failure(name, &error).map_or(Ok(()), Err))
    }

    /// Writes results, all of them or nothing; `None` and `-` are standard output, whose reader may go away early.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub(crate) fn write(
        path: Option<&Path>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut out = Self::open(path)?;
        let name = out.name().to_owned();
        Self::ended(&name, write(&mut out).and_then(|()| out.finish()))
    }

    /// Which of some forms a file is to have, by its extension.
    ///
    /// # Errors
    ///
    /// With the message, for any other extension.
    pub(crate) fn form<'f>(path: &Path, forms: &[&'f str], message: &str) -> Result<&'f str, Failure> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let extension = if extension == "htm" { "html" } else { &extension };
        forms.iter().find(|form| **form == extension).copied().ok_or_else(|| Failure::new(message))
    }

    /// Prints a text.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn print(text: &str) -> Result<(), Failure> {
        Self::write(None, |out| out.write_all(text.as_bytes()))
    }

    /// Writes a file, all of it or nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        Self::write(Some(path), |out| out.write_all(bytes))
    }

    /// What to call the destination in a message.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Stdout(writer) => writer.write(bytes),
            Target::File { writer, .. } => writer.write(bytes),
            Target::Special(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Stdout(writer) => writer.flush(),
            Target::File { writer, .. } => writer.flush(),
            Target::Special(writer) => writer.flush(),
        }
    }
}
