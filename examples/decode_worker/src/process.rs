//! One worker, as the program sees it: started, given files one after the other, and buried.

use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lookalike::decode::{DecodeError, Header, View, Visitor};
use lookalike::hash::PdqSpectrum;
use lookalike::hash::views::Grid;
use lookalike::pixels::ImageRef;
use rustix::process::Signal;

use crate::death::Death;
use crate::link::{Fault, Link, Patience};
use crate::pool::Program;
use crate::protocol::{self, Kind, Request, Shape, VIEW};
use crate::sandbox::Sandbox;
use crate::worker::{ARGUMENT, SELF_TEST};

/// A worker.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    link: Link,
    /// What the standard library says when it aborts; nothing of it is ever shown.
    words: ChildStderr,
    /// Its address space.
    memory: u64,
    /// How many files it had.
    pub(crate) served: u32,
}

/// How long a new worker may take to say that it is there, on a machine that is very busy.
const START: Duration = Duration::from_secs(30);

/// How long what has closed its pipes may take to end by itself, so that it can be said how.
const END: Duration = Duration::from_secs(2);

impl Process {
    /// Starts a worker, and waits until it is held.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, or is no worker.
    pub(crate) fn start(program: &Program, memory: u64) -> io::Result<(Self, Sandbox)> {
        let mut command = Command::new(&program.path);
        command.args(&program.arguments);
        if program.is_worker {
            command.arg0("decode-worker").arg(ARGUMENT).arg(memory.to_string());
            command.args(program.is_self_test.then_some(SELF_TEST));
        }
        command.env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is the program's alone.
        let mut child = command.process_group(0).spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(to), Some(from), Some(words)) = pipes else { return Err(io::ErrorKind::BrokenPipe.into()) };
        rustix::io::ioctl_fionbio(&words, true)?;
        let mut process = Self { child, link: Link::new(to, from)?, words, memory, served: 0 };
        let patience = &mut Patience::new(START);
        let hello = process.link.head(patience).and_then(|(kind, _)| {
            let [flags] = if kind == Kind::Hello { process.link.array(patience)? } else { [u8::MAX] };
            Sandbox::of_byte(flags).ok_or(Fault::Nonsense)
        });
        match hello {
            Ok(sandbox) => Ok((process, sandbox)),
            Err(fault) => Err(io::Error::other(process.bury(fault, START).to_string())),
        }
    }

    /// Whether it lives, and waits for a file.
    pub(crate) fn is_well(&mut self) -> bool {
        self.link.is_quiet()
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Gives it a file.
    ///
    /// # Errors
    ///
    /// When something is wrong with the worker, which is of no use then. With the header of a file whose visitor broke: it has all that it
    /// wanted.
    pub(crate) fn serve(
        &mut self,
        request: Request,
        file: &[u8],
        patience: &mut Patience,
        visitor: &mut (impl Visitor + ?Sized),
    ) -> Result<Result<Header, DecodeError>, (Fault, Option<Header>)> {
        self.served = self.served.saturating_add(1);
        let sent = self.link.send(Kind::Request, &[&request.to_bytes(), file], patience);
        sent.map_err(|fault| (fault, None))?;
        hear(&mut self.link, request, file.len() as u64, patience, visitor)
    }

    /// Ends a worker with which something is wrong, and says how it ended. `allowed` is how long it might have taken.
    pub(crate) fn bury(mut self, fault: Fault, allowed: Duration) -> Death {
        if fault == Fault::Gone {
            let begun = Instant::now();
            while begun.elapsed() < END {
                match self.child.try_wait() {
                    Ok(None) => thread::sleep(Duration::from_millis(1)),
                    Ok(Some(status)) => return self.death(status, allowed),
                    Err(_) => break,
                }
            }
        }
        // Dropping it kills it.
        if fault == Fault::Late { Death::Late(allowed) } else { Death::Nonsense }
    }

    fn death(&mut self, status: ExitStatus, allowed: Duration) -> Death {
        let Some(signal) = status.signal() else { return Death::Exit(status.code().unwrap_or(-1)) };
        match Signal::from_named_raw(signal) {
            Some(Signal::SYS) => Death::Forbidden,
            Some(Signal::XCPU) => Death::Late(allowed),
            Some(Signal::ABORT) if self.lacked_memory() => Death::Memory(self.memory),
            _ => Death::Signal(signal),
        }
    }

    /// Whether it said, as the standard library does, that it had no memory.
    fn lacked_memory(&mut self) -> bool {
        let mut said = [0; 4096];
        let len = self.words.read(&mut said).unwrap_or(0);
        let said = said.get(..len).unwrap_or_default();
        said.windows(NO_MEMORY.len()).any(|window| window == NO_MEMORY)
    }
}

/// What the standard library says when it has no memory.
const NO_MEMORY: &[u8] = b"memory allocation of";

impl Drop for Process {
    /// Ends it, and takes its number back.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a worker says of a file, as it comes in.
struct Answer<'a> {
    request: Request,
    patience: &'a mut Patience,
    link: &'a mut Link,
    header: Option<Header>,
    /// The latest view whose spectrum came.
    last: Option<View>,
    /// How many more messages may come.
    left: u32,
    /// The visitor broke.
    is_stopped: bool,
}

/// Views of a frame: stored, oriented, unletterboxed; on white and on black, whole and unletterboxed.
const VIEWS: u32 = 7;

impl Answer<'_> {
    /// Passes everything on to the visitor, to the end.
    fn read(&mut self, file: u64, visitor: &mut (impl Visitor + ?Sized)) -> Result<Result<Header, DecodeError>, Fault> {
        self.left = 8;
        loop {
            self.left = self.left.checked_sub(1).ok_or(Fault::Nonsense)?;
            let (kind, len) = self.link.head(self.patience)?;
            let flow = match (kind, self.header) {
                (Kind::Header, None) => {
                    let header = self.link.array::<{ Header::BYTES }>(self.patience)?;
                    let header = Header::from_bytes(&header, &self.request.limits).ok_or(Fault::Nonsense)?;
                    self.header = Some(header);
                    // Each view sends at most a spectrum, a grid and pixels; two more frames allow for a second decoding.
                    self.left = header.frames.saturating_add(2).saturating_mul(3 * VIEWS).saturating_add(8);
                    visitor.header(&header);
                    // needs no answer
                    continue;
                }
                (Kind::Error, _) => {
                    let error = self.link.array::<{ DecodeError::BYTES }>(self.patience)?;
                    return DecodeError::from_bytes(&error).map(Err).ok_or(Fault::Nonsense);
                }
                (Kind::End, Some(header)) => return Ok(Ok(header)),
                (Kind::Needs, Some(header)) => {
                    let bytes = u64::from_le_bytes(self.link.array(self.patience)?);
                    // The worker's copy of the file, and this side's of the pixels.
                    let copied = if self.request.wants_pixels { pixel_bytes(&header) } else { 0 };
                    visitor.needs(bytes.saturating_add(file).saturating_add(copied));
                    ControlFlow::Continue(())
                }
                (Kind::Hashed, Some(header)) => {
                    let view = self.view(&header)?;
                    let spectrum = self.link.array::<{ PdqSpectrum::BYTES }>(self.patience)?;
                    let spectrum = PdqSpectrum::from_bytes(&spectrum).map_err(|_| Fault::Nonsense)?;
                    if self.last.is_some_and(|last| last.frame > view.frame) {
                        return Err(Fault::Nonsense);
                    }
                    self.last = Some(view);
                    visitor.hashed(view, &spectrum)
                }
                (Kind::Twin, Some(header)) => {
                    let frame = u32::from_le_bytes(self.link.array(self.patience)?);
                    if frame > header.frames || self.last.is_none_or(|last| last.frame >= frame) {
                        return Err(Fault::Nonsense);
                    }
                    visitor.twin(frame);
                    continue;
                }
                (Kind::Grid, Some(header)) if self.request.wants_grid => {
                    let view = self.view(&header)?;
                    let grid = self.link.array::<{ Grid::BYTES }>(self.patience)?;
                    let grid = Grid::from_bytes(&grid).map_err(|_| Fault::Nonsense)?;
                    if !view.kind.has_grid() || self.last != Some(view) {
                        return Err(Fault::Nonsense);
                    }
                    visitor.grid(view, &grid)
                }
                (Kind::Pixels, Some(header)) if self.request.wants_pixels => self.pixels(&header, len, visitor)?,
                _ => return Err(Fault::Nonsense),
            };
            if flow.is_break() {
                self.is_stopped = true;
                self.stop()?;
                return self.header.map(Ok).ok_or(Fault::Nonsense);
            }
            self.link.send(Kind::Go, &[], self.patience)?;
        }
    }

    fn view(&mut self, header: &Header) -> Result<View, Fault> {
        let view = protocol::parse_view(self.link.array::<VIEW>(self.patience)?).ok_or(Fault::Nonsense)?;
        if view.frame <= header.frames { Ok(view) } else { Err(Fault::Nonsense) }
    }

    fn pixels(
        &mut self,
        header: &Header,
        len: usize,
        visitor: &mut (impl Visitor + ?Sized),
    ) -> Result<ControlFlow<()>, Fault> {
        let view = self.view(header)?;
        let shape = Shape::parse(self.link.array(self.patience)?).ok_or(Fault::Nonsense)?;
        let pixels = shape.len().filter(|pixels| Some(*pixels) == len.checked_sub(VIEW + Shape::BYTES));
        let pixels = pixels.ok_or(Fault::Nonsense)?;
        let is_inside = shape.width <= header.width && shape.height <= header.height;
        if !is_inside || pixels as u64 > pixel_bytes(header) || self.last != Some(view) {
            return Err(Fault::Nonsense);
        }
        let mut bytes = vec![0; pixels];
        self.link.exactly(&mut bytes, self.patience)?;
        let image = ImageRef::packed(&bytes, shape.width, shape.height, shape.format).map_err(|_| Fault::Nonsense)?;
        Ok(visitor.pixels(view, &image, shape.dihedral))
    }

    /// Tells the worker to stop, and waits until it has.
    fn stop(&mut self) -> Result<(), Fault> {
        self.link.send(Kind::Stop, &[], self.patience)?;
        match self.link.head(self.patience)?.0 {
            Kind::End => Ok(()),
            Kind::Error => self.link.array::<{ DecodeError::BYTES }>(self.patience).map(drop),
            _ => Err(Fault::Nonsense),
        }
    }
}

/// Hears what a worker says of a file of this length, to the end. Errors are those of [`Process::serve`].
fn hear(
    link: &mut Link,
    request: Request,
    file: u64,
    patience: &mut Patience,
    visitor: &mut (impl Visitor + ?Sized),
) -> Result<Result<Header, DecodeError>, (Fault, Option<Header>)> {
    let mut answer = Answer { request, patience, link, header: None, last: None, left: 0, is_stopped: false };
    let ended = answer.read(file, visitor);
    let stopped = answer.header.filter(|_| answer.is_stopped);
    let ended = ended.map_err(|fault| (fault, stopped))?;
    if link.is_drained() { Ok(ended) } else { Err((Fault::Nonsense, stopped)) }
}

/// What the program makes of such an answer to a file of no length, for fuzzing, without a process. Says whether it is one, to its end.
///
/// # Panics
///
/// When the machine gives no pipes.
#[cfg(fuzzing)]
#[expect(clippy::expect_used, reason = "without pipes there is nothing to fuzz")]
pub fn hear_bytes(
    said: &[u8],
    limits: lookalike::decode::Limits,
    [wants_grid, wants_pixels]: [bool; 2],
    visitor: &mut (impl Visitor + ?Sized),
) -> bool {
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    let (_asked, to) = io::pipe().expect("a pipe");
    let (from, mut tell) = io::pipe().expect("a pipe");
    // as much as a pipe holds without anybody reading
    tell.write_all(said.get(..1 << 16).unwrap_or(said)).expect("it fits");
    drop(tell);
    let mut link = Link::new(OwnedFd::from(to).into(), OwnedFd::from(from).into()).expect("pipes");
    let request = Request {
        limits,
        page: 1,
        profile: lookalike::hash::PdqProfile::FullResolution,
        wants_grid,
        wants_pixels,
        seconds: 1,
    };
    let heard = hear(&mut link, request, 0, &mut Patience::new(START), visitor);
    assert!(!matches!(heard, Err((Fault::Late, _))), "what has been said is there");
    heard.is_ok()
}

/// How many bytes the pixels of a frame take at most: of an animation they may be drawn with four bytes each, whatever is stored.
fn pixel_bytes(header: &Header) -> u64 {
    let pixel = header.pixel_format.bytes_per_pixel().max(4) as u64;
    u64::from(header.width).saturating_mul(header.height.into()).saturating_mul(pixel)
}
