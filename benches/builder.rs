//! What building an index takes: seconds, and bytes of memory for each entry while entries are added and at the most.
//!
//! `cargo bench --bench builder` prints a line for each kind of list, each measured in a process of its own; memory is what Linux
//! counts as resident, so allocator and unused capacity are in it. `cargo bench --bench builder -- digests 100000` measures one.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::cast_precision_loss,
    reason = "a bench prints, and may panic"
)]

use std::env;
use std::process::Command;
use std::time::Instant;

use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Index, Source};

/// Name, entries, and what each has: hash, digests, an id that is no number.
const LISTS: [(&str, usize, bool, &[DigestKind], bool); 4] = [
    ("digests", 2_500_000, false, &[DigestKind::Md5, DigestKind::Sha1], false),
    ("digests-named", 2_500_000, false, &[DigestKind::Md5, DigestKind::Sha1], true),
    ("hashes", 1_000_000, true, &[], false),
    ("all", 1_000_000, true, &DigestKind::ALL, true),
];

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--bench")).collect();
    let is_test = args.iter().any(|arg| arg == "--test");
    match args.iter().find_map(|arg| LISTS.iter().find(|list| list.0 == arg)) {
        Some(list) => {
            let len = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(list.1);
            measure(list, len);
        }
        None => {
            println!(
                "{:<14} {:>9} {:>7} {:>7} {:>11} {:>11} {:>11}",
                "list", "entries", "add s", "end s", "B/e adding", "B/e at most", "B/e file"
            );
            for (name, len, ..) in LISTS {
                let len = if is_test { 2000 } else { len };
                let status = Command::new(env::current_exe().unwrap()).args([name, &len.to_string()]).status();
                assert!(status.unwrap().success(), "{name}");
            }
        }
    }
}

fn measure(&(name, _, has_hash, kinds, has_name): &(&str, usize, bool, &[DigestKind], bool), len: usize) {
    let mut random = Random(7);
    let before = resident("VmRSS");
    let begin = Instant::now();
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    for number in 0..len {
        let hash = has_hash.then(|| HashBits::from_bytes(random.bytes()));
        let digests: [Digest; 3] = DigestKind::ALL.map(|kind| {
            let bytes: [u8; 32] = random.bytes();
            Digest::from_bytes(kind, bytes.get(..kind.bytes()).unwrap()).unwrap()
        });
        let id = if has_name { format!("{:016x}", random.next()) } else { (10_000_000 + number).to_string() };
        let classification = ["A1", "A2", "B1", "B2"].get(number % 4).unwrap();
        let source = Source { list: "list", id: &id, classification, jurisdiction: "NL", ..Source::default() };
        builder.add_entry(hash, digests.get(..kinds.len()).unwrap(), source).unwrap();
    }
    let (added, adding) = (begin.elapsed(), resident("VmRSS"));
    let begin = Instant::now();
    let file = builder.finish().unwrap();
    let (finished, most) = (begin.elapsed(), resident("VmHWM"));
    let per_entry = |bytes: Option<usize>| match (bytes, before) {
        (Some(bytes), Some(before)) => format!("{:.1}", bytes.saturating_sub(before) as f64 / len as f64),
        _ => "?".to_owned(),
    };
    println!(
        "{name:<14} {len:>9} {:>7.2} {:>7.2} {:>11} {:>11} {:>11.1}",
        added.as_secs_f64(),
        finished.as_secs_f64(),
        per_entry(adding),
        per_entry(most),
        file.len() as f64 / len as f64,
    );
    let index = Index::open(file).unwrap();
    assert_eq!(index.entries(), len as u64);
    for kind in DigestKind::ALL {
        assert_eq!(index.digests(kind), if kinds.contains(&kind) { len as u64 } else { 0 });
    }
}

/// A line of what Linux says of this process, in bytes.
fn resident(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok().map(|kilobytes| 1024 * kilobytes)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.as_chunks_mut().0.iter_mut().for_each(|chunk| *chunk = self.next().to_le_bytes());
        bytes
    }
}
