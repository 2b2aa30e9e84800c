//! A directory of index generations: published whole, changed in milliseconds, read by many processes.

#![forbid(unsafe_code)]
