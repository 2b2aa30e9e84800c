//! Lays hashes out as a tree: which pivot, which groups, in which order.

#![expect(clippy::indexing_slicing, reason = "groups are ranges of the hashes, and distances are at most 8 * N")]

use alloc::vec::Vec;
use core::ops::Range;

use super::MAX_DEPTH;
use crate::index::format::Branch;
use crate::kernel::hamming;
use crate::wire::number;

/// A group of fewer hashes is a leaf. 64 to 256 make no difference at 1e4 to 1e6 hashes; fewer make more branches.
const MIN_NODE: usize = 128;
/// Hashes that are tried as pivots of a node, and hashes that each is tried on.
const CANDIDATES: usize = 8;
const SAMPLE: usize = 64;

/// A hash, and the number by which the caller knows it.
type Numbered<const N: usize> = ([u8; N], u32);

/// A group that may become a node: its branch, its slots, and how many nodes stand above it.
struct Todo {
    branch: usize,
    range: Range<usize>,
    depth: usize,
}

/// Brings the hashes into the order of their slots and returns the branches.
///
/// The hashes must be distinct; if they are sorted, the result depends on nothing but their set, and leaves stay sorted.
/// Takes at most `MAX_DEPTH` distances per hash beside those for choosing pivots.
pub(in crate::index) fn build<const N: usize>(hashes: &mut [Numbered<N>]) -> Vec<Branch> {
    let mut branches = alloc::vec![Branch { end: number(hashes.len()), children: 0, edge: 0, count: 0 }];
    let mut todo = alloc::vec![Todo { branch: 0, range: 0..hashes.len(), depth: 0 }];
    let mut scratch = Vec::new();
    while let Some(Todo { branch, range, depth }) = todo.pop() {
        let mut start = range.start + 1;
        let node = &mut hashes[range];
        if node.len() < MIN_NODE || depth == MAX_DEPTH {
            continue;
        }
        let chosen = choose_pivot(node);
        node[..=chosen].rotate_right(1); // the others keep their order
        let (pivot, _) = node[0];
        let lens = group(&mut node[1..], &pivot, &mut scratch);

        let (children, first_todo) = (branches.len(), todo.len());
        for (edge, len) in (0..).zip(lens).filter(|&(_, len)| len != 0) {
            todo.push(Todo { branch: branches.len(), range: start..start + len, depth: depth + 1 });
            start += len;
            branches.push(Branch { end: number(start), children: 0, edge, count: 0 });
        }
        // The last is taken first, so the group with the smallest edge goes last: pre-order.
        todo[first_todo..].reverse();
        let count = u16::try_from(branches.len() - children).expect("one group for each of 256 distances");
        branches[branch] = Branch { children: number(children), count, ..branches[branch] };
    }
    branches
}

/// Picks the candidate whose distances to a sample vary most: its groups prune best.
fn choose_pivot<const N: usize>(node: &[Numbered<N>]) -> usize {
    let spread = |count: usize| (0..count).map(move |i| i * node.len() / count);
    let variance = |candidate: usize| {
        let distances = spread(SAMPLE).map(|at| u64::from(hamming::distance(&node[candidate].0, &node[at].0)));
        let (sum, squares) = distances.fold((0, 0), |(sum, squares), d| (sum + d, squares + d * d));
        SAMPLE as u64 * squares - sum * sum // in units that are equal for all candidates, and never negative
    };
    // Of equals the first, so that the choice depends on the hashes alone.
    spread(CANDIDATES).rev().max_by_key(|&candidate| variance(candidate)).expect("there are candidates")
}

/// Sorts hashes by their distance from the pivot, equal ones staying in order; returns how many lie at each distance.
fn group<const N: usize>(hashes: &mut [Numbered<N>], pivot: &[u8; N], scratch: &mut Vec<Numbered<N>>) -> Vec<usize> {
    let distance = |(hash, _): &Numbered<N>| hamming::distance(hash, pivot) as usize;
    let mut lens = alloc::vec![0; 8 * N + 1];
    hashes.iter().for_each(|hash| lens[distance(hash)] += 1);
    let mut places: Vec<usize> = lens
        .iter()
        .scan(0, |end, len| {
            *end += len;
            Some(*end - len)
        })
        .collect();
    scratch.clear();
    scratch.extend_from_slice(hashes);
    for hash in scratch.iter() {
        let place = &mut places[distance(hash)];
        hashes[*place] = *hash;
        *place += 1;
    }
    lens
}
