//! A report as sections of rows, from which every format is written: what stands in one stands in all.

use lookalike::audit::Share;
use serde::{Deserialize, Serialize};

use crate::summary::grouped;

/// A whole report.
#[derive(Serialize)]
pub(super) struct Page {
    /// What it was made from, so that it can be made again: key and value.
    pub(super) made_from: Vec<(&'static str, String)>,
    /// What a reader must know before the numbers.
    pub(super) notices: Vec<String>,
    /// Some number is hidden.
    pub(super) hides: bool,
    pub(super) sections: Vec<Section>,
}

/// A table of a report.
#[derive(Serialize)]
pub(super) struct Section {
    #[serde(flatten)]
    pub(super) words: Words,
    pub(super) rows: Vec<Row>,
}

/// How a table is called and explained: an entry of `sections.toml`.
#[derive(Deserialize, Serialize)]
pub(super) struct Words {
    /// Its name for machines.
    pub(super) id: String,
    title: String,
    /// How it is counted, in a sentence.
    note: String,
    /// The names of what tells rows apart, at most four.
    keys: Vec<String>,
    /// The names of what is counted: for machines and for people.
    pub(super) measures: Vec<(String, String)>,
    /// What is said where there is no row.
    #[serde(default)]
    pub(super) empty: String,
}

/// A row of a table.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) keys: Vec<String>,
    pub(super) values: Vec<Value>,
    /// The interval of its precision, to be drawn.
    range: Option<Range>,
}

/// A share and its interval in percent, as places on a line.
#[derive(Serialize)]
struct Range {
    estimate: String,
    lower: String,
    width: String,
}

impl Row {
    pub(super) const fn new(keys: Vec<String>, values: Vec<Value>) -> Self {
        Self { keys, values, range: None }
    }

    /// Appends a share with its interval, or that it was not measured.
    pub(super) fn with_share(mut self, share: Option<Share>, hidden: Option<&str>) -> Self {
        let percent = |share: f64| format!("{:.2}", share * 100.0);
        self.values.extend(match (hidden, share) {
            (Some(sign), _) => [sign; 3].map(Value::untold),
            (None, Some(share)) => [share.estimate, share.lower, share.upper].map(|share| Value {
                words: format!("{} %", percent(share)),
                plain: percent(share),
                ..Value::default()
            }),
            (None, None) => [Value::untold("not measured"), Value::untold(""), Value::untold("")],
        });
        self.range = share.filter(|_| hidden.is_none()).map(|share| Range {
            estimate: percent(share.estimate),
            lower: percent(share.lower),
            width: percent(share.upper - share.lower),
        });
        self
    }
}

/// What stands in a place of a table.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Value {
    /// For people: counts in groups of three digits, shares in percent.
    pub(super) words: String,
    /// For machines: counts as they are, shares as percent with two decimals.
    pub(super) plain: String,
    /// The count, where it is told.
    pub(super) count: Option<u64>,
    is_faint: bool,
}

impl Value {
    /// A count, unless it is `hidden` behind a sign.
    pub(super) fn count(count: u64, hidden: Option<&str>) -> Self {
        match hidden {
            Some(sign) => Self::untold(sign),
            None => Self { words: grouped(count), plain: count.to_string(), count: Some(count), ..Self::default() },
        }
    }

    /// Something that is no number; an empty text: what does not apply, or was not said.
    pub(super) fn untold(text: &str) -> Self {
        let words = if text.is_empty() { "–" } else { text };
        Self { words: words.to_owned(), plain: text.to_owned(), count: None, is_faint: true }
    }
}

impl Page {
    pub(super) fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.words.id == id)
    }

    /// The value of the row of this first key.
    pub(super) fn value(&self, section: &str, key: &str, measure: &str) -> Option<&Value> {
        let section = self.section(section)?;
        section.value(section.rows.iter().find(|row| row.keys.first().is_some_and(|own| own == key))?, measure)
    }
}

impl Section {
    /// The value of a row under a measure.
    pub(super) fn value<'r>(&self, row: &'r Row, measure: &str) -> Option<&'r Value> {
        row.values.get(self.words.measures.iter().position(|(id, _)| id == measure)?)
    }
}
