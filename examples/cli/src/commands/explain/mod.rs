//! `lookalike explain`: why two pictures, or a picture and a hash, match or do not.

mod compare;
mod jsonl;
mod lists;
mod png;
mod side;
mod words;

use std::io;
use std::path::Path;

use anstream::AutoStream;
use clap::ColorChoice;
use serde_json::json;

use self::compare::{Comparison, Grid};
use self::jsonl::line;
use self::lists::{Listed, record_words};
use self::side::Side;
use self::words::{Sentence, sentences};
use crate::args::TextFormat;
use crate::args::explain::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::record::Ending;
use crate::report::jsonl::write_line;
use crate::template::render;

/// Everything there is to say.
#[derive(Debug)]
struct Explained {
    a: Side,
    /// What A is compared with: the second operand, else the nearest listed hash.
    b: Option<Side>,
    b_is_given: bool,
    comparison: Option<Comparison>,
    listed: Option<Listed>,
}

impl Explained {
    /// Whether A would match B, or an entry of the index where only that was asked.
    fn matches(&self) -> bool {
        let scanned = self.listed.as_ref().and_then(|listed| listed.scanned.as_ref());
        match (scanned, &self.comparison) {
            (Some(record), _) if !self.b_is_given => matches!(record.ending(), Ending::Match | Ending::Test),
            (_, Some(comparison)) => comparison.matches() && !self.is_unsure(),
            (_, None) => false,
        }
    }

    /// Both hashes as they are drawn, and what is to be said of them.
    fn drawn(&self) -> Option<([Grid; 2], Vec<Sentence>)> {
        let (b, comparison) = (self.b.as_ref()?, self.comparison.as_ref()?);
        Some((comparison.grids(&self.a, b)?, sentences(&self.a, b, comparison)))
    }

    /// Everything in words, by a template.
    fn words(&self, template: &str, colours: bool) -> Result<String, Failure> {
        let (grids, sentences) = self.drawn().unzip();
        let listed = self.listed.as_ref();
        let lists = listed.map(|listed| listed.lists.iter().map(|list| list.words(listed)).collect::<Vec<_>>());
        let sides = [Some(&self.a), self.b.as_ref()].map(|side| side.map(Side::words));
        let values = json!({
            "line": line(self),
            "sides": sides,
            "chosen": self.comparison.as_ref().and_then(Comparison::row),
            "grids": grids,
            "sentences": sentences,
            "index": listed.map(|listed| &listed.index),
            "lists": lists,
            "scan": listed.and_then(|listed| listed.scanned.as_ref()).map(record_words),
            "colours": colours,
        });
        render(template, values)
    }

    /// The grids as a picture, with the verdict below.
    fn png(&self) -> Result<Vec<u8>, Failure> {
        let (Some((grids, sentences)), Some(b)) = (self.drawn(), &self.b) else {
            return Err(Failure::new(
                "nothing listed is near A, so there are no two hashes to be drawn; use FILE.html",
            ));
        };
        let sides = [("A", &self.a), ("B", b)];
        let sides = sides.map(|(letter, side)| (format!("{letter}  {}: {}", side.name, side.words()), false));
        let spoken = sentences.into_iter().map(|sentence| (sentence.text, sentence.is_loud));
        let texts: Vec<_> = sides.into_iter().chain(spoken).collect();
        let mut bytes = io::Cursor::new(Vec::new());
        let encoded = png::picture(&grids, &texts).write_to(&mut bytes, image::ImageFormat::Png);
        encoded.map_err(|error| Failure::new(format!("cannot encode a PNG: {error}")))?;
        Ok(bytes.into_inner())
    }

    /// Whether what is looked up has too low a quality to be looked up.
    fn is_unsure(&self) -> bool {
        match (&self.a.picture, &self.b) {
            (None, Some(b)) => b.is_of_low_quality(),
            _ => self.a.is_of_low_quality(),
        }
    }
}

/// Explains. Exit code 1 if they would match, 3 if a picture cannot tell.
///
/// # Errors
///
/// When an operand is neither a hash nor a file, nothing can be compared, the index is refused, or something cannot be
/// written.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let message = "--output makes a page or a picture: name it FILE.html or FILE.png";
    let form = args.output.as_deref().map(|path| Output::form(path, &["html", "png"], message)).transpose()?;
    let explained = explain(args)?;
    if let (Some(path), Some(form)) = (&args.output, form) {
        let bytes = if form == "png" { explained.png()? } else { explained.words("explain.html", false)?.into_bytes() };
        Output::write_file(path, &bytes)?;
    }
    match args.format {
        TextFormat::Text => Output::print(&explained.words("explain.txt", is_coloured(args.color))?)?,
        TextFormat::Jsonl => Output::write(None, |out| write_line(out, &line(&explained)))?,
    }
    Ok(match (explained.matches(), explained.is_unsure()) {
        (true, _) => Exit::Matched,
        (false, true) => Exit::NotChecked,
        (false, false) => Exit::Clean,
    })
}

fn explain(args: &ExplainArgs) -> Result<Explained, Failure> {
    let is_dash = |path: &Path| path.as_os_str() == "-";
    if is_dash(&args.a) && args.b.as_deref().is_some_and(is_dash) {
        return Err(Failure::new("only one of the two can be read from standard input"));
    }
    let views = args.views.set();
    let a = Side::of(&args.a, args.profile, views)?;
    let mut listed = args.index.as_deref().map(|index| Listed::of(index, &a, args.radius)).transpose()?;
    if let (Some(listed), Some(index)) = (&mut listed, &args.index) {
        if a.picture.is_some() && !is_dash(&args.a) {
            listed.scanned = Some(lists::scanned(args, index)?);
        } else if args.policy.is_some() {
            return Err(Failure::new("--policy is about a file: its digests and views count, too"));
        }
    }
    let b = match (&args.b, &listed) {
        (Some(b), _) => Some(Side::of(b, args.profile, views)?),
        (None, Some(Listed { profile, nearest: Some(nearest), .. })) => {
            let hashes = vec![(*profile, vec![nearest.clone()])];
            Some(Side { name: "nearest listed hash".to_owned(), picture: None, hashes })
        }
        (None, _) => None,
    };
    let profile = if args.b.is_some() { args.profile } else { None };
    let comparison = b.as_ref().map(|b| {
        Comparison::of(&a, b, profile, args.radius).ok_or_else(|| {
            let of = |side: &Side| side.hashes.first().map_or("none", |(profile, _)| profile.name());
            let (of_a, of_b) = (of(&a), of(b));
            Failure::new(format!("the two cannot be compared: A is a hash of profile {of_a}, B of {of_b}"))
        })
    });
    let comparison = comparison.transpose()?;
    if let (Some(radius), Some(row)) = (args.radius, comparison.as_ref().and_then(Comparison::row)) {
        let (profile, bits) = (row.profile, row.profile.bits());
        if radius as usize > bits {
            let message = format!("--radius {radius} is more than the {bits} bits of the profile {profile}");
            return Err(Failure::new(message));
        }
    }
    Ok(Explained { a, b, b_is_given: args.b.is_some(), comparison, listed })
}

/// Whether to colour what is printed; `auto` heeds NO_COLOR, TERM, and whether that is a terminal.
fn is_coloured(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    }
}
