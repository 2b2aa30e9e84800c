//! Runs the binary, and finds the data that lies outside the repository.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// How a run of the binary ended.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The records of a JSONL output.
    pub(crate) fn records(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, with all its streams piped.
pub(crate) fn command<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lookalike"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the binary to its end.
pub(crate) fn run<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Done {
    command(args).output().unwrap().into()
}

/// Runs the binary with something on standard input.
pub(crate) fn run_with<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>, input: &[u8]) -> Done {
    let mut child = command(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output.into()
}

/// A folder of `../shared`, or a word on why a test that needs it does nothing.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join(folder);
    if path.is_dir() {
        return Some(fs::canonicalize(path).unwrap());
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// What `expected.tsv` says of one picture.
pub(crate) struct Reference {
    pub(crate) file: String,
    pub(crate) pdq: String,
    pub(crate) quality: u8,
    pub(crate) pdq512: String,
    pub(crate) quality512: u8,
    pub(crate) dihedral: Vec<String>,
}

impl Reference {
    pub(crate) fn is_png(&self) -> bool {
        Path::new(&self.file).extension() == Some(OsStr::new("png"))
    }
}

/// The rows of `expected.tsv`.
pub(crate) fn references(folder: &Path) -> Vec<Reference> {
    let table = fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut lines = table.lines();
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let rows = lines.map(|line| {
        let cells: Vec<_> = line.split('\t').collect();
        let cell = |name| cells[at(name)].to_owned();
        Reference {
            file: cell("file"),
            pdq: cell("pdq"),
            quality: cell("quality").parse().unwrap(),
            pdq512: cell("pdq512"),
            quality512: cell("quality512").parse().unwrap(),
            dihedral: cell("dihedral").split(',').map(str::to_owned).collect(),
        }
    });
    rows.collect()
}

/// The bits in which two hashes in hexadecimal differ.
pub(crate) fn distance(a: &str, b: &str) -> u32 {
    assert_eq!(a.len(), b.len());
    let digit = |letter: char| letter.to_digit(16).unwrap();
    a.chars().zip(b.chars()).map(|(a, b)| (digit(a) ^ digit(b)).count_ones()).sum()
}

/// A directory made by `lookalike demo`, once for all tests: pictures, a list, an index. Nobody writes into it.
pub(crate) fn demo() -> &'static Path {
    static DEMO: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = DEMO.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let done = run([OsStr::new("demo"), directory.path().as_os_str()]);
        assert_eq!(done.code, 0, "{}", done.err);
        directory
    });
    directory.path()
}

/// A file of the demo, as text.
pub(crate) fn demo_file(name: &str) -> String {
    demo().join(name).to_str().unwrap().to_owned()
}

/// The demo's index.
pub(crate) fn demo_index() -> String {
    demo_file("known.idx")
}

/// Builds an index of the given hashes in a directory.
pub(crate) fn index_of(directory: &Path, hashes: &[&str]) -> String {
    index_under("pdq", directory, hashes)
}

/// Builds an index of the given hashes of a profile in a directory.
pub(crate) fn index_under(profile: &str, directory: &Path, hashes: &[&str]) -> String {
    let (list, index) = (directory.join("known.txt"), directory.join("known.idx"));
    fs::write(&list, hashes.join("\n")).unwrap();
    // hashes that are drawn have not the bits of PDQ
    let kind = if profile == "pdq" { ",kind=pdq" } else { "" };
    let list = format!("{}{kind}", list.to_str().unwrap());
    let done = run(["index", "build", "--force", "--profile", profile, "--output"]
        .map(OsStr::new)
        .into_iter()
        .chain([index.as_os_str(), OsStr::new(&list)]));
    assert_eq!(done.code, 0, "{}", done.err);
    index.to_str().unwrap().to_owned()
}

/// Sends the signal of Ctrl-C.
#[cfg(unix)]
pub(crate) fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits for a child and watches the most memory it ever had, in bytes, where the system tells (Linux).
pub(crate) fn peak_memory(child: &mut Child) -> Option<u64> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        let now = fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        });
        peak = peak.max(now);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    peak.map(|kib| kib << 10)
}
