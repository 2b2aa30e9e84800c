//! The program as a process of its own: how it starts and stops, what it writes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::Request;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Answer, drawn, hash, index, png, send, until};

/// A program that listens.
struct Program {
    child: Child,
    address: SocketAddr,
    log: std::path::PathBuf,
}

fn spawn(mut command: Command, log: &Path) -> Program {
    let file = fs::File::create(log).unwrap();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn().unwrap();
    let started = Instant::now();
    let address = loop {
        let text = fs::read_to_string(log).unwrap();
        let listening = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        if let Some(line) = listening.into_iter().find(|line| line["message"] == "listening") {
            break line["address"].as_str().unwrap().parse().unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(60), "it does not listen: {text}");
        std::thread::sleep(Duration::from_millis(10));
    };
    Program { child, address, log: log.to_owned() }
}

impl Program {
    fn start(log: &Path, words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_upload-service"));
        command.args(["--listen", "127.0.0.1:0"]).args(words);
        spawn(command, log)
    }

    async fn check(&self, body: Vec<u8>) -> Answer {
        send(self.address, Request::post("/v1/check").body(Full::new(body.into())).unwrap()).await
    }

    async fn ready(&self) -> Answer {
        send(self.address, Request::get("/readyz").body(Full::default()).unwrap()).await
    }

    /// Tells it to stop, and says with which code it ended and what it wrote.
    fn end(mut self) -> (Option<i32>, String) {
        self.signal();
        let code = self.child.wait().unwrap().code();
        (code, fs::read_to_string(&self.log).unwrap())
    }

    fn signal(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_signal_lets_what_is_under_way_end_and_nothing_begin() {
    let (directory, index) = index();
    let audit = directory.path().join("audit");
    let words = ["--index", &index, "--audit", audit.to_str().unwrap()];
    let program = Program::start(&directory.path().join("log"), &words);
    let body = png(&drawn(1));
    // Half of an upload has come when the signal does.
    let mut stream = TcpStream::connect(program.address).unwrap();
    write!(stream, "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
    let (first, rest) = body.split_at(body.len() / 2);
    stream.write_all(first).unwrap();
    let under_way = async || {
        let metrics = Request::get("/metrics").body(Full::default()).unwrap();
        send(program.address, metrics).await.text().contains("lookalike_uploads 1\n")
    };
    until("the upload is under way", under_way).await;
    program.signal();
    until("no connection is accepted", async || TcpStream::connect(program.address).is_err()).await;
    stream.write_all(rest).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    // It came in before the signal, and is checked, logged and answered; or it is refused: never lost.
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"outcome\":\"match\""), "{answer}");
    let (code, log) = program.end_without_signal();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("\"stopped\""), "{log}");
    let found = lookalike::audit::verify(audit.join("audit.jsonl"), None).unwrap();
    assert!(found.is_sound());
    let events = fs::read_to_string(audit.join("audit.jsonl")).unwrap();
    assert!(events.contains("\"event\":\"match\"") && events.contains("\"event\":\"counters\""), "{events}");
}

impl Program {
    fn end_without_signal(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, fs::read_to_string(&self.log).unwrap())
    }
}

#[tokio::test]
async fn logs_have_neither_hashes_nor_names_nor_contents() {
    let (directory, index) = index();
    let program = Program::start(&directory.path().join("log"), &["--index", &index, "--hma"]);
    let body = png(&drawn(1));
    let hex = hash(&body).to_string();
    assert_eq!(program.check(body).await.outcome(), "match");
    program.check(b"some words of a secret".to_vec()).await;
    let path = format!("/m/lookup?signal_type=pdq&signal={hex}");
    assert_eq!(send(program.address, Request::get(path).body(Full::default()).unwrap()).await.status, 200);
    let bad = Request::get("/m/lookup?signal_type=pdq&signal=abcdefabcdef").body(Full::default()).unwrap();
    assert_eq!(send(program.address, bad).await.status, 400);
    let (code, log) = program.end();
    assert_eq!(code, Some(0));
    assert!(log.contains("\"outcome\":\"match\"") && log.contains("\"lookup\":"), "{log}");
    for word in [hex.as_str(), &hex[..16], "secret", "abcdefabcdef", "distance"] {
        assert!(!log.contains(word), "{word} in {log}");
    }
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[tokio::test]
async fn a_match_that_cannot_be_logged_is_not_told() {
    let (directory, index) = index();
    let audit = directory.path().join("audit");
    // No file may grow beyond some KB: as a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_upload-service")]);
    command.args(["--listen", "127.0.0.1:0", "--index", &index, "--audit", audit.to_str().unwrap()]);
    // What it writes itself must not end there.
    let program = spawn(command, &directory.path().join("log"));
    let mut refused = None;
    for _ in 0..100 {
        let answer = program.check(png(&drawn(1))).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
        assert!(answer.json()["audit"].is_u64());
    }
    let refused = refused.expect("the limit is reached");
    assert_eq!((refused.status, refused.refusal().as_str()), (503, "not_logged"));
    assert!(refused.header("retry-after").is_some() && !refused.text().contains("hotline"), "{}", refused.text());
    let ready = program.ready().await;
    assert_eq!((ready.status, &ready.json()["problems"][0]["what"]), (503, &"audit".into()));
    // What needs no log is answered.
    assert_eq!(program.check(png(&drawn(3))).await.outcome(), "no_match");
    let logged = lookalike::audit::verify(audit.join("audit.jsonl"), None).unwrap();
    assert!(logged.is_sound());
    drop(program);
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_and_ends_with_two() {
    let run = |words: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_upload-service")).args(words).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, said) = run(&["--index", "/nowhere/lists.idx"]);
    assert_eq!(
        (code, said.trim()),
        (Some(2), "upload-service: cannot read the index /nowhere/lists.idx: no such file or directory")
    );
    let (_directory, index) = index();
    let (code, said) = run(&["--index", &index, "--listen", "192.0.2.1:1"]);
    assert!(code == Some(2) && said.contains("cannot listen at 192.0.2.1:1"), "{said}");
    assert_eq!(run(&["--listen", "127.0.0.1:0"]).0, Some(2));
    assert_eq!(run(&["--index", &index, "--timeout", "soon"]).0, Some(2));
}
