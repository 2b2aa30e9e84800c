//! A few needles at once, chunk by chunk: the memory of one needle's buckets arrives while those of another are read.

#![expect(
    clippy::indexing_slicing,
    reason = "steps are below chunks times needles, and a group is at most `GROUP` needles"
)]

use core::ops::ControlFlow;

use super::searcher::{Candidate, GROUP, NeedleState, Searcher, Session, Waiting};
use super::tables::Tables;
use crate::hash::HashBits;
use crate::index::error::Corrupt;
use crate::index::linear;
use crate::index::ring::MAX_CHUNKS;
use crate::kernel::Level;
use crate::kernel::hamming::Pair;

/// Candidates that wait for being compared.
const WAITING: usize = 64;
/// How many steps (a chunk of a needle each) ahead memory is prefetched.
const AHEAD: usize = 4;

/// Visits every pair of a needle and a hash within the radius, once.
///
/// Takes about 4 KB of stack. Costs are those of [`cost`](super::cost).
pub(in crate::index) fn search<const N: usize>(
    level: Level,
    tables: Tables<'_, N>,
    needles: &[HashBits<N>],
    radius: u32,
    visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let searcher = Searcher::new(level, tables, radius);
    if !searcher.pays() {
        return Ok(linear::search(level, tables.hashes, needles, radius, visit));
    }
    search_by(&searcher, needles, visit)
}

/// The same, once it is known to pay.
pub(super) fn search_by<const N: usize>(
    searcher: &Searcher<'_, N>,
    needles: &[HashBits<N>],
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    for (number, group) in needles.chunks(GROUP).enumerate() {
        let mut states = [NeedleState::default(); GROUP];
        states.iter_mut().zip(group).for_each(|(state, needle)| *state = NeedleState::new(needle));
        let states = &mut states[..group.len()];
        if needles.len() <= GROUP {
            // the usual case, in which their numbers are right as they are
            return search_group(searcher, group, states, visit);
        }
        let visit = |pair: Pair, hash: &[u8; N]| visit(Pair { needle: GROUP * number + pair.needle, ..pair }, hash);
        if search_group(searcher, group, states, visit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Searches for at least one and at most [`GROUP`] needles.
fn search_group<const N: usize>(
    searcher: &Searcher<'_, N>,
    needles: &[HashBits<N>],
    states: &mut [NeedleState],
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Corrupt> {
    let (mut active, mut chunks) = ([0; MAX_CHUNKS], 0);
    for ((number, _), to) in searcher.active_chunks().zip(&mut active) {
        *to = number;
        chunks += 1;
    }
    let steps = chunks * needles.len();
    let step = |at: usize| (active[at / needles.len()], at % needles.len());
    let prefetch = |at: usize, states: &[NeedleState]| {
        if at < steps {
            let (chunk, needle) = step(at);
            searcher.prefetch(chunk, &states[needle]);
        }
    };
    (0..AHEAD).for_each(|at| prefetch(at, states));
    let mut slots = [Candidate::default(); WAITING];
    let mut session = Session { needles, states, waiting: Waiting::new(&mut slots), visit: &mut visit };
    for at in 0..steps {
        prefetch(at + AHEAD, session.states);
        let (chunk, needle) = step(at);
        if searcher.walk(chunk, needle, &mut session)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if searcher.compare(&mut session)?.is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let states = session.states;
    Ok(searcher.scan_for_broken_off(needles, states, visit))
}
