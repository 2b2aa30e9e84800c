//! The program's ends of a worker's pipes: nothing waits longer than it may.

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd;
use std::process::{ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::protocol::{self, HEAD, Kind};

/// What is wrong with a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has closed a pipe, which it does at its end only.
    Gone,
    /// It takes too long.
    Late,
    /// It says what no worker says.
    Nonsense,
}

/// How long a worker may be waited for, all in all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(Duration);

impl Patience {
    pub(crate) const fn new(time: Duration) -> Self {
        Self(time)
    }

    /// Waits until something can be read or written, or the other side is gone.
    fn wait(&mut self, pipe: &impl AsFd, flags: PollFlags) -> Result<(), Fault> {
        let begun = Instant::now();
        let timeout = Timespec::try_from(self.0).map_err(|_| Fault::Late)?;
        let polled = poll(&mut [PollFd::new(pipe, flags)], Some(&timeout));
        self.0 = self.0.saturating_sub(begun.elapsed());
        match polled {
            Ok(0) => Err(Fault::Late),
            Ok(_) | Err(rustix::io::Errno::INTR) if self.0 > Duration::ZERO => Ok(()),
            Ok(_) => Err(Fault::Late),
            Err(_) => Err(Fault::Gone),
        }
    }
}

/// Both pipes of a worker.
#[derive(Debug)]
pub(crate) struct Link {
    to: ChildStdin,
    from: ChildStdout,
    buffer: Vec<u8>,
    /// What of the buffer has been read from the pipe, and what of that has been taken.
    filled: usize,
    taken: usize,
}

/// So much is read at once: the largest message beside pixels, and some.
const BUFFER: usize = 128 << 10;

/// How much the kernel keeps of what is on its way, where it allows that: fewer changes between processes.
const PIPE: usize = 1 << 20;

impl Link {
    /// # Errors
    ///
    /// When the pipes cannot be made ones that never wait by themselves.
    pub(crate) fn new(to: ChildStdin, from: ChildStdout) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&to, true)?;
        rustix::io::ioctl_fionbio(&from, true)?;
        // Smaller pipes do the same, more slowly.
        let _ = (rustix::pipe::fcntl_setpipe_size(&to, PIPE), rustix::pipe::fcntl_setpipe_size(&from, PIPE));
        Ok(Self { to, from, buffer: vec![0; BUFFER], filled: 0, taken: 0 })
    }

    /// Whether the other side is there, and says nothing of its own accord.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let is_waiting = |error: &io::Error| error.kind() == io::ErrorKind::WouldBlock;
        self.taken == self.filled && self.from.read(&mut self.buffer).is_err_and(|error| is_waiting(&error))
    }

    /// Whether everything that was said has been taken.
    pub(crate) const fn is_drained(&self) -> bool {
        self.taken == self.filled
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, kind: Kind, parts: &[&[u8]], patience: &mut Patience) -> Result<(), Fault> {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        let len = u32::try_from(len).map_err(|_| Fault::Nonsense)?;
        let head = protocol::head(kind, len);
        // The first part is short; the file that may follow is not copied.
        let (first, rest) = parts.split_first().map_or((&[][..], &[][..]), |(first, rest)| (*first, rest));
        self.write(&[&head, first].concat(), patience)?;
        rest.iter().try_for_each(|part| self.write(part, patience))
    }

    fn write(&mut self, mut bytes: &[u8], patience: &mut Patience) -> Result<(), Fault> {
        while !bytes.is_empty() {
            match self.to.write(bytes) {
                Ok(0) => return Err(Fault::Gone),
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => patience.wait(&self.to, PollFlags::OUT)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Fault::Gone),
            }
        }
        Ok(())
    }

    /// Reads the head of a message.
    pub(crate) fn head(&mut self, patience: &mut Patience) -> Result<(Kind, usize), Fault> {
        let mut head = [0; HEAD];
        self.exactly(&mut head, patience)?;
        protocol::parse_head(head).ok_or(Fault::Nonsense)
    }

    /// Reads so many bytes.
    pub(crate) fn array<const N: usize>(&mut self, patience: &mut Patience) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.exactly(&mut bytes, patience)?;
        Ok(bytes)
    }

    /// Fills the bytes.
    pub(crate) fn exactly(&mut self, mut to: &mut [u8], patience: &mut Patience) -> Result<(), Fault> {
        while !to.is_empty() {
            let known = self.buffer.get(self.taken..self.filled).unwrap_or_default();
            if known.is_empty() {
                if to.len() >= BUFFER {
                    // not worth a copy
                    let read = read(&mut self.from, to, patience)?;
                    to = to.get_mut(read..).unwrap_or_default();
                } else {
                    self.filled = read(&mut self.from, &mut self.buffer, patience)?;
                    self.taken = 0;
                }
                continue;
            }
            let len = known.len().min(to.len());
            let (now, later) = to.split_at_mut(len);
            now.copy_from_slice(known.get(..len).unwrap_or_default());
            self.taken += len;
            to = later;
        }
        Ok(())
    }
}

fn read(from: &mut ChildStdout, to: &mut [u8], patience: &mut Patience) -> Result<usize, Fault> {
    loop {
        patience.wait(from, PollFlags::IN)?;
        match from.read(to) {
            Ok(0) => return Err(Fault::Gone),
            Ok(read) => return Ok(read),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => return Err(Fault::Gone),
        }
    }
}
