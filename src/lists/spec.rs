//! A list as named on a command line: `[FORMAT:]PATH[,KEY=VALUE...]`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::options::Kind;
use super::{Column, Format, ListError, ListErrorKind, Options};
use crate::entry::Role;

/// A list as named on a command line: `[FORMAT:]PATH[,KEY=VALUE...]`.
///
/// `FORMAT` is the name of a [`Format`]; without it, the list's beginning decides. Only these words count, so that the colon
/// of a Windows drive is none; a file whose name begins with one is `./text:...`. A comma that belongs to the path or to
/// a value is doubled.
///
/// | key | value |
/// |---|---|
/// | `list` | the list's name; without it, the file's name without extension |
/// | `classification`, `owner`, `jurisdiction` | what holds for entries that do not say |
/// | `role` | what the list is for: `abuse` (unless said otherwise), `allow`, `test` |
/// | `kind` | what hashes of no stated kind are: `pdq`, `md5`, `sha1`, `sha256` |
/// | `minimum-quality` | hashes of a lower stated quality are quarantined: 0 to 100 |
/// | `hash-column`, `md5-column`, `sha1-column`, `sha256-column`, `id-column`, `classification-column`, `owner-column`, `jurisdiction-column`, `list-column`, `quality-column`, `kind-column` | CSV: the name of the column that holds it |
/// | `delimiter` | CSV: `comma`, `semicolon`, `tab`, `pipe`, or the character itself |
/// | `categories` | Project VIC: the categories that are taken, as `1+2+3` |
///
/// ```
/// use lookalike::lists::{Column, Format, ListSpec, Options};
///
/// let spec = ListSpec::parse("csv:exports/may,,june.txt,list=hotline,hash-column=PDQ hex,jurisdiction=GB".as_ref())?;
/// assert_eq!((spec.format, spec.path.to_str()), (Some(Format::Csv), Some("exports/may,june.txt")));
/// assert_eq!(spec.options, Options::new("hotline").jurisdiction("GB").column(Column::Hash, "PDQ hex"));
///
/// let spec = ListSpec::parse(r"c:\lists\known.txt".as_ref())?;
/// assert_eq!(spec.format, None);
/// # Ok::<(), lookalike::lists::ListError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSpec {
    /// How the list is written, if the argument says so.
    pub format: Option<Format>,
    /// Where it is.
    pub path: PathBuf,
    /// What is known about it.
    pub options: Options,
}

/// Every key.
const KEYS: &str = "list, classification, owner, jurisdiction, role, kind, minimum-quality, hash-column, md5-column, sha1-column, \
                    sha256-column, id-column, classification-column, owner-column, jurisdiction-column, list-column, \
                    quality-column, kind-column, delimiter or categories";

impl ListSpec {
    /// Reads an argument.
    ///
    /// A path that is not Unicode is taken as it is; on Windows such an argument can have neither format nor keys.
    ///
    /// # Errors
    ///
    /// An empty path, a part after a comma that is not a known `KEY=VALUE`, a value that the key does not take.
    pub fn parse(argument: &OsStr) -> Result<Self, ListError> {
        let (path, pairs) = split(argument);
        let (format, path) = strip_format(&path);
        if path.is_empty() {
            return Err(refused("the list has no path, expected [FORMAT:]PATH[,KEY=VALUE...]"));
        }
        let path = PathBuf::from(path);
        let mut options = Options::default();
        for pair in pairs {
            let not_unicode = |_| refused("a part after a comma is not Unicode, expected KEY=VALUE");
            let pair = pair.into_string().map_err(not_unicode)?;
            let Some((key, value)) = pair.split_once('=') else {
                return Err(refused(format_args!(
                    "found {pair:?} after a comma, expected KEY=VALUE; double a comma that belongs to the path"
                )));
            };
            set(&mut options, format, key, value)?;
        }
        if options.list.is_empty() {
            options.list = default_name(&path);
        }
        Ok(Self { format, path, options })
    }
}

/// The file's name without extension; `stdin` for `-`.
fn default_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn refused(what: impl core::fmt::Display) -> ListError {
    ListError::new(ListErrorKind::Argument, what)
}

fn set(options: &mut Options, format: Option<Format>, key: &str, value: &str) -> Result<(), ListError> {
    let bad = |expected| refused(format_args!("the value of {key} is not usable, expected {expected}"));
    let named = key.strip_suffix("-column");
    let column = named.and_then(|name| Column::ALL.into_iter().find(|column| column.name() == name));
    let needs = match key {
        _ if column.is_some() => Some(Format::Csv),
        "delimiter" => Some(Format::Csv),
        "categories" => Some(Format::Vics),
        _ => None,
    };
    if let (Some(needs), Some(format)) = (needs, format)
        && needs != format
    {
        let constant = named.filter(|name| ["classification", "owner", "jurisdiction", "list"].contains(name));
        let advice = constant.map_or_else(
            || "omit it".to_owned(),
            |constant| alloc::format!("use {constant}= if one value holds for all entries"),
        );
        return Err(refused(format_args!(
            "{key} is for lists of format {needs}, and the list is read as {format}; {advice}, or put {needs}: before the path"
        )));
    }
    if value.is_empty() {
        return Err(bad("something after the equals sign"));
    }
    if let Some(column) = column {
        *options = core::mem::take(options).column(column, value);
        return Ok(());
    }
    match key {
        "list" => options.list = value.to_owned(),
        "classification" => options.classification = value.to_owned(),
        "owner" => options.owner = value.to_owned(),
        "jurisdiction" => options.jurisdiction = value.to_owned(),
        "role" => options.role = Some(Role::named(value).ok_or_else(|| bad("abuse, allow or test"))?),
        "kind" => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == value);
            options.kind = Some(kind.ok_or_else(|| bad("pdq, md5, sha1 or sha256"))?);
        }
        "categories" => {
            let numbers = value.split('+').map(|number| number.trim().parse().ok()).collect::<Option<Vec<u32>>>();
            options.categories = Some(numbers.ok_or_else(|| bad("numbers with + between them, as 1+2"))?);
        }
        "delimiter" => {
            options.delimiter = Some(match value.as_bytes() {
                b"comma" => b',',
                b"semicolon" => b';',
                b"tab" | b"\\t" => b'\t',
                b"pipe" => b'|',
                [byte @ (b'\t' | b'!'..=b'~')] if *byte != b'"' && !byte.is_ascii_alphanumeric() => *byte,
                _ => return Err(bad("comma, semicolon, tab, pipe or one character")),
            });
        }
        "minimum-quality" => {
            let quality = value.parse().ok().filter(|quality| *quality <= 100);
            options.minimum_quality = Some(quality.ok_or_else(|| bad("a number from 0 to 100"))?);
        }
        _ => {
            let what = format_args!("unknown key {key:?}, expected {KEYS}; double a comma that belongs to the path");
            return Err(refused(what));
        }
    }
    Ok(())
}

/// Splits at single commas; doubled ones become one.
#[cfg(unix)]
fn split(argument: &OsStr) -> (OsString, Vec<OsString>) {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let (path, pairs) = split_bytes(argument.as_bytes());
    (OsString::from_vec(path), pairs.into_iter().map(OsString::from_vec).collect())
}

/// Splits at single commas; doubled ones become one.
#[cfg(not(unix))]
fn split(argument: &OsStr) -> (OsString, Vec<OsString>) {
    let Some(text) = argument.to_str() else {
        return (argument.to_owned(), Vec::new());
    };
    // Nothing but commas is taken out, so what is left is as valid as before.
    let to_text = |bytes: Vec<u8>| OsString::from(String::from_utf8_lossy(&bytes).into_owned());
    let (path, pairs) = split_bytes(text.as_bytes());
    (to_text(path), pairs.into_iter().map(to_text).collect())
}

/// The part before the first single comma, and those behind.
fn split_bytes(bytes: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b',' && bytes.next_if_eq(&b',').is_none() {
            parts.push(core::mem::take(&mut part));
        } else {
            part.push(byte);
        }
    }
    parts.push(part);
    (parts.remove(0), parts)
}

/// Takes a format's name and colon off the path.
fn strip_format(path: &OsStr) -> (Option<Format>, OsString) {
    for format in Format::ALL {
        let prefix = alloc::format!("{format}:");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            if let Some(rest) = path.as_bytes().strip_prefix(prefix.as_bytes()) {
                return (Some(format), OsStr::from_bytes(rest).to_owned());
            }
        }
        #[cfg(not(unix))]
        if let Some(rest) = path.to_str().and_then(|path| path.strip_prefix(&prefix)) {
            return (Some(format), rest.into());
        }
    }
    (None, path.to_owned())
}
