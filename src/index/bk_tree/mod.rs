//! A Burkhard-Keller tree laid flat: for small radii on hashes of 64 bits.
//!
//! The builder never chooses it: [`mih`](super::mih) or a scan is faster at every size and radius. It is there for those who ask for it.
//!
//! Every node has a *pivot*, one of its hashes; its other hashes hang from it in groups of equal distance to the pivot,
//! the *edge* of the group. A hash within `r` of the needle has, by the triangle inequality, an edge within `r` of the
//! pivot's own distance to the needle, so the other groups need not be looked at. A group of a few hashes is a leaf and
//! is scanned; a larger one is a node again (Burkhard and Keller, "Some approaches to best-match file searching", 1973).
//!
//! The hashes are stored in pre-order, pivot first and groups by rising edge. That makes each subtree, and also each
//! run of neighbouring groups, one contiguous range of slots. Search therefore only decides which *ranges* to scan, and
//! hands them to the same kernel as a linear search does; where a node promises to save fewer comparisons than going
//! into it costs, its range is scanned whole. So the tree is never much slower than the scan, which matters because at
//! wide radii it prunes nothing: distances of 256-bit hashes concentrate around 128, and a window of 2 * 31 + 1 edges
//! holds nearly all of them.
//!
//! The branches, one for each group, stand in blocks: the groups of a node one after the other, so that those within
//! the radius are one run of the block. A branch is three words:
//!
//! ```text
//! 0  4  end: the slot after the last of the group; the group starts where the one before it ends, or after the pivot
//! 4  4  children: where the block of the group begins, as a number of branches; 0 for a leaf
//! 8  2  edge: the distance of every hash of the group from the pivot; 0 for the root
//! 10 2  count: the branches of that block; 0 for a leaf
//! ```
//!
//! The first branch is the root, with all hashes. Blocks stand in pre-order too, and [`MAX_DEPTH`] bounds their depth,
//! so a walk needs no heap, ends after at most `n` nodes, and can tell when a file breaks these rules.

#![expect(
    clippy::indexing_slicing,
    reason = "needles are numbered within their group; walks keep to the frames that they entered"
)]

#[cfg(feature = "alloc")]
mod build;
mod verify;

use core::ops::{ControlFlow, Range};

use super::error::Corrupt;
use super::format::Branch;
use super::section::SectionId;
use crate::hash::HashBits;
use crate::kernel::Level;
use crate::kernel::hamming::{self, Pair};
use crate::wire::Word;

#[cfg(feature = "alloc")]
pub(super) use build::build;

/// Nodes on the longest path from the root; a group below that is a leaf, however large.
///
/// A node divides its hashes into some ten groups of weight, so 1e8 hashes need about six levels. Only hashes made up
/// to lie at equal distances from each other go deeper, and gain nothing from it.
pub(super) const MAX_DEPTH: usize = 32;
/// What going into a node costs, counted in hashes that could be scanned in the same time.
///
/// With AVX2 and 1e5 to 1e6 hashes of 64 bits, 256 is 1.2 to 1.5 times as fast as 64 from radius 2 to 8; 512 and 1024 are
/// as fast as 256. At 1e4 it makes no difference. A node costs the lines of its pivot and its block, far from the last.
const NODE_COST: usize = 256;
/// Two ranges are scanned as one if no more hashes than this lie between them.
const BRIDGE: usize = 16;

/// Needles that are sorted into those that walk and those that are scanned for, at a time: as the stack has room for.
const NEEDLES: usize = 64;

/// Visits every pair of a needle and a hash within the radius.
pub(super) fn search<const N: usize>(
    level: Level,
    hashes: &[[u8; N]],
    branches: &[[Word; 3]],
    needles: &[HashBits<N>],
    radius: u32,
    mut visit: impl FnMut(Pair) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let (tree, alone) = (Tree { hashes, branches }, needles.len() == 1);
    for (group, needles) in needles.chunks(NEEDLES).enumerate() {
        // A scan reads the hashes once for all needles, so those that gain nothing from the tree are scanned for together.
        let mut scanned_for = [(0, &[0; N]); NEEDLES];
        let mut scanned = 0;
        for (number, needle) in (group * NEEDLES..).zip(needles.iter().map(HashBits::as_bytes)) {
            if !tree.prunes(needle, radius, alone)? {
                scanned_for[scanned] = (number, needle);
                scanned += 1;
            } else if tree.walk(level, number, needle, radius, &mut visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let scanned_for = &scanned_for[..scanned];
        let pair = |pair: Pair| visit(Pair { needle: scanned_for[pair.needle].0, ..pair });
        if hamming::scan(level, scanned_for.iter().map(|needle| needle.1), hashes, radius, pair).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

const fn corrupt(what: &'static str) -> Corrupt {
    Corrupt { section: SectionId::Tree, what }
}

/// The tree as it lies in the file.
#[derive(Clone, Copy)]
pub(super) struct Tree<'a, const N: usize> {
    pub(super) hashes: &'a [[u8; N]],
    pub(super) branches: &'a [[Word; 3]],
}

/// A node about to be entered: the number of its branch, the branch, and its first slot, which is its pivot's.
#[derive(Clone, Copy)]
struct Node {
    number: usize,
    branch: Branch,
    start: usize,
}

impl<'a, const N: usize> Tree<'a, N> {
    /// The root, which is a leaf if the hashes are few.
    fn root(&self) -> Result<Node, Corrupt> {
        let branch = self.branches.first().copied().map(Branch::read).ok_or(corrupt("lacks a root"))?;
        if branch.end as usize != self.hashes.len() {
            return Err(corrupt("does not hold as many hashes as the index"));
        }
        Ok(Node { number: 0, branch, start: 0 })
    }

    /// The block of a node's groups, and the node's pivot.
    fn open(&self, node: Node) -> Result<(&'a [[Word; 3]], &'a [u8; N]), Corrupt> {
        let (first, count) = (node.branch.children as usize, usize::from(node.branch.count));
        if first <= node.number {
            return Err(corrupt("has a child that does not follow its parent"));
        }
        let block = self.branches.get(first..).and_then(|rest| rest.get(..count));
        let block = block.ok_or(corrupt("has a child after its end"))?;
        if block.last().map(|&last| Branch::read(last).end) != Some(node.branch.end) {
            return Err(corrupt("has children that do not make up their parent"));
        }
        let pivot = self.hashes.get(node.start).ok_or(corrupt("has a pivot after the last hash"))?;
        Ok((block, pivot))
    }

    /// Decides which groups of a node to look at.
    fn plan(&self, node: Node, needle: &[u8; N], radius: u32) -> Result<Frame, Corrupt> {
        let (block, pivot) = self.open(node)?;
        let first = node.branch.children as usize;
        let distance = hamming::distance(needle, pivot);
        let edge = |branch: &[Word; 3]| u32::from(Branch::read(*branch).edge);
        let low = block.partition_point(|branch| edge(branch) < distance.saturating_sub(radius));
        let high = block.partition_point(|branch| edge(branch) <= distance.saturating_add(radius));
        let end_of = |groups: usize| match groups.checked_sub(1) {
            Some(last) => Branch::read(block[last]).end as usize,
            None => node.start + 1,
        };
        let (at, end) = (end_of(low), end_of(high));
        if low > high || node.start >= at || at > end || end > node.branch.end as usize {
            return Err(corrupt("has groups out of order"));
        }
        // Its groups will be pruned by about the share by which it is pruned itself.
        let (all, looked_at) = (node.branch.end as usize - node.start, end - at);
        let saved = all - looked_at; // the pivot at least
        let worthwhile = all.saturating_mul(NODE_COST) / saved;
        Ok(Frame { next: first + low, last: first + high, at, worthwhile })
    }

    /// Visits the hashes within the radius of a needle in the order of their slots.
    fn walk(
        self,
        level: Level,
        number: usize,
        needle: &[u8; N],
        radius: u32,
        mut visit: impl FnMut(Pair) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Corrupt> {
        let mut ranges = Ranges::new(self, needle, radius)?;
        while let Some(range) = ranges.next()? {
            let first = range.start;
            let slots = self.hashes.get(range).ok_or(corrupt("refers past the last hash"))?;
            let pair = |Pair { hash, distance, .. }| visit(Pair { needle: number, hash: first + hash, distance });
            if hamming::scan(level, core::iter::once(needle), slots, radius, pair).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the walk for a needle would leave anything out that is worth the walk.
    ///
    /// Long hashes come from memory more slowly than they are compared: of 256 bits a scan for many needles takes 1.5 ns per
    /// needle and hash, for one 2.5 (1e6 hashes; of 64 bits 0.28 and 0.31). So beside others a needle walks only if the
    /// root leaves out half.
    fn prunes(&self, needle: &[u8; N], radius: u32, alone: bool) -> Result<bool, Corrupt> {
        let root = self.root()?;
        if root.branch.count == 0 {
            return Ok(false);
        }
        let frame = self.plan(root, needle, radius)?;
        if N > 8 && !alone {
            return Ok(frame.worthwhile <= 2 * NODE_COST);
        }
        let groups = &self.branches[frame.next..frame.last];
        let mut at = frame.at;
        let deeper = groups.iter().map(|&group| Branch::read(group)).any(|group| {
            let len = (group.end as usize).saturating_sub(at);
            at = group.end as usize;
            group.count != 0 && len >= frame.worthwhile
        });
        // Or the root itself leaves out an eighth.
        Ok(deeper || frame.worthwhile <= 8 * NODE_COST)
    }
}

/// The groups of a node that are still to be looked at.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// Number of the next group's branch.
    next: usize,
    /// Number after that of the last group within the radius.
    last: usize,
    /// First slot of the next group.
    at: usize,
    /// Hashes that a group must have for going into it to pay.
    worthwhile: usize,
}

/// The ranges of slots that may hold hashes within the radius, rising and apart.
///
/// Slots rise strictly from step to step and every node takes one for its pivot, so the walk ends after as many steps
/// as there are hashes and branches on the way, whatever the file says.
struct Ranges<'a, const N: usize> {
    tree: Tree<'a, N>,
    needle: &'a [u8; N],
    radius: u32,
    stack: [Frame; MAX_DEPTH],
    depth: usize,
    /// Found, but not handed out yet: the next range may join it.
    pending: Range<usize>,
}

impl<'a, const N: usize> Ranges<'a, N> {
    fn new(tree: Tree<'a, N>, needle: &'a [u8; N], radius: u32) -> Result<Self, Corrupt> {
        let stack = [Frame::default(); MAX_DEPTH];
        let mut ranges = Self { tree, needle, radius, stack, depth: 0, pending: 0..0 };
        let root = tree.root()?;
        if root.branch.count == 0 {
            ranges.pending = 0..tree.hashes.len();
        } else {
            ranges.enter(root)?;
            ranges.pending = 0..1;
        }
        Ok(ranges)
    }

    fn enter(&mut self, node: Node) -> Result<(), Corrupt> {
        let frame = self.tree.plan(node, self.needle, self.radius)?;
        *self.stack.get_mut(self.depth).ok_or(corrupt("is deeper than allowed"))? = frame;
        self.depth += 1;
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Range<usize>>, Corrupt> {
        while let Some(frame) = self.depth.checked_sub(1).and_then(|top| self.stack.get_mut(top)) {
            if frame.next == frame.last {
                self.depth -= 1;
                continue;
            }
            let (number, start) = (frame.next, frame.at);
            let branch = Branch::read(self.tree.branches[number]);
            let end = branch.end as usize;
            if end <= start {
                return Err(corrupt("has a group without hashes"));
            }
            frame.next += 1;
            frame.at = end;
            let range = if branch.count == 0 || end - start < frame.worthwhile {
                start..end
            } else {
                self.enter(Node { number, branch, start })?;
                start..start + 1
            };
            if range.start <= self.pending.end + BRIDGE {
                self.pending.end = range.end;
            } else {
                return Ok(Some(core::mem::replace(&mut self.pending, range)));
            }
        }
        let last = core::mem::take(&mut self.pending);
        Ok((!last.is_empty()).then_some(last))
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::wire;
    use alloc::vec::Vec;

    fn hash(number: u64) -> [u8; 8] {
        let z = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (z ^ z >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes()
    }

    /// Hashes in the order of their slots, and the branches as a file would hold them.
    fn laid_out<const N: usize>(hashes: impl Iterator<Item = [u8; N]>) -> (Vec<[u8; N]>, Vec<u8>) {
        let mut hashes: Vec<([u8; N], u32)> = hashes.zip(0..).collect();
        hashes.sort_unstable();
        let mut branches = Vec::new();
        build(&mut hashes).iter().for_each(|branch| branch.write(&mut branches));
        (hashes.iter().map(|hash| hash.0).collect(), branches)
    }

    #[test]
    fn ranges_rise_apart_and_leave_out_only_what_is_too_far() {
        let (hashes, branches) = laid_out((0..40_000).map(hash));
        let tree = Tree { hashes: &hashes, branches: wire::records(&branches) };
        tree.verify().unwrap();
        for radius in [0, 1, 2, 4, 8, 16, 32, 64] {
            let needle = hash(70_000 + u64::from(radius));
            let (mut ranges, mut end, mut looked_at) = (Ranges::new(tree, &needle, radius).unwrap(), 0, 0);
            while let Some(range) = ranges.next().unwrap() {
                assert!(range.start >= end && range.start < range.end && range.end <= hashes.len());
                assert!(hashes[end..range.start].iter().all(|hash| hamming::distance(hash, &needle) > radius));
                looked_at += range.len();
                end = range.end;
            }
            assert!(hashes[end..].iter().all(|hash| hamming::distance(hash, &needle) > radius));
            assert!(radius > 2 || looked_at < 4000, "radius {radius} looks at {looked_at} of 40,000");
            assert!(radius < 32 || looked_at == hashes.len());
        }
    }

    #[test]
    fn needles_that_walk_and_needles_that_are_scanned_for_keep_their_numbers() {
        let (hashes, branches) = laid_out((0..3000).map(hash));
        let branches = wire::records(&branches);
        let tree = Tree { hashes: &hashes, branches };
        // From the root's pivot on further and further away: near and far ones walk, those in between do not.
        let needles: Vec<HashBits<8>> = (0..200)
            .map(|number| {
                let far = u64::from_le_bytes(hashes[0]) ^ u64::MAX.checked_shr(number % 65).unwrap_or(0);
                HashBits::from_bytes((far ^ u64::from(number / 65)).to_le_bytes())
            })
            .collect();
        for radius in [12, 16, 24] {
            let walking =
                needles.iter().filter(|needle| tree.prunes(needle.as_bytes(), radius, false).unwrap()).count();
            assert!((50..160).contains(&walking), "radius {radius}: {walking} of 200 walk");
            let mut found = Vec::new();
            let end = search(Level::best(), &hashes, branches, &needles, radius, |pair| {
                found.push((pair.needle, pair.hash, pair.distance));
                ControlFlow::Continue(())
            });
            assert_eq!(end, Ok(ControlFlow::Continue(())));
            found.sort_unstable();
            let distances = needles.iter().enumerate().flat_map(|(number, needle)| {
                let from = move |(at, hash)| (number, at, hamming::distance(needle.as_bytes(), hash));
                hashes.iter().enumerate().map(from)
            });
            let expected: Vec<_> = distances.filter(|pair| pair.2 <= radius).collect();
            assert!(!expected.is_empty());
            assert!(found == expected, "radius {radius}");
        }
    }

    #[test]
    fn every_hash_lies_in_a_range_of_its_own_search() {
        // also a pivot of which all groups are too far away
        let (hashes, branches) = laid_out((0..20_000).map(hash));
        let tree = Tree { hashes: &hashes, branches: wire::records(&branches) };
        for (slot, hash) in hashes.iter().enumerate() {
            let mut ranges = Ranges::new(tree, hash, 0).unwrap();
            let is_reached = core::iter::from_fn(|| ranges.next().unwrap()).any(|range| range.contains(&slot));
            assert!(is_reached, "slot {slot}");
        }
    }

    #[test]
    fn a_radius_that_prunes_nothing_is_one_scan() {
        let (hashes, branches) = laid_out((0..5000).map(hash));
        let tree = Tree { hashes: &hashes, branches: wire::records(&branches) };
        assert!(tree.prunes(&hash(9999), 2, true).unwrap());
        assert!(!tree.prunes(&hash(9999), 40, true).unwrap());
        assert_eq!(Ranges::new(tree, &hash(9999), 40).unwrap().next(), Ok(Some(0..5000)));
    }

    #[test]
    fn depth_is_bounded_where_all_distances_are_equal() {
        // Two hashes of a single bit lie at distance 2, so every node has one group: all that remain.
        let single = |bit: usize| core::array::from_fn(|at| if at == bit / 8 { 1 << (bit % 8) } else { 0 });
        let (hashes, branches) = laid_out::<32>((0..256).map(single));
        let tree = Tree { hashes: &hashes, branches: wire::records(&branches) };
        assert_eq!(tree.branches.len(), 1 + MAX_DEPTH);
        tree.verify().unwrap();
        assert!(Ranges::new(tree, &[0; 32], 1).unwrap().next().unwrap().is_some());
    }
}
