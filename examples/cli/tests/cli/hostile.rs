//! Directories that nobody would make on purpose, and runs that end early.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Done, command, demo_file, demo_index, peak_memory, run, run_with, shared};

/// What a scan may take, at most.
const MEMORY: u64 = 512 << 20;
const OUTCOMES: [&str; 8] =
    ["match", "no_match", "partly_checked", "low_quality", "unsupported", "corrupt", "over_limit", "unreadable"];

fn scan(directory: &Path) -> Done {
    let args = ["scan", "--format", "jsonl", "--index"].map(OsStr::new).map(OsStr::to_owned);
    run(args.into_iter().chain([demo_index().into(), directory.as_os_str().to_owned()]))
}

fn outcomes(done: &Done) -> BTreeMap<String, (String, String)> {
    let entry = |record: &serde_json::Value| {
        let text = |field: &str| record[field].as_str().unwrap_or("").to_owned();
        let name = text("path").rsplit('/').next().unwrap_or("").to_owned();
        (name, (text("outcome"), text("detail")))
    };
    done.records().iter().map(entry).collect()
}

fn files_below(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[test]
fn malformed_pictures_end_as_typed_outcomes_within_memory() {
    let Some(folder) = shared("malformed") else { return };
    let report = tempfile::NamedTempFile::new().unwrap();
    let report_name = report.path().to_str().unwrap();
    let index = demo_index();
    let args = ["scan", "--format", "jsonl", "--output", report_name, "--index", &index, folder.to_str().unwrap()];
    let mut child = command(args).stderr(Stdio::null()).spawn().unwrap();
    let peak = peak_memory(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let report = fs::read_to_string(report.path()).unwrap();
    let mut counts = BTreeMap::<_, u64>::new();
    for line in report.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let outcome = record["outcome"].as_str().unwrap().to_owned();
        assert!(OUTCOMES.contains(&&*outcome), "{line}");
        assert!(!line.contains("please report it"), "a panic of ours: {line}");
        *counts.entry(outcome).or_default() += 1;
    }
    assert_eq!(report.lines().count(), files_below(&folder));
    println!("outcomes {counts:?}, peak memory {:?} MiB", peak.map(|peak| peak >> 20));
    assert!(peak.is_none_or(|peak| peak < MEMORY), "{peak:?}");
}

#[test]
fn bombs_on_all_threads_stay_within_memory() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: String| directory.path().join(name);
    // 64 megapixels in some hundred KB: 192 MB of pixels each.
    image::RgbImage::new(8000, 8000).save(at("0.png".into())).unwrap();
    for name in 1..4 {
        fs::hard_link(at("0.png".into()), at(format!("{name}.png"))).unwrap();
    }
    // 30 megapixels each, of which the file system stores next to nothing: 90 MB of file and as much of pixels.
    for name in 0..4 {
        let mut file = fs::File::create(at(format!("{name}.bmp"))).unwrap();
        file.write_all(&bitmap_header(10_000, 3_000)).unwrap();
        file.set_len(54 + 10_000 * 3_000 * 3).unwrap();
    }
    let index = demo_index();
    let args = ["scan", "--jobs", "8", "--format", "jsonl", "--index", &index, directory.path().to_str().unwrap()];
    let mut child = command(args).stderr(Stdio::null()).spawn().unwrap();
    let peak = peak_memory(&mut child);
    let done: Done = child.wait_with_output().unwrap().into();
    assert_eq!((done.code, done.records().len()), (3, 8));
    for record in done.records() {
        assert_eq!(record["outcome"], "low_quality", "{record}");
    }
    println!("peak memory {:?} MiB", peak.map(|peak| peak >> 20));
    assert!(peak.is_none_or(|peak| peak < MEMORY), "{peak:?}");
}

fn bitmap_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"BM".to_vec();
    for word in [54 + 3 * width * height, 0, 54, 40, width, height, 1 | 24 << 16, 0, 0, 0, 0, 0, 0] {
        header.extend(word.to_le_bytes());
    }
    header
}

#[test]
fn a_huge_file_is_refused_unread() {
    let directory = tempfile::tempdir().unwrap();
    for (name, head) in [("huge.png", &b"\x89PNG\r\n\x1a\n"[..]), ("huge.mp4", b"\0\0\0\x18ftypmp42")] {
        let mut file = fs::File::create(directory.path().join(name)).unwrap();
        file.write_all(head).unwrap();
        file.set_len(4 << 30).unwrap();
    }
    let started = Instant::now();
    let done = scan(directory.path());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let found = outcomes(&done);
    assert_eq!((done.code, &*found["huge.png"].0, &*found["huge.mp4"].0), (3, "over_limit", "unsupported"));
}

#[test]
fn where_there_is_nothing_to_check_nothing_is_clean() {
    let directory = tempfile::tempdir().unwrap();
    let done = scan(directory.path());
    assert_eq!((done.code, &*done.out), (3, ""));
    assert!(done.err.contains("there was no file to check"), "{}", done.err);
}

#[cfg(unix)]
#[test]
fn special_files_and_links_are_reported_and_never_opened() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let (tree, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| tree.path().join(name);
    let made = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
    assert!(made.success());
    let _socket = UnixListener::bind(at("socket")).unwrap();
    let picture = demo_file("media/unrelated/hills-1.jpg");
    fs::copy(&picture, at("picture.jpg")).unwrap();
    fs::copy(&picture, elsewhere.path().join("out.jpg")).unwrap();
    symlink(at("picture.jpg"), at("inside")).unwrap();
    symlink(tree.path(), at("loop")).unwrap();
    symlink(elsewhere.path(), at("out")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();

    let done = scan(tree.path());
    let found = outcomes(&done);
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(found["picture.jpg"].0, "no_match");
    for (name, words) in [("fifo", "FIFO"), ("socket", "socket"), ("out", "leads out"), ("zero", "leads out")] {
        assert_eq!(found[name].0, "unreadable");
        assert!(found[name].1.contains(words), "{name}: {}", found[name].1);
    }
    assert!(done.err.contains("Did not follow 2 symbolic links"), "{}", done.err);
    assert!(done.err.contains("Passed over 2 symbolic links"), "{}", done.err);

    // Named, a link is followed, and a device is still not read.
    let named = run(["scan", "--index", &demo_index(), "--verbose", at("out").to_str().unwrap(), "/dev/zero"]);
    assert_eq!(named.code, 3);
    assert!(named.out.contains("out.jpg") && named.out.contains("/dev/zero: a device is not read"), "{}", named.out);
    let hash = run(["hash", at("fifo").to_str().unwrap()]);
    assert_eq!((hash.code, &*hash.out), (3, ""));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_or_steer_a_terminal_are_kept() {
    use std::os::unix::ffi::OsStrExt as _;
    let directory = tempfile::tempdir().unwrap();
    let picture = demo_file("media/altered/town-blurred.jpg");
    let names: [&[u8]; 3] = [b"bad-\xff\xfe.jpg", b"line\nbreak.jpg", "\x1b[2J\u{202e}gpj.jpg".as_bytes()];
    for name in names {
        fs::copy(&picture, directory.path().join(OsStr::from_bytes(name))).unwrap();
    }
    let done = scan(directory.path());
    let records = done.records();
    assert_eq!((done.code, records.len()), (1, 3));
    let bytes: Vec<_> = records.iter().filter_map(|record| record["path_bytes"].as_str()).collect();
    assert_eq!(bytes.len(), 1);
    assert!(bytes[0].ends_with("6261642dfffe2e6a7067"), "{}", bytes[0]);
    assert!(records.iter().any(|record| record["path"].as_str().unwrap().ends_with("line\nbreak.jpg")));

    let text =
        run([OsStr::new("scan"), OsStr::new("--index"), OsStr::new(&demo_index()), directory.path().as_os_str()]);
    assert_eq!(text.out.lines().count(), 3, "{}", text.out);
    assert!(text.out.contains("bad-\\xff\\xfe.jpg") && text.out.contains("line\\x0abreak.jpg"), "{}", text.out);
    assert!(!text.out.contains(['\x1b', '\u{202e}']) && text.out.contains("\\x1b[2J\\u{202e}gpj"), "{}", text.out);

    // The same names through standard input.
    let mut input = Vec::new();
    for name in names {
        input.extend([directory.path().as_os_str().as_bytes(), b"/", name, b"\0"].concat());
    }
    let done = run_with(["scan", "--index", &demo_index(), "-0", "-"], &input);
    assert_eq!((done.code, done.out.lines().count()), (1, 3), "{}{}", done.out, done.err);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let (file, folder) = (directory.path().join("file.jpg"), directory.path().join("folder"));
    fs::copy(demo_file("media/unrelated/hills-1.jpg"), &file).unwrap();
    fs::create_dir(&folder).unwrap();
    let lock = |mode| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    };
    lock(0o000);
    if fs::File::open(&file).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let done = scan(directory.path());
    lock(0o700);
    let found = outcomes(&done);
    assert_eq!(done.code, 3, "{}", done.err);
    for name in ["file.jpg", "folder"] {
        assert_eq!(found[name], ("unreadable".to_owned(), "permission denied".to_owned()), "{name}");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_scan_quietly() {
    let media = demo_file("media");
    let many = vec![&*media; 200];
    let index = demo_index();
    let args = ["scan", "--format", "jsonl", "--index", &index].into_iter().chain(many);
    let mut child = command(args).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let code = child.wait().unwrap().code();
    assert!(line.starts_with('{') && err.is_empty(), "{err}");
    assert!(matches!(code, Some(1 | 3)), "{code:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let index = demo_index();
    let done = run(["scan", "--index", &index, "--format", "jsonl", "--output", "/dev/full", &demo_file("media")]);
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(done.err.contains("cannot write to /dev/full: no space left"), "{}", done.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_the_summary_so_far() {
    let directory = tempfile::tempdir().unwrap();
    for name in 0..4000 {
        fs::hard_link(demo_file("media/unrelated/town-1.jpg"), directory.path().join(format!("{name}.jpg"))).unwrap();
    }
    let index = demo_index();
    let args = ["scan", "--format", "jsonl", "--index", &index, directory.path().to_str().unwrap()];
    let mut child = command(args).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut out = String::new();
    reader.read_line(&mut out).unwrap();
    crate::support::interrupt(&child);
    let stopping = Instant::now();
    reader.read_to_string(&mut out).unwrap();
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{err}");
    assert!(stopping.elapsed() < Duration::from_secs(10), "{:?}", stopping.elapsed());
    assert!(err.contains("Interrupted") && err.contains("NOT CHECKED: everything that was not reached"), "{err}");
    let records = out.lines().inspect(|line| assert!(serde_json::from_str::<serde_json::Value>(line).is_ok())).count();
    assert!((1..4000).contains(&records), "{records}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_hash_that_waits_for_its_picture() {
    let mut child = command(["hash", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    crate::support::interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    drop(stdin);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_scan_that_waits_for_names() {
    let index = demo_index();
    let mut child = command(["scan", "--index", &index, "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", demo_file("media/altered/hills-blurred.jpg")).unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("MATCH"), "results are not held back while nothing happens: {line}");
    crate::support::interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(1), "something matched before");
    drop(stdin);
}
