//! Hashing rows of pixels, opening an index, searching it and asking for sources take nothing from the heap; the classic
//! hashes take no more of it than they say.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    unsafe_code,
    reason = "tests may panic; a counting allocator cannot be written without unsafe"
)]

mod index_support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::ControlFlow;

use index_support::{KINDS, Random, build, profile};
use lookalike::coverage::Whole;
use lookalike::entry::{DigestKind, Role};
use lookalike::hash::views::{Grid, GridStream, Scratch, ViewSet};
use lookalike::hash::{Bits64, Bits256, ClassicStream, Dihedral, HashBits, PdqProfile, PdqStream, Profile};
use lookalike::index::{Builder, Index, Query, Source};
use lookalike::jpeg;
use lookalike::matching::{Finding, Judged, ListRule, Mute, Outcome, Picture, Quorum, Rules, ViewKind, evaluate};
use lookalike::pixels::{ImageRef, PixelFormat};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// Bytes in use, and the most there ever were.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        let live = LIVE.get() + layout.size().cast_signed();
        LIVE.set(live);
        PEAK.set(PEAK.get().max(live));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `dealloc`, and the pointer is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn look_ups_allocate_nothing() {
    assert_eq!(allocations_of(|| drop(std::hint::black_box(Box::new(7)))), 1, "the allocator counts");
    let mut random = Random(21);
    let hashes: Vec<Bits64> = (0..20_000).map(|_| random.hash()).collect();
    for kind in KINDS {
        let bytes = build(&hashes, kind).into_inner();
        let mut hits = 0;
        let count = allocations_of(|| {
            let index = Index::open(bytes.as_slice()).unwrap();
            for radius in [0, 2, 8, 20, 64] {
                let query = Query::new(profile(8), hashes.get(..8).unwrap()).radius(radius);
                index
                    .search(&query, |hit| {
                        hits += index.sources(hit.slot).filter(Result::is_ok).count();
                        ControlFlow::Continue(())
                    })
                    .unwrap();
            }
            hits += index.lists().filter(Result::is_ok).count();
            index.verify().unwrap();
        });
        assert_eq!(count, 0, "{kind}");
        assert!(hits > 8 * 20_000, "{kind}");
    }
}

#[test]
fn a_policy_is_applied_without_heap() {
    const LISTS: [ListRule<'static>; 2] =
        [ListRule::new("0", 20).jurisdiction("NL"), ListRule::new("1", 31).confirm(true)];
    const RULES: Rules<'static> = Rules::new(ListRule::new("", 31))
        .lists(&LISTS)
        .quorum(Quorum::new(20).lists(4).jurisdictions(3).verified(1))
        .mutes(&[Mute { list: "2", entry: "7", until: Some(5) }]);
    let mut random = Random(7);
    let (names, laws) = (["0", "1", "2", "3", "4", "5"], ["", "NL", "US", "DE", "GB"]);
    let base: Bits256 = random.hash();
    let found = |number: usize| {
        let mut bytes = *base.as_bytes();
        (0..number % 30).for_each(|bit| bytes[bit] ^= 1 << (number % 8));
        let role = [Role::Abuse, Role::Abuse, Role::Test, Role::Abuse][number % 4];
        let role = if number == 199 { Role::Allow } else { role };
        let source = Source {
            list: names[number % 6],
            id: names[number % 5],
            jurisdiction: laws[(number / 6) % 5],
            role,
            ..Source::default()
        };
        Finding::perceptual(HashBits::from_bytes(bytes), (number % 30) as u32, source).view(1, ViewKind::Exact)
    };
    let findings: Vec<_> = (0..200).map(found).collect();
    let mut judged = vec![Judged::default(); findings.len()];
    let mut outcomes = Vec::with_capacity(2);
    let count = allocations_of(|| {
        for findings in [&findings[..], &findings[..199]] {
            let decision = evaluate(&RULES, &Picture::looked_up(90, 50, Whole::of_hash()), findings, &mut judged);
            outcomes.push((decision.outcome, decision.lacking().count()));
        }
    });
    // An entry of the allow list lies 19 bits away, which is too far to hold anything back.
    assert_eq!((count, &*outcomes), (0, &[(Outcome::Match, 0); 2][..]));
    assert!(size_of::<Judged<'_>>() <= 128, "{} bytes a finding", size_of::<Judged<'_>>());
}

#[test]
fn finding_digests_allocates_nothing() {
    let mut random = Random(22);
    let mut builder = Builder::<32>::new(profile(32)).unwrap();
    let mut digests = Vec::new();
    for number in 0..5000_usize {
        digests.push(random.digest(DigestKind::ALL[number % 3]));
        let id = number.to_string();
        let source = Source { list: "list", id: &id, ..Source::default() };
        builder.add_entry(None, &digests[number..], source).unwrap();
    }
    let bytes = builder.finish().unwrap();
    let mut found = 0;
    let count = allocations_of(|| {
        let index = Index::open(bytes.as_slice()).unwrap();
        found += digests.iter().map(|digest| index.find(digest).filter(Result::is_ok).count()).sum::<usize>();
        index.verify().unwrap();
    });
    assert_eq!((count, found), (0, 5000));
}

#[test]
fn the_widest_rows_are_hashed_in_eight_kilobytes_without_heap() {
    assert!(size_of::<PdqStream>() <= 8 * 1024, "{} bytes", size_of::<PdqStream>());
    // the largest JPEG is 65,535 wide; its rows are pushed whole, as they would be decoded
    let row: Vec<u8> = (0..3 * 65_535_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut pdq = None;
    let count = allocations_of(|| {
        let mut stream = PdqStream::new(65_535, 300, PixelFormat::Rgb8, PdqProfile::FullResolution).unwrap();
        for y in 0..300 {
            // a shorter row of pixels is refused without harm
            assert!(y != 150 || stream.push_row(&row[3..]).is_err());
            stream.push_row(&row).unwrap();
        }
        pdq = Some(stream.finish().unwrap().dihedral());
    });
    assert_eq!(count, 0);
    assert_eq!(pdq.map(|eight| eight[0].hash.count_ones() <= 128), Some(true));
}

/// What hashing may take beside the row that it is given, whatever the measures: its state lies on the stack as well.
const WORKING_SET: usize = 64 << 10;

#[cfg(not(target_family = "wasm"))]
#[test]
fn pictures_of_any_size_are_hashed_in_64_kib_of_stack_without_heap() {
    let hash = |width: u32, height: u32, format: PixelFormat| {
        let row: Vec<u8> = (0..width as usize * format.bytes_per_pixel()).map(|i| ((i * i) >> 3) as u8).collect();
        let work = move || {
            let mut quality = None;
            let count = allocations_of(|| {
                let mut stream = PdqStream::new(width, height, format, PdqProfile::FullResolution).unwrap();
                (0..height).for_each(|_| stream.push_row(&row).unwrap());
                let eight = stream.finish().unwrap();
                quality = Some((eight.pdq().quality, eight.dihedral()[7].hash));
            });
            assert!(quality.is_some());
            count
        };
        // a thread that needs more dies, and with it the test
        std::thread::Builder::new().stack_size(WORKING_SET).spawn(work).unwrap().join().unwrap()
    };
    for (width, height) in [(1, 1), (64, 64), (512, 512), (4000, 3000), (65_535, 40), (9, 65_535), (524_288, 3)] {
        for format in [PixelFormat::Gray8, PixelFormat::Rgb8] {
            assert_eq!(hash(width, height, format), 0, "{width}x{height}");
        }
    }
}

/// The most heap that some work has in use.
fn peak_of(work: impl FnOnce()) -> u64 {
    let before = LIVE.get();
    PEAK.set(before);
    work();
    u64::try_from(PEAK.get() - before).unwrap()
}

#[test]
fn classic_hashes_take_no_more_memory_than_they_say() {
    let classics: Vec<Profile> = Profile::all().filter(|profile| profile.id() >= Profile::Ahash64.id()).collect();
    for (width, height) in
        [(1, 1), (9, 300), (255, 255), (256, 256), (600, 511), (1024, 1024), (300, 2000), (4000, 260)]
    {
        // Noise; black and white, where much is cut off; and one shade, where blocks tie and rounding decides.
        for shades in [256, 2, 1] {
            let noise = |at: u32| (at.wrapping_mul(2_654_435_761) >> 13) % shades * 255 / shades;
            let pixels: Vec<u8> = (0..width * height).map(|at| noise(at) as u8).collect();
            let image = ImageRef::packed(&pixels, width, height, PixelFormat::Gray8).unwrap();
            for profiles in classics.chunks(1).chain([classics.as_slice()]) {
                let said = ClassicStream::memory_bytes(width, height, profiles);
                let found = peak_of(|| drop(ClassicStream::of_image(&image, profiles).unwrap()));
                assert!(found <= said, "{width}x{height}, {shades} shades, {profiles:?}: {found} of {said} bytes");
            }
        }
    }
}

#[cfg(feature = "store")]
#[test]
fn digests_of_entries_take_no_more_memory_for_longer_lists() {
    use lookalike::index::IndexKind;
    use lookalike::store::EntryDigests;
    let mut random = Random(22);
    let hashes: Vec<Bits256> = (0..40_000).map(|_| random.hash()).collect();
    for kind in KINDS {
        let peak = |len: usize| {
            let index = build(&hashes[..len], kind);
            peak_of(|| assert_eq!(EntryDigests::of(&index).unwrap().entries(), len as u64))
        };
        // a tree's hashes lie in another order: they are sorted, each with its number, and the numbers kept
        let row = if kind == IndexKind::BkTree { (4 + size_of::<(Option<Bits256>, u32)>()) as u64 } else { 0 };
        let (short, long) = (peak(1000), peak(40_000));
        assert!(long <= short + 40_000 * row && short < 8192 + 1000 * row, "{kind}: {short} and {long} bytes");
    }
}

#[cfg(feature = "store")]
#[test]
fn opening_a_mapped_index_takes_next_to_no_heap_however_long_it_is() {
    use lookalike::mmap::{self, Opener};
    use lookalike::store::{Contents, Store, Writer};
    let directory = tempfile::tempdir().unwrap();
    let mut random = Random(23);
    let hashes: Vec<Bits256> = (0..60_000).map(|_| random.hash()).collect();
    for kind in KINDS {
        let path = directory.path().join(kind.to_string());
        let bytes = build(&hashes, kind).into_inner();
        assert!(bytes.len() > 2 << 20, "longer than what may be taken");
        std::fs::write(&path, bytes).unwrap();
        // SAFETY: nobody else knows the file, and it is not written to any more.
        let checked = peak_of(|| assert_eq!(unsafe { mmap::map(&path) }.unwrap().len(), 60_000));
        // SAFETY: as above.
        let unchecked = peak_of(|| assert_eq!(unsafe { mmap::map_without_checksums(&path) }.unwrap().len(), 60_000));
        assert!(checked < 1024 && unchecked < 1024, "{kind}: {checked} and {unchecked} bytes");
    }
    let mut writer = Writer::<32>::init(directory.path().join("store"), profile(32)).unwrap();
    let mut contents = Contents::new(profile(32)).unwrap();
    for (hash, number) in hashes.iter().zip(0..) {
        let number: i32 = number;
        contents
            .add(Some(*hash), &[], Source { list: "L", id: &number.to_string(), ..Source::default() }, None)
            .unwrap();
    }
    writer.publish(contents).unwrap();
    // SAFETY: nobody but the writer touches the directory.
    let opener = unsafe { Opener::mapped() };
    let peak = peak_of(|| drop(Store::open_with(directory.path().join("store"), opener).unwrap()));
    assert!(peak < 64 << 10, "{peak} bytes");
}

#[test]
fn screening_a_jpeg_of_24_megapixels_takes_less_than_2_mib() {
    let (width, height) = (6000, 4000_u32);
    let pixels: Vec<u8> = (0..width * height).map(|i| ((i % width) * (i / width) / 4000 + i % 61) as u8).collect();
    for progressive in [false, true] {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 85);
        encoder.set_progressive(progressive);
        encoder.encode(&pixels, width as u16, height as u16, jpeg_encoder::ColorType::Luma).unwrap();
        let peak = peak_of(|| assert_eq!(jpeg::screen(&file[..]).unwrap().width(), width));
        assert!((1 << 16..1 << 21).contains(&peak), "{peak} bytes");

        // and nothing at all where the caller has the memory
        let mut tables = Box::new(jpeg::Tables::new());
        let needs = jpeg::Opened::new(&file[..], &mut tables).unwrap().needs(Dihedral::Rotate90);
        let mut sums = vec![0.0; needs.sums];
        let (mut weights, mut blocks) = (vec![0.0; needs.weights], vec![jpeg::Block::default(); needs.blocks]);
        let count = allocations_of(|| {
            let opened = jpeg::Opened::new(&file[..], &mut tables).unwrap();
            let memory = jpeg::Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut [] };
            assert!(opened.screen_in(&mut tables, memory, Dihedral::Rotate90).is_ok());
        });
        assert_eq!(count, 0);

        // nor where the grid of views is made as well
        let needs = jpeg::Opened::new(&file[..], &mut tables).unwrap().needs_with_grid(Dihedral::Original);
        let mut sums = vec![0.0; needs.sums];
        let (mut weights, mut blocks) = (vec![0.0; needs.weights], vec![jpeg::Block::default(); needs.blocks]);
        let (mut cells, mut grid) = (Box::new(jpeg::CellMemory::new()), Box::new(Grid::new()));
        let count = allocations_of(|| {
            let opened = jpeg::Opened::new(&file[..], &mut tables).unwrap();
            let memory = jpeg::Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut [] };
            let turn = Dihedral::Original;
            assert!(opened.screen_with_grid_in(&mut tables, memory, turn, &mut cells, &mut grid).is_ok());
        });
        assert_eq!((count, grid.width()), (0, width));
        let peak = peak_of(|| assert!(jpeg::screen_with_grid(&file[..], Dihedral::Original, &mut grid).is_ok()));
        assert!(peak < 1 << 20, "{peak} bytes");
    }
}

#[test]
fn views_of_the_widest_rows_take_the_memory_they_say_and_no_heap() {
    assert!(size_of::<Grid>() <= 74 << 10, "{} bytes", size_of::<Grid>());
    assert!(size_of::<Scratch>() <= 64 << 10, "{} bytes", size_of::<Scratch>());
    assert!(size_of::<GridStream<'_>>() <= 17 << 10, "{} bytes", size_of::<GridStream<'_>>());
    assert!(size_of::<jpeg::CellMemory>() <= 156 << 10, "{} bytes", size_of::<jpeg::CellMemory>());
    let row: Vec<u8> = (0..3 * 65_535_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (mut grid, mut scratch) = (Box::new(Grid::new()), Box::new(Scratch::new()));
    let mut applied = 0;
    let count = allocations_of(|| {
        let mut stream = GridStream::new(&mut grid, 65_535, 300, PixelFormat::Rgb8).unwrap();
        for _ in 0..300 {
            stream.push_row(&row).unwrap();
        }
        stream.finish().unwrap();
        applied = ViewSet::Thorough.framings().iter().filter(|it| grid.spectrum(it, &mut scratch).is_some()).count();
    });
    assert_eq!(count, 0);
    assert!(applied > 10, "{applied} framings apply");
}
