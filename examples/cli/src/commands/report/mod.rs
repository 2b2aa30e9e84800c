//! `lookalike report`: what a log says of a period, for publishing.

mod csv;
mod hide;
mod model;
mod plot;
mod sections;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use lookalike::audit::{Report, Tally, Verification, fold};
use serde_json::json;

use crate::args::report::{ReportArgs, ReportFormat};
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::summary::{counted, grouped};
use crate::template::render;
use model::Page;

/// Makes a report.
///
/// # Errors
///
/// When the log cannot be read or is not sound, a date is none, or the report cannot be written.
pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let (from, to) = (args.from, args.to);
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Failure::new(format!("the period ends before it begins: --from {from} --to {to}")));
    }
    let after = to.map(|to| to.checked_add(1.day()).map_err(|_| Failure::new(format!("--to {to} is too late a day"))));
    let begin = from.map(midnight).transpose()?.unwrap_or(i64::MIN);
    let end = after.transpose()?.map(midnight).transpose()?.unwrap_or(i64::MAX);

    let mut tally = Tally::new(begin..end, args.by_version);
    let found = fold(&args.audit, None, |seq, time, event| tally.add(seq, time, event))
        .map_err(|error| Failure::new(error.to_string()))?;
    if let Some(first) = found.problems().first().filter(|_| !args.accept_damaged) {
        let more = match found.problems().len() as u64 + found.more_problems() - 1 {
            0 => String::new(),
            more => format!(", and {} more", counted(more, "problem")),
        };
        return Err(Failure::new(format!(
            "{first}{more}; `lookalike audit verify` tells all, and --accept-damaged reports what is sound"
        )));
    }
    let page = page(args, &tally.finish(), &found)?;
    let text = match args.format {
        ReportFormat::Markdown => render("report.md", &page)?,
        ReportFormat::Csv => {
            return Output::write(args.output.as_deref(), |out| csv::write(out, &page)).map(|()| Exit::Clean);
        }
        ReportFormat::Html => {
            let period = page.made_from.first().map(|(_, period)| period);
            let (days, tiles) = (page.section("days"), plot::tiles(&page));
            let (funnel, drawing) = (plot::funnel(&page), days.and_then(plot::Drawing::of));
            let values = json!({
                "page": page, "period": period, "days": days, "tiles": tiles, "funnel": funnel, "drawing": drawing,
            });
            render("report.html", values)?
        }
    };
    Output::write(args.output.as_deref(), |out| out.write_all(text.as_bytes())).map(|()| Exit::Clean)
}

/// Its first millisecond.
fn midnight(day: Date) -> Result<i64, Failure> {
    let time = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
    let time = time.map_err(|_| Failure::new(format!("{day} is no day that can be reported")))?;
    Ok(time.as_millisecond())
}

/// A time as people and machines read it.
fn stamp(time: i64) -> String {
    Timestamp::from_millisecond(time).map_or_else(|_| "?".into(), |time| format!("{time:.0}"))
}

/// Everything that a report says, whatever its format.
fn page(args: &ReportArgs, report: &Report, found: &Verification) -> Result<Page, Failure> {
    let k = args.suppress_below.unwrap_or(0);
    let sign = format!("<{k}*");
    let (sections, hides) = sections::sections(report, args.suppress_below, &sign)?;
    // Directories say where an operator keeps things, and are nobody else's business.
    let file = args.audit.file_name().map_or_else(|| shown(&args.audit), |name| shown(name.as_ref()));
    let files = match found.files() {
        0 | 1 => file,
        more => format!("{file} and {} before it", counted(more as u64 - 1, "full file")),
    };
    let day = |day: Option<Date>, other: &str| day.map_or_else(|| other.to_owned(), |day| day.to_string());
    let period = format!("{} to {}, UTC", day(args.from, "the beginning of the log"), day(args.to, "its end"));
    let mut made_from = vec![("period", period), ("log", files)];
    if let Some((first, last)) = found.events() {
        // How many events there are says how many matches there can be.
        let events = if hides {
            "not told, for numbers are hidden".into()
        } else {
            format!("{} to {}", grouped(first), grouped(last))
        };
        made_from.push(("events", events));
    }
    if let Some((first, last)) = found.times() {
        made_from.push(("written", format!("{} to {}", stamp(first), stamp(last))));
    }
    made_from.push(("head", found.head().clone()));
    made_from.push(("program", format!("lookalike {}", env!("CARGO_PKG_VERSION"))));

    let mut notices = Vec::new();
    let problems = found.problems().len() as u64 + found.more_problems();
    if problems > 0 {
        notices.push(format!(
            "The log is damaged ({}): the numbers are of what is sound in it.",
            counted(problems, "problem")
        ));
    }
    if report.all().pictures == 0 && report.spans() == 0 && report.tests() == 0 {
        notices.push("Nothing was counted and nothing matched in this period.".into());
    }
    if report.work().interrupted {
        notices.push("Some of the work was interrupted: not everything was seen.".into());
    }
    if hides {
        notices.push(format!(
            "{sign}: hidden, because it is from 1 to {}, or so that such a number does not follow from the sums. Files seen, hashed, refused and looked up are shown.",
            k - 1
        ));
    }
    Ok(Page { made_from, notices, hides, sections })
}
