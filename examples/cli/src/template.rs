//! Renders what people read: texts, Markdown and HTML pages, from the values that JSON is made of as well.
//!
//! The templates lie in `templates/`, one for each command and form. Whatever a template prints is escaped for the form by whose
//! extension it is named; text that a filter marks as safe is not escaped again. A name that a template asks for and nobody
//! gave is an error, never an empty place.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior};
use serde::{Serialize, Serializer};

use crate::commands::calibrate::figure;
use crate::exit::Failure;
use crate::names::shown_text;
use crate::report::html::escaped;
use crate::summary::{counted, entries, grouped};

/// The texts of the templates of these names.
macro_rules! templates {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("templates/", $name)))),*] };
}

const TEMPLATES: &[(&str, &str)] = &templates![
    "calibrate.html"
    "calibrate.svg"
    "calibrate.txt"
    "demo.txt"
    "explain.html"
    "explain.txt"
    "list-check.txt"
    "list-summary.txt"
    "list-trust.txt"
    "mutes.toml"
    "report.html"
    "report.md"
    "store-status.txt"
];

/// Columns of a terminal.
const COLUMNS: usize = 78;

/// Renders a template.
///
/// # Errors
///
/// When the template has a defect.
pub(crate) fn render(name: &str, values: impl Serialize) -> Result<String, Failure> {
    rendered(name, Value::from(Serde(values)))
        .map_err(|error| Failure::new(format!("cannot write {name}: {error:#}; please report it")))
}

fn rendered(name: &str, values: Value) -> Result<String, Error> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    templates.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html" | "svg")) => AutoEscape::Html,
        Some((_, "md")) => AutoEscape::Custom("markdown".into()),
        _ => AutoEscape::None,
    });
    templates.set_formatter(formatted);
    templates.add_filter("grouped", grouped);
    templates.add_filter("counted", |count: u64, noun: &str| counted(count, noun));
    templates.add_filter("entries", entries);
    templates.add_filter("figure", figure);
    templates.add_filter("left", |value: Value, width: usize| format!("{:<width$}", value.to_string()));
    templates.add_filter("right", |value: Value, width: usize| format!("{:>width$}", value.to_string()));
    templates.add_filter("wrap", wrap);
    templates.add_filter("toml", |text: String| Value::from_safe_string(toml::Value::from(text).to_string()));
    templates.add_filter("paint", paint);
    for (name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    templates.get_template(name)?.render(values)
}

/// Prints a value, so that nothing in it breaks a line, steers a terminal, or is read as markup.
fn formatted(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = value.to_string();
    let text = match state.auto_escape() {
        _ if value.is_safe() => text,
        AutoEscape::Html => escaped(&shown_text(&text)),
        AutoEscape::Custom(_) => markdown(&shown_text(&text)),
        _ => shown_text(&text),
    };
    Ok(out.write_str(&text)?)
}

/// The text with everything escaped that Markdown could read as its own.
fn markdown(text: &str) -> String {
    text.chars()
        .flat_map(|letter| "\\`*_[]<>|#&~".contains(letter).then_some('\\').into_iter().chain([letter]))
        .collect()
}

/// Lines of a terminal, the first and the others behind what they begin with.
fn wrap(text: &str, first: &str, others: &str) -> Value {
    let options = textwrap::Options::new(COLUMNS).initial_indent(first).subsequent_indent(others);
    Value::from_safe_string(textwrap::fill(&shown_text(text), options))
}

/// The text between escapes of a terminal, where a code for them is given.
fn paint(value: Value, code: Option<&str>) -> Value {
    let text = if value.is_safe() { value.to_string() } else { shown_text(&value.to_string()) };
    Value::from_safe_string(match code {
        Some(code) => format!("\x1b[{code}m{text}\x1b[0m"),
        None => text,
    })
}

/// Serialises a value by its words.
pub(crate) fn text<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Adds fields to an object.
pub(crate) fn add(object: &mut serde_json::Value, more: serde_json::Value) {
    use serde_json::Value::Object;
    if let (Object(object), Object(mut more)) = (object, more) {
        object.append(&mut more);
    }
}
