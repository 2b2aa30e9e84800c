//! What became of a picture: exactly one outcome each, and the policy that decides between match and no match.
//!
//! The library returns evidence, never a verdict, and never acts.

#![forbid(unsafe_code)]

mod occlusion;
mod outcome;
mod policy;

pub use occlusion::Occlusion;
pub use outcome::Outcome;
pub use policy::Policy;
