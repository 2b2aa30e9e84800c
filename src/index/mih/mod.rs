//! Ring-filtered multi-index hashing: exact look-ups that read a few hundred cache lines, however long the list.
//!
//! A hash is cut into `m` *chunks* laid out as a ring. If two hashes differ in at most `r` bits, and *allowances* `t` that add
//! up to `r + 1` are shared out over the chunks, then the differences `d - t` of all chunks add up to less than 0; so there is a
//! chunk from which on *every* partial sum around the ring is below 0 (the cycle lemma): that chunk itself differs in fewer
//! bits than its allowance, it and the next together in fewer than both allowances, and so on. Looking only at the first
//! condition is multi-index hashing (Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012; with unequal
//! allowances Qin et al., "GPH", 2018), the chain is the pigeonring principle (Qin, Xiao, "Pigeonring", 2018).
//!
//! Each chunk has a table: hashes by the first bits of the chunk, the *prefix*. A look-up reads the *buckets* of all prefixes that
//! differ from the needle's in fewer bits than allowed: at 256 bits, 16 chunks and radius 31 that is 17 buckets a chunk. Beside each
//! entry stands a *sketch*, the 16 bits that follow the prefix, which hold the next chunk: an entry is a *candidate* only
//! if prefix and sketch together differ in fewer bits than both chunks may. Of unrelated hashes one in 90,000 remains; without
//! sketches it is one in 240, each of which costs two accesses to memory. Candidates are compared in full.
//!
//! A hash is found from every chunk that may start its chain, and reported only from the first: no set of what was seen is
//! needed, and no memory. Chunks are the diagonals of the hash laid out as a square ([`permuted`](super::permuted)).
//!
//! The radius is the query's: a wider one reads more buckets. Before a look-up its cost is estimated, and counted as it runs
//! ([`cost`]). Where it would not pay, or no longer does because the needle's buckets are full, all hashes are scanned, and those that
//! have been reported are left out: reports come in the order of chunk, prefix and slot, so the place where the look-up
//! was broken off tells.
//!
//! Sections of the file:
//!
//! ```text
//! chunks      a record of four words each: width and prefix (16 bits each), lines of a bucket, lanes of overflow (two words)
//! buckets     per chunk 2^prefix buckets of some lines of 64 bytes: 32 lanes of 16 bits a line
//!             lanes 0, 1: first entry, counted within the chunk; lane 2: count of entries; then their sketches
//!             If they do not fit, the last two lanes hold where in the chunk's overflow the others lie.
//! ids         per chunk and entry the slot of the hash, in 3 bytes up to 2^24 hashes, else 4; rising within a bucket
//! overflow    lanes of 16 bits, per chunk and full bucket: the count of its entries (two lanes), then the sketches
//!             that did not fit. Lane 2 of the bucket says 65,535 where the count is larger.
//! ```

#[cfg(feature = "alloc")]
mod build;
mod cost;
mod interleaved;
mod searcher;
#[cfg(feature = "alloc")]
mod sorted;
mod tables;
#[cfg(all(test, feature = "alloc"))]
mod tests;
mod verify;

#[cfg(feature = "alloc")]
pub(super) use build::{Parts, build, count};
#[cfg(feature = "alloc")]
pub(super) use cost::{expected, pays, scan};
pub(super) use interleaved::search;
#[cfg(feature = "alloc")]
pub(super) use sorted::search_sorted;
pub(super) use tables::Tables;
