//! The same pictures on this machine, by other ways: whole pictures, with the CPU's vectors and the heap, hits in their order.
//!
//! Prints the lines that the device should print. Of JPEGs it also decodes the pixels, and checks that what the exact hash finds
//! the screened one announced. `.ci/firmware` compares the two outputs.

use std::error::Error;

use firmware::{Content, LIST, Line, MOST_FINDINGS, Nearest, PICTURES, RULES, Stored, summed};
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};
use lookalike::hash::{Bits256, Dihedral, Profile};
use lookalike::index::{Hit, Index, Query};
use lookalike::jpeg::{self, JpegError};
use lookalike::matching::{Finding, Judged, Outcome, Picture, evaluate};
use lookalike::pixels::{ImageRef, PixelFormat};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

fn main() -> Result<(), Box<dyn Error>> {
    let index = Index::open(&LIST[..])?;
    index.verify()?;
    let (mut confirmed, mut announced) = (0, 0);
    for stored in PICTURES {
        let line = match &stored.content {
            Content::Raw(pixels) => {
                let format = if stored.is_color { PixelFormat::Rgb8 } else { PixelFormat::Gray8 };
                let image = ImageRef::packed(pixels, stored.width, stored.height, format)?;
                looked_up(&index, stored, &pdq::spectrum(&image, PdqProfile::FullResolution)?, "exact", 0)?
            }
            Content::Jpeg(file) => match jpeg::screen(*file) {
                Ok(screened) => {
                    let line = looked_up(&index, stored, screened.spectrum(), "screened", screened.margin())?;
                    announced += usize::from(line.to_confirm);
                    confirmed += usize::from(is_announced(&index, stored, file, &line, screened.spectrum())?);
                    line
                }
                Err(error) => {
                    let outcome = match error {
                        JpegError::Unsupported(_) => Outcome::Unsupported { format: "jpeg" },
                        _ => Outcome::Corrupt { stage: "jpeg" },
                    };
                    Line { hashed: "none", ..blank(stored, outcome) }
                }
            },
            Content::Hashes(..) => return Err("the host is built with all features".into()),
        };
        let mut text = Vec::new();
        line.say(&mut |piece| text.extend_from_slice(piece));
        std::io::Write::write_all(&mut std::io::stdout(), &text)?;
    }
    eprintln!("{} pictures; of {announced} JPEGs to be confirmed the pixels confirm {confirmed}", PICTURES.len());
    Ok(())
}

fn blank<'i>(stored: &Stored, outcome: Outcome<()>) -> Line<'i> {
    let name = stored.name;
    Line { name, hashed: "", hashes: 0, quality: 0, margin: 0, outcome, to_confirm: false, nearest: None, findings: 0 }
}

fn hits(index: &Index<&'static [u8]>, needles: &[Bits256], radius: u32) -> Result<Vec<Hit<32>>, Box<dyn Error>> {
    Ok(index.hits(&Query::new(Profile::Pdq, needles).radius(radius))?)
}

fn looked_up<'i>(
    index: &'i Index<&'static [u8]>,
    stored: &Stored,
    spectrum: &PdqSpectrum,
    hashed: &'static str,
    margin: u32,
) -> Result<Line<'i>, Box<dyn Error>> {
    let needles = spectrum.dihedral().map(|pdq| pdq.hash);
    let quality = spectrum.quality();
    let line = Line {
        hashed,
        hashes: summed(needles.iter().map(Bits256::as_bytes)),
        quality,
        margin,
        ..blank(stored, Outcome::NoMatch)
    };
    if quality < RULES.lowest_quality() {
        return Ok(Line { outcome: Outcome::LowQuality { quality }, ..line });
    }
    let mut findings = Vec::new();
    for hit in hits(index, &needles, RULES.widest_radius() + margin)? {
        for source in index.sources(hit.slot) {
            let found = Finding::perceptual(hit.hash, hit.distance, source?);
            findings.push(found.transform(Dihedral::ALL[hit.needle]).quality(quality));
        }
    }
    assert!(findings.len() <= MOST_FINDINGS, "the pictures are chosen so");
    let lists = index.lists().collect::<Result<Vec<_>, _>>()?;
    let required = RULES.required_quality(lists.iter().map(|list| (list.name, list.role)));
    let mut judged = vec![Judged::default(); findings.len()];
    let outcome = evaluate(&RULES, &Picture::looked_up(quality, required), &findings, &mut judged).outcome;
    let nearest = findings.iter().min_by_key(|it| (it.distance, it.source.id, it.transform));
    let nearest = nearest.map(|it| Nearest { distance: it.distance, transform: it.transform, source: it.source });
    let to_confirm = margin > 0 && !findings.is_empty();
    Ok(Line { outcome, to_confirm, nearest, findings: findings.len(), ..line })
}

/// Whether the exact hash of a JPEG's pixels finds anything; if so, the screened hash must have found it within its margin.
fn is_announced(
    index: &Index<&'static [u8]>,
    stored: &Stored,
    file: &[u8],
    line: &Line<'_>,
    screened: &PdqSpectrum,
) -> Result<bool, Box<dyn Error>> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let pixels =
        JpegDecoder::new_with_options(ZCursor::new(file), options).decode().map_err(|error| format!("{error:?}"))?;
    let image = ImageRef::packed(&pixels, stored.width, stored.height, PixelFormat::Rgb8)?;
    let exact = pdq::spectrum(&image, PdqProfile::FullResolution)?;
    if exact.quality() < RULES.lowest_quality() {
        return Ok(false);
    }
    let needles = exact.dihedral().map(|pdq| pdq.hash);
    for (exact, screened) in needles.iter().zip(screened.dihedral()) {
        let off = exact.distance(&screened.hash);
        assert!(off <= line.margin, "{}: {off} bits off, margin {}", stored.name, line.margin);
    }
    let finds = !hits(index, &needles, RULES.widest_radius())?.is_empty();
    assert!(!finds || line.to_confirm, "{}: the exact hash finds what the screened one did not", stored.name);
    Ok(finds)
}
