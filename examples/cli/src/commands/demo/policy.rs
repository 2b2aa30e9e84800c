//! The second act: uploads, three lists and a policy; what is found by looks, by digest, and only as a test, and what a rule holds back.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lookalike::check::{Digester, Disclosure};
use lookalike::entry::DigestKind;

use super::super::index::compile;
use super::super::test_list;
use super::pictures::{Alteration, Motif};
use super::{RECIPE, Trouble, hash_of, jpeg, name, png, record_of, scan};
use crate::exit::Failure;
use crate::names::{shown, shown_text};
use crate::record::{Ending, Record};
use crate::report::jsonl::write_line;
use crate::report::text::{held_sentence, sentence};
use crate::summary::counted;

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
    outcome: Ending,
    /// The rule that holds back what is found of it.
    held_by: Option<&'static str>,
}

/// Draws uploads and lists, compiles, scans under a policy, and tells. `list` is that of the first act.
///
/// # Errors
///
/// When something cannot be written, or an outcome is not the expected one.
pub(super) fn act(directory: &Path, list: &Path, out: &mut impl Write) -> Result<(), Trouble> {
    let at = |name: &str| directory.join(name);
    let (uploads, policy, index) = (at("uploads"), at("policy.toml"), at("policy.idx"));
    let drawn = draw(&uploads)?;
    write_file(&policy, POLICY.as_bytes())?;
    let lists = lists(directory, list, &drawn)?;
    compile(&lists, RECIPE.with_test_list(), &index, |_| ())?;
    writeln!(out, "\n4. Put {} in {}, and wrote two more", counted(drawn.len() as u64, "upload"), shown(&uploads))?;
    writeln!(out, "   lists: `forum`, leads of which two are wrong, and `ours`, which is known to be harmless.")?;
    writeln!(out, "   {} says what counts: nothing that only the forum has.\n", shown(&policy))?;

    let (records, ..) = scan(&uploads, &index, Some(&policy))?;
    tell(out, &drawn, &records)?;
    check(&drawn, &records)
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
    let smaller = Alteration::Shrunk.apply(&Motif::Hills.draw(0));
    add("hills-smaller.jpg", Ending::Match, None, &jpeg(&smaller, 85)?)?;
    add("clip.mp4", Ending::Match, None, CLIP)?;
    add("test-1-small.jpg", Ending::Test, None, test_list::file("lookalike-test-1-small.jpg"))?;
    add("test-2.png", Ending::Test, None, test_list::file("lookalike-test-2.png"))?;
    add("town-1.jpg", Ending::NoMatch, Some("quorum_verified"), &jpeg(&Motif::Town.draw(1), 85)?)?;
    add("shapes-1.png", Ending::NoMatch, Some("allow_near"), &png(&Motif::Shapes.draw(1))?)?;
    add("hills-2.jpg", Ending::NoMatch, None, &jpeg(&Motif::Hills.draw(2), 85)?)?;
    Ok(drawn)
}

/// Writes the lists, and names them as `index build` takes them.
fn lists(directory: &Path, known: &Path, drawn: &[Upload]) -> Result<Vec<std::ffi::OsString>, Failure> {
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
        let mut argument = std::ffi::OsString::from(path.to_string_lossy().replace(',', ",,"));
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

fn tell(out: &mut impl Write, drawn: &[Upload], records: &[Record]) -> Result<(), Trouble> {
    let pairs = || drawn.iter().filter_map(|upload| Some((upload, record_of(records, &upload.path)?)));
    for (title, outcome) in [
        ("What counts, by its looks or as the very file", Ending::Match),
        ("Tests: the alarm works; these are nobody's abuse", Ending::Test),
    ] {
        writeln!(out, "{title}")?;
        for (upload, record) in pairs().filter(|(_, record)| record.ending() == outcome) {
            if let Some(found) = record.matches().first() {
                writeln!(out, "   {:<24} {}", name(&upload.path), sentence(found, record))?;
            }
        }
    }
    writeln!(out, "What a rule held back")?;
    for (upload, record) in pairs() {
        for found in record.held() {
            writeln!(out, "   {:<24} {}", name(&upload.path), shown_text(&held_sentence(found, record)))?;
        }
    }
    if let Some((upload, record)) = pairs().find(|(upload, _)| upload.held_by.is_some()) {
        writeln!(out, "\nThe evidence on {}, as `--format jsonl` has it under `rules`:", name(&upload.path))?;
        let json = record.report().map(|report| serde_json::to_value(report.json(Disclosure::Everything)));
        let json = json.transpose().map_err(io::Error::from)?;
        write_line(out, &json.map(|json| json["rules"].clone()))?;
    }
    Ok(())
}

/// Holds every outcome against what it should be.
fn check(drawn: &[Upload], records: &[Record]) -> Result<(), Trouble> {
    for upload in drawn {
        let came_out = record_of(records, &upload.path).is_some_and(|record| {
            let is_held_by = |rule: &str| record.held().iter().all(|held| held.held_by.to_string().contains(rule));
            record.ending() == upload.outcome
                && record.held().is_empty() == upload.held_by.is_none()
                && upload.held_by.is_none_or(is_held_by)
        });
        if !came_out {
            let name = shown(&upload.path);
            return Err(Failure::new(format!("the demo did not show what it should: {name}; please report it")).into());
        }
    }
    Ok(())
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::file("write", path, &error))
}

/// Where the uploads, the index and the policy are, for the line that invites to try it.
pub(super) fn invitation(directory: &Path) -> String {
    let at = |name: &str| shown(&directory.join(name));
    let (index, policy, uploads) = (at("policy.idx"), at("policy.toml"), at("uploads"));
    format!("lookalike scan --index '{index}' --policy '{policy}' --format jsonl '{uploads}'")
}
