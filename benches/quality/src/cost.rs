//! The time that the views of a picture take: grid, needles, look-up; beside decoding and the picture's own hash.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;

use lookalike::decode::{self, Limits};
use lookalike::hash::pdq::{self, PdqProfile};
use lookalike::hash::views::{Grid, Scratch};
use rustix::time::{ClockId, clock_gettime};

use crate::listed::Listed;
use crate::needles::eight;
use crate::{framings, list};

const RADIUS: u32 = 31;
const STEPS: [&str; 6] = ["decode", "plain hash", "plain look-up", "grid", "views", "look-up of views"];

/// Writes, for each picture, its megapixels, how many views were looked up, and the microseconds of CPU time of each step.
pub fn measure(set: &str, list: &str, pictures: &str) -> Result<(), Box<dyn Error>> {
    let framings = framings::named(set)?;
    let index = Listed::new(&list::hashes(list)?)?;
    let (mut grid, mut scratch) = (Box::new(Grid::new()), Box::new(Scratch::new()));
    let mut output = io::stdout().lock();
    writeln!(output, "path\tMP\tcount\t{}", STEPS.join("\t"))?;
    for path in fs::read_to_string(pictures)?.lines() {
        let bytes = fs::read(Path::new(path))?;
        let mut times = Vec::new();
        let mut before = cpu();
        let mut lap = |times: &mut Vec<f64>| {
            let now = cpu();
            times.push(1e6 * (now - before));
            before = cpu();
        };
        let decoded = decode::decode(&bytes, &Limits::default().max_alloc_bytes(1 << 30))
            .map_err(|why| format!("{path}: {why}"))?;
        let image = decoded.image();
        lap(&mut times);
        let plain = eight(Some(&pdq::spectrum(&image, PdqProfile::FullResolution)?));
        lap(&mut times);
        let mut hits = 0_u32;
        index.search(plain.as_ref().map_or(&[], |eight| &eight[..]), RADIUS, |_, _, _| hits += 1)?;
        lap(&mut times);
        grid.fill(&image)?;
        lap(&mut times);
        let views: Vec<_> =
            framings.iter().filter_map(|framing| eight(grid.spectrum(framing, &mut scratch).as_ref())).collect();
        lap(&mut times);
        index.search(views.as_flattened(), RADIUS, |_, _, _| hits += 1)?;
        lap(&mut times);
        black_box(hits);
        let times: Vec<_> = times.iter().map(|it| format!("{it:.1}")).collect();
        let pixels = f64::from(image.width()) * f64::from(image.height()) / 1e6;
        writeln!(output, "{path}\t{pixels:.3}\t{}\t{}", views.len(), times.join("\t"))?;
    }
    Ok(())
}

/// Seconds of CPU time of this thread.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}
