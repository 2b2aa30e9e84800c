//! Pictures, a client that notes everything, and a look at this program's processes.

use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use decode_worker::{NotDecoded, Options, Pool, Program};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use lookalike::decode::{self, DecodeError, Header, Limits, View, Visitor};
use lookalike::hash::views::Grid;
use lookalike::hash::{Dihedral, PdqProfile, PdqSpectrum};
use lookalike::pixels::ImageRef;

/// One call, as far as it can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    Header(Header),
    Needs,
    Hashed(View, Box<[u8; PdqSpectrum::BYTES]>),
    Grid(View, Vec<u8>),
    Pixels(View, Dihedral, u32, u32, Vec<u8>),
}

/// Notes every call, and breaks at the one of this number, if any.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) calls: Vec<Call>,
    /// How many calls were before each frame that is like an earlier one, and its number.
    pub(crate) twins: Vec<(usize, u32)>,
    pub(crate) wants_grid: bool,
    pub(crate) wants_pixels: bool,
    pub(crate) breaks_at: Option<usize>,
}

impl Notes {
    fn note(&mut self, call: Call) -> ControlFlow<()> {
        self.calls.push(call);
        if self.breaks_at == Some(self.calls.len()) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Visitor for Notes {
    fn header(&mut self, header: &Header) {
        self.calls.push(Call::Header(*header));
    }

    fn needs(&mut self, _: u64) {
        self.calls.push(Call::Needs);
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        self.note(Call::Hashed(view, Box::new(spectrum.to_bytes())))
    }

    fn wants_grid(&self) -> bool {
        self.wants_grid
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        self.note(Call::Grid(view, grid.to_bytes().to_vec()))
    }

    fn twin(&mut self, frame: u32) {
        self.twins.push((self.calls.len(), frame));
    }

    fn wants_pixels(&self) -> bool {
        self.wants_pixels
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        let bytes = image.rows().flatten().copied().collect();
        self.note(Call::Pixels(view, dihedral, image.width(), image.height(), bytes))
    }
}

/// What decoding in this process calls, and how it ends.
pub(crate) fn in_process(
    file: &[u8],
    page: u32,
    limits: &Limits,
    mut notes: Notes,
) -> (Notes, Result<(), DecodeError>) {
    let ended = decode::page_views(file, page, limits, PdqProfile::FullResolution, &mut notes);
    (notes, ended)
}

/// The same in a worker.
pub(crate) fn in_worker(pool: &Pool, file: &[u8], page: u32, mut notes: Notes) -> (Notes, Result<(), NotDecoded>) {
    let ended = pool.decode_page(file, page, PdqProfile::FullResolution, &mut notes);
    (notes, ended.map(drop))
}

/// Limits of which a worker's address space is small.
pub(crate) fn small() -> Limits {
    Limits::default().max_alloc_bytes(32 << 20).max_file_bytes(16 << 20).max_pixels(4_000_000)
}

/// One worker of this program, that does what self-tests ask for.
pub(crate) fn options() -> Options {
    Options::new(small()).workers(1).program(Program::own().self_test())
}

/// A picture with structure, and a border if wanted.
pub(crate) fn drawn(width: u32, height: u32, seed: u32, border: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let inner = (border..width - border).contains(&x) && (border..height - border).contains(&y);
        let wave = |a: u32, b: u32| ((x * a + y * b) as f32 / 40.0 + seed as f32).sin() * 100.0 + 128.0;
        if inner { Rgb([wave(1, 2) as u8, wave(3, 1) as u8, (x * y / 50 + seed) as u8]) } else { Rgb([0; 3]) }
    })
}

pub(crate) fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// An animated GIF of so many frames.
pub(crate) fn animated(frames: u32) -> Vec<u8> {
    animation(0..frames)
}

/// The same, and all of them once more.
pub(crate) fn animated_twice(frames: u32) -> Vec<u8> {
    animation((0..frames).chain(0..frames))
}

/// A PNG whose pixels are transparent in part.
pub(crate) fn transparent() -> Vec<u8> {
    let mut image = DynamicImage::from(drawn(150, 120, 5, 0)).to_rgba8();
    image.enumerate_pixels_mut().for_each(|(x, y, pixel)| pixel.0[3] = (x + y) as u8);
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn animation(seeds: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new_with_speed(&mut bytes, 30);
    let frames = seeds.map(|seed| image::Frame::new(DynamicImage::from(drawn(120, 90, seed, 0)).to_rgba8()));
    encoder.encode_frames(frames).unwrap();
    drop(encoder);
    bytes
}

/// A folder of `../shared`, or a word on why a test that needs it does less.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not here", path.display());
    }
    path.is_dir().then_some(path)
}

/// All files below a folder.
pub(crate) fn files(under: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(under).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The numbers of this program's processes, the dead that nobody asked after included.
pub(crate) fn children() -> Vec<i32> {
    let own = std::process::id().to_string();
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse::<i32>().ok();
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| number(entry.unwrap()));
    let is_own = |number: &i32| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(own.as_str())
    };
    all.filter(is_own).collect()
}

pub(crate) fn assert_no_process_is_left() {
    assert_eq!(children(), [0_i32; 0], "processes are left");
}

pub(crate) fn kill(number: i32) {
    let pid = rustix::process::Pid::from_raw(number).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}
