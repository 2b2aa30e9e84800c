//! `lookalike explain`: why two pictures, or a picture and a hash, match or do not.

mod compare;
mod html;
mod jsonl;
mod lists;
mod png;
mod side;
mod text;
mod words;

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use lookalike::hash::Profile;

use self::compare::Comparison;
use self::lists::Listed;
use self::side::{Side, Trouble};
use self::text::Paint;
use crate::args::explain::{Color, ExplainArgs, ExplainFormat};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::record::Ending;

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
    let form = args.output.as_deref().map(Form::of).transpose()?;
    let explained = match explain(args) {
        Ok(explained) => explained,
        Err(Trouble::Failure(failure)) => return Err(failure),
        Err(Trouble::NotChecked(why)) => {
            eprintln!("lookalike: {why}");
            return Ok(Exit::NotChecked);
        }
    };
    if let (Some(path), Some(form)) = (&args.output, form) {
        write_page(path, form, &explained)?;
    }
    let mut out = Output::open(None)?;
    let paint = Paint { colours: wants_colours(args.color, out.is_terminal()) };
    let written = match args.format {
        ExplainFormat::Text => text::write(&mut out, &explained, paint),
        ExplainFormat::Jsonl => jsonl::write(&mut out, &explained),
    };
    Output::ended("standard output", written.and_then(|()| out.finish()))?;
    Ok(match (explained.matches(), explained.is_unsure()) {
        (true, _) => Exit::Matched,
        (false, true) => Exit::NotChecked,
        (false, false) => Exit::Clean,
    })
}

fn explain(args: &ExplainArgs) -> Result<Explained, Trouble> {
    let is_dash = |path: &Path| path.as_os_str() == "-";
    if is_dash(&args.a) && args.b.as_deref().is_some_and(is_dash) {
        return Err(Failure::new("only one of the two can be read from standard input").into());
    }
    let views = args.views.set();
    let a = Side::of(&args.a, args.profile, views)?;
    let mut listed = args.index.as_deref().map(|index| Listed::of(index, &a, args.radius)).transpose()?;
    if let (Some(listed), Some(index)) = (&mut listed, &args.index) {
        if a.picture.is_some() && !is_dash(&args.a) {
            listed.scanned = Some(lists::scanned(args, index)?);
        } else if args.policy.is_some() {
            return Err(Failure::new("--policy is about a file: its digests and views count, too").into());
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
    if let (Some(radius), Some(comparison)) = (args.radius, &comparison) {
        check_radius(radius, comparison.profile)?;
    }
    Ok(Explained { a, b, b_is_given: args.b.is_some(), comparison, listed })
}

fn check_radius(radius: u32, profile: Profile) -> Result<(), Failure> {
    let bits = profile.bits();
    if radius as usize > bits {
        return Err(Failure::new(format!("--radius {radius} is more than the {bits} bits of the profile {profile}")));
    }
    Ok(())
}

/// What `--output` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Png,
}

impl Form {
    fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase).as_deref() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("png") => Ok(Self::Png),
            _ => Err(Failure::new("--output makes a page or a picture: name it FILE.html or FILE.png")),
        }
    }
}

fn write_page(path: &Path, form: Form, explained: &Explained) -> Result<(), Failure> {
    let bytes = match (form, &explained.b, &explained.comparison) {
        (Form::Html, ..) => html::page(explained).into_bytes(),
        (Form::Png, Some(b), Some(comparison)) => {
            let picture = png::picture(&explained.a, b, comparison)
                .ok_or_else(|| Failure::new("there are no two hashes to be drawn"))?;
            let mut bytes = io::Cursor::new(Vec::new());
            let encoded = picture.write_to(&mut bytes, image::ImageFormat::Png);
            encoded.map_err(|error| Failure::new(format!("cannot encode a PNG: {error}")))?;
            bytes.into_inner()
        }
        (Form::Png, ..) => {
            return Err(Failure::new(
                "nothing listed is near A, so there are no two hashes to be drawn; use FILE.html",
            ));
        }
    };
    Output::write_file(path, &bytes)
}

/// <https://no-color.org>: set and not empty, it forbids colours that nobody asked for.
fn wants_colours(color: Color, is_terminal: bool) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb,
    }
}
