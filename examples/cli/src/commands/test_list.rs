//! `lookalike list test`: the safe test list, which is a part of the program.
//!
//! The files are kept as they are, not encoded anew: an encoder's next version writes other bytes, and the digests in published
//! lists would be wrong. `tests/cli/test_list` draws the pictures and holds files, hashes and digests against each other.

use std::fs;

use lookalike::hash::Profile;
use lookalike::lists::ListSpec;

use crate::args::test_list::TestListArgs;
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::summary::counted;

/// The list itself, in JSONL.
pub(crate) const LIST: &[u8] = include_bytes!("../../test-list/lookalike-test.jsonl");

/// How the list is read into an index of this profile.
///
/// # Errors
///
/// For any profile but PDQ, of which its hashes are.
pub(crate) fn spec(profile: Profile) -> Result<ListSpec, Failure> {
    if profile != Profile::Pdq {
        return Err(Failure::new(format!(
            "the test list has hashes of profile pdq, and the index is to be of {profile}"
        )));
    }
    crate::lists::parse("jsonl:the test list,list=lookalike-test,role=test".as_ref())
}

/// Everything that is written, by name.
const FILES: [(&str, &[u8]); 11] = [
    ("lookalike-test-1.png", include_bytes!("../../test-list/lookalike-test-1.png")),
    ("lookalike-test-2.png", include_bytes!("../../test-list/lookalike-test-2.png")),
    ("lookalike-test-3.png", include_bytes!("../../test-list/lookalike-test-3.png")),
    ("lookalike-test-4.png", include_bytes!("../../test-list/lookalike-test-4.png")),
    ("lookalike-test-5.png", include_bytes!("../../test-list/lookalike-test-5.png")),
    ("lookalike-test-6.png", include_bytes!("../../test-list/lookalike-test-6.png")),
    ("lookalike-test-7.png", include_bytes!("../../test-list/lookalike-test-7.png")),
    ("lookalike-test-8.png", include_bytes!("../../test-list/lookalike-test-8.png")),
    ("lookalike-test-1-small.jpg", include_bytes!("../../test-list/lookalike-test-1-small.jpg")),
    ("lookalike-test-sheet.png", include_bytes!("../../test-list/lookalike-test-sheet.png")),
    ("lookalike-test.jsonl", LIST),
];

/// One of the files, by its name; nothing if there is none.
pub(crate) fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(of, _)| *of == name).map_or(&[], |(_, bytes)| bytes)
}

/// Writes pictures and list into a directory, or the list alone to standard output.
///
/// # Errors
///
/// When something cannot be written, or a file of one of the names is another one already.
pub(crate) fn run(args: &TestListArgs) -> Result<Exit, Failure> {
    let Some(directory) = &args.output else {
        return Output::write(None, |out| out.write_all(LIST)).map(|()| Exit::Clean);
    };
    fs::create_dir_all(directory).map_err(|error| Failure::file("make", directory, &error))?;
    // A file that is there and holds something else is not ours to replace.
    let is_another = |(name, bytes): &(&str, &[u8])| fs::read(directory.join(name)).is_ok_and(|found| found != *bytes);
    if let Some((name, _)) = FILES.iter().find(|file| !args.force && is_another(file)) {
        let name = shown(&directory.join(name));
        return Err(Failure::new(format!("{name} exists already, and is another file; --force replaces it")));
    }
    for (name, bytes) in FILES {
        let path = directory.join(name);
        fs::write(&path, bytes).map_err(|error| Failure::file("write", &path, &error))?;
    }
    let (files, directory) = (counted(FILES.len() as u64, "file"), shown(directory));
    eprintln!("Wrote {files} into {directory}. Try them: lookalike index build -o test.idx --test-list");
    eprintln!("                                    lookalike scan --index test.idx '{directory}'");
    Ok(Exit::Clean)
}
