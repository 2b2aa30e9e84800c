//! Prints for `jpeg_identity.py` how the screening hash of each JPEG named on standard input differs from its exact one.
//!
//! A line for each, in fields parted by tabs: `screened`, then width, height, bytes of the file and how many of them were read,
//! coefficients of each axis, margin, quality exact and screened, distance of the hash and the largest of the eight, the exact gap
//! at the median and the largest gap (exact or screened, the smaller) of a hash that differs; or why not, after `unscreened` (no
//! screening hash, but an exact one: smaller side, quality, why), `unchecked` (neither) or `screened only` (the exact path refused).

#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::io::{self, BufWriter, Write};

use lookalike::decode::{self, Limits};
use lookalike::hash::PdqProfile;
use lookalike::jpeg::{self, Screened};
use lookalike_peers::read_line;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    // the largest JPEGs of the packages have 24 megapixels; progressive ones need all their coefficients
    let limits = Limits::default().max_alloc_bytes(1 << 30);
    while let Some(path) = read_line(&mut input)? {
        let bytes = fs::read(&path)?;
        let exact = decode::pdq(&bytes, &limits, PdqProfile::FullResolution);
        let line = match (jpeg::screen(&bytes[..]), exact) {
            (Ok(screened), Ok(exact)) => {
                format!("screened\t{}", compared(&screened, &exact, bytes.len()))
            }
            (Err(why), Ok(exact)) => {
                let header = decode::inspect(&bytes, &limits)?;
                format!("unscreened\t{}\t{}\t{why}", header.width.min(header.height), exact.quality())
            }
            (Ok(_), Err(why)) => format!("screened only\t{why}"),
            (Err(why), Err(exactly)) => format!("unchecked\t{why} / {exactly}"),
        };
        writeln!(output, "{line}")?;
        output.flush()?;
    }
    Ok(())
}

fn compared(screened: &Screened, exact: &lookalike::hash::pdq::PdqSpectrum, bytes: usize) -> String {
    let pairs = screened.spectrum().dihedral().into_iter().zip(exact.dihedral());
    let (mut first, mut largest, mut gap) = (None, 0, 0.0_f32);
    for (found, expected) in pairs {
        let distance = found.hash.distance(&expected.hash);
        first = first.or(Some(distance));
        largest = largest.max(distance);
        if distance > 0 {
            gap = gap.max(found.median_gap.min(expected.median_gap));
        }
    }
    let fields: [&dyn std::fmt::Display; 12] = [
        &screened.width(),
        &screened.height(),
        &bytes,
        &screened.bytes_read(),
        &screened.per_axis(),
        &screened.margin(),
        &exact.quality(),
        &screened.spectrum().quality(),
        &first.unwrap_or(0),
        &largest,
        &exact.pdq().median_gap,
        &gap,
    ];
    fields.map(ToString::to_string).join("\t")
}
