//! Every message of the library's errors, in one text that a person can read: `tests/errors.txt`.
//!
//! Each message is what a caller gets for something that he does, so that a change of types changes no line. After a
//! change of words: `BLESS=1 cargo test --all-features --test errors`, and read the difference.

#![cfg(target_os = "linux")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test data are small")]

mod audit;
mod check;
mod hash;
mod index;
mod lists;
mod pictures;
mod policy;
mod store;

#[allow(unreachable_pub, reason = "shared by several tests")]
#[path = "../decode_support/mod.rs"]
mod decode_support;
#[path = "../index_support/mod.rs"]
mod index_support;
#[allow(dead_code, reason = "shared by several tests")]
#[path = "../store_manifest/support.rs"]
mod manifest_support;
#[allow(dead_code, reason = "shared by several tests")]
#[path = "../store/support.rs"]
mod store_support;

use std::fmt::{Display, Write as _};
use std::path::Path;

/// The text that grows, and what of it differs from run to run.
#[derive(Default)]
struct Messages {
    text: String,
    masks: Vec<(String, &'static str)>,
    /// What had to be refused, and was not.
    taken: Vec<String>,
}

impl Messages {
    fn section(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        writeln!(self.text, "{gap}{title}").unwrap();
    }

    /// Writes `word` wherever this text would be.
    fn mask(&mut self, text: impl Display, word: &'static str) {
        self.masks.push((text.to_string(), word));
    }

    fn hide(&mut self, directory: &Path) {
        self.mask(directory.display(), "DIRECTORY");
    }

    /// One message, and what was done to get it.
    fn say(&mut self, case: &str, message: impl Display) {
        let mut message = message.to_string();
        for (text, word) in &self.masks {
            message = message.replace(text, word);
        }
        assert!(!message.contains(char::is_control), "{case}: a message is one line of text: {message:?}");
        assert!(!message.is_empty() && !message.ends_with('.'), "{case}: {message:?}");
        writeln!(self.text, "  {case}: {message}").unwrap();
    }

    fn refused<T, E: std::error::Error>(&mut self, case: &str, result: Result<T, E>) {
        match result {
            Ok(_) => self.taken.push(case.to_owned()),
            Err(error) => self.say(case, error),
        }
    }
}

#[test]
fn messages_are_those_that_a_person_read() {
    let mut messages = Messages::default();
    hash::messages(&mut messages);
    index::messages(&mut messages);
    pictures::messages(&mut messages);
    lists::messages(&mut messages);
    policy::messages(&mut messages);
    store::messages(&mut messages);
    check::messages(&mut messages);
    audit::messages(&mut messages);

    assert!(messages.taken.is_empty(), "this had to be refused: {:#?}", messages.taken);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors.txt");
    let found = messages.text;
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if found != expected {
        let other = |line: &&str, text: &str| !text.lines().any(|known| known == *line);
        let gone = expected.lines().filter(|line| other(line, &found)).map(|line| format!("-{line}\n"));
        let new = found.lines().filter(|line| other(line, &expected)).map(|line| format!("+{line}\n"));
        let difference: String = gone.chain(new).collect();
        panic!(
            "messages differ from tests/errors.txt; if they are better, `BLESS=1 cargo test --all-features --test errors`\n{difference}"
        );
    }
}
