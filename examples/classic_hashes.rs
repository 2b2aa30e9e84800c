//! Prints the ten classic hashes of every picture on standard input, one line each, or times them.
//!
//! A picture is a line `WIDTH HEIGHT FORMAT` (`L` or `RGB`) followed by its packed bytes. `benches/peers/classic_check.py`
//! feeds it and compares with Python ImageHash. With an argument `time`, each profile is hashed alone, then all of them
//! together, and the best of ten runs is printed in milliseconds.

#![allow(clippy::print_stdout, reason = "an example prints")]

use core::error::Error;
use core::time::Duration;
use std::io::{self, BufRead, Read};
use std::time::Instant;

use lookalike::hash::{ClassicStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};

const PROFILES: [Profile; 10] = [
    Profile::Ahash64,
    Profile::Ahash256,
    Profile::Dhash64,
    Profile::Dhash256,
    Profile::Phash64,
    Profile::Phash256,
    Profile::Whash64,
    Profile::Whash256,
    Profile::Blockhash64,
    Profile::Blockhash256,
];

fn main() -> Result<(), Box<dyn Error>> {
    let timing = std::env::args().nth(1).is_some_and(|argument| argument == "time");
    let mut input = io::stdin().lock();
    let mut header = String::new();
    while input.read_line(&mut header)? != 0 {
        let mut words = header.split_whitespace();
        let mut word = || words.next().ok_or("a header is WIDTH HEIGHT FORMAT");
        let (width, height) = (word()?.parse()?, word()?.parse()?);
        let format = if word()? == "L" { PixelFormat::Gray8 } else { PixelFormat::Rgb8 };
        let mut pixels = vec![0; width as usize * height as usize * format.bytes_per_pixel()];
        input.read_exact(&mut pixels)?;
        let image = ImageRef::packed(&pixels, width, height, format)?;
        if timing {
            for profile in PROFILES {
                println!("{profile} {:.3}", milliseconds(&image, &[profile])?);
            }
            println!("all {:.3}", milliseconds(&image, &PROFILES)?);
            println!(
                "all64 {:.3}",
                milliseconds(&image, &PROFILES.map(|p| p).into_iter().step_by(2).collect::<Vec<_>>())?
            );
        } else {
            let hashes = ClassicStream::of_image(&image, &PROFILES)?;
            let line: Vec<_> = hashes.iter().map(|(_, hash)| hash.to_string()).collect();
            println!("{}", line.join(" "));
        }
        header.clear();
    }
    Ok(())
}

fn milliseconds(image: &ImageRef<'_>, profiles: &[Profile]) -> Result<f64, Box<dyn Error>> {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        let hashes = ClassicStream::of_image(image, profiles)?;
        best = best.min(start.elapsed());
        assert_eq!(core::hint::black_box(hashes).iter().len(), profiles.len(), "every hash is made");
    }
    Ok(best.as_secs_f64() * 1e3)
}
