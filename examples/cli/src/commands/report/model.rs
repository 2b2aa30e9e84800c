//! A report as sections of rows, from which every format is written: what stands in one stands in all.

/// A whole report.
pub(super) struct Page {
    /// What it was made from, so that it can be made again: key and value.
    pub(super) made_from: Vec<(&'static str, String)>,
    /// What a reader must know before the numbers.
    pub(super) notices: Vec<String>,
    /// The sign of a hidden number, if any is.
    pub(super) sign: Option<String>,
    pub(super) sections: Vec<Section>,
}

/// A table of a report.
pub(super) struct Section {
    /// Its name for machines.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// How it is counted, in a sentence.
    pub(super) note: &'static str,
    /// The names of what tells rows apart, at most four.
    pub(super) keys: &'static [&'static str],
    /// The names of what is counted: for machines and for people.
    pub(super) measures: &'static [(&'static str, &'static str)],
    pub(super) rows: Vec<Line>,
    /// What is said where there is no row.
    pub(super) empty: &'static str,
}

/// A row of a table.
pub(super) struct Line {
    pub(super) keys: Vec<String>,
    pub(super) values: Vec<Value>,
}

/// What stands in a place of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Count(u64),
    /// A share, from 0 to 1.
    Share(f64),
    /// A count, or what is made of counts, that is not told.
    Hidden,
    NotMeasured,
    /// Does not apply, or was not said.
    Nothing,
}

impl Value {
    /// A count, or none.
    pub(super) fn count(count: u64, is_hidden: bool) -> Self {
        if is_hidden { Self::Hidden } else { Self::Count(count) }
    }

    /// In words: counts in groups of three digits, shares in percent.
    pub(super) fn words(&self, sign: &str) -> String {
        match self {
            Self::Count(count) => crate::summary::grouped(*count),
            Self::Share(_) => format!("{} %", self.plain(sign)),
            Self::Hidden | Self::NotMeasured => self.plain(sign),
            Self::Nothing => "–".into(),
        }
    }

    /// For machines: counts as they are, shares as percent with two decimals.
    pub(super) fn plain(&self, sign: &str) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Share(share) => format!("{:.2}", share * 100.0),
            Self::Hidden => sign.to_owned(),
            Self::NotMeasured => "not measured".into(),
            Self::Nothing => String::new(),
        }
    }
}

impl Page {
    pub(super) fn sign(&self) -> &str {
        self.sign.as_deref().unwrap_or_default()
    }

    pub(super) fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }
}

impl Section {
    /// The value of a row under a measure.
    pub(super) fn value<'l>(&self, line: &'l Line, measure: &str) -> &'l Value {
        let at = self.measures.iter().position(|(id, _)| *id == measure);
        at.and_then(|at| line.values.get(at)).unwrap_or(&Value::Nothing)
    }
}
