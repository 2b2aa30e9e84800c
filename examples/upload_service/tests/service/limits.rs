//! Bodies that are too long, too slow or endless; too many uploads and connections; a check that panics.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use lookalike::check::{Decoder, InProcess, NotDecoded};
use lookalike::decode::{Limits, Visitor};
use lookalike::hash::PdqProfile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{drawn, index, png, start, start_with, until};

/// Sends bytes as they are, and reads all that comes until the connection is closed, or for a while.
async fn raw(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_however_it_comes() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--max-body", "100000"]).await;
    // By what it announces: nothing of it is read.
    let head = "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 100001\r\n\r\n";
    assert!(raw(service.address, head.as_bytes()).await.starts_with("HTTP/1.1 413"));
    // In pieces, without an end.
    let (mut reading, mut writing) = TcpStream::connect(service.address).await.unwrap().into_split();
    let endless = tokio::spawn(async move {
        writing.write_all(b"POST /v1/check HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        let piece = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
        while writing.write_all(&piece).await.is_ok() {}
    });
    let mut answer = [0; 12];
    reading.read_exact(&mut answer).await.unwrap();
    endless.await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    let answer = service.form("/v1/check", "photo", &[0; 100_000]).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (413, "too_large"));
    assert_eq!(service.check(vec![0; 100_000]).await.outcome(), "unsupported");
    assert_eq!(service.metric("lookalike_refused_total{reason=\"too_large\"}").await, 3.0);
    service.stop().await;
}

#[tokio::test]
async fn a_slow_body_is_refused_and_a_slow_head_is_cut_off() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--body-timeout", "0.3", "--header-timeout", "0.3"]).await;
    let answer = raw(service.address, b"POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nsome").await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"checked\":false"), "{answer}");
    let form = "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 999\r\n\r\n--b\r\n";
    assert!(raw(service.address, form.as_bytes()).await.starts_with("HTTP/1.1 408"));
    // The connection ends, and nothing else does.
    raw(service.address, b"POST /v1/check HTT").await;
    raw(service.address, b"").await;
    assert!(
        raw(service.address, b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").await.ends_with("OK"),
        "and is closed when idle"
    );
    assert_eq!(service.check(png(&drawn(3))).await.outcome(), "no_match");
    assert_eq!(service.metric("lookalike_uploads").await, 0.0);
    service.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_checked() {
    let (_directory, index) = index();
    let service = start(&["--index", &index]).await;
    let head = b"POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nsome";
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    stream.write_all(head).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(!answer.contains("200 OK"), "{answer}");
    for outcome in ["no_match", "unsupported", "corrupt"] {
        assert_eq!(service.metric(&format!("lookalike_checks_total{{outcome=\"{outcome}\"}}")).await, 0.0);
    }
    assert_eq!(service.metric("lookalike_uploads").await, 0.0);
    service.stop().await;
}

#[tokio::test]
async fn forms_without_one_file_are_refused() {
    let (_directory, index) = index();
    let service = start(&["--index", &index]).await;
    let picture = png(&drawn(3));
    let two = service.fields("/v1/check", &[("photo", &picture), ("file", &picture)]).await;
    assert_eq!((two.status, two.refusal().as_str()), (400, "bad_form"));
    let other = service.form("/v1/check", "video", &picture).await;
    assert_eq!((other.status, other.refusal().as_str()), (400, "bad_form"));
    // Fields beside the file are passed over.
    let beside = service.fields("/v1/check", &[("user", b"17"), ("photo", &picture), ("note", b"x")]).await;
    assert_eq!(beside.outcome(), "no_match");
    for body in ["--b\r\nnonsense", "", "--b\r\ncontent-disposition: form-data; name=\"photo\"\r\n\r\nno end"] {
        let request = hyper::Request::post("/v1/check").header("content-type", "multipart/form-data; boundary=b");
        let request = request.body(http_body_util::Full::new(body.into())).unwrap();
        let answer = crate::support::send(service.address, request).await;
        assert_eq!((answer.status, answer.refusal().as_str()), (400, "bad_form"), "{body}");
    }
    let request = hyper::Request::post("/v1/check").header("content-type", "multipart/form-data");
    let request = request.body(http_body_util::Full::new("x".into())).unwrap();
    assert_eq!(crate::support::send(service.address, request).await.refusal(), "bad_form");
    assert_eq!(service.get("/v1/check").await.status, 405);
    assert_eq!(service.get("/nothing").await.status, 404);
    service.stop().await;
}

/// Decodes when it is let.
#[derive(Debug)]
struct Gate {
    inner: InProcess,
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self { inner: InProcess::new(Limits::default()), is_open: Mutex::new(false), opened: Condvar::new() })
    }

    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl Decoder for Gate {
    fn limits(&self) -> &Limits {
        self.inner.limits()
    }

    fn views(&self, bytes: &[u8], page: u32, profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<(), NotDecoded> {
        drop(self.opened.wait_while(self.is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
        self.inner.views(bytes, page, profile, visitor)
    }
}

#[tokio::test]
async fn what_is_too_much_is_refused_at_once_and_the_rest_is_answered() {
    let (_directory, index) = index();
    let gate = Gate::new();
    let service = start_with(&["--index", &index, "--jobs", "1", "--queue", "1"], gate.clone()).await;
    let service = Arc::new(service);
    let upload = || {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.check(png(&drawn(1))).await.outcome() })
    };
    let (first, second) = (upload(), upload());
    until("two uploads are under way", async || service.metric("lookalike_uploads").await == 2.0).await;
    let answer = service.check(png(&drawn(1))).await;
    assert_eq!(
        (answer.status, answer.refusal().as_str(), answer.header("retry-after")),
        (503, "queue_full", Some("1"))
    );
    until("one waits", async || service.metric("lookalike_queued").await == 1.0).await;
    assert_eq!(service.metric("lookalike_running").await, 1.0);
    gate.open();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), ("match".to_owned(), "match".to_owned()));
    assert_eq!(service.metric("lookalike_queued").await, 0.0);
    Arc::into_inner(service).unwrap().stop().await;
}

#[tokio::test]
async fn bodies_have_a_memory_in_common() {
    let (_directory, index) = index();
    let gate = Gate::new();
    let words = ["--index", &index, "--max-body", "1000000", "--body-memory", "1500000"];
    let service = Arc::new(start_with(&words, gate.clone()).await);
    let first = {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.check(vec![0; 1_000_000]).await.outcome() })
    };
    until("the first is under way", async || service.metric("lookalike_uploads").await == 1.0).await;
    let answer = service.check(vec![0; 1_000_000]).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (503, "memory_full"));
    gate.open();
    assert_eq!(service.check("short").await.outcome(), "unsupported");
    assert_eq!(first.await.unwrap(), "unsupported");
    until("all is given back", async || service.metric("lookalike_body_bytes").await == 0.0).await;
    Arc::into_inner(service).unwrap().stop().await;
}

#[tokio::test]
async fn a_check_that_takes_too_long_is_over_a_limit_and_one_that_waits_too_long_is_refused() {
    let (_directory, index) = index();
    let gate = Gate::new();
    let service = start_with(&["--index", &index, "--jobs", "1", "--timeout", "0.3"], gate.clone()).await;
    let answer = service.check(png(&drawn(1))).await;
    assert_eq!(answer.outcome(), "over_limit");
    assert!(answer.json()["detail"].as_str().unwrap().contains("300 ms"), "{}", answer.text());
    assert_eq!(service.metric("lookalike_late_total").await, 1.0);
    // Its thread is busy still.
    let answer = service.check(png(&drawn(1))).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (503, "overloaded"));
    gate.open();
    until("the thread is free", async || service.metric("lookalike_running").await == 0.0).await;
    assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    service.stop().await;
}

/// Panics at files that begin with `panic`.
#[derive(Debug)]
struct Panicking(InProcess);

impl Decoder for Panicking {
    fn limits(&self) -> &Limits {
        self.0.limits()
    }

    fn views(&self, bytes: &[u8], page: u32, profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<(), NotDecoded> {
        assert!(!bytes.starts_with(b"panic"), "a defect of a decoder");
        self.0.views(bytes, page, profile, visitor)
    }
}

#[tokio::test]
async fn a_panic_is_one_uploads_outcome() {
    let (_directory, index) = index();
    let decoder = Arc::new(Panicking(InProcess::new(Limits::default())));
    let service = start_with(&["--index", &index, "--jobs", "1"], decoder).await;
    for count in 1..=3 {
        let answer = service.check("panic!").await;
        assert_eq!(answer.outcome(), "corrupt");
        assert!(answer.text().contains("please report it") && !answer.text().contains("a defect of a decoder"));
        assert_eq!(service.metric("lookalike_panics_total").await, f64::from(count));
        assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    }
    assert_eq!(service.get("/readyz").await.status, 200);
    service.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_their_places_come_back() {
    let (_directory, index) = index();
    let words = ["--index", &index, "--connections", "2", "--metrics", "127.0.0.1:0"];
    let service = start(&words).await;
    let held = [TcpStream::connect(service.address).await.unwrap(), TcpStream::connect(service.address).await.unwrap()];
    until("both are served", async || service.metric("lookalike_connections").await >= 2.0).await;
    assert_eq!(raw(service.address, b"").await, "");
    assert_eq!(service.metric("lookalike_connections_refused_total").await, 1.0);
    drop(held);
    until("places are free", async || service.metric("lookalike_connections").await <= 1.0).await;
    assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    // What is served elsewhere is not served here.
    assert_eq!(service.get("/metrics").await.status, 404);
    service.stop().await;
}
