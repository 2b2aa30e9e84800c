//! Writes what fuzzing begins with into a folder, below it one folder for each target:
//! `cargo run --features image --example fuzz_seeds -- FOLDER`.

#![allow(clippy::print_stdout, reason = "an example says what it did")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the files are ours, as in the tests that they are shared with"
)]

#[path = "../tests/bombs/mod.rs"]
mod bombs;
#[path = "../tests/decode_support/mod.rs"]
mod decode_support;

use core::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use lookalike::decode::{self, Format, Header, Limits, Sniffed, View, Visitor, sniff};
use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::views::Grid;
use lookalike::hash::{HashBits, PdqProfile, PdqSpectrum, Profile};
use lookalike::index::{Builder, IndexKind, Source};

/// The side of JPEGs that are large enough to be screened.
const SIDE: u32 = 264;

/// Longer seeds make every execution slow, and every change of one miss what matters.
const LONGEST: usize = 6 << 10;

/// A seed: its target, name, content.
type Seed = (&'static str, String, Vec<u8>);

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1) else { return Err(io::Error::other("usage: fuzz_seeds FOLDER")) };
    let seeds: Vec<Seed> = [indexes()?, pictures()?, answers(), policies()?].concat();
    for (target, name, content) in &seeds {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), content)?;
    }
    println!("{} seeds", seeds.len());
    Ok(())
}

/// The files of a folder of the project.
fn files(folder: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|it| it.path())).collect::<Result<_, _>>()?;
    paths.sort();
    paths
        .into_iter()
        .map(|path| Ok((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path)?)))
        .collect()
}

/// Some hashes, near each other and far, with all that an entry can have.
fn index<const N: usize>(profile: Profile, kind: IndexKind, count: usize) -> Vec<u8> {
    let mut builder = Builder::new(profile).unwrap().kind(Some(kind));
    builder.quarantined(1);
    for number in 0..count {
        let hash = HashBits::<N>::from_bytes(core::array::from_fn(|byte| {
            // every hash but the first of eight is near the one before
            let (cluster, place) = (number / 8, number % 8);
            let base = ((cluster * 0x3b + byte * 0x61) as u32).wrapping_mul(2_654_435_761) >> 24;
            base as u8 ^ if byte == place { 1 << (number % 7) } else { 0 }
        }));
        let id = number.to_string();
        let source = Source { list: ["one", "two"][number % 2], id: &id, classification: "A1", ..Source::default() };
        let kind = DigestKind::ALL[number % 3];
        let digest = Digest::from_bytes(kind, &vec![number as u8; kind.bytes()]).unwrap();
        builder
            .add_entry(Some(hash), if number % 4 == 0 { core::slice::from_ref(&digest) } else { &[] }, source)
            .unwrap();
        if number % 9 == 0 {
            builder.add_entry(None, &[digest], source).unwrap();
        }
    }
    builder.finish().unwrap()
}

fn indexes() -> io::Result<Vec<Seed>> {
    let mut all = [files("tests/golden")?, files("tests/corrupt/index")?].concat();
    for kind in IndexKind::all() {
        for count in [0, 1, 2, 9, 40] {
            all.push((format!("{kind}-64-{count}"), index::<8>(Profile::Phash64, kind, count)));
            all.push((format!("{kind}-256-{count}"), index::<32>(Profile::Pdq, kind, count)));
        }
    }
    all.retain(|(_, bytes)| bytes.len() <= LONGEST);
    let mut seeds = Vec::new();
    for (name, bytes) in all {
        seeds.push(("index_open", name.clone(), [&[31], &bytes[..]].concat()));
        let needle = |byte: u8| [byte; 32];
        seeds.push(("index_mended", name, [&[31, 2], &needle(0x5a)[..], &needle(0)[..], &bytes[..]].concat()));
    }
    Ok(seeds)
}

fn pictures() -> io::Result<Vec<Seed>> {
    let mut all: Vec<_> =
        decode_support::one_of_each().into_iter().map(|(name, file)| (name.replace(' ', "-"), file)).collect();
    all.extend(bombs::all().into_iter().map(|bomb| (bomb.name.replace(['/', ' '], "-"), bomb.bytes)));
    all.extend(files("tests/corrupt/images")?);
    // smooth, so that it is short, and long enough for a hash
    let shades: Vec<u8> = (0..SIDE * SIDE)
        .flat_map(|at| [at % SIDE, at / SIDE, (at % SIDE + at / SIDE) / 2])
        .map(|shade| (shade * 255 / SIDE) as u8)
        .collect();
    for progressive in [false, true] {
        for sampling in [jpeg_encoder::SamplingFactor::F_1_1, jpeg_encoder::SamplingFactor::F_2_2] {
            let mut file = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut file, 40);
            encoder.set_progressive(progressive);
            encoder.set_sampling_factor(sampling);
            encoder.set_restart_interval(if progressive { 0 } else { 3 });
            encoder.encode(&shades, SIDE as u16, SIDE as u16, jpeg_encoder::ColorType::Rgb).unwrap();
            all.push((format!("jpeg-{sampling:?}-{progressive}"), file));
        }
    }
    all.retain(|(_, file)| file.len() <= LONGEST);
    let mut seeds = Vec::new();
    for (name, file) in all {
        let Sniffed::Supported(format) = sniff(&file) else { continue };
        if format == Format::Jpeg {
            seeds.push(("jpeg_screen", name.clone(), file.clone()));
        }
        let target = match format {
            Format::Jpeg => "decode_jpeg",
            Format::Png => "decode_png",
            Format::Gif => "decode_gif",
            Format::WebP => "decode_webp",
            Format::Bmp => "decode_bmp",
            Format::Tiff => "decode_tiff",
            _ => continue,
        };
        seeds.push((target, name, file));
    }
    Ok(seeds)
}

/// What a decoder's process says of a picture, message by message: see `examples/decode_worker/src/protocol.rs`.
struct Said {
    bytes: Vec<u8>,
    /// Grids are long.
    has_grids: bool,
}

impl Said {
    fn say(&mut self, kind: u8, parts: &[&[u8]]) {
        let content = parts.concat();
        self.bytes.extend([1, kind]);
        self.bytes.extend((content.len() as u32).to_le_bytes());
        self.bytes.extend(content);
    }
}

const FIRST_VIEW: [u8; 5] = [1, 0, 0, 0, 0];

impl Visitor for Said {
    fn needs(&mut self, bytes: u64) {
        self.say(3, &[&bytes.to_le_bytes()]);
    }

    fn hashed(&mut self, _: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.say(4, &[&FIRST_VIEW, &spectrum.to_bytes()]);
        ControlFlow::Continue(())
    }

    fn wants_grid(&self) -> bool {
        self.has_grids
    }

    fn grid(&mut self, _: View, grid: &Grid) -> ControlFlow<()> {
        self.say(5, &[&FIRST_VIEW, &grid.to_bytes()]);
        ControlFlow::Continue(())
    }
}

fn answers() -> Vec<Seed> {
    let limits = Limits::default();
    let mut seeds = Vec::new();
    for (name, file) in decode_support::one_of_each() {
        let header: Header = decode::inspect(&file, &limits).unwrap();
        let mut said = Said { bytes: Vec::new(), has_grids: name == "gif" };
        said.say(2, &[&header.to_bytes()]);
        decode::pdq_views(&file, &limits, PdqProfile::FullResolution, &mut said).unwrap();
        let (width, height) = (header.width.to_le_bytes(), header.height.to_le_bytes());
        let pixels = vec![7; (header.width * header.height) as usize];
        said.say(6, &[&FIRST_VIEW, &[0, 0], &width, &height, &pixels]);
        said.say(7, &[]);
        for wants in [0, 1, 3] {
            seeds.push((
                "worker_answer",
                format!("{}-{wants}", name.replace(' ', "-")),
                [&[wants, 7], &said.bytes[..]].concat(),
            ));
        }
    }
    let mut error = Said { bytes: Vec::new(), has_grids: false };
    error.say(8, &[&decode::inspect(b"GIF89a", &limits).unwrap_err().to_bytes()]);
    seeds.push(("worker_answer", "error".into(), [&[0, 7], &error.bytes[..]].concat()));
    seeds
}

fn policies() -> io::Result<Vec<Seed>> {
    let example = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cli/policy-example.toml"))?;
    let all = "version = 1\n[default]\nradius = 31\nminimum-quality = 50\nlow-quality = { below = 70, radius = 20 }\n\
        trust = \"seed\"\naction = \"review\"\njurisdiction = \"US\"\nconfirm = false\n[[list]]\nname = \"hotline\"\n\
        classes = { \"A1\" = \"category A\" }\n[quorum]\nlists = 2\njurisdictions = 2\nverified = 1\nnear = 31\n\
        [allow]\nradius = 10\n[[mute]]\nlist = \"hotline\"\nentry = \"17\"\nuntil = 2027-01-01T00:00:00Z\nreason = \"told\"\n";
    let texts = [("example", example), ("all", all.into()), ("least", b"version = 1\n".to_vec())];
    Ok(texts.into_iter().map(|(name, text)| ("policy_file", name.to_owned(), [&[0], &text[..]].concat())).collect())
}
