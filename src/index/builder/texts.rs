//! The texts of all entries, each once; what is a number is kept as one.
//!
//! Most ids are decimal numbers: of lines, of media in a VICS file. Such a text is its own number, with the highest bit set, and
//! takes no memory until the end. Of all others the bytes stand one after the other in a single allocation.

#![expect(clippy::indexing_slicing, reason = "texts and numerals have the numbers that they were given here")]

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use bitvec::vec::BitVec;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::wire;

/// The bit of those numbers of texts that are the text itself.
const NUMERAL: u32 = 1 << 31;

/// Gives equal texts equal numbers.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    /// Whether another entry can be taken, which brings at most five texts.
    pub(super) fn has_room(&self) -> bool {
        // one less than there are numerals, so that all together can be numbered
        self.ends.len() as u64 + 5 < u64::from(NUMERAL)
    }

    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(numeral) = numeral(text) {
            return numeral | NUMERAL;
        }
        let Self { all, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(&number) = numbers.find(hash, |&number| get(all, ends, number) == text) {
            return number;
        }
        let number = wire::number(ends.len());
        numbers.insert_unique(hash, number, |&number| hasher.hash_one(get(all, ends, number)));
        all.push_str(text);
        ends.push(all.len());
        number
    }

    /// Sorts those texts that are used.
    pub(super) fn into_ranked(self, used: Used) -> Ranks {
        let Self { all, ends, numbers, .. } = self;
        drop(numbers);
        let Used { texts: is_used, mut numerals } = used;
        numerals.sort_unstable();
        numerals.dedup();
        // With the first bytes beside the number, most comparisons need not go where the texts are.
        let used = (0..).zip(&is_used).filter(|(_, is_used)| **is_used);
        let mut order: Vec<_> = used.map(|(number, _)| (first_bytes(get(&all, &ends, number)), number)).collect();
        order.sort_unstable_by(|(a, first), (b, second)| {
            a.cmp(b).then_with(|| get(&all, &ends, *first).cmp(get(&all, &ends, *second)))
        });
        let order: Vec<u32> = order.into_iter().map(|(_, number)| number).collect();
        let mut numeral_order: Vec<u32> = (0..).take(numerals.len()).collect();
        numeral_order.sort_unstable_by_key(|&at| decimal_key(numerals[at as usize]));

        // Both orders are merged: the rank of each, and where texts and numerals alternate.
        let mut text_ranks = alloc::vec![u32::MAX; is_used.len()];
        let mut numeral_ranks = alloc::vec![u32::MAX; numerals.len()];
        let mut merged =
            Merged { texts: order.iter().copied().peekable(), numerals: numeral_order.iter().copied().peekable() };
        let mut bytes = 0;
        let mut digits = Digits::default();
        for rank in 0_u32.. {
            match merged.next(|number| get(&all, &ends, number), |at| numerals[at as usize]) {
                None => break,
                Some(Place::Text(number)) => {
                    bytes += get(&all, &ends, number).len();
                    text_ranks[number as usize] = rank;
                }
                Some(Place::Numeral(at)) => {
                    bytes += digits.of(numerals[at as usize]).len();
                    numeral_ranks[at as usize] = rank;
                }
            }
        }
        Ranks { all, ends, order, numerals, numeral_order, text_ranks, numeral_ranks, bytes }
    }
}

/// Which texts are used by entries that were not removed.
pub(super) struct Used {
    texts: BitVec,
    numerals: Vec<u32>,
}

impl Used {
    pub(super) fn none(texts: &Texts) -> Self {
        Self { texts: BitVec::repeat(false, texts.ends.len()), numerals: Vec::new() }
    }

    pub(super) fn add(&mut self, number: u32) {
        if number & NUMERAL != 0 {
            let numeral = number & !NUMERAL;
            // ids mostly rise, and origins repeat: this is for memory, the rest is done at the end
            if self.numerals.last() != Some(&numeral) {
                self.numerals.push(numeral);
            }
        } else {
            self.texts.set(number as usize, true);
        }
    }
}

/// The texts of a file in their order.
pub(super) struct Ranks {
    all: String,
    ends: Vec<usize>,
    /// Numbers of texts in the order of the texts.
    order: Vec<u32>,
    /// Rising, and their positions in the order of their decimals.
    numerals: Vec<u32>,
    numeral_order: Vec<u32>,
    /// Gone once everything is numbered by rank.
    text_ranks: Vec<u32>,
    numeral_ranks: Vec<u32>,
    /// The length of all of them.
    bytes: usize,
}

impl Ranks {
    /// The rank of a text that is used.
    pub(super) fn of(&self, number: u32) -> u32 {
        if number & NUMERAL == 0 {
            return self.text_ranks[number as usize];
        }
        self.numeral_ranks[self.numerals.binary_search(&(number & !NUMERAL)).expect("a numeral that is used")]
    }

    /// Forgets the ranks, when everything that refers to texts has been numbered by them.
    pub(super) fn forget_ranks(&mut self) {
        (self.text_ranks, self.numeral_ranks) = (Vec::new(), Vec::new());
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.order.len() + self.numeral_order.len()
    }

    /// The length of all of them together.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes the texts one after the other, and where each ends.
    pub(super) fn write(&self, mut strings: &mut [u8], string_ends: &mut [u8]) {
        let Self { all, ends, numerals, .. } = self;
        let mut merged = Merged {
            texts: self.order.iter().copied().peekable(),
            numerals: self.numeral_order.iter().copied().peekable(),
        };
        let numeral = |at: u32| numerals[at as usize];
        let (mut digits, mut end) = (Digits::default(), 0_u64);
        for to in string_ends.as_chunks_mut().0 {
            let text = match merged.next(|number| get(all, ends, number), numeral) {
                None => break,
                Some(Place::Text(number)) => get(all, ends, number),
                Some(Place::Numeral(at)) => digits.of(numeral(at)),
            };
            let (place, rest) = strings.split_at_mut(text.len());
            place.copy_from_slice(text.as_bytes());
            strings = rest;
            end += text.len() as u64;
            *to = end.to_le_bytes();
        }
    }
}

/// Texts and numerals, each in order, become one order.
struct Merged<T: Iterator<Item = u32>, M: Iterator<Item = u32>> {
    texts: core::iter::Peekable<T>,
    numerals: core::iter::Peekable<M>,
}

enum Place {
    Text(u32),
    Numeral(u32),
}

impl<T: Iterator<Item = u32>, M: Iterator<Item = u32>> Merged<T, M> {
    fn next<'a>(&mut self, text: impl Fn(u32) -> &'a str, numeral: impl Fn(u32) -> u32) -> Option<Place> {
        let is_text_first = match (self.texts.peek(), self.numerals.peek()) {
            (Some(&number), Some(&at)) => text(number) < Digits::default().of(numeral(at)),
            (number, _) => number.is_some(),
        };
        if is_text_first { self.texts.next().map(Place::Text) } else { self.numerals.next().map(Place::Numeral) }
    }
}

/// The number below 2^31 that a text is the decimal of, without superfluous zeros.
fn numeral(text: &str) -> Option<u32> {
    let digits = text.as_bytes();
    let is_canonical = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.len() <= 10;
    if !is_canonical {
        return None;
    }
    let number = digits
        .iter()
        .try_fold(0_u64, |number, digit| digit.is_ascii_digit().then(|| 10 * number + u64::from(digit - b'0')))?;
    u32::try_from(number).ok().filter(|&number| number < NUMERAL)
}

/// The first eight bytes of a text, zeros where it is shorter, as a number that rises as texts do or stays the same.
fn first_bytes(text: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(text.as_bytes()).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(bytes)
}

/// Rises as the decimals of numbers do: by the first digit, the second, and so on, the shorter one first.
fn decimal_key(number: u32) -> (u64, u32) {
    let digits = number.checked_ilog10().unwrap_or(0);
    (u64::from(number) * 10_u64.pow(9 - digits.min(9)), digits)
}

/// Room for the decimal of a number.
#[derive(Default)]
struct Digits([u8; 10]);

impl Digits {
    fn of(&mut self, mut number: u32) -> &str {
        let mut start = self.0.len();
        for (at, place) in self.0.iter_mut().enumerate().rev() {
            *place = b'0' + (number % 10).to_le_bytes()[0];
            (start, number) = (at, number / 10);
            if number == 0 {
                break;
            }
        }
        core::str::from_utf8(&self.0[start..]).expect("digits")
    }
}

/// Turns some numbers below `len` in their order into the rank of each; the others have none.
pub(super) fn ranks(order: impl Iterator<Item = usize>, len: usize) -> Vec<u32> {
    let mut ranks = alloc::vec![u32::MAX; len];
    order.zip(0..).for_each(|(number, rank)| ranks[number] = rank);
    ranks
}

/// The text of a number.
fn get<'a>(all: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &all[start..ends[number]]
}
