//! What a decoder's process may say, from arbitrary bytes: whatever it says, nothing panics or waits, memory is not taken for it before it can
//! be true, and what is handed on is of a picture inside the limits.

#![no_main]

use core::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use lookalike::decode::{Header, Limits, View, Visitor};
use lookalike::hash::views::Grid;
use lookalike::hash::{Dihedral, PdqSpectrum};
use lookalike::pixels::ImageRef;

#[derive(Default)]
struct Watch {
    header: Option<Header>,
    wants: [bool; 2],
    stops_at: u8,
}

impl Watch {
    fn next(&mut self) -> ControlFlow<()> {
        self.stops_at = self.stops_at.saturating_sub(1);
        if self.stops_at == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Visitor for Watch {
    fn header(&mut self, header: &Header) {
        assert!(self.header.is_none() && u64::from(header.width) * u64::from(header.height) <= limits().max_pixels);
        self.header = Some(*header);
    }

    fn twin(&mut self, frame: u32) {
        assert!(self.header.is_some_and(|header| (2..=header.frames).contains(&frame)));
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        assert!(spectrum.quality() <= 100 && self.header.is_some_and(|header| view.frame <= header.frames));
        assert!(spectrum.pdq().hash.count_ones() <= 128);
        self.next()
    }

    fn grid(&mut self, _: View, _: &Grid) -> ControlFlow<()> {
        assert!(self.wants[0]);
        self.next()
    }

    fn pixels(&mut self, _: View, image: &ImageRef<'_>, _: Dihedral) -> ControlFlow<()> {
        assert!(self.wants[1]);
        let header = self.header.expect("a header comes first");
        assert!(image.width() <= header.width && image.height() <= header.height);
        self.next()
    }
}

fn limits() -> Limits {
    Limits::default().max_pixels(1 << 16).max_alloc_bytes(1 << 20)
}

// What is wanted, how often the client goes on, and what is said.
fuzz_target!(|input: &[u8]| {
    let Some(([wants, stops_at], said)) = input.split_first_chunk() else { return };
    let wants = [wants & 1 == 1, wants & 2 == 2];
    let mut watch = Watch { wants, stops_at: stops_at % 8, ..Watch::default() };
    let whole = decode_worker::fuzzing::hear_bytes(said, limits(), wants, &mut watch);
    assert!(!whole || watch.header.is_some() || said.get(1) == Some(&8), "an answer of nothing");
});
