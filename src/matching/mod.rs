//! What became of a picture: exactly one outcome each, and the rules that decide between match and no match.
//!
//! ```text
//!  Policy: how to look up          Rules: what counts
//!  views, radius, occlusion        per list; allow lists; quorum
//!          │                              │
//!  picture ┴─ search ─► hits, digests ─► findings ── evaluate ─► Decision (Outcome), and of each finding
//!                                                                every rule that fired or held back
//! ```
//!
//! [`Policy`] and [`Rules`] answer different questions. A `Policy` says by which hashes a picture is looked up, and how far around them; it is
//! the look-up's. `Rules` say, list by list and across lists, what of that which was found counts; they are the operator's.
//!
//! With the feature `policy`, rules are read from a TOML file, and a decision is put together as one serialisable value, `Evidence`.
//!
//! The library returns evidence, never a verdict, and never acts.

#![forbid(unsafe_code)]

mod alone;
mod evaluate;
#[cfg(feature = "policy")]
mod evidence;
mod finding;
mod judged;
mod occlusion;
mod outcome;
mod policy;
#[cfg(feature = "policy")]
pub mod policy_file;
mod quorum;
mod rule;
mod rules;
mod subjects;

pub use evaluate::evaluate;
#[cfg(feature = "policy")]
pub use evidence::{Evidence, FoundEntry, JudgedEntry};
pub use finding::{By, Finding, Picture, ViewKind};
pub use judged::{Decision, Judged, Tally};
pub use occlusion::Occlusion;
pub use outcome::Outcome;
pub use policy::Policy;
#[cfg(feature = "policy")]
pub use policy_file::{BoundRules, PolicyError, PolicyFile};
pub use rule::{Rule, RuleSet};
pub use rules::{ListRule, LowQuality, Mute, Quorum, Rules, Trust};
