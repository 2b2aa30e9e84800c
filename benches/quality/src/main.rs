//! Hashes pictures with all views for the scripts of this folder, and looks them up.
//!
//! ```text
//! quality names FRAMINGS                              the names of framings, a line each
//! quality distances FRAMINGS LISTED PICTURES OUT      how far pictures are from the hashes that are theirs
//! quality list SOURCES SEED OUT                       a large list: the hashes of crops
//! quality look_up FRAMINGS LIST RADIUS PICTURES       every hit of every picture
//! quality occlusion LISTED PICTURES                   distance, and conflict in thousandths, of the version nearest to the hash that is theirs
//! quality cost SET LIST PICTURES                      the time that views take
//! ```
//!
//! FRAMINGS is a set of the library, `candidates`, or a file with a name of a candidate a line. PICTURES has a path a line, and for `distances` after a tab the line, from 0 on, in LISTED; that
//! has a hash in hex, a tab, and the group of its photograph a line. `distances` writes a byte for each of the exact hash, its eight
//! versions, then the eight of each framing: the least distance to the picture's own hash, 255 where there is none or its quality is too
//! low; then as many bytes for the least distance to the hash of another group (left out for `candidates`).
//!
//! SOURCES has a path, a tab, and how many crops a line. A record of LIST is the hash's 32 bytes, the line of its source (u32), and left, top, width
//! and height of the crop (u16 each), little-endian.

#![forbid(unsafe_code)]

mod cost;
mod framings;
mod list;
mod listed;
mod needles;
mod tasks;

use std::error::Error;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use listed::Listed;
use lookalike::hash::{Bits256, Dihedral, PdqSpectrum, pdq};
use needles::{Maker, eight};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["names", framings] => names(framings),
        ["distances", framings, listed, pictures, out] => distances(framings, listed, pictures, out),
        ["list", sources, seed, out] => list::make(Path::new(sources), seed.parse()?, Path::new(out)),
        ["look_up", framings, list, radius, pictures] => look_up(framings, list, radius.parse()?, pictures),
        ["occlusion", listed, pictures] => occlusion(listed, pictures),
        ["cost", set, list, pictures] => cost::measure(set, list, pictures),
        _ => Err("expected names, distances, list, look_up, occlusion or cost and what they need: see the head of src/main.rs".into()),
    }
}

fn names(framings: &str) -> Result<(), Box<dyn Error>> {
    let names: Vec<_> = framings::named(framings)?.iter().map(ToString::to_string).collect();
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    if distinct.len() != names.len() {
        return Err("a framing is there twice".into());
    }
    Ok(writeln!(io::stdout(), "{}", names.join("\n"))?)
}

/// Hash and group of each listed photograph.
fn listed(path: &str) -> Result<Vec<(Bits256, String)>, Box<dyn Error>> {
    let parse = |line: &str| {
        let (hash, group) =
            line.split_once('\t').ok_or_else(|| format!("{path}: found {line:?}, expected a hash, a tab, a group"))?;
        Ok((hash.parse()?, group.to_string()))
    };
    fs::read_to_string(path)?.lines().map(parse).collect()
}

fn distances(framings: &str, listed_path: &str, pictures: &str, out: &str) -> Result<(), Box<dyn Error>> {
    const NONE: u32 = 255;
    let with_others = framings != "candidates";
    let (framings, listed) = (framings::named(framings)?, listed(listed_path)?);
    let pictures = fs::read_to_string(pictures)?;
    let pictures: Vec<&str> = pictures.lines().collect();
    let rows = tasks::each(&pictures, Maker::new, |maker, line| {
        let (path, number) = line.split_once('\t').ok_or("expected a path, a tab, and a number")?;
        let (own, group) = listed.get(number.parse::<usize>()?).ok_or("more than there are listed")?;
        let spectra = maker.spectra(&needles::decoded(Path::new(path))?, &framings)?;
        let needles: Vec<_> = spectra.iter().map(|it| eight(it.as_ref())).collect();
        let least = |needles: &[Bits256], to: &Bits256| needles.iter().map(|it| it.distance(to)).min().unwrap_or(NONE);
        let of = |least: &dyn Fn(&[Bits256]) -> u32, row: &mut Vec<u8>| {
            let first = needles[0].map_or(NONE, |eight| least(&eight[..1]));
            let all = needles.iter().map(|eight| eight.map_or(NONE, |eight| least(&eight)));
            row.extend(core::iter::once(first).chain(all).map(|it| it.min(NONE) as u8));
        };
        let mut row = Vec::new();
        of(&|needles| least(needles, own), &mut row);
        if with_others {
            let others = || listed.iter().filter(|(_, other)| other != group);
            of(&|needles| others().map(|(hash, _)| least(needles, hash)).min().unwrap_or(NONE), &mut row);
        }
        Ok(row)
    })?;
    Ok(fs::write(out, rows.concat())?)
}

/// So many pictures are looked up at once.
const AT_ONCE: usize = 64;

fn look_up(framings: &str, list: &str, radius: u32, pictures: &str) -> Result<(), Box<dyn Error>> {
    let framings = framings::named(framings)?;
    let names: Vec<_> =
        core::iter::once("original".to_string()).chain(framings.iter().map(ToString::to_string)).collect();
    let hashes = list::hashes(list)?;
    let index = Listed::new(&hashes)?;
    let pictures = fs::read_to_string(pictures)?;
    let batches: Vec<String> =
        pictures.lines().collect::<Vec<_>>().chunks(AT_ONCE).map(|some| some.join("\n")).collect();
    let batches: Vec<&str> = batches.iter().map(String::as_str).collect();
    let found = tasks::each(&batches, Maker::new, |maker, paths| {
        let (mut lines, mut needles, mut origins) = (String::new(), Vec::new(), Vec::new());
        for path in paths.lines() {
            let spectra = maker.spectra(&needles::decoded(Path::new(path))?, &framings)?;
            let before = origins.len();
            for (spectrum, name) in spectra.into_iter().zip(&names) {
                let Some((spectrum, eight)) = spectrum.zip(eight(spectrum.as_ref())) else { continue };
                origins.push((path, name, spectrum));
                needles.extend(eight);
            }
            // how many views are looked up, so that nobody takes a picture of low quality for one without a match
            lines.push_str(&format!("{path}\t\t\t\t{}\t\n", origins.len() - before));
        }
        index.search(&needles, radius, |needle, number, distance| {
            let ((path, name, spectrum), dihedral) = (&origins[needle / 8], Dihedral::ALL[needle % 8]);
            // as `scan` does: of a view no match with a hash that repeats one pattern
            if *name != "original" && pdq::is_repetitive(&hashes[number as usize]) {
                return;
            }
            let conflict = thousandths(spectrum, &hashes[number as usize], dihedral);
            lines.push_str(&format!("{path}\t{name}\t{dihedral}\t{distance}\t{number}\t{conflict}\n"));
        })?;
        Ok(lines)
    })?;
    let mut output = BufWriter::new(io::stdout().lock());
    found.iter().try_for_each(|lines| output.write_all(lines.as_bytes()))?;
    Ok(output.flush()?)
}

/// What [`PdqSpectrum::conflict`] says, as the rule for occlusion counts it.
fn thousandths(spectrum: &PdqSpectrum, hash: &Bits256, turn: Dihedral) -> u32 {
    spectrum.conflict(hash, turn).map_or(1000, |conflict| (1000.0 * conflict).ceil() as u32)
}

fn occlusion(listed_path: &str, pictures: &str) -> Result<(), Box<dyn Error>> {
    let listed = listed(listed_path)?;
    let pictures = fs::read_to_string(pictures)?;
    let pictures: Vec<&str> = pictures.lines().collect();
    let lines = tasks::each(&pictures, Maker::new, |maker, line| {
        let (path, number) = line.split_once('\t').ok_or("expected a path, a tab, and a number")?;
        let (own, _) = listed.get(number.parse::<usize>()?).ok_or("more than there are listed")?;
        let spectra = maker.spectra(&needles::decoded(Path::new(path))?, &[])?;
        let found = spectra[0].as_ref().and_then(|spectrum| {
            let versions = eight(Some(spectrum))?.into_iter().zip(Dihedral::ALL);
            let (distance, turn) = versions.map(|(hash, turn)| (hash.distance(own), turn)).min_by_key(|it| it.0)?;
            Some((distance, thousandths(spectrum, own, turn)))
        });
        let (distance, conflict) = found.unwrap_or((255, 1000));
        Ok(format!("{distance}\t{conflict}\n"))
    })?;
    Ok(io::stdout().write_all(lines.concat().as_bytes())?)
}
