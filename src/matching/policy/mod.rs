//! What counts as a match: an operator's rules, set in code or read from a TOML file.
//!
//! ```toml
//! version = 1                     # of this format; must be there
//!
//! [default]                       # what holds for lists that are not named below, and where a list says nothing
//! radius = 31                     # bits in which hashes may differ, inclusive: 0 to 256; 0 to 64 for hashes of 64 bits
//! minimum-quality = 50            # 0 to 100: views of lower quality do not count
//! low-quality = { below = 70, radius = 20 }   # a tighter radius for views of a quality below 70
//! trust = "verified"              # or "seed": leads that somebody should look at
//! action = "review"               # any words of yours; they stand in reports
//! jurisdiction = "US"             # under whose law entries were classified, whatever they say themselves
//! confirm = false                 # whether a second hash must find the same entry: see [confirm]
//!
//! [[list]]                        # as often as there are lists; the same keys, and two more
//! name = "hotline"                # the list's name in the index
//! classes = { "A1" = "category A" }   # your words for what the list publishes as a classification
//!
//! [quorum]                        # all of it may be left out: then each list counts alone
//! lists = 2                       # so many different lists must have the same subject
//! jurisdictions = 2               # from so many different jurisdictions, each list standing for one at most
//! verified = 1                    # so many of them from an entry that is trusted as verified
//! near = 31                       # how far apart hashes of one subject may lie
//!
//! [allow]
//! radius = 10                     # how near an entry of an allow list must be to hold findings back
//!
//! [[mute]]                        # as often as there are entries that should not count for now
//! list = "hotline"
//! entry = "17"
//! until = 2027-01-01T00:00:00Z    # may be left out; a date alone means its first moment in UTC
//! reason = "reported to the hotline"
//!
//! [confirm]                       # a second index of the same lists, under another profile
//! index = "known-dhash.idx"
//! radius = 8
//! ```
//!
//! Only `version` must be there. What is left out is the profile's default: its radius; quality 50; `verified`; an allow radius of a third
//! of it (10 for PDQ); `near` as far as it. Which lists are abuse, allow or test lists is not said here: the index knows. A list that the index has
//! not got is no error, because one file may serve several indexes; the command line warns of it.
//!
//! A key that is not known is an error, because a rule that nobody reads protects nobody.

mod check;
mod error;
mod owned;
mod raw;

pub use error::PolicyError;
pub use owned::{BoundRules, Policy};

#[cfg(test)]
mod tests;
