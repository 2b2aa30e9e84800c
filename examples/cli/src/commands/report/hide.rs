//! Which numbers of a report are hidden, so that none below K is told, nor follows from those that are.
//!
//! Every number is a cell, and cells are tied by the sums that a reader could compute. A small cell is hidden; then each sum hides as many more as it takes
//! ([`lookalike::audit::hidden_parts`] is the rule of one sum by itself), which may break another sum, until nothing changes. Hiding only grows, so it ends.
//! What may be a sum is treated as one: a picture on two lists makes the sum of the lists too large, which a reader cannot know.

#![expect(clippy::indexing_slicing, reason = "a cell is the place of a number that was added before")]

use lookalike::audit::{Counts, is_small};

/// A number of a report, by its place among the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell(usize);

/// A row of counts: the number of its pictures, and all that they are divided into, which is shown or hidden as one.
///
/// Half a division would leave chains from which a number could follow across rows and columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) pictures: Cell,
    pub(super) split: Cell,
}

struct Sum {
    total: usize,
    parts: Vec<usize>,
    /// Whether the parts are numbers, whose values count; or divisions, of which two must be hidden.
    is_of_numbers: bool,
}

impl Pair {
    /// Both cells of each.
    pub(super) fn cells(pairs: &[Self]) -> Vec<Cell> {
        pairs.iter().flat_map(|pair| [pair.pictures, pair.split]).collect()
    }
}

/// All cells of a report.
#[derive(Default)]
pub(super) struct Cells {
    k: u64,
    values: Vec<u64>,
    hidden: Vec<bool>,
    sums: Vec<Sum>,
    pairs: Vec<Pair>,
    /// Tables that cut across others: all their rows are hidden as soon as any of these cells or of theirs is.
    crossing: Vec<(Vec<Cell>, Vec<Cell>)>,
}

impl Cells {
    /// Numbers below `k` are hidden; none: nothing is.
    pub(super) fn new(k: Option<u64>) -> Self {
        Self { k: k.unwrap_or(0), ..Self::default() }
    }

    /// A number.
    pub(super) fn number(&mut self, value: u64) -> Cell {
        self.values.push(value);
        self.hidden.push(is_small(value, self.k));
        Cell(self.values.len() - 1)
    }

    /// A row of counts.
    pub(super) fn pair(&mut self, counts: &Counts) -> Pair {
        let pair = Pair { pictures: self.number(counts.pictures), split: self.number(counts.pictures) };
        self.hidden[pair.split.0] |= counts.split().into_iter().any(|part| is_small(part, self.k));
        self.pairs.push(pair);
        pair
    }

    /// Numbers that add up, as far as a reader can know, to another.
    pub(super) fn sum(&mut self, total: Cell, parts: &[Cell]) {
        self.add_sum(total, parts.iter(), true);
    }

    /// Rows that add up to another.
    pub(super) fn pairs(&mut self, total: Pair, pairs: &[Pair]) {
        self.add_sum(total.pictures, pairs.iter().map(|pair| &pair.pictures), true);
        self.add_sum(total.split, pairs.iter().map(|pair| &pair.split), false);
    }

    fn add_sum<'c>(&mut self, total: Cell, parts: impl Iterator<Item = &'c Cell>, is_of_numbers: bool) {
        self.sums.push(Sum { total: total.0, parts: parts.map(|part| part.0).collect(), is_of_numbers });
    }

    /// Numbers by another property of the same pictures as `others`: who knows how they go together (each list has its action) could
    /// compute one from the other.
    pub(super) fn crossing(&mut self, own: &[Cell], others: &[Cell]) {
        self.crossing.push((own.to_vec(), others.to_vec()));
    }

    /// Hides until nothing follows.
    pub(super) fn close(&mut self) {
        loop {
            let before = self.hidden.clone();
            for pair in &self.pairs {
                self.hidden[pair.split.0] |= self.hidden[pair.pictures.0];
            }
            for sum in &self.sums {
                protect(sum, &self.values, &mut self.hidden, self.k);
            }
            if self.hidden == before {
                break;
            }
        }
        // Last, because what is hidden here is not small, and may follow from a sum.
        for (own, others) in &self.crossing {
            if own.iter().chain(others).any(|cell| self.hidden[cell.0]) {
                own.iter().for_each(|cell| self.hidden[cell.0] = true);
            }
        }
    }

    /// Whether it is hidden.
    pub(super) fn is_hidden(&self, cell: Cell) -> bool {
        self.hidden[cell.0]
    }

    /// Whether anything is.
    pub(super) fn hides(&self) -> bool {
        self.hidden.contains(&true)
    }
}

/// Hides parts of a sum, the smallest first, or else its total, until none that is hidden follows from the others.
fn protect(sum: &Sum, values: &[u64], hidden: &mut [bool], k: u64) {
    let parts = sum.parts.iter().copied().filter(|&part| values[part] > 0);
    let (closed, mut open): (Vec<_>, Vec<_>) = parts.partition(|&part| hidden[part]);
    open.sort_by_key(|&part| std::cmp::Reverse(values[part]));
    let (mut count, mut told) = (closed.len() as u64, closed.iter().map(|&part| values[part]).sum::<u64>());
    loop {
        let is_safe = match (hidden[sum.total], sum.is_of_numbers) {
            // The total would follow from its parts.
            (true, _) => count > 0,
            (false, true) => count == 0 || (count > 1 && told >= k && told > count),
            (false, false) => count != 1,
        };
        if is_safe {
            return;
        }
        let Some(part) = open.pop() else {
            hidden[sum.total] = true;
            return;
        };
        hidden[part] = true;
        (count, told) = (count + 1, told + values[part]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws numbers: the same in every run.
    fn draw(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % below
    }

    fn hidden_of(cells: &Cells, ids: &[Cell]) -> Vec<bool> {
        ids.iter().map(|id| cells.is_hidden(*id)).collect()
    }

    #[test]
    fn one_sum_by_itself_is_hidden_as_the_library_hides_it() {
        for (parts, k) in [(vec![100, 3, 40, 0], 5), (vec![100, 30, 0], 5), (vec![1, 1, 60, 70], 3), (vec![2, 9], 3)] {
            let mut cells = Cells::new(Some(k));
            let total = cells.number(parts.iter().sum());
            let ids: Vec<_> = parts.iter().map(|part| cells.number(*part)).collect();
            cells.sum(total, &ids);
            cells.close();
            let expected = lookalike::audit::hidden_parts(&parts, k);
            assert!(hidden_of(&cells, &ids).into_iter().eq(expected), "{parts:?}");
        }
    }

    #[test]
    fn no_small_number_follows_from_either_of_two_sums() {
        // Two divisions of the same total: every small number keeps at least two values that fit all that is shown.
        for seed in 1..300 {
            let mut state = seed;
            let first: Vec<u64> = (0..3).map(|_| draw(&mut state, 9)).collect();
            let total: u64 = first.iter().sum();
            let cut = draw(&mut state, total + 1);
            let second = [cut, total - cut];
            let k = 4;
            let mut cells = Cells::new(Some(k));
            let sum = cells.number(total);
            let (a, b): (Vec<_>, Vec<_>) = (
                first.iter().map(|part| cells.number(*part)).collect(),
                second.iter().map(|part| cells.number(*part)).collect(),
            );
            cells.sum(sum, &a);
            cells.sum(sum, &b);
            cells.close();
            for (ids, values) in [(&a, first.as_slice()), (&b, second.as_slice())] {
                let hidden: Vec<u64> = values
                    .iter()
                    .zip(hidden_of(&cells, ids))
                    .filter(|(_, hidden)| *hidden)
                    .map(|(value, _)| *value)
                    .collect();
                let small: Vec<u64> = values.iter().copied().filter(|value| is_small(*value, k)).collect();
                assert!(small.iter().all(|value| hidden.contains(value)), "{first:?} {second:?}: a small one is shown");
                // Two that are not both one can be told in two ways.
                let is_open =
                    small.is_empty() || cells.is_hidden(sum) || (hidden.len() > 1 && hidden.iter().sum::<u64>() > 2);
                assert!(is_open, "{first:?} {second:?}: a small one follows");
            }
        }
    }
}
