//! `lookalike match`: hashes looked up, one per line.

use std::io::{self, BufRead, BufReader, IsTerminal as _, Read as _, Write as _};
use std::mem;

use lookalike::check::{Disclosure, Match};
use lookalike::hash::{Dihedral, HashBits};
use lookalike::matching::{Outcome, Rule, RuleSet};
use lookalike::{Checker, Report};
use serde::Serialize;

use crate::args::{MatchArgs, MatchFormat};
use crate::examine::{self, Asked};
use crate::exit::{Exit, Failure, plain};
use crate::names::shown_text;
use crate::output::Output;
use crate::report::csv::row;
use crate::report::jsonl::write_line;
use crate::summary::{counted, grouped};

/// Looks up every needle.
///
/// # Errors
///
/// When the index is refused, standard input cannot be read, or nothing can be written.
pub(crate) fn run(args: &MatchArgs) -> Result<Exit, Failure> {
    let lists = examine::open_lists(Some(&args.index), None)?;
    let asked = Asked { radius: args.radius, min_quality: Some(args.min_quality), ..Asked::default() };
    let checker = examine::build(asked.builder(lists)?)?;
    match checker.profile().bits() {
        64 => Session::<8>::new(args, &checker)?.run(),
        _ => Session::<32>::new(args, &checker)?.run(),
    }
}

/// A hash to look up, and what its line says about it.
struct Needle<const N: usize> {
    /// Which line or argument, counted from 1.
    number: u64,
    hash: HashBits<N>,
    quality: Option<u8>,
    transform: Option<Dihedral>,
    path: Option<String>,
}

struct Session<'a, const N: usize> {
    args: &'a MatchArgs,
    checker: &'a Checker,
    out: Output,
    /// `line` or `argument`: what the numbers count.
    place: &'static str,
    /// The lines of one picture so far, with `--dihedral`.
    picture: Vec<Needle<N>>,
    /// What is to be looked up together and told in this order.
    waiting: Vec<Waiting<N>>,
    counts: Counts,
}

/// What a line leads to.
enum Waiting<const N: usize> {
    /// The needles of one picture.
    Needles(Vec<Needle<N>>),
    /// A record of something that is not looked up.
    Unchecked { number: u64, outcome: &'static str, reason: String, needle: Option<Needle<N>> },
}

/// So many lines wait at most before they are looked up: together, which takes a fraction of the time.
const MOST_WAITING: usize = 4096;

#[derive(Debug, Default)]
struct Counts {
    looked_up: u64,
    matched: u64,
    bad: u64,
    low_quality: u64,
}

/// A line longer than this is no needle; the longest path has 4 KiB.
const LONGEST_LINE: u64 = 64 << 10;

/// Why the run ends early.
enum Stop {
    Failure(Failure),
    Write(io::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl<'a, const N: usize> Session<'a, N> {
    fn new(args: &'a MatchArgs, checker: &'a Checker) -> Result<Self, Failure> {
        let out = Output::open(None)?;
        Ok(Self {
            args,
            checker,
            out,
            place: "line",
            picture: Vec::new(),
            waiting: Vec::new(),
            counts: Counts::default(),
        })
    }

    fn run(mut self) -> Result<Exit, Failure> {
        match self.all().and_then(|()| self.look_up()).and_then(|()| self.out.flush().map_err(Stop::Write)) {
            Ok(()) => {}
            Err(Stop::Failure(failure)) => return Err(failure),
            Err(Stop::Write(error)) => match Output::failure("standard output", &error) {
                Some(failure) => return Err(failure),
                // Nobody reads on: end quietly, calling nothing clean.
                None => return Ok(if self.counts.matched > 0 { Exit::Matched } else { Exit::NotChecked }),
            },
        }
        let Counts { looked_up, matched, bad, low_quality } = self.counts;
        let mut text = format!("Looked up {}: {} matched", counted(looked_up, self.noun()), grouped(matched));
        if bad + low_quality > 0 {
            text.push_str(&format!(". NOT CHECKED: {} bad, {} of low quality", grouped(bad), grouped(low_quality)));
        } else if looked_up == 0 {
            text.push_str(". NOT CHECKED: there was nothing to look up");
        }
        eprintln!("{text}.");
        Ok(match (matched, bad + low_quality, looked_up) {
            (1.., ..) => Exit::Matched,
            (0, 0, 1..) => Exit::Clean,
            _ => Exit::NotChecked,
        })
    }

    fn noun(&self) -> &'static str {
        if self.args.dihedral { "picture" } else { "needle" }
    }

    fn all(&mut self) -> Result<(), Stop> {
        let needles = &self.args.needles;
        if needles.is_empty() && io::stdin().is_terminal() {
            return Err(Failure::new("no hash was given; name one, or `-` to type or pipe them, one per line").into());
        }
        if self.args.format == MatchFormat::Csv {
            let columns = ["needle", "distance", "hash", "list", "entry"];
            let turned = if self.args.dihedral { &["transform", "path"][..] } else { &[] };
            row(&mut self.out, columns.into_iter().chain(turned.iter().copied()))?;
        }
        if needles.is_empty() {
            return self.standard_input();
        }
        for (number, needle) in (1..).zip(needles) {
            if needle == "-" {
                self.place = "line";
                self.standard_input()?;
            } else {
                self.place = "argument";
                self.line(number, needle.as_bytes())?;
            }
        }
        self.end_of_picture();
        Ok(())
    }

    fn standard_input(&mut self) -> Result<(), Stop> {
        let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
        let (mut line, mut number) = (Vec::new(), 0);
        loop {
            // Whoever writes line by line and waits for the answer gets it before more is read.
            if self.waiting.len() >= MOST_WAITING || input.buffer().is_empty() {
                self.look_up()?;
                self.out.flush()?;
            }
            line.clear();
            let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            let read = read.map_err(|error| Failure::new(format!("cannot read standard input: {}", plain(&error))))?;
            if read == 0 {
                self.end_of_picture();
                return Ok(());
            }
            number += 1;
            let bytes = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line);
            self.line(number, bytes)?;
            if read as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
                input
                    .skip_until(b'\n')
                    .map_err(|error| Failure::new(format!("cannot read standard input: {}", plain(&error))))?;
            }
        }
    }

    fn line(&mut self, number: u64, bytes: &[u8]) -> Result<(), Stop> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() || text.starts_with('#') {
            return Ok(());
        }
        match parse::<N>(number, text, self.args.dihedral) {
            Err(reason) => {
                self.counts.bad += 1;
                eprintln!("lookalike: {} {number}: {reason}", self.place);
                self.waiting.push(Waiting::Unchecked { number, outcome: "corrupt", reason, needle: None });
                Ok(())
            }
            Ok(needle) if self.args.dihedral => {
                let ends = self.picture.first().is_some_and(|first| first.path != needle.path)
                    || self.picture.iter().any(|earlier| earlier.transform == needle.transform);
                if ends {
                    self.end_of_picture();
                }
                self.picture.push(needle);
                Ok(())
            }
            Ok(needle) => {
                self.add(vec![needle]);
                Ok(())
            }
        }
    }

    /// Ends the lines of one picture, once they are all there.
    fn end_of_picture(&mut self) {
        let picture = mem::take(&mut self.picture);
        let Some(first) = picture.first() else {
            return;
        };
        if picture.len() < Dihedral::ALL.len() {
            self.counts.bad += 1;
            eprintln!(
                "lookalike: {} {}: only {} of the 8 turns of this picture follow each other",
                self.place,
                first.number,
                picture.len()
            );
        }
        self.add(picture);
    }

    /// Puts the needles of one picture on the waiting list, if they have the quality.
    fn add(&mut self, needles: Vec<Needle<N>>) {
        let min_quality = self.args.min_quality;
        let low = needles.first().and_then(|first| first.quality).filter(|quality| *quality < min_quality);
        let Some(quality) = low else {
            self.waiting.push(Waiting::Needles(needles));
            return;
        };
        self.counts.low_quality += 1;
        let needle = needles.into_iter().next();
        let number = needle.as_ref().map_or(0, |needle| needle.number);
        let reason = format!("quality {quality} is below {min_quality}, so it was not looked up");
        eprintln!("lookalike: {} {number}: {reason}", self.place);
        self.waiting.push(Waiting::Unchecked { number, outcome: "low_quality", reason, needle });
    }

    /// Searches for all that waits, and prints what was found.
    fn look_up(&mut self) -> Result<(), Stop> {
        let waiting = mem::take(&mut self.waiting);
        let turned = |needles: &Vec<Needle<N>>| -> Vec<(Dihedral, HashBits<N>)> {
            needles.iter().map(|needle| (needle.transform.unwrap_or(Dihedral::Original), needle.hash)).collect()
        };
        let pictures: Vec<_> = waiting
            .iter()
            .filter_map(|waiting| match waiting {
                // A needle without a quality is taken for one of full quality.
                Waiting::Needles(needles) => Some((needles.first()?.quality.unwrap_or(100), turned(needles))),
                Waiting::Unchecked { .. } => None,
            })
            .collect();
        let pictures: Vec<_> = pictures.iter().map(|(quality, turned)| (*quality, &turned[..])).collect();
        let reports = self.checker.check_pictures(self.checker.profile(), &pictures).map_err(Failure::of)?;
        let mut reports = reports.iter();
        for waiting in &waiting {
            match waiting {
                Waiting::Needles(needles) => {
                    if let (Some(first), Some(report)) = (needles.first(), reports.next()) {
                        self.tell(first, needles, report)?;
                    }
                }
                Waiting::Unchecked { number, outcome, reason, needle } => {
                    self.unchecked(*number, outcome, reason, needle.as_ref())?;
                }
            }
        }
        Ok(())
    }

    /// Prints what was found of one picture. An allow list suppresses nothing here: every listed hash within the radius is printed.
    fn tell(&mut self, first: &Needle<N>, needles: &[Needle<N>], report: &Report) -> Result<(), Stop> {
        if let Some(note) = report.detail() {
            eprintln!("lookalike: {} {}: {note}", self.place, first.number);
        }
        let allow: RuleSet = [Rule::AllowExact, Rule::AllowNear].into_iter().collect();
        let is_allowed = |found: &&Match| found.held_by.iter().all(|rule| allow.contains(rule));
        let mut found: Vec<_> = report.matches().iter().chain(report.held().iter().filter(is_allowed)).collect();
        found.sort_by_key(|found| found.distance);
        let outcome = match report.outcome() {
            Outcome::NoMatch(_) if !found.is_empty() => Outcome::Match,
            outcome => outcome,
        };
        self.counts.looked_up += u64::from(outcome.was_checked());
        self.counts.low_quality += u64::from(!outcome.was_checked());
        self.counts.matched += u64::from(!found.is_empty());
        match self.args.format {
            MatchFormat::Csv => found.iter().try_for_each(|found| self.csv(first, needles, found)),
            MatchFormat::Jsonl => self.jsonl(first.number, outcome.name(), report.detail(), Some(first), &found),
        }
    }

    fn csv(&mut self, first: &Needle<N>, needles: &[Needle<N>], found: &Match) -> Result<(), Stop> {
        let nearest = needles.iter().find(|needle| needle.transform == Some(found.transform)).unwrap_or(first);
        let (hash, distance, listed) = (nearest.hash.to_string(), found.distance.to_string(), found.listed());
        let cells = [&*hash, &*distance, &*listed, &*found.entry.list, &*found.entry.id];
        let turned = [found.transform.name(), nearest.path.as_deref().unwrap_or("")];
        let turned = if self.args.dihedral { &turned[..] } else { &[] };
        row(&mut self.out, cells.into_iter().chain(turned.iter().copied()))?;
        Ok(())
    }

    fn unchecked(&mut self, number: u64, outcome: &str, detail: &str, needle: Option<&Needle<N>>) -> Result<(), Stop> {
        match self.args.format {
            MatchFormat::Csv => Ok(()),
            MatchFormat::Jsonl => self.jsonl(number, outcome, Some(detail), needle, &[]),
        }
    }

    fn jsonl(
        &mut self,
        line: u64,
        outcome: &str,
        detail: Option<&str>,
        needle: Option<&Needle<N>>,
        found: &[&Match],
    ) -> Result<(), Stop> {
        let record = NeedleLine {
            line,
            path: needle.and_then(|needle| needle.path.as_deref()),
            outcome,
            detail,
            needle: needle.map(|needle| needle.hash.to_string()),
            quality: needle.and_then(|needle| needle.quality),
            matches: found.iter().map(|found| found.json(Disclosure::Everything)).collect(),
        };
        write_line(&mut self.out, &record)?;
        Ok(())
    }
}

/// A needle's record.
#[derive(Serialize)]
struct NeedleLine<'a, M> {
    line: u64,
    path: Option<&'a str>,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    needle: Option<String>,
    quality: Option<u8>,
    matches: Vec<M>,
}

/// Reads `HEX[,QUALITY[,PATH]]`, or with `dihedral` `HEX,QUALITY,TRANSFORM,PATH`. Errors never repeat the line.
fn parse<const N: usize>(number: u64, text: &str, dihedral: bool) -> Result<Needle<N>, String> {
    let mut fields = text.splitn(if dihedral { 4 } else { 3 }, ',');
    let hash = fields.next().unwrap_or("").trim().parse().map_err(|error| format!("no hash: {error}"))?;
    let quality = match fields.next().map(|field| field.trim().parse::<u8>()) {
        None => None,
        Some(Ok(quality)) if quality <= 100 => Some(quality),
        Some(_) => return Err("after the hash a quality from 0 to 100 is expected".to_owned()),
    };
    let transform = if dihedral {
        let name = fields.next().unwrap_or("");
        let turn = Dihedral::ALL.into_iter().find(|turn| turn.name() == name);
        Some(turn.ok_or("with --dihedral a line is HEX,QUALITY,TRANSFORM,PATH, as `lookalike hash --dihedral` prints")?)
    } else {
        None
    };
    Ok(Needle { number, hash, quality, transform, path: fields.next().map(shown_text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00000000000000f0";

    #[test]
    fn a_needle_is_a_line_of_hash() {
        let needle =
            parse::<8>(1, &format!("{HEX},97,photos/a,b.jpg"), false).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((needle.quality, needle.path.as_deref()), (Some(97), Some("photos/a,b.jpg")));
        assert!(parse::<8>(1, HEX, false).is_ok_and(|needle| needle.quality.is_none()));
        let turned = parse::<8>(1, &format!("{HEX},97,flipx,a,b.jpg"), true).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((turned.transform, turned.path.as_deref()), (Some(Dihedral::FlipX), Some("a,b.jpg")));
    }

    #[test]
    fn what_is_no_needle_is_refused_without_repeating_it() {
        for (text, dihedral) in [("", false), ("00f0", false), ("zz", false), (HEX, true)] {
            let error = parse::<8>(1, text, dihedral).err().unwrap_or_default();
            assert!(!error.is_empty() && !error.contains("00f0"), "{text}: {error}");
        }
        for quality in ["101", "-1", "x", "", "1000"] {
            assert!(parse::<8>(1, &format!("{HEX},{quality},a.jpg"), false).is_err(), "{quality}");
        }
    }
}
