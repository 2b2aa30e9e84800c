//! `lookalike calibrate`: how often an index matches pictures that are known to be harmless, and at which radius that is bearable.

mod advice;
mod plot;
mod rows;
mod survey;

use std::sync::Arc;

use lookalike::Checker;
use lookalike::check::InProcess;
use lookalike::entry::Role;
use lookalike::hash::Profile;
use serde_json::json;

pub(crate) use self::advice::figure;

use self::advice::Advice;
use self::rows::{Radius, shown_radii};
use self::survey::{Sticky, Survey, Tally};
use super::{Ended, Run, StandardInput, complaint};
use crate::args::calibrate::CalibrateArgs;
use crate::args::{Format, Views};
use crate::examine::{self, Asked, Examiner};
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::record::Ending;
use crate::summary::{Summary, counted};
use crate::template::render;

/// What came out, with all that is needed to print it.
#[derive(Debug)]
struct Calibration {
    index: String,
    profile: Profile,
    survey: Survey,
    /// For each list of the survey.
    advice: Vec<Advice>,
    /// False matches per million.
    budget: f64,
    least_sticky: u64,
    sticky: Vec<Sticky>,
    not_checked: u64,
}

impl Calibration {
    /// What a person wants to know.
    fn text(&self) -> Result<String, Failure> {
        let survey = &self.survey;
        let table = |title: String, list: &Tally| {
            let radii = shown_radii(list, survey.radius, survey.widest).into_iter();
            (title, radii.map(|radius| Radius::of(None, list, radius, survey.pictures)).collect::<Vec<_>>())
        };
        let mut tables = Vec::new();
        if survey.lists.len() > 1 {
            tables.push(table("All lists together".to_owned(), &survey.all));
        }
        tables.extend(survey.lists.iter().map(|list| table(list.title(), list)));
        let advice = survey.lists.iter().zip(&self.advice);
        let advice =
            advice.map(|(list, advice)| format!("{}: {}", list.shown(), advice.words(survey.pictures, self.budget)));
        let values = json!({
            "pictures": survey.pictures,
            "entries": survey.all.entries,
            "index": self.index,
            "repeated": survey.repeated,
            "listed": survey.all.within(0),
            "radius": survey.radius,
            "tables": tables,
            "advice": advice.collect::<Vec<_>>(),
            "least_sticky": self.least_sticky,
            "sticky": self.sticky,
        });
        render("calibrate.txt", values)
    }
}

/// Calibrates. Exit code 1 if some picture matches within the radius in use, 3 if none does and some could not be checked.
///
/// # Errors
///
/// When the index is refused, a radius makes no sense, something cannot be written, and as [`Run::run`].
pub(crate) fn run(args: &CalibrateArgs) -> Result<Exit, Failure> {
    let forms = ["svg", "html"];
    let message = "--plot draws a plot: name it FILE.svg or FILE.html";
    let form = args.plot.as_deref().map(|path| Output::form(path, &forms, message)).transpose()?;
    let (checker, radius, widest) = open(args)?;
    let profile = checker.profile();
    let mut survey = Survey::new(lists(&checker, widest)?, radius, widest);
    let run = Run {
        paths: &args.paths,
        standard_input: StandardInput::Names { nul_separated: args.null },
        work: &args.work,
        examiner: Examiner::Checks(Arc::new(checker)),
        report: &mut survey,
        // Nothing is written before everything is counted.
        output: Output::open(None)?,
        // Plain pictures are many, and counted in the end.
        note: |record| {
            let ending = record.ending();
            (!ending.is_checked() && ending != Ending::LowQuality).then(|| complaint(record))
        },
        summary: Summary::default(),
    };
    let summary = match run.run()? {
        Ended::Done { summary, .. } => summary,
        Ended::ReaderGone(_) => return Ok(Exit::NotChecked),
    };
    if survey.pictures == 0 {
        eprint!("{}", summary.not_checked_words());
        return Ok(Exit::NotChecked);
    }
    let advice = survey.lists.iter().map(|list| Advice::of(list, survey.pictures, widest, args.budget)).collect();
    let calibration = Calibration {
        index: shown(&args.index),
        profile,
        advice,
        budget: args.budget,
        least_sticky: args.sticky.get(),
        sticky: survey.sticky(args.sticky.get()),
        not_checked: summary.not_checked(),
        survey,
    };
    publish(args, form, &calibration)?;
    match args.format {
        Format::Text => Output::print(&calibration.text()?)?,
        Format::Jsonl => Output::write(None, |out| rows::jsonl(out, &calibration))?,
        Format::Csv => Output::write(None, |out| rows::csv(out, &calibration))?,
    }
    if summary.not_checked() > 0 || summary.interrupted || summary.broken_input.is_some() {
        eprint!("{}", summary.not_checked_words());
    }
    Ok(if calibration.survey.all.within(radius) > 0 {
        Exit::Matched
    } else if summary.exit() == Exit::NotChecked || summary.not_checked() > 0 {
        Exit::NotChecked
    } else {
        Exit::Clean
    })
}

/// Opens the index for a survey; with the radius in use, and the widest.
fn open(args: &CalibrateArgs) -> Result<(Checker, u32, u32), Failure> {
    let lists = examine::open_lists(Some(&args.index), None)?;
    let profile = lists.snapshot().profile();
    let radius = args.radius.unwrap_or_else(|| profile.default_radius());
    // twice the usual radius, and a little more
    let widest = args.most_radius.unwrap_or_else(|| (2 * profile.default_radius() + 2).max(radius));
    if radius > widest {
        return Err(Failure::new(format!("--radius {radius} is more than --most-radius {widest}")));
    }
    if widest as usize > profile.bits() {
        let bits = profile.bits();
        return Err(Failure::new(format!(
            "{widest} is more than the {bits} bits of the index's profile {profile}; lower --most-radius"
        )));
    }
    let asked = Asked {
        radius: Some(widest),
        min_quality: Some(args.min_quality),
        no_dihedral: args.no_dihedral,
        views: args.views.map(Views::set),
        exact: true,
        survey: true,
        ..Asked::default()
    };
    let memory = args.work.memory;
    let decoder = Arc::new(InProcess::new(examine::limits(memory)));
    // A radius as wide as this matches by chance, which is what is measured: no warning.
    let checker = asked.builder(lists)?.decoder(decoder).memory(memory).build().map_err(Failure::of)?;
    Ok((checker, radius, widest))
}

/// The lists that count.
fn lists(checker: &Checker, widest: u32) -> Result<Vec<Tally>, Failure> {
    let lists = checker.snapshot().lists().map_err(Failure::of)?;
    let lists = lists.iter().filter(|(.., role)| *role == Role::Abuse);
    let lists: Vec<_> = lists.map(|(name, entries, _)| Tally::new(name, *entries, widest)).collect();
    if lists.is_empty() {
        return Err(Failure::new("the index has no list of known abuse material, so there is nothing to calibrate"));
    }
    Ok(lists)
}

/// Writes the files that were asked for.
fn publish(args: &CalibrateArgs, form: Option<&str>, calibration: &Calibration) -> Result<(), Failure> {
    if let Some(path) = &args.mutes {
        let Calibration { index, survey, sticky, .. } = calibration;
        let pictures = counted(survey.pictures, "benign picture");
        let values = json!({ "index": index, "pictures": pictures, "radius": survey.radius, "sticky": sticky });
        Output::write_file(path, render("mutes.toml", values)?.as_bytes())?;
        let nameless = sticky.iter().filter(|sticky| sticky.entry.is_empty()).count();
        if nameless > 0 {
            let nameless = counted(nameless as u64, "group");
            eprintln!(
                "lookalike: {nameless} of entries that match many pictures cannot be muted: their lists give them no id"
            );
        }
    }
    if let (Some(path), Some(form)) = (&args.plot, form) {
        let svg = plot::svg(calibration)?;
        let page = match form {
            "svg" => svg,
            _ => render("calibrate.html", json!({ "svg": svg, "text": calibration.text()? }))?,
        };
        Output::write_file(path, page.as_bytes())?;
    }
    Ok(())
}
