//! Files and connections that mean ill: every answer is typed, and the service stays ready.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::{drawn, index, png, shared, start, until};

const OUTCOMES: [&str; 9] = [
    "match",
    "test",
    "no_match",
    "partly_checked",
    "low_quality",
    "unsupported",
    "corrupt",
    "over_limit",
    "unreadable",
];

fn files(under: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(under).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_files_get_typed_answers() {
    let Some(folder) = shared("malformed") else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    assert!(paths.len() > 50, "the set has {} files", paths.len());
    let (_directory, index) = index();
    let service = start(&["--index", &index]).await;
    let mut failed = 0;
    for path in &paths {
        let answer = service.check(fs::read(path).unwrap()).await;
        let outcome = answer.outcome();
        assert!(OUTCOMES.contains(&&*outcome), "{}: {outcome}", path.display());
        failed += u32::from(!answer.json()["checked"].as_bool().unwrap());
    }
    assert!(failed > 0);
    assert_eq!(service.metric("lookalike_panics_total").await, 0.0);
    assert_eq!(service.get("/readyz").await.status, 200);
    assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    service.stop().await;
}

/// A PNG of a header that announces so much, and little behind it.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        bytes.extend((data.len() as u32).to_be_bytes());
        let body = [kind.as_slice(), data].concat();
        let crc = body.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        });
        bytes.extend(body);
        bytes.extend((!crc).to_be_bytes());
    };
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat());
    chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    chunk(b"IEND", &[]);
    bytes
}

#[tokio::test]
async fn bombs_are_over_a_limit_or_corrupt_and_take_no_memory() {
    let (_directory, index) = index();
    let service = start(&["--index", &index]).await;
    assert_eq!(service.check(bomb(60_000, 60_000)).await.outcome(), "over_limit");
    assert_eq!(service.check(bomb(u32::MAX, u32::MAX)).await.outcome(), "over_limit");
    assert_eq!(service.check(bomb(9_000, 9_000)).await.outcome(), "corrupt");
    service.stop().await;
}

#[tokio::test]
async fn a_thousand_idle_connections_hold_nobody_up() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--metrics", "127.0.0.1:0"]).await;
    upload_service::raise_file_limit();
    let mut idle = Vec::new();
    for at in 0..1000 {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        if at % 2 == 0 {
            stream.write_all(b"POST /v1/check HTTP/1.1\r\nhost: a\r\n").await.unwrap();
        }
        idle.push(stream);
    }
    until("all are open", async || service.metric("lookalike_connections").await >= 1000.0).await;
    assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    assert_eq!(service.metric("lookalike_ready").await, 1.0);
    drop(idle);
    until("all are gone", async || service.metric("lookalike_connections").await <= 1.0).await;
    service.stop().await;
}

#[tokio::test]
async fn connections_under_way_do_not_keep_it_from_stopping() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--grace", "0.3"]).await;
    let mut slow = TcpStream::connect(service.address).await.unwrap();
    slow.write_all(b"POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    until("it is under way", async || service.metric("lookalike_uploads").await == 1.0).await;
    tokio::time::timeout(Duration::from_secs(20), service.stop()).await.expect("it stops");
}
