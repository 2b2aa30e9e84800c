//! Makes what lies in flash, once for all builds of the firmware: lists compiled into indexes, pictures to look up in them, and, for
//! the builds that only look up, the pictures' hashes.
//!
//! Usage: `flash DIRECTORY`. A file that is there already and the same is left alone, so that nothing is built again because of it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use lookalike::entry::Role;
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, IndexKind, Source};
use lookalike::pixels::{ImageRef, PixelFormat};

#[path = "../../src/drawn.rs"]
mod drawn;
mod pictures;

use pictures::{Coding, Picture};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let directory = PathBuf::from(env::args_os().nth(1).ok_or("usage: flash DIRECTORY")?);
    fs::create_dir_all(&directory)?;
    let (mut stored, mut raw, mut given) = (vec![], vec![], vec![]);
    let mut listed = Vec::new();
    for (number, picture) in pictures::all().iter().enumerate() {
        let (pixels, file) = (picture.pixels(), format!("{number}.bin"));
        let content = match picture.coding {
            Coding::Raw => format!("Content::Raw(include_bytes!({file:?}))"),
            Coding::Drawn => "Content::Drawn".into(),
            Coding::Jpeg { .. } => format!("Content::Jpeg(include_bytes!({file:?}))"),
        };
        if !matches!(picture.coding, Coding::Drawn) {
            write_if_other(&directory.join(&file), &picture.stored(&pixels)?)?;
        }
        let entry = entry_of(picture, &content);
        stored.push(entry.clone());
        if matches!(picture.coding, Coding::Jpeg { .. }) {
            continue;
        }
        raw.push(entry);
        let spectrum = spectrum(picture, &pixels)?;
        let hashes = spectrum.dihedral().map(|pdq| *pdq.hash.as_bytes());
        given.push(entry_of(picture, &format!("Content::Hashes({}, {hashes:?})", spectrum.quality())));
        if let Some((list, role, flipped)) = picture.listed {
            let hash = nearby(*spectrum.pdq().hash.as_bytes(), flipped, number);
            listed.push((hash, format!("{}", 1000 + number), list, role));
        }
    }
    for (name, entries) in [("jpeg.rs", stored), ("hash.rs", raw), ("given.rs", given)] {
        let code = format!("pub static PICTURES: &[Stored] = &[\n{}];\n", entries.concat());
        write_if_other(&directory.join(name), code.as_bytes())?;
    }
    write_if_other(&directory.join("list.bin"), &index(&listed, 10_000)?)?;
    write_if_other(&directory.join("list-microbit.bin"), &index(&listed, 1000)?)?;
    Ok(())
}

/// A picture as the firmware's source has it.
fn entry_of(picture: &Picture, content: &str) -> String {
    let Picture { name, width, height, is_color, .. } = picture;
    format!(
        "Stored {{ name: {name:?}, width: {width}, height: {height}, is_color: {is_color}, content: {content} }},\n"
    )
}

fn write_if_other(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) { Ok(()) } else { fs::write(path, bytes) }
}

fn spectrum(picture: &Picture, pixels: &[u8]) -> Result<PdqSpectrum, Failure> {
    let format = if picture.is_color { PixelFormat::Rgb8 } else { PixelFormat::Gray8 };
    let image = ImageRef::packed(pixels, picture.width, picture.height, format)?;
    Ok(pdq::spectrum(&image, PdqProfile::FullResolution)?)
}

/// The hash as another encoder would make it: some bits off.
fn nearby(mut hash: [u8; 32], flipped: usize, seed: usize) -> [u8; 32] {
    for bit in 0..flipped {
        let at = (bit * 37 + 11 * seed) % 256;
        if let Some(byte) = hash.get_mut(at / 8) {
            *byte ^= 1 << (at % 8);
        }
    }
    hash
}

/// Some of the scenes, each near its picture as it is drawn, on lists of all roles; and unrelated hashes.
fn index(listed: &[([u8; 32], String, &str, Role)], hashes: usize) -> Result<Vec<u8>, Failure> {
    let mut builder = Builder::<32>::new(Profile::Pdq)?.kind(Some(IndexKind::Linear));
    for (hash, id, list, role) in listed {
        builder.add(Bits256::from_bytes(*hash), Source { list, id, role: *role, ..Source::default() })?;
    }
    let mut state = 0x5eed_u64;
    for number in 0..hashes - listed.len() {
        let hash = core::array::from_fn(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 56).to_le_bytes()[0]
        });
        let id = format!("{}", 100_000 + number);
        let source = Source { list: "hotline", id: &id, role: Role::Abuse, ..Source::default() };
        builder.add(Bits256::from_bytes(hash), source)?;
    }
    Ok(builder.finish()?)
}
