//! NIST National Software Reference Library: digests of known files, an allow list and nothing else.
//!
//! `NSRLFile.txt` is a CSV with the columns `SHA-1`, `MD5`, `CRC32`, `FileName`, `FileSize`, `ProductCode`, `OpSystemCode`,
//! `SpecialCode`. The id is the product's code; files with the special code `M` are malicious and are left out. Source: NIST,
//! "Data Formats of the NSRL Reference Data Set".

use std::io::BufRead;

use super::csv::{self, Preset};
use super::{Format, ListError, Options, Sink, Summary};
use crate::entry::Role;
use crate::hash::Profile;

const NSRL: Preset = Preset {
    id: "productcode",
    classification: "specialcode",
    malicious: "M",
    role: Some(Role::Allow),
    ..Preset::NONE
};

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    if let Some(role) = options.role.filter(|role| *role != Role::Allow) {
        let why = "it lists known files, nearly all of them harmless; use role=allow, or leave role away";
        return Err(ListError::role(Format::Nsrl, role, 0, why));
    }
    csv::read_as(reader, options, &NSRL, profile, sink)
}
