//! The second part: uploads, three lists and a policy; what is found by looks, by digest, and only as a test, and what a rule holds back.

use std::ffi::OsString;
use std::path::Path;

use lookalike::check::{Digester, Disclosure};
use lookalike::entry::DigestKind;
use serde_json::{Value, json};

use super::super::index::compile;
use super::super::test_list;
use super::pictures::{Encoding, HILLS, SHAPES, TOWN, shrunk};
use super::{Exhibits, Expected, RECIPE, encoded, hash_of, jpeg, write_file};
use crate::exit::Failure;
use crate::names::shown;
use crate::record::{Ending, Record};
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
    let lists = lists(directory, list, &uploads)?;
    compile(&lists, RECIPE.with_test_list(), &index, |_| ())?;
    let (scanned, ..) = drawn.scanned(&index, Some(&policy))?;
    let found = |wanted| {
        let found = scanned.iter().filter(|(.., record)| record.ending() == wanted);
        let found = found.filter_map(|(name, _, record)| Some((name, sentence(record.matches().first()?, record))));
        found.collect::<Vec<_>>()
    };
    let held = scanned
        .iter()
        .flat_map(|(name, _, record)| record.held().iter().map(move |found| (name, held_sentence(found, record))));
    let evidence = scanned.iter().find(|(_, expected, _)| matches!(expected, Expected::Held(_)));
    Ok(json!({
        "uploads": scanned.len(),
        "folder": shown(&uploads),
        "policy": shown(&policy),
        "policy_index": shown(&index),
        "counting": found(Ending::Match),
        "tests": found(Ending::Test),
        "held": held.collect::<Vec<_>>(),
        "evidence": evidence.map(|(name, _, record)| (name, rules(record))),
    }))
}

/// The rules at work on a record, as `--format jsonl` has them.
fn rules(record: &Record) -> Option<String> {
    let json = serde_json::to_value(record.report()?.json(Disclosure::Everything)).ok()?;
    json.get("rules").map(ToString::to_string)
}

fn draw(uploads: &Path) -> Result<Exhibits<'_>, Failure> {
    let mut drawn = Exhibits::new(uploads);
    let counts = |entry| Expected::Match { entry, why: "" };
    let (_, shapes) = encoded(&SHAPES.draw(1), Encoding::Png)?;
    drawn.add("hills-smaller.jpg", counts("hills"), &jpeg(&shrunk(&HILLS.draw(0)))?)?;
    drawn.add("clip.mp4", counts("clip"), CLIP)?;
    drawn.add("test-1-small.jpg", Expected::Test, test_list::file("lookalike-test-1-small.jpg"))?;
    drawn.add("test-2.png", Expected::Test, test_list::file("lookalike-test-2.png"))?;
    drawn.add("town-1.jpg", Expected::Held("quorum_verified"), &jpeg(&TOWN.draw(1))?)?;
    drawn.add("shapes-1.png", Expected::Held("allow_near"), &shapes)?;
    drawn.add("hills-2.jpg", Expected::Unrelated, &jpeg(&HILLS.draw(2))?)?;
    Ok(drawn)
}

/// Writes the lists, and names them as `index build` takes them.
fn lists(directory: &Path, known: &Path, uploads: &Path) -> Result<Vec<OsString>, Failure> {
    let mut md5 = Digester::new([DigestKind::Md5]);
    md5.update(CLIP);
    let digest = md5.finish().iter().map(ToString::to_string).collect::<String>();
    let (town, shapes) = (hash_of(&uploads.join("town-1.jpg"))?, hash_of(&uploads.join("shapes-1.png"))?);
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
