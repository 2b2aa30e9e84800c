//! Recognises the format of a file by its first bytes.

#![expect(clippy::indexing_slicing, reason = "cut to what is there")]

use core::fmt;

/// A supported picture format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JPEG: baseline, extended and progressive, grey, YCbCr, RGB, CMYK, YCCK.
    Jpeg,
    /// PNG and APNG.
    Png,
    /// GIF, still or animated.
    Gif,
    /// WebP: lossy, lossless, animated.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// TIFF and BigTIFF.
    Tiff,
}

impl Format {
    /// The name used in records: `jpeg`, `png`, `gif`, `webp`, `bmp`, `tiff`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Format recognised by [`sniff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sniffed {
    /// A picture of a supported format.
    Supported(Format),
    /// Another format by name, `unknown`, or `empty file`.
    Unsupported(&'static str),
}

/// Recognises the format of a file by its first bytes; names and extensions play no role.
///
/// ```
/// use lookalike::decode::{Format, Sniffed, sniff};
///
/// assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Sniffed::Supported(Format::Jpeg));
/// assert_eq!(sniff(b"\0\0\0\x18ftypheic\0\0\0\0"), Sniffed::Unsupported("heic"));
/// assert_eq!(sniff(b""), Sniffed::Unsupported("empty file"));
/// ```
#[must_use]
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.is_empty() {
        return Sniffed::Unsupported("empty file");
    }
    for (magic, format) in SUPPORTED {
        if bytes.starts_with(magic) {
            return Sniffed::Supported(*format);
        }
    }
    if let [b'R', b'I', b'F', b'F', _, _, _, _, kind @ ..] = bytes {
        return match kind.get(..4) {
            Some(b"WEBP") => Sniffed::Supported(Format::WebP),
            Some(b"AVI ") => Sniffed::Unsupported("avi"),
            Some(b"WAVE") => Sniffed::Unsupported("wav"),
            Some(b"CDRA") => Sniffed::Unsupported("cdr"),
            _ => Sniffed::Unsupported("riff"),
        };
    }
    if is_bitmap(bytes) {
        return Sniffed::Supported(Format::Bmp);
    }
    if let Some(name) = base_media(bytes) {
        return Sniffed::Unsupported(name);
    }
    let other = UNSUPPORTED.iter().find(|(at, magic, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    Sniffed::Unsupported(match other {
        Some((_, _, name)) => name,
        None => netpbm(bytes).or_else(|| markup(bytes)).unwrap_or("unknown"),
    })
}

const SUPPORTED: &[(&[u8], Format)] = &[
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"GIF87a", Format::Gif),
    (b"GIF89a", Format::Gif),
    (b"II\x2a\0", Format::Tiff),
    (b"MM\0\x2a", Format::Tiff),
    (b"II\x2b\0\x08\0\0\0", Format::Tiff),
    (b"MM\0\x2b\0\x08\0\0", Format::Tiff),
];

/// Offset, magic number and name of unsupported formats. Longer magic numbers precede their prefixes.
const UNSUPPORTED: &[(usize, &[u8], &str)] = &[
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "jpeg-xl"),
    (0, b"\xff\x0a", "jpeg-xl"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg-2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg-2000"),
    (0, b"\xff\xd8", "jpeg without a second marker"),
    (0, b"II\xbc\x01", "jpeg-xr"),
    (0, b"IIRO", "orf"),
    (0, b"IIU\0", "rw2"),
    (0, b"FUJIFILMCCD-RAW", "raf"),
    (0, b"8BPS", "psd"),
    (0, b"%PDF-", "pdf"),
    (0, b"%!PS", "postscript"),
    (0, b"\xc5\xd0\xd3\xc6", "postscript"),
    (0, b"\0\0\x01\0", "ico"),
    (0, b"\0\0\x02\0", "cur"),
    (0, b"icns", "icns"),
    (0, b"DDS ", "dds"),
    (0, b"\xabKTX ", "ktx"),
    (0, b"\x76\x2f\x31\x01", "openexr"),
    (0, b"qoif", "qoi"),
    (0, b"farbfeld", "farbfeld"),
    (0, b"#?RADIANCE", "radiance-hdr"),
    (0, b"#?RGBE", "radiance-hdr"),
    (0, b"BPG\xfb", "bpg"),
    (0, b"FLIF", "flif"),
    (0, b"gimp xcf", "xcf"),
    (0, b"AT&TFORM", "djvu"),
    (0, b"\x8aMNG\r\n\x1a\n", "mng"),
    (0, b"\x8bJNG\r\n\x1a\n", "jng"),
    (0, b"SIMPLE  =", "fits"),
    (0, b"\xd7\xcd\xc6\x9a", "wmf"),
    (40, b" EMF", "emf"),
    (0, b"\x59\xa6\x6a\x95", "sun-raster"),
    (0, b"\x01\xda\0", "sgi"),
    (0, b"\x01\xda\x01", "sgi"),
    (0, b"\x0a\x05\x01", "pcx"),
    (0, b"/* XPM */", "xpm"),
    (128, b"DICM", "dicom"),
    (0, b"\x1a\x45\xdf\xa3", "matroska or webm"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (0, b"\0\0\x01\xb3", "mpeg"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "mp3"),
    (0, b"CWS", "swf"),
    (0, b"FWS", "swf"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"MSCF", "cab"),
    (257, b"ustar", "tar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole compound file"),
    (0, b"SQLite format 3\0", "sqlite"),
    (0, b"\x7fELF", "elf"),
    (0, b"{\\rtf", "rtf"),
];

/// Matches `BM` and a known size of the info header; the two letters alone would also match text.
fn is_bitmap(bytes: &[u8]) -> bool {
    let Some(size) = bytes.get(14..18).and_then(|field| field.first_chunk()) else {
        return bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]);
    };
    bytes.starts_with(b"BM") && matches!(u32::from_le_bytes(*size), 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124)
}

/// ISO base media files: `ftyp` and its brand.
fn base_media(bytes: &[u8]) -> Option<&'static str> {
    if matches!(bytes.get(4..8), Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip")) {
        return Some("quicktime");
    }
    let [size @ .., b'f', b't', b'y', b'p'] = bytes.first_chunk::<8>()? else { return None };
    // A still picture may name a generic brand first (mif1) and tell what it is among the compatible ones.
    let end = (u32::from_be_bytes(*size) as usize).clamp(16, 256);
    let brands = bytes[8..end.min(bytes.len())].as_chunks::<4>().0;
    brands
        .iter()
        .find_map(|brand| match brand {
            b"avif" | b"avis" => Some("avif"),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some("heic"),
            _ => None,
        })
        .or(match brands.first() {
            Some(b"mif1" | b"msf1" | b"mif2") => Some("heif"),
            Some(b"crx ") => Some("cr3"),
            Some(b"qt  ") => Some("quicktime"),
            Some(b"jxl ") => Some("jpeg-xl"),
            Some([b'3', b'g', ..]) => Some("3gp"),
            _ => Some("mp4"),
        })
}

/// PBM, PGM, PPM, PAM and PFM: `P`, a digit or letter, white space.
fn netpbm(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n', ..] => Some("pnm"),
        [b'P', b'F' | b'f', b'\r' | b'\n', ..] => Some("pfm"),
        _ => None,
    }
}

/// SVG, HTML and other XML, after white space and a byte order mark.
fn markup(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let head = &text[..text.len().min(1024)];
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    match head {
        [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..] if has(b"<svg") => Some("svg"),
        [b'<', ..] if has(b"<html") || has(b"<!doctype html") => Some("html"),
        [b'<', b'?', ..] => Some("xml"),
        _ => None,
    }
}
