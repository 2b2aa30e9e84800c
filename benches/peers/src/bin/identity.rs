//! Prints PDQ of every picture on standard input, a line each, for `identity.py` to compare with Meta's code.
//!
//! A line holds: whether the fast path is certain (1 or 0), its quality, the quality of `pdq::reference`; the eight hashes of the
//! fast path, their eight gaps at the median, and the eight hashes of `pdq::reference`.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, BufWriter, Write};

use lookalike::hash::pdq::{self, PdqProfile};
use lookalike_peers::{Picture, read_line};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    while let Some(header) = read_line(&mut input)? {
        let picture = Picture::read(&header, &mut input)?;
        let image = picture.image()?;
        let fast = pdq::spectrum(&image, PdqProfile::FullResolution)?;
        let reference = pdq::reference(&image, PdqProfile::FullResolution)?;
        write!(output, "{} {} {}", u8::from(fast.is_certain()), fast.quality(), reference.quality())?;
        for pdq in fast.dihedral() {
            write!(output, " {}", pdq.hash)?;
        }
        for pdq in fast.dihedral() {
            write!(output, " {:e}", pdq.median_gap)?;
        }
        for pdq in reference.dihedral() {
            write!(output, " {}", pdq.hash)?;
        }
        writeln!(output)?;
        output.flush()?;
    }
    Ok(())
}
