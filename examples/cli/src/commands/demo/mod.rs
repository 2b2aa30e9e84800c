//! `lookalike demo`: the whole job on pictures drawn here, with the reasons in plain words.

mod pictures;
mod policy;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use lookalike::check::{Hashes, InProcess};
use lookalike::hash::Profile;

use self::pictures::{Alteration, Motif};
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
use crate::summary::{Summary, counted};

/// How many pictures of each motif are drawn; the first of each is listed.
const SEEDS: u64 = 4;
const MOTIFS: [Motif; 3] = [Motif::Hills, Motif::Town, Motif::Shapes];
/// How its lists are compiled.
const RECIPE: Recipe =
    Recipe { profile: Profile::Pdq, kind: None, radius: None, strict: false, allow_empty: false, test_list: false };
/// The scan of the demo may use this much memory.
const MEMORY: u64 = 256 << 20;

/// What the scan of a picture should find.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    /// The entry of this motif, because the picture is an alteration of it.
    Match(Motif, Alteration),
    NotChecked(Ending),
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
    let temporary = match &args.directory {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|error| Failure::file("make", &std::env::temp_dir(), &error))?),
    };
    let directory = match (&args.directory, &temporary) {
        (Some(directory), _) => directory.as_path(),
        (None, Some(temporary)) => temporary.path(),
        (None, None) => Path::new("."),
    };
    empty(directory)?;
    let mut out = io::stdout().lock();
    match story(directory, temporary.is_none(), &mut out) {
        Ok(()) => Ok(Exit::Clean),
        Err(Trouble::Failure(failure)) => Err(failure),
        Err(Trouble::Write(error)) => match Output::failure("standard output", &error) {
            Some(failure) => Err(failure),
            None => Ok(Exit::Clean),
        },
    }
}

enum Trouble {
    Failure(Failure),
    Write(io::Error),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
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

fn story(directory: &Path, is_kept: bool, out: &mut impl Write) -> Result<(), Trouble> {
    let at = |name: &str| directory.join(name);
    let (media, list, index) = (at("media"), at("known.csv"), at("known.idx"));
    let exhibits = draw(&media)?;
    writeln!(out, "1. Drew {} in {}: hills, towns and shapes,", counted(exhibits.len() as u64, "file"), shown(&media))?;
    writeln!(out, "   altered copies of three of them, and a few things that are no intact picture.\n")?;

    write_list(&list, &media)?;
    let mut left_out = Vec::new();
    compile(&[list.clone().into_os_string()], RECIPE, &index, |list| {
        left_out.extend(list.first_bad().map(str::to_owned));
    })?;
    writeln!(out, "2. Wrote a list of {} known hashes, {}, and compiled it.", MOTIFS.len(), shown(&list))?;
    for bad in left_out {
        writeln!(out, "   One line is wrong on purpose. It was left out and said so: {bad}")?;
    }

    let (records, summary, took) = scan(&media, &index, None)?;
    let count = counted(records.len() as u64, "file");
    writeln!(out, "\n3. Scanned {count} in {:.2} s. A match is at most 31 of 256 bits away.\n", took.as_secs_f64())?;
    explain(out, &exhibits, &records)?;
    let exit = summary.exit();
    writeln!(out, "\n`lookalike scan` ends this with exit code {}: something matched.", exit.code())?;
    check(&exhibits, &records)?;
    policy::act(directory, &list, out)?;
    if is_kept {
        let (index, media) = (shown(&index), shown(&media));
        writeln!(out, "\nTry it: lookalike scan --index '{index}' '{media}'")?;
        writeln!(out, "        {}", policy::invitation(directory))?;
    } else {
        writeln!(out, "\nThe files are removed now; `lookalike demo DIR` keeps them.")?;
    }
    out.flush()?;
    Ok(())
}

fn draw(media: &Path) -> Result<Vec<Exhibit>, Failure> {
    let mut exhibits = Vec::new();
    let mut add = |folder: &str, name: String, expected: Expected, bytes: &[u8]| {
        let folder = media.join(folder);
        let path = folder.join(name);
        let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| Failure::file("write", &path, &error))?;
        exhibits.push(Exhibit { path, expected });
        Ok(())
    };
    for motif in MOTIFS {
        let original = motif.draw(0);
        for alteration in Alteration::ALL {
            let picture = alteration.apply(&original);
            let expected = Expected::Match(motif, alteration);
            let (extension, bytes) = match alteration {
                Alteration::Recompressed => ("jpg", jpeg(&picture, 30)?),
                Alteration::Copied | Alteration::Rotated => ("png", png(&picture)?),
                _ => ("jpg", jpeg(&picture, 85)?),
            };
            add("altered", format!("{}-{}.{extension}", motif.name(), alteration.name()), expected, &bytes)?;
        }
        for seed in 1..SEEDS {
            let bytes = jpeg(&motif.draw(seed), 85)?;
            add("unrelated", format!("{}-{seed}.jpg", motif.name()), Expected::Clean("unrelated"), &bytes)?;
        }
    }
    let hills = Motif::Hills.draw(0);
    let crop =
        Expected::Clean("a corner cut out of a listed picture: too little is left of it, and no radius would help");
    add("odd", "hills-cropped.jpg".into(), crop, &jpeg(&pictures::cropped(&hills), 85)?)?;
    add("odd", "blank-page.png".into(), Expected::NotChecked(Ending::LowQuality), &png(&pictures::blank())?)?;
    let whole = jpeg(&hills, 85)?;
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    add("odd", "half-a-file.jpg".into(), Expected::NotChecked(Ending::Corrupt), half)?;
    add("odd", "notes.txt".into(), Expected::NotChecked(Ending::Unsupported), b"Not a picture, only a note.\n")?;
    Ok(exhibits)
}

/// The listed pictures are the unaltered ones; hashing them is what the owner of a list does.
fn write_list(list: &Path, media: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::file("write the list", list, &error);
    let mut file = BufWriter::new(File::create(list).map_err(failed)?);
    writeln!(file, "id,hash,classification").map_err(failed)?;
    for motif in MOTIFS {
        let path = media.join("altered").join(format!("{}-{}.png", motif.name(), Alteration::Copied.name()));
        writeln!(file, "{},{},harmless", motif.name(), hash_of(&path)?).map_err(failed)?;
    }
    writeln!(file, "typo,0123456789abcdef,harmless").map_err(failed)?;
    file.flush().map_err(failed)
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

fn explain(out: &mut impl Write, exhibits: &[Exhibit], records: &[Record]) -> io::Result<()> {
    let pairs =
        || exhibits.iter().filter_map(|exhibit| record_of(records, &exhibit.path).map(|record| (exhibit, record)));

    writeln!(out, "What matched, and why")?;
    for (exhibit, record) in pairs() {
        let (Expected::Match(_, alteration), Some(found)) = (&exhibit.expected, record.matches().first()) else {
            continue;
        };
        let quality = record.quality().unwrap_or_default();
        writeln!(out, "   {:<24} {}", name(&exhibit.path), sentence(found, record))?;
        writeln!(out, "   {:<24} because it is {}; quality {quality}", "", alteration.words())?;
    }
    writeln!(out, "\nWhat did not match")?;
    let unrelated = pairs().filter(|(exhibit, record)| {
        exhibit.expected == Expected::Clean("unrelated") && record.ending() == Ending::NoMatch
    });
    writeln!(out, "   {} unrelated pictures of the same kinds", unrelated.count())?;
    for (exhibit, record) in pairs() {
        match &exhibit.expected {
            Expected::Clean(why) if *why != "unrelated" && record.ending() == Ending::NoMatch => {
                writeln!(out, "   {:<24} {why}", name(&exhibit.path))?;
            }
            _ => {}
        }
    }
    writeln!(out, "\nWhat could not be checked, and is therefore not called clean")?;
    for (exhibit, record) in pairs().filter(|(_, record)| !record.ending().is_checked()) {
        let detail = record.detail().unwrap_or_default();
        writeln!(out, "   {:<24} {}: {detail}", name(&exhibit.path), record.ending().words())?;
    }
    Ok(())
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
        let came_out = record_of(records, &exhibit.path).is_some_and(|record| match &exhibit.expected {
            Expected::Match(motif, _) => {
                record.ending() == Ending::Match && record.matches().iter().all(|found| found.entry.id == motif.name())
            }
            Expected::NotChecked(outcome) => record.ending() == *outcome,
            Expected::Clean(_) => record.ending() == Ending::NoMatch,
        });
        if !came_out {
            let name = shown(&exhibit.path);
            return Err(Failure::new(format!("the demo did not show what it should: {name}; please report it")));
        }
    }
    if records.len() != exhibits.len() {
        return Err(Failure::new("the demo did not scan every file it made; please report it"));
    }
    Ok(())
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let encoded = picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality));
    encoded.map_err(|error| Failure::new(format!("cannot encode a JPEG: {error}")))?;
    Ok(bytes)
}

fn png(picture: &RgbImage) -> Result<Vec<u8>, Failure> {
    let mut bytes = io::Cursor::new(Vec::new());
    let encoded = picture.write_to(&mut bytes, image::ImageFormat::Png);
    encoded.map_err(|error| Failure::new(format!("cannot encode a PNG: {error}")))?;
    Ok(bytes.into_inner())
}
