//! The same pictures on this machine, by other ways: whole pictures, with the CPU's vectors and the heap, hits in their order.
//!
//! Prints the lines that the device should print. Of JPEGs it also decodes the pixels, and checks that what the exact hash finds
//! the screened one announced. `.ci/firmware` compares the two outputs.

use std::convert::Infallible;
use std::error::Error;

use firmware::{
    BLOCKS, Content, LIST, Line, MOST_FINDINGS, NUMBERS, Nearest, PICTURES, RULES, Stored, drawn, over_memory, summed,
};
use lookalike::coverage::Whole;
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};
use lookalike::hash::{Bits256, Dihedral, Profile};
use lookalike::index::{Hit, Index, Query};
use lookalike::jpeg::{self, Block, JpegError, Memory, Needs, Opened, Screened, Tables, Unsupported};
use lookalike::matching::{Finding, Judged, Outcome, Picture, evaluate};
use lookalike::pixels::{ImageRef, PixelFormat};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

fn main() -> Result<(), Box<dyn Error>> {
    let index = Index::open(&LIST[..])?;
    index.verify()?;
    let (mut confirmed, mut announced, mut refused) = (0, 0, 0);
    for stored in PICTURES {
        let line = match &stored.content {
            Content::Raw(pixels) => {
                let format = if stored.is_color { PixelFormat::Rgb8 } else { PixelFormat::Gray8 };
                let image = ImageRef::packed(pixels, stored.width, stored.height, format)?;
                looked_up(&index, stored, &pdq::spectrum(&image, PdqProfile::FullResolution)?, "exact", 0)?
            }
            Content::Drawn => {
                let mut pixels = vec![0; drawn::WIDTH * drawn::HEIGHT];
                let rows = pixels.as_chunks_mut().0.iter_mut();
                rows.enumerate().for_each(|(y, row)| drawn::row(y, row));
                let image = ImageRef::packed(&pixels, stored.width, stored.height, PixelFormat::Gray8)?;
                looked_up(&index, stored, &pdq::spectrum(&image, PdqProfile::FullResolution)?, "exact", 0)?
            }
            Content::Jpeg(file) => match screened(file) {
                Ok(screened) => {
                    let line = looked_up(&index, stored, screened.spectrum(), "screened", screened.margin())?;
                    announced += usize::from(line.to_confirm);
                    confirmed += usize::from(is_announced(&index, stored, file, &line, screened.spectrum())?);
                    line
                }
                Err(error) => {
                    let outcome = match error {
                        JpegError::Unsupported(Unsupported::Memory) => {
                            refused += 1;
                            over_memory(&needs(file)?).ok_or("the device's memory is enough, and yet refused")?
                        }
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
    eprintln!(
        "{} pictures; of {announced} JPEGs to be confirmed the pixels confirm {confirmed}; {refused} need more memory than the device has",
        PICTURES.len()
    );
    Ok(())
}

fn needs(file: &[u8]) -> Result<Needs, JpegError<Infallible>> {
    Ok(Opened::new(file, &mut Box::new(Tables::<16>::of_size()))?.needs(Dihedral::Original))
}

/// Screens a JPEG with memory and tables of any size; but one for which the device's memory is not enough is refused as there.
fn screened(file: &[u8]) -> Result<Screened, JpegError<Infallible>> {
    if over_memory(&needs(file)?).is_none() {
        return jpeg::screen(file);
    }
    let mut tables = Box::new(Tables::new());
    let (mut numbers, mut blocks) = (vec![0.0; NUMBERS], vec![Block::NONE; BLOCKS]);
    let opened = Opened::new(file, &mut tables)?;
    let (sums, weights) = numbers.split_at_mut(opened.needs(Dihedral::Original).sums.min(NUMBERS));
    let memory = Memory { sums, weights, blocks: &mut blocks, history: &mut [] };
    let refused = opened.screen_in(&mut tables, memory, Dihedral::Original).map(|(stored, _)| stored);
    assert!(jpeg::screen(file).is_ok() && refused.is_err(), "with more memory it would be screened");
    refused
}

fn blank<'i>(stored: &Stored, outcome: Outcome) -> Line<'i> {
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
        ..blank(stored, Outcome::NoMatch(Whole::of_hash()))
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
    let outcome =
        evaluate(&RULES, &Picture::looked_up(quality, required, Whole::of_hash()), &findings, &mut judged).outcome;
    let nearest = findings.iter().min_by_key(|it| (it.distance, it.source.id, it.transform));
    let nearest = nearest.map(Nearest::of);
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
