//! Grids and framings of arbitrary pixels and measures: nothing panics, rows give what the whole picture gives, and every hash is one.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::hash::views::{Base, Beyond, Framing, Grid, GridStream, Scratch, Set, Sides};
use lookalike::pixels::{ImageRef, PixelFormat};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    width: u16,
    known: u8,
    is_color: bool,
    base: u8,
    is_edge: bool,
    sides: [i16; 4],
    covered: Option<[i16; 4]>,
    tenths: i16,
    bytes: &'a [u8],
}

const BASES: [Base; 9] = [
    Base::Whole,
    Base::Trimmed,
    Base::TrimmedEvenly,
    Base::TrimmedTwice,
    Base::WithinBars,
    Base::WithinPanels,
    Base::Shown,
    Base::ShownWide,
    Base::ShownEdges,
];

fuzz_target!(|input: Input<'_>| -> Corpus {
    let format = if input.is_color { PixelFormat::Rgb8 } else { PixelFormat::Gray8 };
    let pixels = input.bytes.len() / format.bytes_per_pixel();
    let width = u32::from(input.width).min(pixels as u32);
    let height = (pixels as u32).checked_div(width).unwrap_or(0);
    let Ok(image) = ImageRef::packed(input.bytes, width, height, format) else { return Corpus::Reject };
    let grid = Grid::of(&image).expect("sides are short");
    let mut rows = Box::new(Grid::new());
    let mut stream = GridStream::new(&mut rows, width, height, format).expect("accepted before");
    image.rows().for_each(|row| stream.push_row(row).expect("as many rows, as long as announced"));
    stream.finish().expect("all rows pushed");

    let sides = |[top, right, bottom, left]: [i16; 4]| Sides::new(top, right, bottom, left);
    let mut own = Framing::of(BASES[usize::from(input.base) % BASES.len()])
        .cut(sides(input.sides))
        .rotate(input.tenths)
        .beyond(if input.is_edge { Beyond::Edge } else { Beyond::Reflected });
    if let Some(covered) = input.covered {
        own = own.cover(sides(covered));
    }
    assert!(grid.to_bytes() == rows.to_bytes(), "rows give another grid");
    let known = Set::Thorough.framings();
    let framing = if input.covered.is_some() { &own } else { &known[usize::from(input.known) % known.len()] };
    if let Some(found) = grid.spectrum(framing, &mut Scratch::new()).map(|spectrum| spectrum.pdq()) {
        assert!(found.quality <= 100 && found.hash.count_ones() <= 128);
    }
    Corpus::Keep
});
