//! Times hashes for `timing.py`: ours and those of other crates, from pixels in memory.
//!
//! Commands come in on standard input, a line each: `picture WIDTH HEIGHT MODE` followed by the packed bytes, and
//! `run NAME TIMES`, which answers with seconds of CPU time a run. A picture above 1 MiB is held in several copies, which runs take
//! in turn, so that its pixels come from memory and not from a cache.

#![forbid(unsafe_code)]

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};

use image_hasher::{HashAlg, HasherConfig};
use lookalike::hash::pdq::{self, PdqProfile, PdqStream};
use lookalike::hash::{ClassicStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};
use lookalike_peers::{Picture, read_line};
use rustix::time::{ClockId, clock_gettime};

const FULL: PdqProfile = PdqProfile::FullResolution;
const CLASSIC: [Profile; 5] =
    [Profile::Ahash64, Profile::Dhash64, Profile::Phash64, Profile::Whash64, Profile::Blockhash64];
const COPIES_BYTES: usize = 160 << 20;

/// A picture in the types of all that hash it.
struct Subject {
    copies: Vec<Picture>,
    pdqhash: pdqhash::image::DynamicImage,
    image_hasher: image::DynamicImage,
}

impl Subject {
    fn new(picture: Picture) -> Result<Self, Box<dyn Error>> {
        let Picture { width, height, format, bytes } = picture.clone();
        let gray = format == PixelFormat::Gray8;
        let short = "bytes do not fit the measures";
        Ok(Self {
            pdqhash: if gray {
                let pixels = pdqhash::image::GrayImage::from_raw(width, height, bytes.clone()).ok_or(short)?;
                pdqhash::image::DynamicImage::ImageLuma8(pixels)
            } else {
                let pixels = pdqhash::image::RgbImage::from_raw(width, height, bytes.clone()).ok_or(short)?;
                pdqhash::image::DynamicImage::ImageRgb8(pixels)
            },
            copies: vec![picture; if bytes.len() > 1 << 20 { COPIES_BYTES.div_ceil(bytes.len()) } else { 1 }],
            image_hasher: if gray {
                image::GrayImage::from_raw(width, height, bytes).ok_or(short)?.into()
            } else {
                image::RgbImage::from_raw(width, height, bytes).ok_or(short)?.into()
            },
        })
    }

    /// Computes a hash; what it returns only says that the work was done.
    fn run(&self, name: &str, copy: usize) -> Result<u64, Box<dyn Error>> {
        let picture = self.copies.iter().cycle().nth(copy % self.copies.len()).ok_or("no picture")?;
        let image = black_box(picture.image()?);
        let of = |pdq: pdq::Pdq| pdq.hash.as_bytes()[0].into();
        Ok(match name {
            "read" => read(&picture.bytes),
            "pdq" => of(pdq::spectrum(&image, FULL)?.pdq()),
            "pdq, eight" => pdq::spectrum(&image, FULL)?.dihedral().map(of).iter().sum(),
            "pdq, exact" => of(pdq::reference(&image, FULL)?.pdq()),
            "pdq, scalar" => {
                let stream = PdqStream::new(image.width(), image.height(), image.format(), FULL)?;
                let mut stream = stream.level(lookalike::Level::SCALAR);
                image.rows().try_for_each(|row| stream.push_row(row))?;
                of(stream.finish()?.pdq())
            }
            "ahash" => classic(&image, &[Profile::Ahash64])?,
            "dhash" => classic(&image, &[Profile::Dhash64])?,
            "phash" => classic(&image, &[Profile::Phash64])?,
            "whash" => classic(&image, &[Profile::Whash64])?,
            "blockhash" => classic(&image, &[Profile::Blockhash64])?,
            "all six" => {
                // one pass: each row goes to both while it is in cache
                let mut pdq = PdqStream::new(image.width(), image.height(), image.format(), FULL)?;
                let mut classic = ClassicStream::new(image.width(), image.height(), image.format(), &CLASSIC)?;
                for row in image.rows() {
                    pdq.push_row(row)?;
                    classic.push_row(row)?;
                }
                of(pdq.finish()?.pdq()) + black_box(classic.finish()?).iter().len() as u64
            }
            "crate pdqhash" => {
                let (hash, _) = pdqhash::generate_pdq_full_size(black_box(&self.pdqhash));
                hash[0].into()
            }
            "image_hasher mean" => self.image_hasher(HashAlg::Mean, false),
            "image_hasher mean + dct" => self.image_hasher(HashAlg::Mean, true),
            "image_hasher gradient" => self.image_hasher(HashAlg::Gradient, false),
            "image_hasher blockhash" => self.image_hasher(HashAlg::Blockhash, false),
            _ => return Err(format!("found the work {name:?}, which is not known").into()),
        })
    }

    fn image_hasher(&self, algorithm: HashAlg, dct: bool) -> u64 {
        let config = HasherConfig::new().hash_alg(algorithm);
        let hasher = if dct { config.preproc_dct() } else { config }.to_hasher();
        hasher.hash_image(black_box(&self.image_hasher)).as_bytes()[0].into()
    }
}

/// Computes classic hashes; what it returns only says that the work was done.
fn classic(image: &ImageRef<'_>, profiles: &[Profile]) -> Result<u64, Box<dyn Error>> {
    let hashes = black_box(ClassicStream::of_image(image, profiles)?);
    assert_eq!(hashes.iter().len(), profiles.len(), "every hash is made");
    Ok(hashes.iter().map(|(profile, _)| u64::from(hashes.bits64(profile).is_some())).sum())
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let (mut subject, mut runs) = (None, 0);
    while let Some(line) = read_line(&mut input)? {
        match line.split_once(' ') {
            Some(("picture", header)) => subject = Some(Subject::new(Picture::read(header, &mut input)?)?),
            Some(("run", rest)) => {
                let (name, times) = rest.rsplit_once(' ').ok_or("found no number of runs")?;
                let times: u32 = times.parse()?;
                let start = cpu_seconds();
                for _ in 0..times {
                    runs += 1;
                    black_box(match &subject {
                        Some(subject) => subject.run(name, runs)?,
                        None => return Err("found no picture before the first run".into()),
                    });
                }
                writeln!(output, "{:e}", (cpu_seconds() - start) / f64::from(times))?;
            }
            _ => return Err(format!("found the command {line:?}, expected picture or run").into()),
        }
        output.flush()?;
    }
    Ok(())
}

/// Reads memory as fast as plain reading goes: 64 bytes a step, into eight sums.
fn read(bytes: &[u8]) -> u64 {
    let mut sums = [0_u64; 8];
    for block in black_box(bytes).as_chunks::<64>().0 {
        for (sum, word) in sums.iter_mut().zip(block.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    sums.iter().fold(0, |all, sum| all ^ sum)
}

/// What this thread has had of a CPU: other programs on the machine lengthen it little.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
