//! Everything that is made of a picture file, and what must hold of it whatever the file is.

use core::ops::ControlFlow;

use libfuzzer_sys::Corpus;
use lookalike::decode::{self, DecodeError, Format, Header, Limits, Rendition, Sniffed, View, Visitor};
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};
use lookalike::hash::views::Grid;
use lookalike::pixels::ImageRef;

/// A decoder's panic is contained and typed; any other ends the run as usual.
pub fn let_contained_panics_pass() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !decode::is_contained() {
            usual(panic);
        }
    }));
}

/// Small pictures, so that many are tried in a second.
fn limits() -> Limits {
    Limits::default().max_pixels(1 << 14).max_alloc_bytes(4 << 20).max_sampled_frames(4).max_animation_pixels(1 << 16)
}

/// What is announced of a file, and what comes.
#[derive(Default)]
struct Watch {
    measures: (u32, u32),
    with_pixels: bool,
    views: Vec<View>,
    grids: usize,
    stored: Option<PdqSpectrum>,
    /// Of the pixels as stored.
    spectrum: Option<PdqSpectrum>,
}

impl Visitor for Watch {
    fn needs(&mut self, bytes: u64) {
        assert!(bytes <= 2 * limits().max_alloc_bytes, "{bytes} bytes");
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        // blended with a ground, a picture is hashed as it is and without its border
        let is_blended = matches!(view.kind, Rendition::OnWhite | Rendition::OnBlack);
        assert!(spectrum.quality() <= 100 && (is_blended || !self.views.contains(&view)));
        let again = PdqSpectrum::from_bytes(&spectrum.to_bytes()).expect("a spectrum that was computed");
        assert_eq!(again.pdq(), spectrum.pdq());
        if view.frame == 1 && view.kind == Rendition::Stored {
            self.stored = Some(*spectrum);
        }
        self.views.push(view);
        ControlFlow::Continue(())
    }

    fn wants_grid(&self) -> bool {
        self.with_pixels
    }

    fn grid(&mut self, view: View, _: &Grid) -> ControlFlow<()> {
        assert!(view.kind.has_grid() && self.views.last() == Some(&view));
        self.grids += 1;
        ControlFlow::Continue(())
    }

    fn wants_pixels(&self) -> bool {
        self.with_pixels
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, _: lookalike::hash::Dihedral) -> ControlFlow<()> {
        assert_eq!(self.views.last(), Some(&view));
        assert!(image.width() <= self.measures.0 && image.height() <= self.measures.1);
        if view == View::new(1, Rendition::Stored) {
            self.spectrum = pdq::spectrum(image, PdqProfile::FullResolution).ok();
        }
        ControlFlow::Continue(())
    }
}

/// Files of one kind: nothing panics, the limits hold, what comes out has the measures announced, and all ways to the pixels lead to the same.
pub fn decode_all_ways(bytes: &[u8], format: Format) -> Corpus {
    if decode::sniff(bytes) != Sniffed::Supported(format) {
        return Corpus::Reject;
    }
    let limits = limits();
    let Ok(header) = decode::inspect(bytes, &limits) else { return Corpus::Keep };
    assert!(u64::from(header.width) * u64::from(header.height) <= limits.max_pixels);
    assert_eq!(decode::Header::from_bytes(&header.to_bytes(), &limits), Some(header));

    // one way for each file, so that more are tried, and any change takes another; grids, in which frames are looked for as long
    // as for all else together, are made of few
    match bytes.iter().fold(0_u8, |way, byte| way.wrapping_mul(5).wrapping_add(*byte)) % 64 {
        0 => views(bytes, &header, &limits, true),
        1..25 => views(bytes, &header, &limits, false),
        25..35 if format == Format::Jpeg => {
            let screened = decode::screen_with_grid(bytes, &limits, PdqProfile::FullResolution, &mut Grid::new());
            if let Ok(Some(screening)) = screened {
                assert_eq!(screening.header, header);
            }
        }
        _ => rows_and_whole(bytes, &header, &limits),
    }
    Corpus::Keep
}

/// The whole picture, and row by row.
fn rows_and_whole(bytes: &[u8], header: &Header, limits: &Limits) {
    let whole = decode::decode(bytes, limits);
    let mut rows = Vec::new();
    let by_rows = decode::rows(bytes, limits).and_then(|mut reader| {
        while let Some(row) = reader.next_row()? {
            rows.extend_from_slice(row);
        }
        Ok(())
    });
    match whole {
        Ok(decoded) => {
            let image = decoded.image();
            assert_eq!((image.width(), image.height()), (header.width, header.height));
            by_rows.expect("what is decoded as a whole is decoded row by row");
            assert!(image.rows().flatten().eq(&rows), "rows of another picture");
        }
        Err(error) => {
            assert!(by_rows.is_err(), "what is decoded row by row is decoded as a whole");
            let again = DecodeError::from_bytes(&error.to_bytes());
            assert_eq!(again.map(|it| it.to_string()), Some(error.to_string()));
        }
    }
}

/// Frames, oriented and cropped pictures.
fn views(bytes: &[u8], header: &Header, limits: &Limits, with_pixels: bool) {
    let mut watch = Watch { measures: (header.width, header.height), with_pixels, ..Watch::default() };
    if header.format == Format::Tiff {
        let mut second = Watch { measures: (u32::MAX, u32::MAX), with_pixels, ..Watch::default() };
        _ = decode::page_views(bytes, 2, limits, PdqProfile::FullResolution, &mut second);
    }
    let hashed = decode::pdq_views(bytes, limits, PdqProfile::FullResolution, &mut watch);
    assert!(hashed.is_err() || watch.stored.is_some() && (watch.grids > 0) == with_pixels);
    if let (Some(stored), Some(pixels)) = (watch.stored, watch.spectrum) {
        // where rounding would decide, what is handed out comes of the reference
        assert!(!pixels.is_certain() || (pixels.pdq().hash, pixels.quality()) == (stored.pdq().hash, stored.quality()));
    }
}
