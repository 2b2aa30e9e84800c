//! Pictures as the Python scripts of this folder send them: a line `WIDTH HEIGHT MODE` (`L` or `RGB`), then the packed bytes.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{BufRead, Read};

use lookalike::pixels::{ImageError, ImageRef, PixelFormat};

/// A picture of grey or RGB pixels.
#[derive(Clone, Debug)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub format: PixelFormat,
    pub bytes: Vec<u8>,
}

impl Picture {
    /// Reads the bytes that a header announces.
    pub fn read(header: &str, input: &mut impl Read) -> Result<Self, Box<dyn Error>> {
        let [width, height, mode] = header.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("found the header {header:?}, expected WIDTH HEIGHT MODE").into());
        };
        let (width, height): (u32, u32) = (width.parse()?, height.parse()?);
        let format = match mode {
            "L" => PixelFormat::Gray8,
            "RGB" => PixelFormat::Rgb8,
            _ => return Err(format!("found the mode {mode:?}, expected L or RGB").into()),
        };
        let mut bytes = vec![0; width as usize * height as usize * format.bytes_per_pixel()];
        input.read_exact(&mut bytes)?;
        Ok(Self { width, height, format, bytes })
    }

    /// The picture as the library takes it.
    pub fn image(&self) -> Result<ImageRef<'_>, ImageError> {
        ImageRef::packed(&self.bytes, self.width, self.height, self.format)
    }
}

/// Reads a line without its end; none at the end of the input.
pub fn read_line(input: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let found = input.read_line(&mut line)?;
    Ok((found != 0).then(|| line.trim_end().to_owned()))
}
