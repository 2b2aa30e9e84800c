//! `lookalike demo`: the whole job on pictures drawn here, with the reasons in plain words.

mod pictures;
mod policy;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use lookalike::check::{Hashes, InProcess, Match};
use lookalike::hash::Profile;
use serde_json::{Value, json};

use self::pictures::{ALTERATIONS, Encoding, MOTIFS};
use super::index::{Recipe, compile};
use super::{Ended, Run, StandardInput};
use crate::args::{DemoArgs, WorkArgs};
use crate::examine::{self, Asked, Examiner};
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::record::{Ending, Record};
use crate::report::Report;
use crate::report::text::sentence;
use crate::summary::Summary;
use crate::template::{add, render};

/// How many pictures of each motif are drawn; the first of each is listed.
const SEEDS: u64 = 4;
/// How its lists are compiled.
const RECIPE: Recipe =
    Recipe { profile: Profile::Pdq, kind: None, radius: None, strict: false, allow_empty: false, test_list: false };
/// The scan of the demo may use this much memory.
const MEMORY: u64 = 256 << 20;

/// What the scan of a file should find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// This entry, because of how the picture was altered.
    Match {
        entry: &'static str,
        why: &'static str,
    },
    /// An entry of the test list.
    Test,
    /// Something that this rule holds back.
    Held(&'static str),
    NotChecked(Ending),
    /// Nothing, as of the other pictures that were drawn.
    Unrelated,
    /// Nothing, and why.
    Clean(&'static str),
}

impl Expected {
    fn is_met(self, record: &Record) -> bool {
        let is_held = !record.held().is_empty();
        match self {
            Self::Match { entry, .. } => {
                record.ending() == Ending::Match
                    && !is_held
                    && record.matches().iter().all(|found| found.entry.id == entry)
            }
            Self::Test => record.ending() == Ending::Test && !is_held,
            Self::Held(rule) => {
                let is_by_rule = |held: &Match| held.held_by.to_string().contains(rule);
                record.ending() == Ending::NoMatch && is_held && record.held().iter().all(is_by_rule)
            }
            Self::NotChecked(outcome) => record.ending() == outcome,
            Self::Unrelated | Self::Clean(_) => record.ending() == Ending::NoMatch && !is_held,
        }
    }
}

/// A file by its name, what was expected of it, and what a scan found.
type Scanned = (String, Expected, Record);

/// Files that were made, and what should become of each.
struct Exhibits<'d> {
    directory: &'d Path,
    made: Vec<(PathBuf, Expected)>,
}

impl<'d> Exhibits<'d> {
    const fn new(directory: &'d Path) -> Self {
        Self { directory, made: Vec::new() }
    }

    fn add(&mut self, name: &str, expected: Expected, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.directory.join(name);
        let folder = path.parent().unwrap_or(self.directory);
        fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
        write_file(&path, bytes)?;
        self.made.push((path, expected));
        Ok(())
    }

    /// Scans all of them, and holds every outcome against what it should be.
    fn scanned(self, index: &Path, policy: Option<&Path>) -> Result<(Vec<Scanned>, Summary, Duration), Failure> {
        let (mut records, summary, took) = scan(self.directory, index, policy)?;
        let defect = |what: String| Failure::new(format!("the demo did not {what}; please report it"));
        let mut scanned = Vec::new();
        for (path, expected) in self.made {
            let place = records.iter().position(|record| record.path == path && expected.is_met(record));
            let place = place.ok_or_else(|| defect(format!("show what it should: {}", shown(&path))))?;
            let name = path.file_name().map(|name| shown(Path::new(name))).unwrap_or_default();
            scanned.push((name, expected, records.swap_remove(place)));
        }
        if records.is_empty() { Ok((scanned, summary, took)) } else { Err(defect("make every file it scanned".into())) }
    }
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
    let (scanned, summary, took) = exhibits.scanned(&index, None)?;
    let mut story = json!({
        "drawn": scanned.len(),
        "media": shown(&media),
        "motifs": MOTIFS.len(),
        "list": shown(&list),
        "left_out": left_out,
        "scanned": scanned.len(),
        "seconds": format!("{:.2}", took.as_secs_f64()),
        "exit": summary.exit().code(),
        "is_kept": args.directory.is_some(),
        "index": shown(&index),
    });
    add(&mut story, explain(&scanned));
    add(&mut story, policy::act(directory, &list)?);
    Output::print(&render("demo.txt", story)?)?;
    Ok(Exit::Clean)
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

fn draw(media: &Path) -> Result<Exhibits<'_>, Failure> {
    let mut exhibits = Exhibits::new(media);
    for motif in &MOTIFS {
        let original = motif.draw(0);
        for alteration in &ALTERATIONS {
            let expected = Expected::Match { entry: motif.name, why: alteration.words };
            let (extension, bytes) = encoded(&(alteration.apply)(&original), alteration.encoding)?;
            exhibits.add(&format!("altered/{}-{}.{extension}", motif.name, alteration.name), expected, &bytes)?;
        }
        for seed in 1..SEEDS {
            let name = format!("unrelated/{}-{seed}.jpg", motif.name);
            exhibits.add(&name, Expected::Unrelated, &jpeg(&motif.draw(seed))?)?;
        }
    }
    let hills = pictures::HILLS.draw(0);
    let (corner, whole) = (jpeg(&pictures::cropped(&hills))?, jpeg(&hills)?);
    let (_, blank) = encoded(&pictures::blank(), Encoding::Png)?;
    let (half, _) = whole.split_at(whole.len() / 2);
    let why = "a corner cut out of a listed picture: too little is left of it, and no radius would help";
    exhibits.add("odd/hills-cropped.jpg", Expected::Clean(why), &corner)?;
    exhibits.add("odd/blank-page.png", Expected::NotChecked(Ending::LowQuality), &blank)?;
    exhibits.add("odd/half-a-file.jpg", Expected::NotChecked(Ending::Corrupt), half)?;
    exhibits.add("odd/notes.txt", Expected::NotChecked(Ending::Unsupported), b"Not a picture, only a note.\n")?;
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
    let hashed = examine::hasher(vec![Profile::Pdq], MEMORY).hash_path(path, true);
    let hashes = hashed.hashes().map_err(Failure::of)?;
    Ok(hashes.iter().flat_map(Hashes::hex).map(|(_, hex)| hex).collect())
}

fn scan(media: &Path, index: &Path, policy: Option<&Path>) -> Result<(Vec<Record>, Summary, Duration), Failure> {
    let work = WorkArgs { jobs: None, memory: MEMORY, no_progress: true };
    let lists = examine::open_lists(Some(index), None)?;
    let decoder = Arc::new(InProcess::new(examine::limits(MEMORY)));
    // What is explained has a quality, which is exact only from pixels.
    let asked = Asked { exact: true, policy, ..Asked::default() };
    let checker = examine::build(asked.builder(lists)?.decoder(decoder).memory(MEMORY))?;
    let mut kept = Kept(Vec::new());
    let run = Run {
        paths: &[media.to_owned()],
        standard_input: StandardInput::Picture,
        work: &work,
        examiner: Examiner::Checks(Arc::new(checker)),
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
    fn record(&mut self, _out: &mut dyn Write, record: Record) -> io::Result<()> {
        self.0.push(record);
        Ok(())
    }
}

/// What came out of the first part, file by file.
fn explain(scanned: &[Scanned]) -> Value {
    let (mut matched, mut clean, mut not_checked, mut unrelated) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (name, expected, record) in scanned {
        match expected {
            Expected::Match { why, .. } => {
                let found = record.matches().first().map(|found| sentence(found, record));
                matched.push(json!({ "name": name, "found": found, "why": why, "quality": record.quality() }));
            }
            Expected::Clean(why) => clean.push((name, why)),
            Expected::NotChecked(outcome) => {
                let detail = record.detail().unwrap_or_default();
                not_checked.push((name, format!("{}: {detail}", outcome.words())));
            }
            Expected::Unrelated | Expected::Test | Expected::Held(_) => unrelated += 1,
        }
    }
    json!({ "matched": matched, "unrelated": unrelated, "clean": clean, "not_checked": not_checked })
}

/// A picture as a JPEG of usual quality.
fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, Failure> {
    encoded(picture, Encoding::Jpeg(85)).map(|(_, bytes)| bytes)
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
