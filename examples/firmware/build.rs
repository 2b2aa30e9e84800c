//! Makes what lies in flash: a list compiled into an index, pictures to look up in it, and, for the build that only looks up,
//! the pictures' hashes.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use lookalike::entry::Role;
use lookalike::hash::pdq::{self, PdqProfile};
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Kind, Source};
use lookalike::pixels::{ImageRef, PixelFormat};

#[path = "build/pictures.rs"]
mod pictures;

use pictures::{Coding, Picture};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let (has_hash, has_jpeg) = (has_feature("HASH"), has_feature("JPEG"));
    let is_microbit = has_feature("MICROBIT");
    let pictures = pictures::all();
    fs::write(out.join("index.bin"), index(&pictures, if is_microbit { 1000 } else { 10_000 })?)?;
    let mut code = String::from("pub static PICTURES: &[Stored] = &[\n");
    for (number, picture) in pictures.iter().enumerate() {
        let is_raw = matches!(picture.coding, Coding::Raw);
        if !has_jpeg && !is_raw || is_microbit && (picture.width as usize * picture.height as usize) > 80_000 {
            continue;
        }
        let Picture { name, width, height, is_color, .. } = picture;
        write!(code, "Stored {{ name: {name:?}, width: {width}, height: {height}, is_color: {is_color}, content: ")?;
        if has_hash {
            let file = out.join(format!("{number}.bin"));
            fs::write(&file, picture.stored()?)?;
            let kind = if is_raw { "Raw" } else { "Jpeg" };
            writeln!(code, "Content::{kind}(include_bytes!({file:?})) }},")?;
        } else {
            let spectrum = spectrum(picture)?;
            let hashes: Vec<_> = spectrum.dihedral().iter().map(|pdq| *pdq.hash.as_bytes()).collect();
            writeln!(code, "Content::Hashes({}, {hashes:?}) }},", spectrum.quality())?;
        }
    }
    code.push_str("];\n");
    fs::write(out.join("pictures.rs"), code)?;
    if env::var("CARGO_CFG_TARGET_OS")? == "none" {
        let (flash, ram) = if is_microbit { ("256K", "16K") } else { ("4M", "4M") };
        let memory = format!(
            "MEMORY {{ FLASH : ORIGIN = 0x00000000, LENGTH = {flash}\n RAM : ORIGIN = 0x20000000, LENGTH = {ram} }}\n"
        );
        fs::write(out.join("memory.x"), memory)?;
        println!("cargo:rustc-link-search={}", out.display());
        println!("cargo:rustc-link-arg-bin=device=-Tlink.x");
        println!("cargo:rustc-link-arg-bin=device=--nmagic");
    }
    Ok(())
}

fn has_feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

fn spectrum(picture: &Picture) -> Result<pdq::PdqSpectrum, Failure> {
    let format = if picture.is_color { PixelFormat::Rgb8 } else { PixelFormat::Gray8 };
    let pixels = picture.pixels();
    let image = ImageRef::packed(&pixels, picture.width, picture.height, format)?;
    Ok(pdq::spectrum(&image, PdqProfile::FullResolution)?)
}

/// Some of the scenes, each near its picture as it is drawn, on lists of all roles; and unrelated hashes.
fn index(pictures: &[Picture], hashes: u32) -> Result<Vec<u8>, Failure> {
    let mut builder = Builder::<32>::new(Profile::Pdq)?.kind(Some(Kind::Linear));
    for (number, picture) in pictures.iter().enumerate().filter(|(_, picture)| picture.listed.is_some()) {
        let Some((list, role, flipped)) = picture.listed else { continue };
        let mut hash = *spectrum(picture)?.pdq().hash.as_bytes();
        // as another encoder would make it: some bits off
        for bit in 0..flipped {
            let at = (bit * 37 + 11 * number) % 256;
            if let Some(byte) = hash.get_mut(at / 8) {
                *byte ^= 1 << (at % 8);
            }
        }
        let id = format!("{}", 1000 + number);
        builder.add(Bits256::from_bytes(hash), Source { list, id: &id, role, ..Source::default() })?;
    }
    let mut state = 0x5eed_u64;
    for number in 0..hashes - u32::try_from(builder.entries())? {
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
