//! Grids and framings of arbitrary pixels and measures: nothing panics, rows give what the whole picture gives, and every hash is one.

#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::hash::views::{Base, Beyond, Framing, Grid, GridStream, Scratch, Sides, ViewSet};
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

    let sides = |[top, right, bottom, left]: [i16; 4]| Sides::new(top, right, bottom, left);
    let mut own = Framing::of(BASES[usize::from(input.base) % BASES.len()])
        .cut(sides(input.sides))
        .rotate(input.tenths)
        .beyond(if input.is_edge { Beyond::Edge } else { Beyond::Reflected });
    if let Some(covered) = input.covered {
        own = own.cover(sides(covered));
    }
    let known = ViewSet::Thorough.framings();
    let framing = if input.covered.is_some() { &own } else { &known[usize::from(input.known) % known.len()] };
    let hashed = |grid: &Grid| {
        let found = SCRATCH.with_borrow_mut(|scratch| grid.spectrum(framing, scratch)).map(|spectrum| spectrum.pdq());
        assert!(found.is_none_or(|found| found.quality <= 100 && found.hash.count_ones() <= 128));
        found
    };

    // Looking for frames takes longer than all else: most inputs are framings of what is drawn. Any change takes another way.
    let fields = [input.width, input.tenths.cast_unsigned(), input.sides[0].cast_unsigned(), input.known.into()];
    let way = fields.iter().flat_map(|field| field.to_le_bytes()).chain(input.bytes.iter().copied());
    let way = way.fold(0_u8, |way, byte| way.wrapping_mul(5).wrapping_add(byte)) % 64;
    if way >= 8 {
        hashed(&DRAWN[usize::from(way) % DRAWN.len()]);
        return Corpus::Keep;
    }
    let grid = Grid::of(&image).expect("sides are short");
    let found = hashed(&grid);
    if way < 2 {
        let mut again = Grid::new();
        if way == 0 {
            again = Grid::from_bytes(&grid.to_bytes()).expect("a grid of a picture");
        } else {
            let mut rows = GridStream::new(&mut again, width, height, format).expect("accepted before");
            image.rows().for_each(|row| rows.push_row(row).expect("as many rows, as long as announced"));
            rows.finish().expect("all rows pushed");
        }
        assert!(grid.to_bytes() == again.to_bytes() && hashed(&again) == found, "another grid");
    }
    Corpus::Keep
});

/// Pictures as they are, within borders, between bars, and on a screen.
static DRAWN: LazyLock<Vec<Grid>> = LazyLock::new(|| {
    let picture = |x: u32, y: u32| (x * x / 9 + y * 5 + x * y / 7) % 251;
    let drawn = |of: &dyn Fn(u32, u32) -> u32, width: u32, height: u32| {
        let bytes: Vec<u8> = (0..width * height).map(|at| of(at % width, at / width) as u8).collect();
        Grid::of(&ImageRef::packed(&bytes, width, height, PixelFormat::Gray8).expect("as long as its sides"))
            .expect("sides are short")
    };
    let inside = |x: u32, y: u32| (60..200).contains(&x) && (40..150).contains(&y);
    vec![
        drawn(&picture, 200, 160),
        drawn(&picture, 64, 300),
        drawn(&|x, y| if inside(x, y) { picture(x, y) } else { 20 }, 260, 190),
        drawn(&|x, y| if (40..150).contains(&y) { picture(x, y) } else { y / 9 * 9 }, 220, 200),
        drawn(
            &|x, y| if inside(x, y) { picture(x, y) } else { 255 - 200 * u32::from(y % 12 < 6 && x % 5 < 2) },
            400,
            300,
        ),
        drawn(&|_, _| 128, 192, 192),
    ]
});

thread_local! {
    static SCRATCH: RefCell<Box<Scratch>> = RefCell::new(Box::new(Scratch::new()));
}
