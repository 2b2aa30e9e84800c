//! Looks up one picture in an index: the core of an upload service.
//!
//! ```sh
//! lookalike hash known.jpg > known.txt && lookalike index build -o known.idx known.txt
//! cargo run --example look_up --features image -- known.idx upload.jpg
//! ```

#![allow(clippy::print_stdout, reason = "an example prints what it finds")]

use core::error::Error;
use std::path::Path;
use std::{env, fs};

use lookalike::decode::{self, DecodeError, Limits};
use lookalike::hash::{Dihedral, PdqProfile, Profile, pdq};
use lookalike::index::{Index, Query};
use lookalike::matching::{Outcome, Policy};

/// What a match rests on.
struct Evidence {
    list: String,
    entry: String,
    distance: u32,
    transform: Dihedral,
}

/// Every upload ends as exactly one outcome; only two of them mean that it was checked.
fn check(index: &Index<Vec<u8>>, upload: &[u8]) -> Result<Outcome<Vec<Evidence>>, Box<dyn Error>> {
    let policy = Policy::new(Profile::Pdq);
    let picture = match decode::decode(upload, &Limits::default()) {
        Ok(picture) => picture,
        Err(DecodeError::Unsupported { format, .. }) => return Ok(Outcome::Unsupported { format }),
        Err(DecodeError::OverLimit { what, found, allowed, .. }) => {
            return Ok(Outcome::OverLimit { what: what.name(), found, allowed });
        }
        Err(DecodeError::Corrupt { stage, .. }) => return Ok(Outcome::Corrupt { stage: stage.name() }),
        Err(error) => return Err(error.into()),
    };
    let spectrum = pdq::reference(&picture.image(), PdqProfile::FullResolution)?;
    if spectrum.quality() < policy.minimum_quality {
        return Ok(Outcome::LowQuality { quality: spectrum.quality() });
    }
    let needles = spectrum.dihedral().map(|turned| turned.hash);
    let mut evidence = Vec::new();
    for hit in index.hits(&Query::new(Profile::Pdq, &needles).radius(policy.radius))? {
        for source in index.sources(hit.slot) {
            let source = source?;
            evidence.push(Evidence {
                list: source.list.into(),
                entry: source.id.into(),
                distance: hit.distance,
                transform: Dihedral::ALL.into_iter().nth(hit.needle).unwrap_or(Dihedral::Original),
            });
        }
    }
    Ok(if evidence.is_empty() { Outcome::NoMatch } else { Outcome::Match(evidence) })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [index, picture] = arguments.as_slice() else { return Err("usage: look_up INDEX PICTURE".into()) };
    let index = Index::read(Path::new(index))?;
    let outcome = check(&index, &fs::read(picture)?)?;
    println!("{outcome}");
    if let Outcome::Match(evidence) = outcome {
        for Evidence { list, entry, distance, transform } in evidence {
            println!("  {distance} bits from entry {entry} of list {list}, as {transform}");
        }
    }
    Ok(())
}
