//! What several test binaries share: finding the reference data, which lies beside the checkout and is not committed.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::PathBuf;

/// The folder of that name among the reference data, or `None`, said aloud, where it is not present.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not present", path.display());
    None
}

/// One row of `expected.tsv`: what the reference implementations compute for one picture.
pub(crate) struct Expected {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    columns: Vec<(String, String)>,
}

impl Expected {
    /// The value in the column of that name.
    pub(crate) fn get(&self, column: &str) -> &str {
        let found = self.columns.iter().find(|(name, _)| name == column);
        &found.unwrap_or_else(|| panic!("expected.tsv has no column {column}")).1
    }
}

/// The reference pictures with what must come out; empty where they are not present.
pub(crate) fn expected() -> Vec<Expected> {
    let Some(folder) = shared("pdq-reference") else { return Vec::new() };
    let table = std::fs::read_to_string(folder.join("expected.tsv")).expect("expected.tsv can be read");
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().expect("expected.tsv has a header").split('\t').collect();
    lines
        .map(|line| {
            let values = line.split('\t').map(str::to_owned);
            let columns: Vec<_> = names.iter().map(|&name| name.to_owned()).zip(values).collect();
            let name = columns.first().expect("the first column names the file").1.clone();
            Expected { path: folder.join(&name), name, columns }
        })
        .collect()
}
