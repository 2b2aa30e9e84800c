//! The names of the formats.

use core::fmt;
use core::str::FromStr;

use super::{ListError, ListErrorKind};

/// How a list is written; see the [module](super) for what each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One hash or digest per line.
    Text,
    /// A header and delimited columns.
    Csv,
    /// One documented JSON object per line.
    Jsonl,
    /// NCMEC hash sharing v2.
    Ncmec,
    /// StopNCII.
    Stopncii,
    /// Tech Against Terrorism.
    Tat,
    /// Meta ThreatExchange.
    Threatexchange,
    /// python-threatexchange.
    Pytx,
    /// Hasher-Matcher-Actioner.
    Hma,
    /// Project VIC.
    Vics,
    /// Interpol ICSE.
    Icse,
    /// NIST NSRL.
    Nsrl,
    /// The output of `md5sum`, `sha1sum`, `sha256sum` and `hashdeep`.
    Sums,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Csv,
        Self::Jsonl,
        Self::Ncmec,
        Self::Stopncii,
        Self::Tat,
        Self::Threatexchange,
        Self::Pytx,
        Self::Hma,
        Self::Vics,
        Self::Icse,
        Self::Nsrl,
        Self::Sums,
    ];

    /// The name used on the command line: `text`, `csv`, `jsonl`, `ncmec` ...
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Ncmec => "ncmec",
            Self::Stopncii => "stopncii",
            Self::Tat => "tat",
            Self::Threatexchange => "threatexchange",
            Self::Pytx => "pytx",
            Self::Hma => "hma",
            Self::Vics => "vics",
            Self::Icse => "icse",
            Self::Nsrl => "nsrl",
            Self::Sums => "sums",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = ListError;

    /// Reads a [`name`](Self::name).
    fn from_str(name: &str) -> Result<Self, ListError> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            let what = format_args!("unknown list format {name:?}, expected one of: {names}");
            ListError::new(ListErrorKind::Argument, what)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn names_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
        }
        assert!("json".parse::<Format>().unwrap_err().to_string().contains("vics, icse, nsrl, sums"));
    }
}
