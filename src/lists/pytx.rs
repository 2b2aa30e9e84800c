//! Files of python-threatexchange.
//!
//! A signal file has `TYPE SIGNAL` or only a signal a line, without comments. `dataset --csv` writes the header
//! `signal_type,signal_str,collab,category,tags`; the category is an opinion, tags are separated by spaces. A list of one kind is told
//! from the other by its first line.
//! Source: facebook/ThreatExchange, `threatexchange/exchanges/impl/file_api.py`, `cli/dataset_cmd.py`.

use std::io::BufRead;

use super::csv::{self, Preset};
use super::sniff::Sniffed;
use super::{ListError, Options, Sink, Summary, text};
use crate::hash::Profile;

const DATASET: Preset = Preset { classification: "tags", opinion: "category", ..Preset::NONE };

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let sniffed = Sniffed::new(reader).map_err(|error| ListError::read(0, error))?;
    if sniffed.is_dataset() {
        csv::read_as(sniffed.into_reader(), options, &DATASET, profile, sink)
    } else {
        text::read(sniffed.into_reader(), options, profile, sink)
    }
}
