//! Computes the whole tree again: which hash hangs where, and why.

#![expect(clippy::indexing_slicing, reason = "opening a node checks that its block is there")]

use super::{MAX_DEPTH, Node, Tree, corrupt};
use crate::index::error::Corrupt;
use crate::index::format::Branch;
use crate::kernel::hamming;

/// The groups of a node that are still to be verified.
#[derive(Clone, Copy, Default)]
struct Level {
    pivot: usize,
    next: usize,
    last: usize,
    at: usize,
    edge: u16,
}

impl<const N: usize> Tree<'_, N> {
    /// Checks that every hash lies at its edge from every pivot above it, that no hash is there twice, and that the
    /// branches are laid out in pre-order without one to spare.
    ///
    /// Hashes of one leaf rise, hashes of different groups lie at different distances from their pivot, and no group
    /// lies at distance 0 from it: so all are distinct.
    pub(in crate::index) fn verify(self) -> Result<(), Corrupt> {
        let mut stack = [Level::default(); MAX_DEPTH];
        let mut depth = 0;
        let mut laid_out = 1; // the root
        let mut entering = Some(self.root()?);
        loop {
            if let Some(node) = entering.take() {
                if node.branch.count == 0 {
                    self.verify_leaf(node)?;
                } else {
                    let first = node.branch.children as usize;
                    if first != laid_out {
                        return Err(corrupt("is not in pre-order"));
                    }
                    let (block, _) = self.open(node)?;
                    laid_out += block.len();
                    *stack.get_mut(depth).ok_or(corrupt("is deeper than allowed"))? =
                        Level { pivot: node.start, next: first, last: laid_out, at: node.start + 1, edge: 0 };
                    depth += 1;
                }
            }
            let Some(level) = depth.checked_sub(1).and_then(|top| stack.get_mut(top)) else { break };
            if level.next == level.last {
                depth -= 1;
                continue;
            }
            let (number, start) = (level.next, level.at);
            let branch = Branch::read(self.branches[number]);
            if branch.edge <= level.edge {
                return Err(corrupt("has groups out of order"));
            }
            self.verify_group(level.pivot, start, branch)?;
            *level = Level { next: number + 1, at: branch.end as usize, edge: branch.edge, ..*level };
            entering = Some(Node { number, branch, start });
        }
        if laid_out == self.branches.len() { Ok(()) } else { Err(corrupt("has branches that belong to no node")) }
    }

    fn verify_leaf(&self, leaf: Node) -> Result<(), Corrupt> {
        let hashes = self.hashes.get(leaf.start..leaf.branch.end as usize);
        let hashes = hashes.ok_or(corrupt("refers past the last hash"))?;
        match (leaf.branch.children, hashes.is_sorted_by(|a, b| a < b)) {
            (0, true) => Ok(()),
            (0, false) => Err(corrupt("has a leaf whose hashes do not rise")),
            _ => Err(corrupt("has a leaf with children")),
        }
    }

    fn verify_group(&self, pivot: usize, start: usize, branch: Branch) -> Result<(), Corrupt> {
        let group = self.hashes.get(start..branch.end as usize).filter(|group| !group.is_empty());
        let (Some(group), Some(pivot)) = (group, self.hashes.get(pivot)) else {
            return Err(corrupt("has a group without hashes"));
        };
        if group.iter().all(|hash| hamming::distance(hash, pivot) == u32::from(branch.edge)) {
            Ok(())
        } else {
            Err(corrupt("has a hash at another distance from its pivot than its group"))
        }
    }
}
