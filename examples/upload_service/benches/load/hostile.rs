//! Attack: idle connections, bodies that are slow or have no end, malformed files, bombs; and a client that wants its pictures checked meanwhile.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Args;
use crate::client::{Client, get, metric};
use crate::pictures;
use crate::program::{Program, store};

/// What became of requests.
#[derive(Default)]
struct Tally {
    answered: AtomicU64,
    refused: AtomicU64,
    /// An answer that is neither, or none where there should be one.
    faults: AtomicU64,
    slow_cut: AtomicU64,
    endless_cut: AtomicU64,
}

pub(crate) async fn run(args: &Args) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let pictures = pictures::all();
    let listed: Vec<_> = pictures.iter().enumerate().map(|(at, it)| (at, it.hash)).collect();
    drop(store(directory.path(), args.hashes, &listed, (0, &[])));
    // Times are short, so that a run of seconds sees them pass.
    let words = ["--views", &args.views, "--body-timeout", "3", "--header-timeout", "15", "--max-body", "16000000"];
    let program = Program::start(directory.path(), &words);
    let (uploads, metrics) = (program.uploads, program.metrics);
    let before = metric(metrics, "lookalike_resident_bytes").await / 1e6;

    let tally = Arc::new(Tally::default());
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let mut attackers = vec![tokio::spawn(files(uploads, malformed(), until, Arc::clone(&tally)))];
    for _ in 0..4 {
        attackers.push(tokio::spawn(slow(uploads, until, Arc::clone(&tally))));
        attackers.push(tokio::spawn(endless(uploads, until, Arc::clone(&tally))));
    }
    let idle = args.idle.div_ceil(OPENERS);
    attackers.extend((0..OPENERS).map(|_| tokio::spawn(keep_idle(uploads, idle, until))));
    let mut honest = 0_u64;
    let (mut shed, mut slowest, mut most, mut connections, mut not_ready) = (0_u64, 0_f64, 0_f64, 0_f64, 0_u64);
    while Instant::now() < until {
        let picture = &pictures[honest as usize % pictures.len()];
        let started = Instant::now();
        // A new connection each time: the service must accept them still.
        let answer = match Client::connect(uploads).await {
            Ok(mut client) => client.send("/v1/check", "image/*", Some(picture.bytes.clone())).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer)
                if answer.status == 200 && String::from_utf8_lossy(&answer.body).contains("\"outcome\":\"match\"") =>
            {
                honest += 1
            }
            Ok(answer) if answer.status == 503 => shed += 1,
            Ok(answer) => fault(&tally, &format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))),
            Err(error) => fault(&tally, &error),
        }
        slowest = slowest.max(started.elapsed().as_secs_f64());
        not_ready += u64::from(!get(metrics, "/readyz").await.is_ok_and(|answer| answer.status == 200));
        most = most.max(metric(metrics, "lookalike_resident_bytes").await / 1e6);
        connections = connections.max(metric(metrics, "lookalike_connections").await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for attacker in attackers {
        attacker.await.unwrap();
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let after = metric(metrics, "lookalike_resident_bytes").await / 1e6;
    let panics = metric(metrics, "lookalike_panics_total").await;
    println!(
        "{connections:.0} connections at most; {honest} honest uploads found, {shed} shed, the slowest in {slowest:.2} s; not ready {not_ready} times"
    );
    println!("malformed files and bombs: {} answered, {} refused", count(&tally.answered), count(&tally.refused));
    println!("slow bodies cut off: {}; endless bodies cut off: {}", count(&tally.slow_cut), count(&tally.endless_cut));
    println!("faults: {}; panics: {panics}", count(&tally.faults));
    println!("memory: {before:.0} MB before, {most:.0} at most, {after:.0} after");
    let wanted = args.idle as f64;
    if connections < wanted {
        // The service closes idle ones in time, so that it depends on the machine how many are open together.
        println!(
            "note: of {wanted} connections wanted no more were open at a time; the machine is too busy to open them faster"
        );
    }
    let was_attacked = connections >= wanted / 10.0 && count(&tally.slow_cut) > 0 && count(&tally.endless_cut) > 0;
    count(&tally.faults) == 0 && panics == 0.0 && not_ready == 0 && honest > 0 && was_attacked
}

fn fault(tally: &Tally, what: &str) {
    if tally.faults.fetch_add(1, Ordering::Relaxed) == 0 {
        println!("a fault: {what}");
    }
}

/// The malformed files of `../shared`, and bombs.
fn malformed() -> Vec<Bytes> {
    let shared = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let (mut found, mut folders) =
        (vec![Bytes::from_static(b"no picture"), Bytes::new()], vec![shared.join("malformed")]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            println!("skipped: {} is not here", folder.display());
            continue;
        };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() { folders.push(path) } else { found.extend(fs::read(path).map(Bytes::from)) }
        }
    }
    // A JPEG header that announces 65,500 x 65,500 pixels.
    let mut jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01".to_vec();
    jpeg.resize(1000, 0);
    found.push(jpeg.into());
    found
}

async fn files(address: SocketAddr, files: Vec<Bytes>, until: Instant, tally: Arc<Tally>) {
    let mut at = 0;
    let mut client = Client::connect(address).await.unwrap();
    while Instant::now() < until {
        let body = files[at % files.len()].clone();
        if body.len() > 16_000_000 {
            at += 1;
            continue;
        }
        match client.send("/v1/check", "image/*", Some(body)).await {
            Ok(answer) if answer.status == 200 => {
                let is_typed = String::from_utf8_lossy(&answer.body).contains("\"checked\":");
                if is_typed {
                    tally.answered.fetch_add(1, Ordering::Relaxed)
                } else {
                    tally.faults.fetch_add(1, Ordering::Relaxed)
                };
            }
            Ok(answer) if answer.status == 503 => {
                tally.refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(answer) => fault(&tally, &format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))),
            Err(error) => {
                fault(&tally, &error);
                client = Client::connect(address).await.unwrap();
            }
        }
        at += 1;
    }
}

/// Sends a byte now and then, until it is cut off.
async fn slow(address: SocketAddr, until: Instant, tally: Arc<Tally>) {
    while Instant::now() < until {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = b"POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n";
        let mut answer = [0; 12];
        let reading = async {
            stream.write_all(head).await.ok()?;
            loop {
                tokio::select! {
                    read = stream.read_exact(&mut answer) => return read.ok(),
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                }
                stream.write_all(b"x").await.ok()?;
            }
        };
        let was_told = reading.await.is_some() && answer.starts_with(b"HTTP/1.1 ") && !answer.ends_with(b"200");
        if was_told {
            tally.slow_cut.fetch_add(1, Ordering::Relaxed)
        } else {
            tally.faults.fetch_add(1, Ordering::Relaxed)
        };
    }
}

/// Sends without an end, until it is cut off.
async fn endless(address: SocketAddr, until: Instant, tally: Arc<Tally>) {
    let piece = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    while Instant::now() < until {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = b"POST /v1/check HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
        let mut is_open = stream.write_all(head).await.is_ok();
        let mut sent = 0_u64;
        while is_open && sent < 1 << 30 {
            is_open = stream.write_all(&piece).await.is_ok();
            sent += piece.len() as u64;
        }
        if is_open {
            tally.faults.fetch_add(1, Ordering::Relaxed)
        } else {
            tally.endless_cut.fetch_add(1, Ordering::Relaxed)
        };
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// So many tasks open connections side by side.
const OPENERS: usize = 8;

/// Keeps so many connections open, some with half a head; the service closes them in time, and others take their places.
async fn keep_idle(address: SocketAddr, count: usize, until: Instant) {
    let mut open = std::collections::VecDeque::new();
    let mut number = 0_usize;
    while Instant::now() < until {
        if open.len() >= count + count / 10 {
            // The oldest may be closed already.
            open.drain(..count / 10);
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        match TcpStream::connect(address).await {
            Ok(mut stream) => {
                if number.is_multiple_of(3) {
                    let _ = stream.write_all(b"POST /v1/check HTTP/1.1\r\nhost: a\r\n").await;
                }
                open.push_back(stream);
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        number += 1;
    }
}
