//! A picture file to its needles: the exact hash, and those of its framings.

use std::error::Error;
use std::fs;
use std::path::Path;

use lookalike::decode::{self, Decoded, Limits};
use lookalike::hash::pdq::{self, MIN_QUALITY, PdqProfile};
use lookalike::hash::views::{Framing, Grid, Scratch};
use lookalike::hash::{Bits256, PdqSpectrum};

/// Makes needles, in memory that is used again.
pub struct Maker {
    grid: Box<Grid>,
    scratch: Box<Scratch>,
}

impl Maker {
    pub fn new() -> Self {
        Self { grid: Box::new(Grid::new()), scratch: Box::new(Scratch::new()) }
    }

    /// The spectra of a picture: its own, exact, then one for each framing that applies.
    pub fn spectra(
        &mut self,
        decoded: &Decoded,
        framings: &[Framing],
    ) -> Result<Vec<Option<PdqSpectrum>>, Box<dyn Error>> {
        let image = decoded.image();
        self.grid.fill(&image)?;
        let mut spectra = vec![Some(pdq::reference(&image, PdqProfile::FullResolution)?)];
        // as `scan` does: a view whose hash repeats one pattern is left out
        let view = |framing| self.grid.spectrum(framing, &mut self.scratch).filter(|it| !it.is_repetitive());
        spectra.extend(framings.iter().map(view));
        Ok(spectra)
    }
}

/// The eight hashes that are looked up; none of a quality that is not.
pub fn eight(spectrum: Option<&PdqSpectrum>) -> Option<[Bits256; 8]> {
    spectrum.filter(|it| it.quality() >= MIN_QUALITY).map(|it| it.dihedral().map(|pdq| pdq.hash))
}

pub fn decoded(path: &Path) -> Result<Decoded, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
    Ok(decode::decode(&bytes, &Limits::default()).map_err(|why| format!("{}: {why}", path.display()))?)
}
