//! The second part: uploads, three lists and a policy; what is found by looks, by digest, and only as a test, and what a rule holds back.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use lookalike::check::Digester;
use lookalike::entry::DigestKind;
use serde_json::{Value, json};

use super::super::index::compile;
use super::super::test_list;
use super::pictures::{Encoding, HILLS, SHAPES, TOWN, shrunk};
use super::{RECIPE, as_expected, encoded, hash_of, name, record_of, scan, write_file};
use crate::exit::Failure;
use crate::lookup::Lookup;
use crate::names::shown;
use crate::record::{Outcome, Record};
use crate::report::text::{held_sentence, sentence};

/// What the operator demands.
const POLICY: &str = r#"version = 1

[[list]]
name = "known"                # what the first part of the demo listed, and a clip
action = "block"
jurisdiction = "US"

[[list]]
name = "forum"                # anybody may add to it
trust = "seed"
action = "review"

[quorum]
verified = 1                  # somebody must have looked at what is reported
"#;

/// What a file that no decoder here reads may look like: the head of an MP4 and nothing behind it.
const CLIP: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2harmless and empty";

/// A file of the uploads, and what should become of it under the policy.
struct Upload {
    path: PathBuf,
    outcome: Outcome,
    /// The rule that holds back what is found of it.
    held_by: Option<&'static str>,
}

/// Draws uploads and lists, compiles, scans under a policy, and says what came out. `list` is that of the first part.
///
/// # Errors
///
/// When something cannot be written, or an outcome is not the expected one.
pub(super) fn act(directory: &Path, list: &Path) -> Result<Value, Failure> {
    let at = |name: &str| directory.join(name);
    let (uploads, policy, index) = (at("uploads"), at("policy.toml"), at("policy.idx"));
    let drawn = draw(&uploads)?;
    write_file(&policy, POLICY.as_bytes())?;
    let lists = lists(directory, list, &drawn)?;
    compile(&lists, RECIPE.with_test_list(), &index, |_| ())?;
    let usual = Lookup::open(&index, None, true, lookalike::hash::pdq::MIN_QUALITY, None, None)?;
    let (lookup, warnings) = usual.with_policy(&policy)?;
    let (records, ..) = scan(&uploads, lookup)?;
    check(&drawn, &records)?;
    let mut story = told(&drawn, &records)?;
    super::add(
        &mut story,
        json!({
            "uploads": drawn.len(),
            "folder": shown(&uploads),
            "policy": shown(&policy),
            "policy_index": shown(&index),
            "warnings": warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    );
    Ok(story)
}

fn draw(uploads: &Path) -> Result<Vec<Upload>, Failure> {
    let mut drawn = Vec::new();
    fs::create_dir_all(uploads).map_err(|error| Failure::file("make", uploads, &error))?;
    let mut add = |name: &str, outcome, held_by, bytes: &[u8]| {
        let path = uploads.join(name);
        write_file(&path, bytes)?;
        drawn.push(Upload { path, outcome, held_by });
        Ok::<(), Failure>(())
    };
    let jpeg = |picture: &RgbImage| encoded(picture, Encoding::Jpeg(85)).map(|(_, bytes)| bytes);
    let (_, shapes) = encoded(&SHAPES.draw(1), Encoding::Png)?;
    add("hills-smaller.jpg", Outcome::Match, None, &jpeg(&shrunk(&HILLS.draw(0)))?)?;
    add("clip.mp4", Outcome::Match, None, CLIP)?;
    add("test-1-small.jpg", Outcome::Test, None, test_list::file("lookalike-test-1-small.jpg"))?;
    add("test-2.png", Outcome::Test, None, test_list::file("lookalike-test-2.png"))?;
    add("town-1.jpg", Outcome::NoMatch, Some("quorum_verified"), &jpeg(&TOWN.draw(1))?)?;
    add("shapes-1.png", Outcome::NoMatch, Some("allow_near"), &shapes)?;
    add("hills-2.jpg", Outcome::NoMatch, None, &jpeg(&HILLS.draw(2))?)?;
    Ok(drawn)
}

/// Writes the lists, and names them as `index build` takes them.
fn lists(directory: &Path, known: &Path, drawn: &[Upload]) -> Result<Vec<OsString>, Failure> {
    let hash = |file: &str| {
        let upload = drawn.iter().find(|upload| upload.path.ends_with(file));
        upload.map_or_else(|| Ok(String::new()), |upload| hash_of(&upload.path))
    };
    let mut md5 = Digester::new([DigestKind::Md5]);
    md5.update(CLIP);
    let digest = md5.finish().iter().map(ToString::to_string).collect::<String>();
    let (town, shapes) = (hash("town-1.jpg")?, hash("shapes-1.png")?);
    let forum = format!("{town},100,wrong-1\n{shapes},100,wrong-2\n");
    let written = [
        ("clips.csv", format!("id,md5,classification\nclip,{digest},harmless\n"), "list=known"),
        ("forum.txt", forum, "list=forum"),
        ("ours.txt", format!("{shapes},100,our poster\n"), "list=ours,role=allow"),
    ];
    let argument = |path: &Path, keys: &str| {
        // A comma that belongs to the path is doubled.
        let mut argument = OsString::from(path.to_string_lossy().replace(',', ",,"));
        argument.push(",");
        argument.push(keys);
        argument
    };
    let mut arguments = vec![argument(known, "list=known")];
    for (file, text, keys) in written {
        let path = directory.join(file);
        write_file(&path, text.as_bytes())?;
        arguments.push(argument(&path, keys));
    }
    Ok(arguments)
}

/// What came out, file by file.
fn told(drawn: &[Upload], records: &[Record]) -> Result<Value, Failure> {
    let pairs = || drawn.iter().filter_map(|upload| Some((upload, record_of(records, &upload.path)?)));
    let of = |outcome| {
        let found = pairs().filter(|(_, record)| record.outcome == outcome);
        let found =
            found.filter_map(|(upload, record)| Some((name(&upload.path), sentence(record.matches.first()?, record))));
        found.collect::<Vec<_>>()
    };
    let held = pairs().flat_map(|(upload, record)| {
        record.held.iter().map(|found| (name(&upload.path), held_sentence(found, record)))
    });
    let evidence = pairs().find(|(upload, _)| upload.held_by.is_some());
    let evidence = evidence.map(|(upload, record)| {
        let rules = serde_json::to_string(&record.rules);
        rules.map(|rules| (name(&upload.path), rules)).map_err(|error| Failure::new(format!("the evidence: {error}")))
    });
    Ok(json!({
        "counting": of(Outcome::Match),
        "tests": of(Outcome::Test),
        "held": held.collect::<Vec<_>>(),
        "evidence": evidence.transpose()?,
    }))
}

/// Holds every outcome against what it should be.
fn check(drawn: &[Upload], records: &[Record]) -> Result<(), Failure> {
    drawn.iter().try_for_each(|upload| {
        let came_out = record_of(records, &upload.path).is_some_and(|record| {
            let is_held_by = |rule: &str| record.held.iter().all(|held| held.held_by.to_string().contains(rule));
            record.outcome == upload.outcome
                && record.held.is_empty() == upload.held_by.is_none()
                && upload.held_by.is_none_or(is_held_by)
        });
        as_expected(came_out, &upload.path)
    })
}
