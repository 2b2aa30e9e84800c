//! What a worker does that is started for a self-test, at the sight of a "file" that asks for it: what a decoder that was taken over might do.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

/// How such a file begins; the rest names what to do.
pub(crate) const MAGIC: &[u8] = b"GIF89a lookalike self-test: ";

/// Does what the file asks for, if it asks for something. Returns where that was possible.
pub(crate) fn run(file: &[u8]) {
    let Some(what) = file.strip_prefix(MAGIC) else { return };
    match what.trim_ascii_end() {
        b"open" => drop(black_box(std::fs::File::open("/etc/passwd"))),
        b"create" => drop(black_box(std::fs::File::create("/tmp/lookalike-self-test"))),
        b"socket" => drop(black_box(std::net::UdpSocket::bind("127.0.0.1:0"))),
        b"process" => drop(black_box(std::process::Command::new("/bin/true").spawn())),
        b"thread" => drop(black_box(std::thread::Builder::new().spawn(|| ()))),
        b"memory" => {
            let mut all = Vec::new();
            loop {
                all.push(black_box(vec![1_u8; 16 << 20]));
            }
        }
        b"hang" => loop {
            std::hint::spin_loop();
        },
        b"sleep" => std::thread::sleep(Duration::from_secs(3600)),
        b"panic" => std::panic::resume_unwind(Box::new("asked for")),
        b"abort" => std::process::abort(),
        b"exit" => std::process::exit(0),
        b"stack" => drop(black_box(deeper(0))),
        b"flood" => {
            let mut out = std::io::stdout();
            while out.write_all(&[0x5a; 4096]).is_ok() {}
        }
        _ => {}
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn deeper(level: u64) -> u64 {
    let room = black_box([level; 512]);
    deeper(level + 1) + room.iter().sum::<u64>()
}
