//! `lookalike list manifest`: what a publisher says of a version of a list, ready to be signed.

use std::path::Path;

use lookalike::store::Sha256Digest;
use lookalike::store::manifest::{Guard, Manifest};

use super::signed::{contents, manifest_text, measured, now, of, spec};
use crate::args::manifest::ManifestArgs;
use crate::exit::{Exit, Failure};
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::summary::{counted, entries, grouped};

pub(super) fn run(args: &ManifestArgs) -> Result<Exit, Failure> {
    if !args.force && args.output.symlink_metadata().is_ok() {
        return Err(Failure::new(format!("{} exists already; --force replaces it", shown(&args.output))));
    }
    let spec = spec(&args.list)?;
    let file = measured(&spec.path)?;
    let contents = contents(&args.list, args.profile, args.allow_empty)?;
    if measured(&spec.path)? != file {
        return Err(Failure::new(format!("{} changed while it was read; try again", shown(&spec.path))));
    }
    let mut manifest = Manifest::new(&contents.list, args.profile, file, contents.entries);
    let previous = args.previous.as_deref().map(|path| previous(path, &contents.list)).transpose()?;
    if let Some((before, digest)) = &previous {
        manifest.previous = Some(*digest);
        (manifest.epoch, manifest.sequence) =
            if args.new_epoch { (before.epoch + 1, 1) } else { (before.epoch, before.sequence + 1) };
        manifest.publisher.clone_from(&before.publisher);
        manifest.jurisdiction.clone_from(&before.jurisdiction);
        if before.profile == args.profile {
            manifest.radius = before.radius;
        }
    }
    if let Some(publisher) = &args.publisher {
        manifest.publisher.clone_from(publisher);
    }
    if let Some(jurisdiction) = &args.jurisdiction {
        manifest.jurisdiction.clone_from(jurisdiction);
    }
    manifest.radius = args.radius.unwrap_or(manifest.radius);
    // whole seconds, and never before the one before
    let before = previous.as_ref().map_or(0, |(before, _)| before.created);
    manifest.created = (now() / 1000 * 1000).max(before);
    manifest.expires = manifest.created + args.expires_in / 1000 * 1000;
    manifest.file_format = contents.format;
    manifest.file_options = contents.options;
    let text = manifest.to_json().map_err(|error| of(&args.output, &error))?;
    Output::write_file(&args.output, &text)?;
    tell(args, &manifest, previous.as_ref().map(|(before, _)| before), contents.bad);
    Ok(Exit::Clean)
}

/// The manifest before, and the digest of its text.
fn previous(path: &Path, list: &str) -> Result<(Manifest, Sha256Digest), Failure> {
    let text = manifest_text(path)?;
    let manifest = Manifest::parse(&text).map_err(|error| of(path, &error))?;
    if manifest.list != list {
        let (found, list) = (shown_text(&manifest.list), shown_text(list));
        return Err(Failure::new(format!("{} is of the list {found}, and this one is {list}", shown(path))));
    }
    Ok((manifest, Sha256Digest::of(&text)))
}

/// Says what was written, what operators will ask, and what is to be done next.
fn tell(args: &ManifestArgs, manifest: &Manifest, before: Option<&Manifest>, bad: u64) {
    let Manifest { epoch, sequence, .. } = manifest;
    let now = manifest.entries.entries;
    let were = before.map_or(String::new(), |before| format!(" ({} before)", grouped(before.entries.entries)));
    eprintln!(
        "Wrote {}: list {}, number {sequence} of key epoch {epoch}, {}{were}.",
        shown(&args.output),
        shown_text(&manifest.list),
        entries(now),
    );
    if bad > 0 {
        eprintln!(
            "{} will be left out by whoever reads the list; `lookalike list check` names them.",
            counted(bad, "bad record")
        );
    }
    if let Some(error) = before.and_then(|before| Guard::new().sudden(before.entries.entries, now)) {
        eprintln!("Machines will refuse it until their operators accept it, so tell them: {error}.");
    }
    let path = quoted(&shown(&args.output));
    let who = if args.new_epoch {
        "enough of the list's old keys and enough of the new ones"
    } else {
        "enough of the list's keys"
    };
    eprintln!("Sign it with {who}, each where that key is kept, and ship the file, the manifest and the signatures:");
    eprintln!("  minisign -S -s KEY -m {path} -x {path}.KEY.minisig");
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
    if name.chars().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!(quoted("a/b-1.json"), "a/b-1.json");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
    }
}
