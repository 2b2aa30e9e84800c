//! `lookalike demo`: the whole job on pictures drawn here, with the reasons in plain words.

mod pictures;
mod policy;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use lookalike::hash::Profile;
use serde_json::{Value, json};

use self::pictures::{ALTERATIONS, Encoding, MOTIFS};
use super::index::{Recipe, compile};
use super::{Ended, Run, StandardInput};
use crate::args::{DemoArgs, WorkArgs};
use crate::examine::{Examiner, Origin};
use crate::exit::{Exit, Failure};
use crate::lookup::Lookup;
use crate::names::shown;
use crate::output::Output;
use crate::record::{Outcome, Record};
use crate::report::Report;
use crate::report::text::sentence;
use crate::summary::Summary;
use crate::template::render;

/// How many pictures of each motif are drawn; the first of each is listed.
const SEEDS: u64 = 4;
/// How its lists are compiled.
const RECIPE: Recipe =
    Recipe { profile: Profile::Pdq, kind: None, radius: None, strict: false, allow_empty: false, test_list: false };
/// The scan of the demo may use this much memory.
const MEMORY: u64 = 256 << 20;

/// What the scan of a picture should find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// This entry, because of how the picture was altered.
    Match {
        entry: &'static str,
        why: &'static str,
    },
    NotChecked(Outcome),
    /// Nothing, as of the other pictures that were drawn.
    Unrelated,
    /// Nothing, and why.
    Clean(&'static str),
}

/// A file of the demo and what should become of it.
struct Exhibit {
    path: PathBuf,
    expected: Expected,
}

/// Draws, lists, indexes, scans and explains. Exit code 0 if everything came out as it should.
///
/// # Errors
///
/// When the directory cannot be used, something cannot be written, or an outcome is not the expected one.
pub(crate) fn run(args: &DemoArgs) -> Result<Exit, Failure> {
    let temporary = tempfile::tempdir().map_err(|error| Failure::file("make", &std::env::temp_dir(), &error))?;
    let directory = args.directory.as_deref().unwrap_or(temporary.path());
    empty(directory)?;
    let at = |name: &str| directory.join(name);
    let (media, list, index) = (at("media"), at("known.csv"), at("known.idx"));
    let exhibits = draw(&media)?;
    write_list(&list, &media)?;
    let mut left_out = Vec::new();
    compile(&[list.clone().into_os_string()], RECIPE, &index, |list| {
        left_out.extend(list.first_bad().map(str::to_owned));
    })?;
    let lookup = Lookup::open(&index, None, true, lookalike::hash::pdq::MIN_QUALITY, None, None)?;
    let (records, summary, took) = scan(&media, lookup)?;
    check(&exhibits, &records)?;
    let mut story = json!({
        "drawn": exhibits.len(),
        "media": shown(&media),
        "motifs": MOTIFS.len(),
        "list": shown(&list),
        "left_out": left_out,
        "scanned": records.len(),
        "seconds": format!("{:.2}", took.as_secs_f64()),
        "exit": summary.exit().code(),
        "is_kept": args.directory.is_some(),
        "index": shown(&index),
    });
    add(&mut story, explain(&exhibits, &records));
    add(&mut story, policy::act(directory, &list)?);
    Output::print(&render("demo.txt", story)?)?;
    Ok(Exit::Clean)
}

/// Adds fields to an object.
fn add(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(mut more)) = (object, more) {
        object.append(&mut more);
    }
}

/// Makes the directory, or sees that it is empty: the demo overwrites nothing.
fn empty(directory: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::file("use", directory, &error);
    fs::create_dir_all(directory).map_err(failed)?;
    if fs::read_dir(directory).map_err(failed)?.next().is_some() {
        let name = shown(directory);
        return Err(Failure::new(format!("{name} is not empty; name a new or empty directory, or none at all")));
    }
    Ok(())
}

fn draw(media: &Path) -> Result<Vec<Exhibit>, Failure> {
    let mut exhibits = Vec::new();
    let mut add = |folder: &str, name: String, expected: Expected, bytes: &[u8]| {
        let folder = media.join(folder);
        let path = folder.join(name);
        fs::create_dir_all(&folder).map_err(|error| Failure::file("make", &folder, &error))?;
        write_file(&path, bytes)?;
        exhibits.push(Exhibit { path, expected });
        Ok(())
    };
    for motif in &MOTIFS {
        let original = motif.draw(0);
        for alteration in &ALTERATIONS {
            let expected = Expected::Match { entry: motif.name, why: alteration.words };
            let (extension, bytes) = encoded(&(alteration.apply)(&original), alteration.encoding)?;
            add("altered", format!("{}-{}.{extension}", motif.name, alteration.name), expected, &bytes)?;
        }
        for seed in 1..SEEDS {
            let (_, bytes) = encoded(&motif.draw(seed), Encoding::Jpeg(85))?;
            add("unrelated", format!("{}-{seed}.jpg", motif.name), Expected::Unrelated, &bytes)?;
        }
    }
    let hills = pictures::HILLS.draw(0);
    let (_, whole) = encoded(&hills, Encoding::Jpeg(85))?;
    let (_, corner) = encoded(&pictures::cropped(&hills), Encoding::Jpeg(85))?;
    let (_, blank) = encoded(&pictures::blank(), Encoding::Png)?;
    let (half, _) = whole.split_at(whole.len() / 2);
    let why = "a corner cut out of a listed picture: too little is left of it, and no radius would help";
    add("odd", "hills-cropped.jpg".into(), Expected::Clean(why), &corner)?;
    add("odd", "blank-page.png".into(), Expected::NotChecked(Outcome::LowQuality), &blank)?;
    add("odd", "half-a-file.jpg".into(), Expected::NotChecked(Outcome::Corrupt), half)?;
    add("odd", "notes.txt".into(), Expected::NotChecked(Outcome::Unsupported), b"Not a picture, only a note.\n")?;
    Ok(exhibits)
}

/// The listed pictures are the unaltered ones; hashing them is what the owner of a list does.
fn write_list(list: &Path, media: &Path) -> Result<(), Failure> {
    let mut text = "id,hash,classification\n".to_owned();
    for motif in &MOTIFS {
        let path = media.join(format!("altered/{}-copied.png", motif.name));
        text += &format!("{},{},harmless\n", motif.name, hash_of(&path)?);
    }
    write_file(list, format!("{text}typo,0123456789abcdef,harmless\n").as_bytes())
}

/// The hash of a picture, as `lookalike hash` prints it.
fn hash_of(path: &Path) -> Result<String, Failure> {
    let examiner = Examiner::new(vec![Profile::Pdq], false, None, MEMORY);
    let mut record = examiner.examine(Origin::File { path: path.to_owned(), named: true })?;
    Ok(record.hashes.pop().and_then(|hashed| hashed.hash).unwrap_or_default())
}

fn scan(media: &Path, lookup: Lookup) -> Result<(Vec<Record>, Summary, Duration), Failure> {
    let work = WorkArgs { jobs: None, memory: MEMORY, no_progress: true };
    let mut kept = Kept(Vec::new());
    let run = Run {
        paths: &[media.to_owned()],
        standard_input: StandardInput::Picture,
        work: &work,
        examiner: Examiner::new(vec![lookup.profile()], false, Some(lookup.into()), MEMORY),
        report: &mut kept,
        output: Output::open(None)?,
        note: |_| None,
        summary: Summary::default(),
    };
    match run.run()? {
        Ended::Done { summary, took } if !summary.interrupted => Ok((kept.0, summary, took)),
        _ => Err(Failure::new("the demo was interrupted")),
    }
}

/// Keeps the records of the few files of the demo.
struct Kept(Vec<Record>);

impl Report for Kept {
    fn record(&mut self, _out: &mut dyn Write, record: &Record) -> io::Result<()> {
        self.0.push(record.clone());
        Ok(())
    }
}

/// What came out of the first part, file by file.
fn explain(exhibits: &[Exhibit], records: &[Record]) -> Value {
    let (mut matched, mut clean, mut not_checked, mut unrelated) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for exhibit in exhibits {
        let (name, Some(record)) = (name(&exhibit.path), record_of(records, &exhibit.path)) else { continue };
        match exhibit.expected {
            Expected::Match { why, .. } => {
                let found = record.matches.first().map(|found| sentence(found, record));
                matched.push(json!({ "name": name, "found": found, "why": why, "quality": record.quality() }));
            }
            Expected::Unrelated => unrelated += 1,
            Expected::Clean(why) => clean.push((name, why)),
            Expected::NotChecked(outcome) => {
                let detail = record.detail.as_deref().unwrap_or_default();
                not_checked.push((name, format!("{}: {detail}", outcome.words())));
            }
        }
    }
    json!({ "matched": matched, "unrelated": unrelated, "clean": clean, "not_checked": not_checked })
}

fn record_of<'a>(records: &'a [Record], path: &Path) -> Option<&'a Record> {
    records.iter().find(|record| record.path == path)
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name().map(|name| shown(Path::new(name))).unwrap_or_default()
}

/// Holds every outcome against what it should be.
fn check(exhibits: &[Exhibit], records: &[Record]) -> Result<(), Failure> {
    for exhibit in exhibits {
        let came_out = record_of(records, &exhibit.path).is_some_and(|record| match exhibit.expected {
            Expected::Match { entry, .. } => {
                record.outcome == Outcome::Match && record.matches.iter().all(|found| found.entry == entry)
            }
            Expected::NotChecked(outcome) => record.outcome == outcome,
            Expected::Unrelated | Expected::Clean(_) => record.outcome == Outcome::NoMatch,
        });
        as_expected(came_out, &exhibit.path)?;
    }
    if records.len() != exhibits.len() {
        return Err(Failure::new("the demo did not scan every file it made; please report it"));
    }
    Ok(())
}

fn as_expected(came_out: bool, path: &Path) -> Result<(), Failure> {
    let message = || format!("the demo did not show what it should: {}; please report it", shown(path));
    if came_out { Ok(()) } else { Err(Failure::new(message())) }
}

/// A picture as a file, with the extension of its name.
fn encoded(picture: &RgbImage, encoding: Encoding) -> Result<(&'static str, Vec<u8>), Failure> {
    let mut bytes = io::Cursor::new(Vec::new());
    let (extension, encoded) = match encoding {
        Encoding::Jpeg(quality) => {
            ("jpg", picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)))
        }
        Encoding::Png => ("png", picture.write_to(&mut bytes, image::ImageFormat::Png)),
    };
    encoded.map_err(|error| Failure::new(format!("cannot encode a picture: {error}")))?;
    Ok((extension, bytes.into_inner()))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::file("write", path, &error))
}
