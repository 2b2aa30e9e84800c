//! Times JPEG files for `jpeg_files.py`: read and hashed, one after the other.
//!
//! The argument is a file of paths, a line each. A line on standard input, `screen`, `stream` or `exact`, is answered by a line
//! for each: seconds of CPU, seconds elapsed, bytes fetched, and whether it was screened (1 or 0). What cannot be screened is
//! hashed from its pixels, and the time is that of both.
//!
//! `screen` reads the whole file, as the command line does; `stream` reads 4 KB at a time, and no more than is needed.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::time::Instant;

use lookalike::decode::{self, Limits};
use lookalike::hash::PdqProfile;
use lookalike::jpeg::{self, Buffered};
use lookalike_peers::read_line;
use rustix::time::{ClockId, clock_gettime};

const PIECE: usize = 4096;

/// A file that counts what is read of it.
struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(to)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

/// What became of one file.
struct Hashed {
    bytes: u64,
    is_screened: bool,
    /// Says only that the work was done.
    byte: u8,
}

fn exact(path: &str) -> Result<Hashed, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let limits = Limits::default().max_alloc_bytes(1 << 30);
    let spectrum = decode::pdq(&bytes, &limits, PdqProfile::FullResolution).map_err(|why| format!("{path}: {why}"))?;
    Ok(Hashed { bytes: bytes.len() as u64, is_screened: false, byte: spectrum.pdq().hash.as_bytes()[0] })
}

fn screen(path: &str) -> Result<Hashed, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let Ok(screened) = jpeg::screen(&bytes[..]) else { return exact(path) };
    let byte = screened.spectrum().pdq().hash.as_bytes()[0];
    Ok(Hashed { bytes: bytes.len() as u64, is_screened: true, byte })
}

fn stream(path: &str) -> Result<Hashed, Box<dyn Error>> {
    let mut file = Counted { file: File::open(path)?, bytes: 0 };
    let Ok(screened) = jpeg::screen(Buffered(BufReader::with_capacity(PIECE, &mut file))) else { return exact(path) };
    Ok(Hashed { bytes: file.bytes, is_screened: true, byte: screened.spectrum().pdq().hash.as_bytes()[0] })
}

/// Seconds of CPU time of this thread.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn main() -> Result<(), Box<dyn Error>> {
    let list = std::env::args().nth(1).ok_or("expected a file of paths")?;
    let list = fs::read_to_string(list)?;
    let (mut input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    while let Some(name) = read_line(&mut input)? {
        let run = match name.as_str() {
            "screen" => screen,
            "stream" => stream,
            "exact" => exact,
            _ => return Err(format!("found {name:?}, expected screen, stream or exact").into()),
        };
        for path in list.lines() {
            let (cpu_before, before) = (cpu(), Instant::now());
            let Hashed { bytes, is_screened, byte } = run(path)?;
            let (elapsed, used) = (before.elapsed().as_secs_f64(), cpu() - cpu_before);
            std::hint::black_box(byte);
            writeln!(output, "{used} {elapsed} {bytes} {}", u8::from(is_screened))?;
        }
        output.flush()?;
    }
    Ok(())
}
