//! Interpol ICSE: a CSV of digests, delimited by semicolons.
//!
//! `MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;Number of submissions;File
//! Available;Media Type;Baseline`. The classification is the column `Baseline` as published. Source: sepinf-inc/IPED, `HashDBTool.java`.

use std::io::BufRead;

use super::csv::{self, Preset};
use super::{ListError, Options, Sink, Summary};
use crate::hash::Profile;

const ICSE: Preset = Preset { id: "image_id", classification: "baseline", delimiter: Some(b';'), ..Preset::NONE };

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    csv::read_as(reader, options, &ICSE, profile, sink)
}
