//! The worker's side: reads a file, decodes and hashes it, says what comes out.

use std::convert::Infallible;
use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;

use lookalike::decode::{self, DecodeError, Header, View, Visitor};
use lookalike::hash::views::Grid;
use lookalike::hash::{Dihedral, PdqSpectrum};
use lookalike::pixels::ImageRef;
use rustix::buffer::spare_capacity;
use rustix::stdio::{stdin, stdout};

use crate::protocol::{self, HEAD, Kind, Request, Shape};
use crate::{sandbox, self_test};

/// The first argument of a worker.
pub(crate) const ARGUMENT: &str = "__decode-worker";
/// The third argument of a worker that is started for a self-test.
pub(crate) const SELF_TEST: &str = "self-test";

/// Serves as a worker, if this process was started as one, to its end; call it first thing in `main`, before any thread is started.
#[must_use]
pub fn run_if_asked() -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    args.next().filter(|first| first == ARGUMENT)?;
    let memory = args.next().and_then(|memory| memory.to_str()?.parse().ok());
    let is_self_test = args.next().is_some_and(|argument| argument == SELF_TEST);
    let Some(memory) = memory else { return Some(ExitCode::FAILURE) };
    // What panics holds may be of the picture; a panic ends the worker, and the program sees that.
    std::panic::set_hook(Box::new(|_| {}));
    Some(match serve(memory, is_self_test) {
        // The program has closed its end, which is how a worker is told to end.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn serve(memory: u64, is_self_test: bool) -> io::Result<Infallible> {
    let sandbox = sandbox::enter(memory)?;
    send(Kind::Hello, &[&[sandbox.to_byte()]])?;
    let mut file = Vec::new();
    loop {
        let request = receive(&mut file)?;
        sandbox::allow_seconds(request.seconds)?;
        if is_self_test {
            self_test::run(&file);
        }
        let mut remote = Remote { request, is_asking: false, is_stopped: false, error: None };
        let decoded = remote.decode(&file);
        if let Some(error) = remote.error {
            return Err(error);
        }
        match decoded {
            Ok(()) => send(Kind::End, &[])?,
            Err(error) => send(Kind::Error, &[&error.to_bytes()])?,
        }
        if remote.is_asking {
            answer()?;
        }
        file.clear();
        file.shrink_to(KEPT);
    }
}

/// A buffer of this size is kept for the next file.
const KEPT: usize = 16 << 20;

/// Reads a request, and its file into the buffer.
fn receive(file: &mut Vec<u8>) -> io::Result<Request> {
    let (kind, len) = read_head()?;
    let rest = len.checked_sub(Request::BYTES).filter(|_| kind == Kind::Request).ok_or(io::ErrorKind::InvalidData)?;
    let mut request = [0; Request::BYTES];
    read_all(&mut request)?;
    file.reserve_exact(rest);
    // Behind the file nothing is sent before it is answered.
    while file.len() < rest {
        if rustix::io::read(stdin(), spare_capacity(file))? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if file.len() > rest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Request::parse(&request).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn read_head() -> io::Result<(Kind, usize)> {
    let mut head = [0; HEAD];
    read_all(&mut head)?;
    protocol::parse_head(head).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn read_all(mut to: &mut [u8]) -> io::Result<()> {
    while !to.is_empty() {
        let read = rustix::io::read(stdin(), &mut *to)?;
        to = to.get_mut(read..).filter(|_| read > 0).ok_or(io::ErrorKind::UnexpectedEof)?;
    }
    Ok(())
}

fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = rustix::io::write(stdout(), bytes)?;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

/// Sends a message in one piece, so that the program wakes up once.
fn send(kind: Kind, parts: &[&[u8]]) -> io::Result<()> {
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut message = Vec::with_capacity(HEAD + len);
    message.extend(protocol::head(kind, u32::try_from(len).unwrap_or(u32::MAX)));
    parts.iter().for_each(|part| message.extend_from_slice(part));
    write_all(&message)
}

/// Whether the program wants more.
fn answer() -> io::Result<bool> {
    match read_head()?.0 {
        Kind::Go => Ok(true),
        Kind::Stop => Ok(false),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// The program's visitor, as the decoder sees it.
struct Remote {
    request: Request,
    /// Whether the last message has not been answered yet.
    is_asking: bool,
    is_stopped: bool,
    error: Option<io::Error>,
}

impl Remote {
    fn decode(&mut self, file: &[u8]) -> Result<(), DecodeError> {
        let Request { limits, page, profile, .. } = self.request;
        decode::page_views(file, page, &limits, profile, self)
    }

    /// Reads the answer to the last message.
    fn settle(&mut self) -> ControlFlow<()> {
        if self.is_asking {
            self.is_asking = false;
            match answer() {
                Ok(goes_on) => self.is_stopped |= !goes_on,
                Err(error) => self.error = Some(error),
            }
        }
        if self.is_stopped || self.error.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Sends a message when the one before has been answered. Its own answer is read later.
    fn tell(&mut self, send: impl FnOnce() -> io::Result<()>) -> ControlFlow<()> {
        self.settle()?;
        match send() {
            Ok(()) => {
                self.is_asking = true;
                ControlFlow::Continue(())
            }
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Visitor for Remote {
    fn header(&mut self, header: &Header) {
        // It is not answered.
        self.error = send(Kind::Header, &[&header.to_bytes()]).err();
    }

    fn needs(&mut self, bytes: u64) {
        let asked = self.tell(|| send(Kind::Needs, &[&bytes.to_le_bytes()]));
        // Without leave no memory is taken; and a decoder cannot be told to stop here.
        if asked.is_break() || self.settle().is_break() {
            std::process::exit(0);
        }
    }

    fn twin(&mut self, frame: u32) {
        // The program waits for nothing but the end once it has said stop.
        if self.settle().is_continue()
            && let Err(error) = send(Kind::Twin, &[&frame.to_le_bytes()])
        {
            self.error = Some(error);
        }
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.tell(|| send(Kind::Hashed, &[&protocol::view_bytes(view), &spectrum.to_bytes()]))
    }

    fn wants_grid(&self) -> bool {
        self.request.wants_grid
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        self.tell(|| send(Kind::Grid, &[&protocol::view_bytes(view), &grid.to_bytes()]))
    }

    fn wants_pixels(&self) -> bool {
        self.request.wants_pixels
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        let shape = Shape { dihedral, format: image.format(), width: image.width(), height: image.height() };
        self.tell(|| {
            let len = shape.len().and_then(|len| u32::try_from(protocol::VIEW + Shape::BYTES + len).ok());
            let len = len.ok_or(io::ErrorKind::InvalidData)?;
            let mut piece = protocol::head(Kind::Pixels, len).to_vec();
            piece.extend(protocol::view_bytes(view));
            piece.extend(shape.to_bytes());
            for row in image.rows() {
                piece.extend_from_slice(row);
                if piece.len() >= PIECE {
                    write_all(&piece)?;
                    piece.clear();
                }
            }
            write_all(&piece)
        })
    }
}

/// Pixels are written in pieces of this size, and what is left of a row.
const PIECE: usize = 256 << 10;
