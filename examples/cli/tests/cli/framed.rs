//! `scan --views`: copies that were framed, cut or tilted are found, and the match says as what.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma, imageops};
use serde_json::Value;

use crate::support::{index_of, run};

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;

/// A grey landscape that is defined everywhere, so that it can be looked at through any frame: at places in pixels.
fn landscape(x: f64, y: f64) -> u8 {
    let (x, y) = (x / f64::from(WIDTH), y / f64::from(HEIGHT));
    let hills = (6.1 * x + 2.3 * (3.7 * y + 0.4).sin()).sin() * (5.3 * y + 1.9 * x).cos();
    let trees = (17.0 * x * (0.6 + y) + 3.0 * (9.0 * y).sin()).sin() + (23.0 * y - 11.0 * x * x).cos();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    let shade = (127.5 + 70.0 * hills + 28.0 * trees) as u8;
    shade
}

/// The landscape through a window: `place` gives where a pixel of it lies.
fn seen(place: impl Fn(f64, f64) -> (f64, f64)) -> GrayImage {
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = place(f64::from(x), f64::from(y));
        Luma([landscape(x, y)])
    })
}

/// A frame that is even on the whole, and not in any pixel: what is seen in pixels finds no border.
fn paper(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| Luma([if (x + y) % 2 == 0 { 180 } else { 205 }]))
}

fn framed(picture: &GrayImage, across: u32, down: u32) -> GrayImage {
    let mut whole = paper(WIDTH + 2 * across, HEIGHT + 2 * down);
    imageops::replace(&mut whole, picture, across.into(), down.into());
    whole
}

/// A message with the picture in it, as a telephone shows it.
fn on_a_screen(picture: &GrayImage) -> GrayImage {
    let mut screen = GrayImage::from_pixel(WIDTH + 20, 900, Luma([242]));
    let mut mark = |left: u32, top: u32, width: u32, height: u32, shade: u8| {
        for (x, y) in (left..left + width).flat_map(|x| (top..top + height).map(move |y| (x, y))) {
            screen.put_pixel(x, y, Luma([shade]));
        }
    };
    mark(0, 0, WIDTH + 20, 60, 30);
    for line in 0..14_u32 {
        let top = if line < 4 { 80 + 20 * line } else { 480 + 30 * line };
        for word in 0..6 + line % 3 {
            mark(20 + 52 * word, top, 30 + 7 * ((word + line) % 3), 9, 60);
        }
    }
    imageops::replace(&mut screen, picture, 10, 190);
    screen
}

fn scan(directory: &Path, picture: &GrayImage, index: &str, set: &str) -> Value {
    let path = directory.join("scanned.png");
    picture.save(&path).unwrap();
    let done = run(["scan", "--format", "jsonl", "--index", index, "--views", set, path.to_str().unwrap()]);
    done.records().remove(0)
}

/// An index of the landscape as it is.
fn index(directory: &Path) -> String {
    let listed = directory.join("listed.png");
    seen(|x, y| (x, y)).save(&listed).unwrap();
    let hash = run(["hash".as_ref(), listed.as_os_str()]).out;
    fs::remove_file(&listed).unwrap();
    index_of(directory, &[hash.split(',').next().unwrap()])
}

/// Every copy with the beginnings of the names under which it may be found.
fn copies() -> Vec<(&'static str, GrayImage, &'static [&'static str])> {
    let picture = seen(|x, y| (x, y));
    let (width, height) = (f64::from(WIDTH), f64::from(HEIGHT));
    let tilted = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        seen(move |x, y| {
            let (x, y) = (x - width / 2.0, y - height / 2.0);
            (width / 2.0 + cos * x - sin * y, height / 2.0 + sin * x + cos * y)
        })
    };
    vec![
        ("border", framed(&picture, 30, 30), &["trim"]),
        ("letterbox", framed(&picture, 0, 60), &["trim"]),
        ("screenshot", on_a_screen(&picture), &["trim screen"]),
        ("crop", seen(|x, y| (0.96 * x + 0.02 * width, 0.96 * y + 0.02 * height)), &["pad"]),
        ("tilt to the left", tilted(4.0), &["rotate"]),
        ("tilt to the right", tilted(-3.0), &["rotate"]),
    ]
}

#[test]
fn copies_that_were_framed_cut_or_tilted_are_found_by_their_views() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path());
    for (what, copy, views) in copies() {
        let blind = scan(directory.path(), &copy, &index, "none");
        assert_eq!(blind["outcome"], "no_match", "{what}");
        for set in ["standard", "thorough"] {
            let record = scan(directory.path(), &copy, &index, set);
            assert_eq!(record["outcome"], "match", "{what}: {record}");
            assert_eq!(record["hash"], blind["hash"], "the picture's own hash stays what it is: {what}");
            let view = record["matches"][0]["view"].as_str().unwrap();
            assert!(views.iter().any(|name| view.contains(name)), "{what} was found as {view}");
        }
    }
}

#[test]
fn views_change_no_match_of_the_picture_itself() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path());
    // a tenth of the way to a crop that plain PDQ does not find
    let near = seen(|x, y| (0.99 * x + 0.003 * f64::from(WIDTH), 0.99 * y));
    let records = ["none", "standard", "thorough"].map(|set| scan(directory.path(), &near, &index, set));
    let matches = records.each_ref().map(|record| &record["matches"]);
    assert_eq!(records[0]["matches"][0]["view"], "original");
    assert_eq!(matches[0], matches[1]);
    assert_eq!(matches[0], matches[2]);
}

#[test]
fn a_caption_is_looked_through_if_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path());
    let mut captioned = seen(|x, y| (x, y));
    for (x, y) in (0..WIDTH).flat_map(|x| (0..HEIGHT / 6).map(move |y| (x, y))) {
        let is_ink = x / 9 % 3 != 0 && (18..42).contains(&y) && x % 9 < 5;
        captioned.put_pixel(x, y, Luma([if is_ink { 0 } else { 255 }]));
    }
    assert_eq!(scan(directory.path(), &captioned, &index, "none")["outcome"], "no_match");
    let path = directory.path().join("scanned.png");
    let arguments = ["scan", "--format", "jsonl", "--index", &index, "--views", "none", "--occlusion"];
    let found = run(arguments.into_iter().chain([path.to_str().unwrap()])).records().remove(0);
    assert_eq!((&found["outcome"], &found["matches"][0]["view"]), (&"match".into(), &"covered".into()), "{found}");
    assert!(found["matches"][0]["distance"].as_u64().unwrap() > 31);

    // another picture is not, and what matches as it is keeps its name
    seen(|x, y| (y, x)).save(&path).unwrap();
    let turned = run(arguments.into_iter().chain([path.to_str().unwrap()])).records().remove(0);
    assert_ne!(turned["matches"][0]["view"], "covered");
    seen(|x, y| (1.7 * x + 400.0, 1.4 * y - 700.0)).save(&path).unwrap();
    assert_eq!(run(arguments.into_iter().chain([path.to_str().unwrap()])).records().remove(0)["outcome"], "no_match");
}

#[test]
fn every_form_of_report_names_the_view() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path());
    let path = directory.path().join("framed.png");
    framed(&seen(|x, y| (x, y)), 30, 30).save(&path).unwrap();
    for (format, said) in [("text", ", as trim"), ("jsonl", "\"view\":\"trim"), ("csv", ",trim"), ("html", ", as trim")]
    {
        let done = run(["scan", "--index", &index, "--format", format, path.to_str().unwrap()]);
        assert_eq!(done.code, 1, "{}", done.err);
        assert!(done.out.contains(said), "{format}: {}", done.out);
    }
}

#[test]
fn views_of_other_profiles_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("list.txt");
    fs::write(&list, "0123456789abcdef").unwrap();
    let index = directory.path().join("phash.idx");
    let built = run(["index", "build", "--profile", "phash", "-o", index.to_str().unwrap(), list.to_str().unwrap()]);
    assert_eq!(built.code, 0, "{}", built.err);
    let scan =
        |set| run(["scan", "--index", index.to_str().unwrap(), "--views", set, directory.path().to_str().unwrap()]);
    let done = scan("standard");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("need hashes of profile pdq"), "{}", done.err);
    assert_ne!(scan("none").code, 2);
}
