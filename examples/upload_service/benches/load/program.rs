//! The service as a process of its own, over a store that is made for it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lookalike::hash::{Bits256, Profile};
use lookalike::index::Source;
use lookalike::store::{Contents, Writer};

/// The running service.
pub(crate) struct Program {
    child: Child,
    pub(crate) uploads: SocketAddr,
    pub(crate) metrics: SocketAddr,
}

impl Program {
    /// Starts it over the store in a directory, where its log goes too.
    pub(crate) fn start(directory: &Path, words: &[&str]) -> Self {
        let log = directory.join("log");
        let store = directory.join("store");
        let child = Command::new(env!("CARGO_BIN_EXE_upload-service"))
            .args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--store", store.to_str().unwrap()])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        // Killed and waited for, whatever happens from here on.
        let mut program = Self { child, uploads: nowhere, metrics: nowhere };
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(&log).unwrap();
            let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            if let Some(line) = lines.into_iter().find(|line| line["message"] == "listening") {
                let address = |name: &str| line[name].as_str().unwrap().parse().unwrap();
                (program.uploads, program.metrics) = (address("address"), address("metrics"));
                return program;
            }
            if started.elapsed() > Duration::from_secs(60) {
                drop(program);
                panic!("it does not start: {text}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a store of so many drawn hashes in the list `drawn`, and some of pictures, by number, in `pictures`.
pub(crate) fn store(
    directory: &Path,
    hashes: u64,
    pictures: &[(usize, Bits256)],
    (flood, poisoned): (u64, &[Bits256]),
) -> Writer<32> {
    let mut writer = Writer::<32>::init(directory.join("store"), Profile::Pdq).unwrap();
    let mut contents = Contents::new(Profile::Pdq).unwrap();
    let mut draw = Draw(7);
    for number in 0..hashes {
        let id = number.to_string();
        contents.add(Some(draw.hash()), &[], Source { list: "drawn", id: &id, ..Source::default() }, None).unwrap();
    }
    for (number, hash) in pictures {
        let id = number.to_string();
        contents.add(Some(*hash), &[], Source { list: "pictures", id: &id, ..Source::default() }, None).unwrap();
    }
    for (number, hash) in (0..flood).zip(poisoned.iter().cycle()) {
        let id = number.to_string();
        contents.add(Some(draw.near(hash)), &[], Source { list: "flood", id: &id, ..Source::default() }, None).unwrap();
    }
    writer.publish(contents).unwrap();
    writer
}

/// SplitMix64.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A hash at a distance of 1 to 31.
    fn near(&mut self, hash: &Bits256) -> Bits256 {
        let mut near = *hash;
        let bits = near.bits_mut();
        for _ in 0..1 + self.next() % 31 {
            let bit = (self.next() % 256) as usize;
            bits.set(bit, !bits[bit]);
        }
        near
    }

    /// Drawn bits with exactly 128 ones, as PDQ hashes have.
    fn hash(&mut self) -> Bits256 {
        let mut bytes = [0_u8; 32];
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.next().to_le_bytes()));
        let mut hash = Bits256::from_bytes(bytes);
        while hash.count_ones() != 128 {
            let (has_too_many, bit) = (hash.count_ones() > 128, (self.next() % 256) as usize);
            hash.bits_mut().set(bit, !has_too_many);
        }
        hash
    }
}
