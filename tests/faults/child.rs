//! This test program started again, for one test that may not end well.

use std::fmt::Display;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

const TASK: &str = "LOOKALIKE_FAULT";

/// What a child is to do; none where a test was not started as one, and does nothing.
pub(crate) fn task() -> Option<Vec<String>> {
    env::var(TASK).ok().map(|task| task.split('|').map(str::to_owned).collect())
}

/// A child that runs one test.
pub(crate) fn child(test: &str, task: &[&str]) -> Command {
    below(Command::new(env::current_exe().unwrap()), test, task)
}

/// The same in a shell that does something first: `ulimit -f 8;`.
pub(crate) fn in_shell(first: &str, test: &str, task: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{first} exec \"$0\" \"$@\"")]).arg(env::current_exe().unwrap());
    below(shell, test, task)
}

/// The same where it may mount what nobody else sees, and what is gone when it has ended; none, said aloud, where that is not allowed.
pub(crate) fn with_mounts(first: &str, test: &str, task: &[&str]) -> Option<Command> {
    let ways = [&["--mount"][..], &["--user", "--map-root-user", "--mount"]];
    let works = |way: &&&[&str]| {
        let tried = Command::new("unshare").args(**way).args(["sh", "-c", "mount -t tmpfs none /tmp"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        println!("SKIPPED: nothing may be mounted here, not even in a namespace of its own");
        return None;
    };
    let mut unshared = Command::new("unshare");
    unshared.args(*way).args(["sh", "-c", &format!("{first} exec \"$0\" \"$@\"")]).arg(env::current_exe().unwrap());
    Some(below(unshared, test, task))
}

/// The same as a user without rights; none, said aloud, where that cannot be.
pub(crate) fn as_nobody(test: &str, task: &[&str]) -> Option<Command> {
    const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let program = env::current_exe().unwrap();
    let can_run = Command::new("setpriv").args(NOBODY).arg(&program).arg("--list").output();
    if !can_run.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: this program cannot be run by nobody");
        return None;
    }
    let mut command = Command::new("setpriv");
    command.args(NOBODY).arg(program);
    Some(below(command, test, task))
}

fn below(mut command: Command, test: &str, task: &[&str]) -> Command {
    command.args(["--exact", test, "--nocapture", "--include-ignored"]).env(TASK, task.join("|"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Tells the parent.
pub(crate) fn tell(what: impl Display) {
    // in one piece: the test program prints, too
    let line = format!("\ntold {what}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// How a child ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Well, and told these lines.
    Well(Vec<String>),
    /// By this signal, with these words.
    Killed(i32, String),
}

/// Runs a child. A panic in it, or any other ending, is one of the test's.
pub(crate) fn run(mut command: Command) -> Ended {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // of a shell, 128 and the signal
    let signal =
        output.status.signal().or_else(|| output.status.code().filter(|code| *code > 128).map(|code| code - 128));
    if let Some(signal) = signal {
        return Ended::Killed(signal, err.into_owned());
    }
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    let told: Vec<_> = out.lines().filter_map(|line| line.strip_prefix("told ")).map(str::to_owned).collect();
    assert!(!told.is_empty(), "{command:?} told nothing:\n{out}{err}");
    Ended::Well(told)
}

/// Runs a child that is to end well; returns what it told.
pub(crate) fn run_well(command: Command) -> Vec<String> {
    match run(command) {
        Ended::Well(told) => told,
        Ended::Killed(signal, err) => panic!("killed by signal {signal}\n{err}"),
    }
}

/// A directory where bringing files to the disk takes no time, if there is one.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if fs::metadata(memory).is_ok_and(|there| there.is_dir()) {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}
