//! A report to look at: one self-contained page, no script, everything escaped; wide and narrow, by day and by night, on paper.

use std::fmt::Write as _;

use super::model::{Page, Section, Value};
use super::plot;
use crate::exit::Failure;
use crate::names::shown_text;
use crate::report::html::escaped;

/// The whole page.
///
/// # Errors
///
/// When a plot cannot be drawn, which is a defect.
pub(super) fn page(page: &Page) -> Result<String, Failure> {
    let sign = page.sign();
    let mut out = String::from(HEAD);
    let period = page.made_from.iter().find(|(key, _)| *key == "period").map_or("", |(_, value)| value);
    let _ = writeln!(out, "<header><h1>Report on matches</h1><p>{}</p></header>", text(period));
    for notice in &page.notices {
        let _ = writeln!(out, "<p class=\"notice\">{}</p>", text(notice));
    }
    tiles(&mut out, page);
    if let Some(days) = page.section("days") {
        out.push_str("<section><h2>Matches by day</h2>\n");
        let svg = plot::days(days)?;
        if svg.is_empty() {
            let _ = writeln!(out, "<p class=\"empty\">{}</p>", days.empty);
        } else {
            let _ = write!(out, "<div class=\"wide\">{svg}</div>\n{}", plot::legend(page));
        }
        let _ = writeln!(out, "<p class=\"note\">{}</p></section>", days.note);
    }
    for section in page.sections.iter().filter(|section| section.id != "days") {
        let class = if is_wide(section) { " class=\"full\"" } else { "" };
        let _ = writeln!(out, "<section{class}><h2>{}</h2>", section.title);
        if section.id == "work" {
            out.push_str(&plot::funnel(section, sign));
        }
        table(&mut out, section, sign);
        out.push_str("</section>\n");
    }
    if let Some(days) = page.section("days").filter(|days| !days.rows.is_empty()) {
        out.push_str("<section class=\"full\"><details><summary>Matches by day, in numbers</summary>\n");
        table(&mut out, days, sign);
        out.push_str("</details></section>\n");
    }
    out.push_str("<footer><h2>Made from</h2><dl>\n");
    for (key, value) in &page.made_from {
        let _ = writeln!(out, "<dt>{key}<dd>{}", text(value));
    }
    out.push_str("</dl><p class=\"note\">Whoever has the log can make this report again; the head stands for everything in it.</p></footer>\n</main></body></html>\n");
    Ok(out)
}

/// A section whose table needs the width of the page.
const fn is_wide(section: &Section) -> bool {
    section.keys.len() + section.measures.len() > 5
}

fn text(text: &str) -> String {
    escaped(&shown_text(text))
}

/// The few numbers that are looked at first.
fn tiles(out: &mut String, page: &Page) {
    let of = |section: &str, key: &str, measure: &str| {
        let section = page.section(section);
        let line = section
            .and_then(|section| section.rows.iter().find(|line| line.keys.first().is_some_and(|own| own == key)));
        section.zip(line).map_or(Value::NotMeasured, |(section, line)| section.value(line, measure).clone())
    };
    let all = |measure| of("matches", "all lists", measure);
    let reported = match of("reported", "all", "pictures") {
        Value::NotMeasured => Value::Count(0),
        value => value,
    };
    out.push_str("<div class=\"tiles\">\n");
    for (name, value, class) in [
        ("files seen", of("work", "seen", "files"), ""),
        ("pictures matched", all("pictures"), ""),
        ("confirmed", all("confirmed"), "confirmed"),
        ("false positives", all("false_positive"), "false_positive"),
        ("not reviewed", all("not_reviewed"), "not_reviewed"),
        ("precision", all("precision_percent"), ""),
        ("reported", reported, ""),
    ] {
        let bar = if class.is_empty() { String::new() } else { format!(" style=\"border-color:var(--{class})\"") };
        let small = if matches!(value, Value::NotMeasured) { " class=\"unmeasured\"" } else { "" };
        let _ = writeln!(out, "<div{bar}><b{small}>{}</b><span>{name}</span></div>", text(&value.words(page.sign())));
    }
    out.push_str("</div>\n");
}

fn table(out: &mut String, section: &Section, sign: &str) {
    if section.rows.is_empty() {
        let _ = writeln!(out, "<p class=\"empty\">{}</p>", section.empty);
        return;
    }
    let has_precision = section.measures.iter().any(|(id, _)| *id == "precision_percent");
    out.push_str("<div class=\"wide\"><table><thead><tr>");
    for key in section.keys {
        let _ = write!(out, "<th class=\"key\">{key}");
    }
    for (_, title) in section.measures {
        let _ = write!(out, "<th>{title}");
    }
    if has_precision {
        out.push_str("<th class=\"scale\"><span>0 %</span><span>50 %</span><span>100 %</span>");
    }
    out.push_str("</thead><tbody>\n");
    for line in &section.rows {
        out.push_str("<tr>");
        for key in &line.keys {
            let _ = write!(out, "<td class=\"key\">{}", text(key));
        }
        for value in &line.values {
            let class = match value {
                Value::Hidden | Value::NotMeasured | Value::Nothing => " class=\"faint\"",
                Value::Count(_) | Value::Share(_) => "",
            };
            let _ = write!(out, "<td{class}>{}", text(&value.words(sign)));
        }
        if has_precision {
            let _ = write!(out, "<td>{}", plot::interval(section, line));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "</tbody></table></div>\n<p class=\"note\">{}</p>", section.note);
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>lookalike report</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --ground: #f5f6f8; --card: #fff; --ink: #1c2530; --soft: #5b6672; --faint: #d5dae0;
  --confirmed: #1f5c99; --false_positive: #d55e00; --unclear: #d9a400; --not_reviewed: #a9b3bd; --untold: #b58bb8; --accent: #1f5c99 }
@media (prefers-color-scheme: dark) { :root { --ground: #12161b; --card: #1b2128; --ink: #e4e9ee; --soft: #98a4b0; --faint: #38424d;
  --confirmed: #6aa9e0; --false_positive: #f08a3c; --unclear: #e3c04f; --not_reviewed: #66717d; --untold: #b58bb8; --accent: #6aa9e0 } }
* { box-sizing: border-box; print-color-adjust: exact; -webkit-print-color-adjust: exact }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums }
main { max-width: 76em; margin: 0 auto; padding: 1.5em 1em 3em; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27em), 1fr)); gap: 1em }
header, .notice, .tiles, .full, footer, section:has(svg), section:has(.funnel) { grid-column: 1 / -1 }
header h1 { margin: 0; font-size: 1.9em; letter-spacing: -.01em }
header p { margin: 0; color: var(--soft) }
.notice { margin: 0; padding: .7em 1em; border-left: 4px solid var(--false_positive); background: var(--card); border-radius: 4px }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9em, 1fr)); gap: .8em }
.tiles div { background: var(--card); border-radius: 8px; padding: .8em 1em; border-top: 4px solid var(--faint); display: flex; flex-direction: column }
.tiles b { font-size: 1.45em; line-height: 1.4; white-space: nowrap }
.tiles b.unmeasured { font-size: 1em; line-height: 2.03; color: var(--soft) }
.tiles span { color: var(--soft) }
section, footer { background: var(--card); border-radius: 8px; padding: 1em 1.2em; min-width: 0 }
h2 { margin: 0 0 .6em; font-size: 1.1em }
.wide { overflow-x: auto }
.wide svg { display: block; width: 100%; min-width: 40em; height: auto }
.wide svg text { font-family: system-ui, sans-serif }
table { border-collapse: collapse; width: 100% }
th, td { text-align: right; padding: .3em .5em; border-bottom: 1px solid var(--faint); white-space: nowrap }
th { color: var(--soft); font-weight: 600; font-size: .87em }
.key { text-align: left; white-space: normal; overflow-wrap: break-word; max-width: 20em }
table { font-size: .93em }
.key:nth-child(n+2) { min-width: 4em }
th:first-child, td:first-child { padding-left: 0 }
tbody tr:last-child td { border-bottom: 0 }
.faint, .empty, .note, .legend { color: var(--soft) }
.note { font-size: .87em; margin: .7em 0 0 }
.empty { margin: 0 }
.legend { display: flex; flex-wrap: wrap; gap: .2em 1.3em; margin: .4em 0 0 }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em }
.scale { min-width: 10em }
.scale span { display: inline-block; width: 33.3% }
.scale span:nth-child(1) { text-align: left } .scale span:nth-child(2) { text-align: center }
.range { display: block; position: relative; height: 1em; min-width: 9em; background: linear-gradient(90deg, var(--faint) 1px, transparent 1px) 0 0 / 25% 100%; border-right: 1px solid var(--faint) }
.range i { position: absolute; top: calc(50% - 3px); height: 6px; min-width: 2px; border-radius: 3px; background: var(--accent); opacity: .45 }
.range b { position: absolute; top: calc(50% - 5px); width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; background: var(--accent) }
.funnel { margin-bottom: 1em }
.funnel div { display: grid; grid-template-columns: 6em 1fr 8em; gap: 0 1em; align-items: center; padding: .25em 0 }
.funnel .track { background: var(--faint); border-radius: 4px; height: 1.3em; overflow: hidden }
.funnel .track i { display: block; height: 100%; min-width: 2px; background: var(--accent) }
.funnel em { font-style: normal; font-weight: 600; text-align: right }
.funnel small { grid-column: 2 / -1; color: var(--soft) }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2em 1.2em; margin: 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
footer h2 { margin-bottom: .4em }
summary { cursor: pointer; font-weight: 600 }
@media (max-width: 34em) { .funnel div { grid-template-columns: 5em 1fr 5.5em; gap: 0 .6em } }
@media print { :root { color-scheme: light; --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --faint: #ccc }
  main { display: block; padding: 0; max-width: none } section, footer, .tiles { margin: 0 0 1.2em; padding: 0; break-inside: avoid } body { font-size: 12px }
  .wide { overflow: visible } .wide svg { min-width: 0 } th, td { padding: .2em .4em } .scale, .range { min-width: 7em } }
</style></head><body><main>
"#;
