//! Picture files that are not decoded, and JPEGs that are not screened.

use std::fs;
use std::io::{self, BufReader, Read};
use std::path::Path;

use jpeg_encoder::{ColorType, Encoder};
use lookalike::decode::{Limits, decode, frames, pdq};
use lookalike::hash::PdqProfile;
use lookalike::jpeg::{self, Buffered};

use crate::Messages;
use crate::decode_support::{gif_file, one_of_each, png_file};

fn encoded(side: u16, color: ColorType, channels: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let pixels: Vec<u8> = (0..usize::from(side).pow(2) * channels).map(|at| (at * at / 7 % 251) as u8).collect();
    Encoder::new(&mut file, 80).encode(&pixels, side, side, color).unwrap();
    file
}

/// The file with these bytes at a place behind a marker.
fn behind(file: &[u8], marker: [u8; 2], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = file.to_vec();
    let place = changed.windows(2).position(|window| window == marker).unwrap() + at;
    changed[place..place + bytes.len()].copy_from_slice(bytes);
    changed
}

struct Pulled;

impl Read for Pulled {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the card was pulled out"))
    }
}

pub(crate) fn messages(m: &mut Messages) {
    let limits = Limits::default();
    m.section("a picture file that is not decoded");
    m.refused("nothing", decode(b"", &limits));
    m.refused("text", decode(b"hello", &limits));
    m.refused("document", decode(b"%PDF-1.7\n", &limits));
    for (name, file) in one_of_each() {
        m.refused(&format!("{name}, header"), decode(&file[..file.len().min(24)], &limits));
        m.refused(&format!("{name}, half"), decode(&file[..file.len() * 3 / 4], &limits));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/images");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    for name in names {
        let file = fs::read(folder.join(&name)).unwrap();
        if let Err(error) = decode(&file, &limits) {
            m.say(&format!("tests/corrupt/images/{}", name.display()), error);
        }
    }

    m.section("a picture file over the limits");
    let png = png_file(64, 64, png::ColorType::Grayscale, png::BitDepth::Eight, &[7; 64 * 64], |_| {});
    m.refused("bytes of the file", decode(&png, &limits.max_file_bytes(10)));
    m.refused("pixels", decode(&png, &limits.max_pixels(4095)));
    m.refused("memory", decode(&png, &limits.max_alloc_bytes(100)));
    let frame = gif::Frame { width: 8, height: 8, buffer: vec![0; 64].into(), ..gif::Frame::default() };
    let gif = gif_file(8, 8, &[0; 6], &[frame.clone(), frame.clone(), frame]);
    m.refused("frames", decode(&gif, &limits.max_frames(2)));
    let animation = limits.max_animation_pixels(100);
    m.refused(
        "pixels of an animation",
        frames(&gif, &animation).and_then(|mut frames| {
            while frames.next_frame()?.is_some() {}
            Ok(())
        }),
    );
    let mut progressive = Vec::new();
    let mut encoder = Encoder::new(&mut progressive, 80);
    encoder.set_progressive(true);
    encoder.encode(&[7; 64 * 64 * 3], 64, 64, ColorType::Rgb).unwrap();
    m.refused("scans", decode(&progressive, &limits.max_scans(2)));
    let side = lookalike::hash::pdq::MAX_SIDE + 1;
    let long = png_file(side, 1, png::ColorType::Grayscale, png::BitDepth::Eight, &vec![7; side as usize], |_| {});
    m.refused("side", pdq(&long, &limits, PdqProfile::FullResolution));

    m.section("a JPEG that is not screened");
    let good = encoded(600, ColorType::Rgb, 3);
    let screen = |file: &[u8]| jpeg::screen(file).map(drop);
    m.refused("no JPEG", screen(b"GIF89a"));
    m.refused("truncated", screen(&good[..good.len() / 2]));
    m.refused("small", screen(&encoded(64, ColorType::Rgb, 3)));
    m.refused("four colours", screen(&encoded(600, ColorType::Cmyk, 4)));
    m.refused("arithmetic", screen(&behind(&good, [0xff, 0xc0], 0, &[0xff, 0xc9])));
    m.refused("lossless", screen(&behind(&good, [0xff, 0xc0], 0, &[0xff, 0xc3])));
    m.refused("hierarchical", screen(&behind(&good, [0xff, 0xc0], 0, &[0xff, 0xc5])));
    m.refused("depth", screen(&behind(&good, [0xff, 0xc0], 4, &[12])));
    m.refused("no height", screen(&behind(&good, [0xff, 0xc0], 5, &[0, 0])));
    m.refused("no width", screen(&behind(&good, [0xff, 0xc0], 7, &[0, 0])));
    let subsampled = behind(&behind(&good, [0xff, 0xc0], 11, &[0x11]), [0xff, 0xc0], 14, &[0x22]);
    m.refused("subsampled luma", screen(&subsampled));
    m.refused("segment", screen(&behind(&good, [0xff, 0xdb], 2, &[0, 9])));
    m.refused("table", screen(&behind(&good, [0xff, 0xc4], 5, &[9])));
    m.refused("scan", screen(&behind(&good, [0xff, 0xda], 4, &[9])));
    let start = good.windows(2).position(|window| window == [0xff, 0xda]).unwrap() + 14;
    m.refused("codes", screen(&[&good[..start], &[0xff, 0].repeat(10_000), &good[start..]].concat()));
    let two = good.len() - 2;
    m.refused("left over", screen(&[&good[..two], &[0x55; 40], &good[two..]].concat()));
    m.refused("source", jpeg::screen(Buffered(BufReader::new(Pulled))));
}
