//! Says where in memory things lie, and where the list and the pictures are that `flash` made.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=FIRMWARE_FLASH");
    let has = |name: &str| env::var_os(format!("CARGO_FEATURE_{name}")).is_some();
    let is_microbit = has("MICROBIT");
    let list = if is_microbit { "list-microbit.bin" } else { "list.bin" };
    let pictures = if has("JPEG") {
        "jpeg.rs"
    } else if has("HASH") {
        "hash.rs"
    } else {
        "given.rs"
    };
    let flash = match env::var_os("FIRMWARE_FLASH") {
        Some(flash) => PathBuf::from(flash),
        None => PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("target/flash"),
    };
    for (name, file) in [("FIRMWARE_LIST", list), ("FIRMWARE_PICTURES", pictures)] {
        let file = flash.join(file);
        if !file.is_file() {
            let directory = flash.display();
            return Err(format!(
                "there is no {}: make it by `cargo run --profile host -p flash -- {directory}`",
                file.display()
            )
            .into());
        }
        println!("cargo:rerun-if-changed={}", file.display());
        println!("cargo:rustc-env={name}={}", file.display());
    }
    if env::var("CARGO_CFG_TARGET_OS")? == "none" {
        let out = PathBuf::from(env::var("OUT_DIR")?);
        let (flash, ram) = if is_microbit { ("256K", "16K") } else { ("4M", "4M") };
        let memory = format!(
            "MEMORY {{ FLASH : ORIGIN = 0x00000000, LENGTH = {flash}\n RAM : ORIGIN = 0x20000000, LENGTH = {ram} }}\n"
        );
        fs::write(out.join("memory.x"), memory)?;
        // names of a chip's interrupts, of which none is used
        fs::write(out.join("device.x"), "")?;
        println!("cargo:rustc-link-search={}", out.display());
        for program in ["device", "memory_test"] {
            println!("cargo:rustc-link-arg-bin={program}=-Tlink.x");
            println!("cargo:rustc-link-arg-bin={program}=--nmagic");
        }
    }
    Ok(())
}
