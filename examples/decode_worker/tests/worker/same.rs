//! What comes out of a worker is what comes out of decoding in this process.

use std::fs;

use decode_worker::{NotDecoded, Options, Pool};
use image::ImageFormat;
use lookalike::decode::Limits;

use crate::support::{
    Call, Notes, animated, animated_twice, drawn, encoded, files, in_process, in_worker, shared, transparent,
};

/// Compares all calls and the end of one file and of its second page, under every wish.
fn compare(pool: &Pool, limits: &Limits, name: &str, file: &[u8], breaks_at: Option<usize>) -> (Vec<Call>, bool) {
    let pages = [2, 1].map(|page| compare_page(pool, limits, name, (file, page), breaks_at));
    let [_, first] = pages;
    first
}

fn compare_page(
    pool: &Pool,
    limits: &Limits,
    name: &str,
    (file, page): (&[u8], u32),
    breaks_at: Option<usize>,
) -> (Vec<Call>, bool) {
    let mut last = (Vec::new(), false);
    for (wants_grid, wants_pixels) in [(false, false), (true, false), (true, true)] {
        let notes = || Notes { wants_grid, wants_pixels, breaks_at, ..Notes::default() };
        let (expected, ended) = in_process(file, page, limits, notes());
        let (found, worker_ended) = in_worker(pool, file, page, notes());
        assert!(found.calls == expected.calls, "{name}: {} calls, not {}", found.calls.len(), expected.calls.len());
        assert_eq!(found.twins, expected.twins, "{name}");
        let is_fine = ended.is_ok();
        assert_eq!(worker_ended, ended.map_err(NotDecoded::Refused), "{name}");
        last = (found.calls, is_fine);
    }
    last
}

fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    let bordered = drawn(300, 200, 1, 12);
    let mut truncated = encoded(&bordered, ImageFormat::Png);
    truncated.truncate(truncated.len() / 2);
    vec![
        ("png with a border", encoded(&bordered, ImageFormat::Png)),
        ("jpeg", encoded(&drawn(640, 480, 2, 0), ImageFormat::Jpeg)),
        ("tiff", encoded(&drawn(200, 150, 3, 0), ImageFormat::Tiff)),
        ("animated gif", animated(5)),
        ("frames that are alike", animated_twice(4)),
        ("transparent", transparent()),
        ("tiny", encoded(&drawn(3, 3, 4, 0), ImageFormat::Png)),
        ("flat", encoded(&drawn(90, 80, 4, 40), ImageFormat::Png)),
        ("truncated", truncated),
        ("empty", Vec::new()),
        ("text", b"no picture at all".to_vec()),
    ]
}

pub(crate) fn calls_are_the_same_and_to_the_same_bit() {
    let limits = Limits::default();
    let pool = Pool::start(Options::new(limits).workers(1)).unwrap();
    let mut views = 0;
    for (name, file) in pictures() {
        views += compare(&pool, &limits, name, &file, None).0.len();
    }
    assert!(views > 40, "{views}");
    if let Some(folder) = shared("pdq-reference/images") {
        let mut paths = Vec::new();
        files(&folder, &mut paths);
        let mut fine = 0;
        for path in paths {
            let (calls, is_fine) =
                compare(&pool, &limits, &path.display().to_string(), &fs::read(&path).unwrap(), None);
            fine += usize::from(is_fine && calls.len() > 3);
        }
        assert!(fine > 20, "{fine}");
    }
    // all of it by one process
    assert_eq!(pool.idle().len(), 1);
}

pub(crate) fn malformed_files_end_the_same() {
    let Some(folder) = shared("malformed") else { return };
    let limits = Limits::default();
    let pool = Pool::start(Options::new(limits).workers(1).files(u32::MAX)).unwrap();
    let (first, mut paths, mut failed) = (pool.idle(), Vec::new(), 0);
    files(&folder, &mut paths);
    for path in &paths {
        let (_, is_fine) = compare(&pool, &limits, &path.display().to_string(), &fs::read(path).unwrap(), None);
        failed += usize::from(!is_fine);
    }
    assert!(paths.len() > 50 && failed > 20, "{failed} of {}", paths.len());
    // Not one of them is more than an error: the worker is the same from the first to the last.
    assert_eq!(pool.idle(), first);
}

pub(crate) fn a_client_that_breaks_gets_no_more() {
    let limits = Limits::default();
    let pool = Pool::start(Options::new(limits).workers(1)).unwrap();
    let mut broken = 0;
    for (name, file) in pictures() {
        for breaks_at in 1..9 {
            let (calls, is_fine) = compare(&pool, &limits, name, &file, Some(breaks_at));
            broken += usize::from(calls.len() == breaks_at && is_fine);
        }
    }
    assert!(broken > 10, "{broken}");
    assert_eq!(pool.idle().len(), 1);
}
