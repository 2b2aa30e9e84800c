//! What a list says of a picture beside its hash: the words that importers, [`index`](crate::index) and
//! [`matching`](crate::matching) share.

#![forbid(unsafe_code)]

mod digest;
mod opinion;
mod role;

pub use digest::{Digest, DigestKind, ParseDigestError};
pub use opinion::Opinion;
pub use role::Role;
