//! The seam between the service and whatever decodes pictures.
//!
//! Everything that a hostile file can reach first lies behind [`Decoder`]: the service knows nothing of formats. [`Workers`] hands the bytes to
//! processes that may do nothing but decode; [`InProcess`] decodes in the thread that asks. Nothing else knows which of the two it is.

use std::ops::ControlFlow;

use lookalike::decode::{self, DecodeError, Header, Limited, Limits, Screening, View, Visitor};
use lookalike::hash::views::Grid;
use lookalike::hash::{Dihedral, PdqProfile, PdqSpectrum};
use lookalike::matching::Outcome;
use lookalike::pixels::ImageRef;

/// Decodes and hashes a picture, view by view.
pub trait Decoder: Send + Sync {
    /// Hands every view of a picture to the visitor, until that breaks.
    ///
    /// # Errors
    ///
    /// When the file cannot be decoded, or not to its end. What was handed out before stands.
    fn views(&self, bytes: &[u8], profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<Decoded, NotDecoded>;

    /// Hashes a JPEG from its coefficients, and fills the grid, without decoding a pixel: a few bits off, and good enough to say that
    /// nothing looks like it. Nothing where only pixels can tell.
    fn screen(&self, bytes: &[u8], profile: PdqProfile, grid: Option<&mut Grid>) -> Option<Screening> {
        let _ = (bytes, profile, grid);
        None
    }
}

/// What is known of a file whose views were all handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// What the header of the file says.
    pub header: Option<Header>,
}

impl Decoded {
    /// A picture whose header says this.
    #[must_use]
    pub const fn new(header: Option<Header>) -> Self {
        Self { header }
    }
}

/// Why a file was not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotDecoded {
    /// What becomes of the picture if nothing else is found of it: never [`Outcome::NoMatch`].
    pub outcome: Outcome,
    /// Why, in words, without anything of the file's content.
    pub detail: String,
}

impl NotDecoded {
    /// A file that ends so, and why in words.
    #[must_use]
    pub const fn new(outcome: Outcome, detail: String) -> Self {
        Self { outcome, detail }
    }
}

impl From<DecodeError> for NotDecoded {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Unsupported { format: "unknown", .. } => {
                Self::new(Outcome::Unsupported { format: "unknown" }, "not a known kind of picture".to_owned())
            }
            DecodeError::Unsupported { format, .. } => Self::new(Outcome::Unsupported { format }, format.to_owned()),
            DecodeError::Corrupt { format, stage, .. } => {
                Self::new(Outcome::Corrupt { stage: stage.name() }, format!("{format}: {stage}"))
            }
            DecodeError::OverLimit { what, found, allowed, .. } => {
                let hint = if what == Limited::AllocBytes { "; --decode-memory raises the limit" } else { "" };
                let detail = format!("{found} {what}, allowed are {allowed}{hint}");
                Self::new(Outcome::OverLimit { what: what.name(), found, allowed }, detail)
            }
            other => Self::new(Outcome::Corrupt { stage: "decoder" }, other.to_string()),
        }
    }
}

/// Decodes in the thread that asks, inside the library's limits. The library contains the panics of its decoders.
#[derive(Clone, Copy, Debug)]
pub struct InProcess {
    limits: Limits,
}

impl InProcess {
    /// Decodes inside these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Decoder for InProcess {
    fn views(&self, bytes: &[u8], profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<Decoded, NotDecoded> {
        let header = decode::inspect(bytes, &self.limits)?;
        decode::pdq_views(bytes, &self.limits, profile, &mut Seen(visitor))?;
        Ok(Decoded::new(Some(header)))
    }

    fn screen(&self, bytes: &[u8], profile: PdqProfile, grid: Option<&mut Grid>) -> Option<Screening> {
        let screening = match grid {
            Some(grid) => decode::screen_with_grid(bytes, &self.limits, profile, grid),
            None => decode::screen(bytes, &self.limits, profile),
        };
        // What is wrong with a file is for decoding to say.
        screening.ok().flatten()
    }
}

/// A visitor of any kind, as one that the library takes.
struct Seen<'s>(&'s mut dyn Visitor);

impl Visitor for Seen<'_> {
    fn needs(&mut self, bytes: u64) {
        self.0.needs(bytes);
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.0.hashed(view, spectrum)
    }

    fn wants_grid(&self) -> bool {
        self.0.wants_grid()
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        self.0.grid(view, grid)
    }

    fn wants_pixels(&self) -> bool {
        self.0.wants_pixels()
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        self.0.pixels(view, image, dihedral)
    }
}

/// Decodes in processes that may do nothing else (package `decode-worker`): a file that takes its decoder over, ends it or lets it hang
/// has this outcome alone.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct Workers {
    pool: decode_worker::Pool,
    /// For what the library reads itself, in this process: the coefficients of JPEGs.
    in_process: InProcess,
}

#[cfg(target_os = "linux")]
impl Workers {
    /// Starts the first of these processes.
    ///
    /// # Errors
    ///
    /// When it cannot be started: then no upload could be checked.
    pub fn start(options: decode_worker::Options) -> std::io::Result<Self> {
        let in_process = InProcess::new(options.limits);
        Ok(Self { pool: decode_worker::Pool::start(options)?, in_process })
    }

    /// What holds the processes.
    #[must_use]
    pub const fn sandbox(&self) -> decode_worker::Sandbox {
        self.pool.sandbox()
    }
}

#[cfg(target_os = "linux")]
impl Decoder for Workers {
    fn views(&self, bytes: &[u8], profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<Decoded, NotDecoded> {
        match self.pool.decode(bytes, profile, &mut Seen(visitor)) {
            Ok(header) => Ok(Decoded::new(Some(header))),
            Err(decode_worker::NotDecoded::Refused(error)) => Err(error.into()),
            Err(decode_worker::NotDecoded::Died(death)) => Err(NotDecoded::new(death.outcome(), death.to_string())),
            Err(other) => Err(NotDecoded::new(Outcome::Corrupt { stage: "decoder" }, other.to_string())),
        }
    }

    fn screen(&self, bytes: &[u8], profile: PdqProfile, grid: Option<&mut Grid>) -> Option<Screening> {
        self.in_process.screen(bytes, profile, grid)
    }
}

#[cfg(target_os = "linux")]
impl decode_worker::Client for Seen<'_> {}
