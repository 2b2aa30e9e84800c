//! What became of a picture: exactly one outcome each, and the rules that decide between match and no match.
//!
//! ```text
//!  SearchOptions: how to search     Rules: what counts
//!  views, turns, occlusion          per list; allow lists; quorum; mutes
//!          │                              │
//!  picture ┴─ search ─► hits, digests ─► findings ── evaluate ─► Decision (Outcome), and for each finding
//!                                                                every rule that fired or suppressed it
//! ```
//!
//! Without `std`, fill [`Rules`] in and call [`evaluate`]. With the feature `policy`, a `Policy` owns the rules and reads them from TOML.
//! Everything above that, from a file's bytes to a report, is in `check`.
//!
//! The library returns evidence, never a verdict, and never acts.

#![forbid(unsafe_code)]

mod alone;
mod evaluate;
mod finding;
mod judged;
mod occlusion;
mod outcome;
#[cfg(feature = "policy")]
pub mod policy;
mod quorum;
mod rule;
mod rules;
mod search_options;
mod subjects;

pub use evaluate::evaluate;
pub use finding::{By, Finding, Picture, ViewKind};
pub use judged::{Decision, Judged, Tally};
pub use occlusion::Occlusion;
pub use outcome::Outcome;
#[cfg(feature = "policy")]
pub use policy::{BoundRules, Policy, PolicyError};
pub use rule::{Rule, RuleSet};
pub use rules::{ListRule, LowQuality, Mute, Quorum, Rules, Trust};
pub use search_options::SearchOptions;
