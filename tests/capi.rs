//! The C interface: a C program against header and library, plain, under valgrind and under sanitizers; the examples in C, Go and Python.
//!
//! `.ci/capi` builds the library, and names the folder in which it lies by `LOOKALIKE_CAPI`; without that the tests say that they are skipped.

#![cfg(all(feature = "capi", unix))]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use decode_support::{SIDE, png_of_shapes as png, shapes};
use lookalike::check::Disclosure;
use lookalike::decode::{self, Limits};
use lookalike::hash::{Bits256, PdqProfile, Profile};
use lookalike::index::{Builder, Source};
use lookalike::store::{Contents, Writer};
use lookalike::{Checker, Lists};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folder of the built library, or nothing, said aloud.
fn library() -> Option<PathBuf> {
    let found = std::env::var_os("LOOKALIKE_CAPI").map(PathBuf::from);
    if found.is_none() {
        eprintln!("skipped: LOOKALIKE_CAPI names no built library; .ci/capi does");
    }
    found
}

/// Whether a program is there, said aloud if not.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg(if program == "go" { "version" } else { "--version" }).output().is_ok();
    if !found {
        eprintln!("skipped: there is no {program}");
    }
    found
}

/// A JPEG of the pixels, enlarged, since small ones are decoded at once.
fn jpeg(pixels: &[u8]) -> Vec<u8> {
    const SCALE: u32 = 8;
    let side = SIDE * SCALE;
    let enlarged: Vec<u8> =
        (0..side * side).map(|at| pixels[(at / side / SCALE * SIDE + at % side / SCALE) as usize]).collect();
    let (mut file, side) = (Vec::new(), u16::try_from(side).unwrap());
    jpeg_encoder::Encoder::new(&mut file, 90).encode(&enlarged, side, side, jpeg_encoder::ColorType::Luma).unwrap();
    file
}

/// A picture upside down, and mirrored.
fn turned(pixels: &[u8]) -> Vec<u8> {
    pixels.iter().rev().copied().collect()
}

/// Files for the programs.
struct Files {
    directory: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self { directory: tempfile::tempdir().unwrap() };
        let (listed, unlisted) = (shapes(1), shapes(2));
        let hash = decode::pdq(&png(&listed), &Limits::default(), PdqProfile::FullResolution).unwrap().pdq().hash;
        // a pattern with none of the symmetries of turned hashes
        let far = Bits256::from_bytes(std::array::from_fn(|at| hash.as_bytes()[at] ^ [0x1b, 0xe4, 0x2d][at % 3]));
        fs::write(files.path("listed.png"), png(&listed)).unwrap();
        fs::write(files.path("unlisted.png"), png(&unlisted)).unwrap();
        let broken = png(&listed);
        fs::write(files.path("broken.png"), &broken[..broken.len() / 2]).unwrap();
        fs::write(files.path("photo.jpg"), jpeg(&shapes(3))).unwrap();
        fs::write(files.path("turned.jpg"), jpeg(&turned(&listed))).unwrap();
        fs::write(files.path("text.txt"), "no picture").unwrap();
        fs::write(files.path("pixels"), &listed).unwrap();

        let entry = |id| Source { list: "hotline", id, ..Source::default() };
        let mut builder = Builder::new(Profile::Pdq).unwrap();
        builder.add(hash, entry("7")).unwrap();
        builder.add(far, entry("8")).unwrap();
        fs::write(files.path("list.idx"), builder.finish().unwrap()).unwrap();
        let mut writer = Writer::<32>::init(files.path("store"), Profile::Pdq).unwrap();
        let mut contents = Contents::new(Profile::Pdq).unwrap();
        contents.add(Some(hash), &[], entry("7"), None).unwrap();
        writer.publish(contents).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What the test program is called with.
    fn arguments(&self) -> Vec<PathBuf> {
        let names = ["list.idx", "store", "listed.png", "unlisted.png", "broken.png", "photo.jpg", "pixels"];
        let side = PathBuf::from(SIDE.to_string());
        names.iter().map(|name| self.path(name)).chain([side.clone(), side]).collect()
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    if !output.status.success() {
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        eprintln!("{command:?}: {}\n{out}{error}", output.status);
    }
    output
}

/// Compiles a C file against header and library.
fn compile(library: &Path, source: &str, output: &Path, flags: &[&str]) {
    compile_with(library, "lookalike", source, output, flags);
}

/// The same against the library of this name.
fn compile_with(library: &Path, name: &str, source: &str, output: &Path, flags: &[&str]) {
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-O1"]).args(flags);
    cc.arg("-I").arg(Path::new(ROOT).join("include")).arg(Path::new(ROOT).join(source)).arg("-o").arg(output);
    cc.arg("-L").arg(library).arg(format!("-l{name}")).args(["-lpthread", "-lm"]);
    cc.arg(format!("-Wl,-rpath,{}", library.display()));
    assert!(run(&mut cc).status.success(), "{source} does not compile");
}

fn test_with(name: &str, flags: &[&str], wrapper: &[&str], environment: &[(&str, &str)]) {
    let Some(library) = library().filter(|_| has("cc") && wrapper.first().is_none_or(|program| has(program))) else {
        return;
    };
    let files = Files::new();
    let program = files.path(name);
    compile(&library, "tests/capi/test.c", &program, flags);
    let mut command = match wrapper {
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(&program);
            command
        }
        [] => Command::new(&program),
    };
    let output = run(command.args(files.arguments()).envs(environment.iter().copied()));
    assert!(output.status.success(), "{name} failed");
    let printed = String::from_utf8(output.stdout).unwrap();
    let passed: u32 = printed.trim().strip_prefix("passed ").unwrap().parse().unwrap();
    assert!(passed >= 610, "{passed} checks are fewer than there are");
}

/// Compares the reports that the program prints with those of the library, byte by byte.
fn compare_reports(program: &mut Command, files: &Files) {
    let names = ["listed.png", "unlisted.png", "broken.png", "photo.jpg", "turned.jpg", "text.txt"];
    for lists in ["list.idx", "store"] {
        let mut command = Command::new(program.get_program());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.arg("json").arg(files.path(lists)).args(names.map(|name| files.path(name)));
        let printed = String::from_utf8(run(&mut command).stdout).unwrap();
        let checker = Checker::new(Lists::open(files.path(lists)).unwrap()).unwrap();
        let expected = names.map(|name| {
            let report = checker.check(&fs::read(files.path(name)).unwrap()).unwrap();
            serde_json::to_string(&report.json(Disclosure::Everything)).unwrap()
        });
        // Each by its bytes, and by its path.
        let expected: Vec<_> = expected.iter().flat_map(|json| [json, json]).collect();
        assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{lists}");
    }
}

#[test]
fn reports_are_those_of_the_library() {
    let Some(library) = library().filter(|_| has("cc")) else { return };
    let files = Files::new();
    compile(&library, "tests/capi/test.c", &files.path("reports"), &[]);
    compare_reports(&mut Command::new(files.path("reports")), &files);
}

#[test]
fn workers_make_the_same_reports() {
    let Some(library) = library().filter(|_| has("cc")) else { return };
    let worker = library.join("lookalike-decode-worker");
    if !library.join("libdecode_worker.so").exists() || !worker.exists() {
        eprintln!("skipped: libdecode_worker.so and lookalike-decode-worker are not built; .ci/capi does");
        return;
    }
    let files = Files::new();
    let include = format!("-I{ROOT}/examples/decode_worker/include");
    let flags = ["-DWORKERS", &include];
    compile_with(&library, "decode_worker", "tests/capi/test.c", &files.path("reports"), &flags);
    compare_reports(Command::new(files.path("reports")).env("LOOKALIKE_WORKER", worker), &files);
}

#[test]
fn a_c_program_finds_what_is_promised() {
    test_with("plain", &[], &[], &[]);
}

#[test]
fn valgrind_finds_nothing() {
    let wrapper = ["valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible"];
    test_with("valgrind", &[], &[&wrapper[..], &["--error-exitcode=9"]].concat(), &[]);
}

#[test]
fn sanitizers_find_nothing() {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    test_with("sanitized", &flags, &[], &[("ASAN_OPTIONS", "detect_leaks=1")]);
}

#[test]
fn the_header_is_one_of_cpp_too() {
    if library().is_some() && has("c++") {
        let mut cpp = Command::new("c++");
        cpp.args(["-std=c++11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-x", "c++"]);
        assert!(run(cpp.arg(Path::new(ROOT).join("include/lookalike.h"))).status.success());
    }
}

/// Runs an example on the listed, the unlisted and the broken picture, and on one that is not there.
fn example(command: &mut Command, files: &Files) {
    let lines = |output: &Output| {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        text.replace(&format!("{}/", files.directory.path().display()), "")
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let program = command.get_program().to_owned();
    let fixed: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let variables: Vec<_> =
        command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let check = |names: &[&str]| {
        let mut command = Command::new(&program);
        command.args(&fixed).envs(variables.iter().cloned()).args(names.iter().map(|name| files.path(name)));
        command.output().unwrap()
    };
    let all = check(&["list.idx", "listed.png", "unlisted.png", "broken.png", "nowhere.png"]);
    assert_eq!(
        lines(&all),
        [
            "listed.png: match",
            "  hotline 7, 0 bits, original",
            "unlisted.png: no_match",
            "broken.png: corrupt",
            "nowhere.png: unreadable"
        ],
        "{}",
        String::from_utf8_lossy(&all.stderr)
    );
    assert_eq!(all.status.code(), Some(1));
    assert_eq!(check(&["list.idx", "unlisted.png"]).status.code(), Some(0));
    assert_eq!(check(&["list.idx", "unlisted.png", "broken.png"]).status.code(), Some(3));
    let refused = check(&["broken.png", "unlisted.png"]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not an index"), "says why");
}

#[test]
fn the_example_in_c_says_what_became_of_each_picture() {
    let Some(library) = library().filter(|_| has("cc")) else { return };
    let files = Files::new();
    compile(&library, "examples/capi/c/check.c", &files.path("check"), &[]);
    example(&mut Command::new(files.path("check")), &files);
}

#[test]
fn the_example_in_go_says_what_became_of_each_picture() {
    let Some(library) = library().filter(|_| has("go")) else { return };
    let files = Files::new();
    let (include, lib) = (Path::new(ROOT).join("include"), library.display().to_string());
    let mut go = Command::new("go");
    go.current_dir(Path::new(ROOT).join("examples/capi/go")).args(["build", "-buildvcs=false", "-o"]);
    go.arg(files.path("check")).env("GOFLAGS", "-mod=mod").env("GOCACHE", files.path("cache"));
    go.env("CGO_CFLAGS", format!("-I{}", include.display()));
    go.env("CGO_LDFLAGS", format!("-L{lib} -llookalike -Wl,-rpath,{lib}"));
    assert!(run(&mut go).status.success());
    example(&mut Command::new(files.path("check")), &files);
}

#[test]
fn the_example_in_python_says_what_became_of_each_picture() {
    let Some(library) = library().filter(|_| has("python3")) else { return };
    if !Command::new("python3").args(["-c", "import cffi"]).output().unwrap().status.success() {
        eprintln!("skipped: python3 has no cffi");
        return;
    }
    let files = Files::new();
    let mut python = Command::new("python3");
    python.arg(Path::new(ROOT).join("examples/capi/python/check.py"));
    example(python.env("LOOKALIKE_LIBRARY", library.join("liblookalike.so")), &files);
}

#[test]
fn exported_symbols_are_those_that_are_listed() {
    let Some(library) = library().filter(|_| has("nm")) else { return };
    let exported = |library: &Path| {
        let output = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library));
        let lines = String::from_utf8(output.stdout).unwrap();
        let names = lines.lines().filter_map(|line| line.split_whitespace().last()?.split('@').next());
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort();
        names
    };
    let listed = fs::read_to_string(Path::new(ROOT).join("tests/capi/symbols.txt")).unwrap();
    let listed: Vec<_> = listed.lines().filter(|line| !line.starts_with('#')).collect();
    let names: Vec<_> = listed.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(exported(&library.join("liblookalike.so")), names);
    let with_workers = library.join("libdecode_worker.so");
    if with_workers.exists() {
        let mut all = names.clone();
        all.push("lookalike_workers_enable".to_owned());
        all.sort();
        assert_eq!(exported(&with_workers), all);
    }
    let since = listed.iter().map(|line| line.split(' ').nth(1).unwrap().parse::<u32>().unwrap());
    let header = fs::read_to_string(Path::new(ROOT).join("include/lookalike.h")).unwrap();
    let version = format!("#define LOOKALIKE_ABI_VERSION {}", since.max().unwrap());
    assert!(header.lines().any(|line| line == version), "a new function raises the version");
    for name in names {
        assert!(header.contains(&format!("{name}(")), "{name} is declared");
    }
}
