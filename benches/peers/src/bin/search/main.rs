//! Times looking up for `search.py`: ours, of every kind, and the crates `bk-tree` and `mih-rs`, on the same hashes and needles.
//!
//! `search kinds` prints the names of our kinds. `search data DIR BITS uniform|pictures HASHES NEEDLES SEED` writes `hashes.bin`,
//! `hashes.txt`, `needles.bin` and `needles.txt`. `search serve DIR BITS` then takes commands from standard input and answers
//! each with a line of JSON; our indexes are the files `DIR/KIND.idx`, and TOOL is one of our kinds or a crate:
//!
//! - `open TOOL`: seconds of building, or of opening.
//! - `single TOOL RADIUS SECONDS LEAST`: needles looked up one by one, from the first on, until so many seconds are over and at
//!   least so many are done: the seconds of each by the clock, and of all in CPU time.
//! - `batch TOOL RADIUS COUNT SIZE`: the first needles in queries of so many: seconds by the clock and of CPU time, and hits.
//! - `pairs TOOL RADIUS COUNT FILE`: writes every hit as little-endian needle and distance (u32 each) and the hash.
//!
//! Every hit is consumed. What a tool finds for a needle is compared with what the tool that came first found, by the number of
//! hits and a sum over their hashes; a difference ends the program.

#![forbid(unsafe_code)]

mod data;
mod tools;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike::hash::HashBits;
use lookalike::index::IndexKind;
use lookalike_peers::read_line;
use rustix::time::{ClockId, clock_gettime};

use tools::{Searcher, Tool};

type Failure = Box<dyn Error>;

/// What a tool found for a needle: how many hits, and a sum over their hashes that does not depend on the order.
type Found = (u32, u64);

struct Server<const N: usize> {
    folder: PathBuf,
    needles: Vec<HashBits<N>>,
    tools: BTreeMap<String, Tool<N>>,
    /// By radius, then by needle: what was found first, and by which tool.
    known: BTreeMap<u32, Vec<Option<(Found, String)>>>,
}

impl<const N: usize> Server<N> {
    fn new(folder: &Path) -> Result<Self, Failure> {
        let needles = data::read(&folder.join("needles.bin"))?;
        Ok(Self { folder: folder.to_owned(), needles, tools: BTreeMap::new(), known: BTreeMap::new() })
    }

    fn serve(&mut self) -> Result<(), Failure> {
        let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
        while let Some(line) = read_line(&mut input)? {
            let answer = match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["open", tool] => self.open(tool)?,
                ["single", tool, radius, seconds, least] => {
                    self.single(tool, radius.parse()?, seconds.parse()?, least.parse()?)?
                }
                ["batch", tool, radius, count, size] => {
                    self.batch(tool, radius.parse()?, count.parse()?, size.parse()?)?
                }
                ["pairs", tool, radius, count, file] => {
                    self.pairs(tool, radius.parse()?, count.parse()?, Path::new(file))?
                }
                _ => return Err(format!("found the command {line:?}, which is not known").into()),
            };
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
        Ok(())
    }

    fn open(&mut self, name: &str) -> Result<String, Failure> {
        let start = Instant::now();
        let tool = Tool::open(name, &self.folder)?;
        let seconds = start.elapsed().as_secs_f64();
        let len = tool.len();
        self.tools.insert(name.to_owned(), tool);
        Ok(format!(r#"{{"tool": "{name}", "hashes": {len}, "seconds": {seconds:e}}}"#))
    }

    fn searcher(&self, name: &str) -> Result<Searcher<'_, N>, Failure> {
        Ok(self.tools.get(name).ok_or_else(|| format!("{name} was not opened"))?.searcher())
    }

    fn single(&mut self, name: &str, radius: u32, enough: f64, least: usize) -> Result<String, Failure> {
        let mut searcher = self.searcher(name)?;
        let (mut found, mut times) = (Vec::with_capacity(self.needles.len()), Vec::with_capacity(self.needles.len()));
        let (begin, cpu) = (Instant::now(), cpu_seconds());
        for needle in self.needles.chunks(1) {
            if times.len() >= least && begin.elapsed().as_secs_f64() >= enough {
                break;
            }
            let mut of_needle = [(0, 0)];
            let start = Instant::now();
            searcher.search(black_box(needle), radius, |_, hash| consume(&mut of_needle[0], hash))?;
            times.push(start.elapsed().as_secs_f64());
            found.extend(of_needle);
        }
        let cpu = cpu_seconds() - cpu;
        drop(searcher);
        let times: Vec<String> = times.iter().map(|time| format!("{time:e}")).collect();
        let answer =
            format!(r#"{{"tool": "{name}", "radius": {radius}, "cpu": {cpu:e}, "times": [{}]}}"#, times.join(", "));
        self.compare(name, radius, found)?;
        Ok(answer)
    }

    fn batch(&mut self, name: &str, radius: u32, count: usize, size: usize) -> Result<String, Failure> {
        let mut searcher = self.searcher(name)?;
        let needles = self.needles.get(..count).ok_or("there are fewer needles")?;
        let mut found = vec![(0, 0); count];
        let (begin, cpu) = (Instant::now(), cpu_seconds());
        for (query, found) in needles.chunks(size).zip(found.chunks_mut(size)) {
            searcher.search(black_box(query), radius, |needle, hash| consume(&mut found[needle], hash))?;
        }
        let (seconds, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        drop(searcher);
        let hits: u64 = found.iter().map(|found| u64::from(found.0)).sum();
        self.compare(name, radius, found)?;
        Ok(format!(
            r#"{{"tool": "{name}", "radius": {radius}, "seconds": {seconds:e}, "cpu": {cpu:e}, "hits": {hits}}}"#
        ))
    }

    fn pairs(&mut self, name: &str, radius: u32, count: usize, file: &Path) -> Result<String, Failure> {
        let mut searcher = self.searcher(name)?;
        let needles = self.needles.get(..count).ok_or("there are fewer needles")?;
        let (mut found, mut pairs) = (vec![(0, 0); count], Vec::new());
        searcher.search(needles, radius, |needle, hash| {
            consume(&mut found[needle], hash);
            pairs.push((needle, *hash));
        })?;
        drop(searcher);
        let mut out = BufWriter::new(File::create(file)?);
        for (needle, hash) in &pairs {
            out.write_all(&u32::try_from(*needle)?.to_le_bytes())?;
            out.write_all(&needles[*needle].distance(hash).to_le_bytes())?;
            out.write_all(hash.as_bytes())?;
        }
        out.flush()?;
        self.compare(name, radius, found)?;
        Ok(format!(r#"{{"tool": "{name}", "radius": {radius}, "hits": {}}}"#, pairs.len()))
    }

    fn compare(&mut self, name: &str, radius: u32, found: Vec<Found>) -> Result<(), Failure> {
        let known = self.known.entry(radius).or_insert_with(|| vec![None; self.needles.len()]);
        for (needle, (found, known)) in found.into_iter().zip(known).enumerate() {
            let (first, by) = known.get_or_insert_with(|| (found, name.to_owned()));
            if *first != found {
                return Err(format!(
                    "radius {radius}, needle {needle}: {name} found {} hits (sum {:x}), {by} {} (sum {:x})",
                    found.0, found.1, first.0, first.1
                )
                .into());
            }
        }
        Ok(())
    }
}

/// Adds a hit to what was found; a few instructions, the same for every tool.
fn consume<const N: usize>(found: &mut Found, hash: &HashBits<N>) {
    let words = hash.as_bytes().as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
    let sum = words.fold(0_u64, |sum, word| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
    *found = (found.0 + 1, found.1.wrapping_add(sum));
}

/// What this thread has had of a CPU: other programs on the machine lengthen it little.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["kinds"] => IndexKind::all().for_each(|kind| println!("{kind}")),
        ["data", folder, bits, kind, hashes, needles, seed] => {
            let (folder, hashes, needles, seed) = (Path::new(folder), hashes.parse()?, needles.parse()?, seed.parse()?);
            match bits {
                "64" => data::write::<8>(folder, kind, hashes, needles, seed)?,
                "256" => data::write::<32>(folder, kind, hashes, needles, seed)?,
                _ => return Err(format!("found hashes of {bits} bits, expected 64 or 256").into()),
            }
        }
        ["serve", folder, "64"] => Server::<8>::new(Path::new(folder))?.serve()?,
        ["serve", folder, "256"] => Server::<32>::new(Path::new(folder))?.serve()?,
        _ => return Err("expected kinds, data DIR BITS KIND HASHES NEEDLES SEED, or serve DIR BITS".into()),
    }
    Ok(())
}
