//! A tamper-evident log of matches, and what a transparency report counts from it.

#![forbid(unsafe_code)]
