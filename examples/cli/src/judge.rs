//! The rules of a run, and what is reported of what they say.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use lookalike::check::{MOST_REPORTED, Matched, RuleBook};
use lookalike::hash::Profile;
use lookalike::matching::{By, PolicyFile};

use crate::exit::Failure;
use crate::names::shown;
use crate::record::Match;

/// How a run judges.
#[derive(Clone, Copy)]
pub(crate) struct Judge {
    /// When the run began, in Unix milliseconds: one time for all its pictures. None where no rule asks for it.
    pub(crate) now: Option<i64>,
    /// How many entries are named of a picture.
    pub(crate) most_reported: usize,
}

impl Default for Judge {
    fn default() -> Self {
        Self { now: None, most_reported: MOST_REPORTED }
    }
}

impl Judge {
    /// Reads the rules of a policy file, for an index of this profile.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no policy: names the line and what is allowed.
    pub(crate) fn read(path: &Path, profile: Profile) -> Result<(Self, RuleBook), Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file("read the policy", path, &error))?;
        let policy = PolicyFile::parse(&text, profile)
            .map_err(|error| Failure::new(format!("the policy {} is refused: {error}", shown(path))))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let now = now.and_then(|since| i64::try_from(since.as_millis()).ok());
        Ok((Self { now, ..Self::default() }, RuleBook::of_file(policy)))
    }
}

/// The entries as they are reported.
pub(crate) fn reported(matched: Vec<Matched>, profile: Profile) -> Vec<Match> {
    matched.into_iter().map(|matched| report(matched, profile)).collect()
}

fn report(matched: Matched, profile: Profile) -> Match {
    let (by, hash) = match matched.by {
        By::Hash(bits) => {
            let hash = bits.to_string();
            (profile.name(), hash.get(..profile.bits() / 4).unwrap_or(&hash).to_owned())
        }
        By::Digest(digest) => (digest.kind().name(), digest.to_string()),
    };
    Match {
        distance: matched.distance,
        transform: matched.transform.name(),
        view: matched.view.map_or_else(|| "file".to_owned(), |view| view.to_string()),
        by,
        hash,
        list: matched.list,
        entry: matched.entry,
        classification: matched.classification,
        class: matched.class,
        owner: matched.owner,
        jurisdiction: matched.jurisdiction,
        opinion: matched.opinion,
        role: matched.role,
        trust: matched.trust.name(),
        action: matched.action,
        subject: matched.subject,
        fired: matched.fired,
        held_by: matched.held_by,
    }
}
