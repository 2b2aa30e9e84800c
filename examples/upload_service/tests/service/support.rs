//! Starts services, speaks to them, and draws pictures.

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use lookalike::check::Decoder;
use lookalike::decode::{self, Limits};
use lookalike::entry::{Digest, Role};
use lookalike::hash::{Bits256, PdqProfile, Profile};
use lookalike::index::{Builder, Source};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use upload_service::{Args, Failure, Server, Service};

/// A service that runs in this process.
pub struct Running {
    pub address: SocketAddr,
    pub metrics: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: hyper::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The outcome, and that `checked` says the same.
    pub fn outcome(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text());
        let json = self.json();
        let outcome = json["outcome"].as_str().unwrap().to_owned();
        assert_eq!(json["checked"], matches!(&*outcome, "match" | "test" | "no_match"), "{json}");
        outcome
    }

    /// The reason of a refusal, and that nothing in it can be taken for an outcome that is clean.
    pub fn refusal(&self) -> String {
        assert!(self.status >= 400, "{} {}", self.status, self.text());
        let json = self.json();
        assert_eq!(json["checked"], false, "{json}");
        assert_ne!(json["outcome"], "no_match", "{json}");
        json["error"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// The arguments, with a free port.
fn args(words: &[&str]) -> Args {
    // A test is no worker; those of `workers.rs` have the program for that.
    let always = ["upload-service", "--listen", "127.0.0.1:0", "--decoder", "in-process"];
    Args::try_parse_from(always.iter().chain(words)).unwrap()
}

/// Why a service does not start.
pub fn failure(words: &[&str]) -> Failure {
    Service::open(args(words)).unwrap_err()
}

/// Starts a service.
pub async fn start(words: &[&str]) -> Running {
    run(Service::open(args(words)).unwrap()).await
}

/// The same with another decoder.
pub async fn start_with(words: &[&str], decoder: Arc<dyn Decoder>) -> Running {
    run(Service::open_with(args(words), decoder).unwrap()).await
}

async fn run(service: Service) -> Running {
    let server = Server::bind(service).await.unwrap();
    let (address, metrics) = (server.address().unwrap(), server.metrics_address());
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    Running { address, metrics, stop: Some(stop), ended }
}

impl Running {
    /// Tells it to stop.
    pub fn tell_to_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Stops it, and waits until it has.
    pub async fn stop(mut self) {
        if self.stop.is_some() {
            self.tell_to_stop();
        }
        self.ended.await.unwrap();
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.address, Request::get(path).body(Full::default()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        send(self.address, Request::post(path).body(Full::new(body.into())).unwrap()).await
    }

    pub async fn check(&self, body: impl Into<Bytes>) -> Answer {
        self.post("/v1/check", body).await
    }

    /// Posts a form with one file.
    pub async fn form(&self, path: &str, field: &str, file: &[u8]) -> Answer {
        self.fields(path, &[(field, file)]).await
    }

    /// Posts a form with these files.
    pub async fn fields(&self, path: &str, fields: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (field, file) in fields {
            let head =
                format!("--limit\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\r\n");
            body.extend(head.as_bytes());
            body.extend(*file);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        let kind = "multipart/form-data; boundary=limit";
        let request = Request::post(path).header("content-type", kind).body(Full::new(body.into())).unwrap();
        send(self.address, request).await
    }

    /// The value of a metric, by its name and labels as they stand in the text.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = send(self.metrics.unwrap_or(self.address), Request::get("/metrics").body(Full::default()).unwrap());
        let text = text.await.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

/// Sends a request on a connection of its own.
pub async fn send(address: SocketAddr, mut request: Request<Full<Bytes>>) -> Answer {
    if !request.headers().contains_key("host") {
        request.headers_mut().insert("host", address.to_string().parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// A picture of blobs, another for each number.
pub fn drawn(number: u32) -> RgbImage {
    let mut state = u64::from(number) * 2 + 1;
    let mut next = || {
        // SplitMix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 40) as f32) / ((1_u32 << 24) as f32)
    };
    let blobs: Vec<_> =
        (0..40).map(|_| (next() * 256.0, next() * 256.0, 8.0 + next() * 24.0, next() * 255.0)).collect();
    RgbImage::from_fn(256, 256, |x, y| {
        let mut level = 128.0;
        for (at_x, at_y, size, blob) in &blobs {
            let (dx, dy) = (x as f32 - at_x, y as f32 - at_y);
            if dx * dx + dy * dy < size * size {
                level = *blob;
            }
        }
        Rgb([level as u8, (level * 0.8) as u8, 255 - level as u8])
    })
}

pub fn png(image: &RgbImage) -> Vec<u8> {
    encoded(image, ImageFormat::Png)
}

pub fn jpeg(image: &RgbImage) -> Vec<u8> {
    encoded(image, ImageFormat::Jpeg)
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture without structure.
pub fn flat() -> RgbImage {
    RgbImage::from_pixel(256, 256, Rgb([90, 90, 90]))
}

/// The PDQ hash of a picture file.
pub fn hash(bytes: &[u8]) -> Bits256 {
    let spectrum = decode::pdq(bytes, &Limits::default(), PdqProfile::FullResolution).unwrap();
    assert!(spectrum.quality() >= 50, "a picture for tests has structure");
    spectrum.pdq().hash
}

/// An entry of a list.
pub fn source<'a>(list: &'a str, id: &'a str) -> Source<'a> {
    Source { list, id, classification: "A1", ..Source::default() }
}

/// A directory with an index `lists.idx`: entry `7` of `hotline` is [`drawn`] 1, `t` of `testing` is 2, both as PNG; `file` of `hotline` is the
/// bytes `a listed file`.
pub fn index() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    builder.add(hash(&png(&drawn(1))), source("hotline", "7")).unwrap();
    builder.add(hash(&png(&drawn(2))), Source { role: Role::Test, ..source("testing", "t") }).unwrap();
    let digest = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(b"a listed file"));
    builder.add_entry(None, &[Digest::Sha256(digest.into())], source("hotline", "file")).unwrap();
    let path = directory.path().join("lists.idx");
    std::fs::write(&path, builder.finish().unwrap()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

/// A folder of `../shared`, or a word on why a test that needs it does nothing.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}
