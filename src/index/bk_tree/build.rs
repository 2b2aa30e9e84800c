//! Lays hashes out as a tree: which pivot, which groups, in which order.

use alloc::vec::Vec;
use core::ops::Range;

use super::MAX_DEPTH;
use crate::index::format::Branch;
use crate::kernel::hamming;

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
        let Some(node) = hashes.get_mut(range) else { continue };
        if node.len() < MIN_NODE || depth == MAX_DEPTH {
            continue;
        }
        let chosen = choose_pivot(node);
        if let Some(up_to_pivot) = node.get_mut(..=chosen) {
            up_to_pivot.rotate_right(1); // the others keep their order
        }
        let Some((&mut (pivot, _), rest)) = node.split_first_mut() else { continue };
        let lens = group(rest, &pivot, &mut scratch);

        let (children, first_todo) = (branches.len(), todo.len());
        for (edge, len) in (0..).zip(lens).filter(|&(_, len)| len != 0) {
            todo.push(Todo { branch: branches.len(), range: start..start + len, depth: depth + 1 });
            start += len;
            branches.push(Branch { end: number(start), children: 0, edge, count: 0 });
        }
        // The last is taken first, so the group with the smallest edge goes last: pre-order.
        todo.get_mut(first_todo..).unwrap_or_default().reverse();
        let count = branches.len() - children;
        if let Some(parent) = branches.get_mut(branch) {
            parent.children = number(children);
            parent.count = u16::try_from(count).unwrap_or(u16::MAX); // one group for each of 256 distances at most
        }
    }
    branches
}

/// The builder refuses more hashes than a word can number, and branches are fewer.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Picks the candidate whose distances to a sample vary most: its groups prune best.
fn choose_pivot<const N: usize>(node: &[Numbered<N>]) -> usize {
    let spread = |count: usize| (0..count).map(move |i| i * node.len() / count);
    let variance = |candidate: usize| {
        let distances = spread(SAMPLE).filter_map(|at| {
            let ((a, _), (b, _)) = (node.get(candidate)?, node.get(at)?);
            Some(u64::from(hamming::distance(a, b)))
        });
        let (sum, squares) = distances.fold((0, 0), |(sum, squares), d| (sum + d, squares + d * d));
        SAMPLE as u64 * squares - sum * sum // in units that are equal for all candidates, and never negative
    };
    // Of equals the first, so that the choice depends on the hashes alone.
    spread(CANDIDATES).rev().max_by_key(|&candidate| variance(candidate)).unwrap_or(0)
}

/// Sorts hashes by their distance from the pivot, equal ones staying in order; returns how many lie at each distance.
fn group<const N: usize>(hashes: &mut [Numbered<N>], pivot: &[u8; N], scratch: &mut Vec<Numbered<N>>) -> Vec<usize> {
    let distance = |(hash, _): &Numbered<N>| hamming::distance(hash, pivot) as usize;
    let mut lens = alloc::vec![0; 8 * N + 1];
    for hash in hashes.iter() {
        if let Some(len) = lens.get_mut(distance(hash)) {
            *len += 1;
        }
    }
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
        if let Some(place) = places.get_mut(distance(hash)) {
            if let Some(to) = hashes.get_mut(*place) {
                *to = *hash;
            }
            *place += 1;
        }
    }
    lens
}
