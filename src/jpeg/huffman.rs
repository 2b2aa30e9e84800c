//! Huffman tables of a JPEG, prepared for look-ups that do more than one symbol at a time.
//!
//! A look-up takes the next bits, as many as number the entries of a table ([`look`]: 11 of 2,048), and tells all that can be told
//! from them at once:
//!
//! - [`Symbols`]: one symbol and the length of its code, the plain way;
//! - [`Values`]: how many zeros, then which value, of an AC coefficient that is wanted; or that the block ends;
//! - [`Skips`]: how far to go over coefficients of which none is wanted: as many as the bits hold, up to the block's end;
//! - [`Starts`]: the difference of the DC, and what is to be skipped behind it; of sparse files that is the whole block.
//!
//! Where the bits do not suffice an entry is empty, and the next plainer table is asked.
//!
//! Source of codes and values: ITU-T T.81, annexes C and F. The tables are the project's own.

#![expect(clippy::indexing_slicing, reason = "a look-up has an entry for every number of its bits")]

/// Entries of a table where memory is plenty: 11 bits of a look-up, the most that an entry can count.
pub(super) const USUAL_SIZE: usize = 1 << 11;

/// Bits of a look-up in tables of `size` entries.
#[inline(always)]
pub(super) const fn look(size: usize) -> u32 {
    size.trailing_zeros()
}

/// The number of the entry that the next bits, at the top of 64, say.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "11 bits")]
const fn entry_of(bits: u64, size: usize) -> usize {
    (bits >> (64 - look(size))) as usize
}

/// The codes of one table.
#[derive(Clone, Debug)]
pub(super) struct Symbols<const SIZE: usize> {
    /// By the next bits: length in the high byte, symbol in the low; 0 where the code is longer, or none.
    lookup: [u16; SIZE],
    /// By length: one past the largest code of at most that length, from the left of 16 bits.
    ends: [u32; 17],
    /// By length: what to add to a code for its place in `symbols`.
    offsets: [i32; 17],
    symbols: [u8; 256],
    is_defined: bool,
}

impl<const SIZE: usize> Symbols<SIZE> {
    /// Bits of a look-up.
    const LOOK: u32 = look(SIZE);

    pub(super) const UNDEFINED: Self =
        Self { lookup: [0; SIZE], ends: [0; 17], offsets: [0; 17], symbols: [0; 256], is_defined: false };

    /// Takes the numbers of codes of each length and their symbols; none if these are no code.
    pub(super) fn define(&mut self, counts: &[u8; 16], symbols: &[u8]) -> Option<()> {
        *self = Self::UNDEFINED;
        self.symbols.get_mut(..symbols.len())?.copy_from_slice(symbols);
        // The next code and its place.
        let (mut code, mut place) = (0_u32, 0_usize);
        let by_length = counts.iter().zip(&mut self.ends[1..]).zip(&mut self.offsets[1..]);
        for (length, ((&count, end), offset)) in (1_u32..).zip(by_length) {
            *offset = i32::try_from(place).ok()? - i32::try_from(code).ok()?;
            for _ in 0..count {
                let symbol = *symbols.get(place)?;
                if length <= Self::LOOK {
                    let from = (code << (Self::LOOK - length)) as usize;
                    let entries = self.lookup.get_mut(from..from + (1 << (Self::LOOK - length)))?;
                    entries.fill(u16::from_le_bytes([symbol, length.to_le_bytes()[0]]));
                }
                code += 1;
                place += 1;
            }
            if code > 1 << length {
                return None;
            }
            *end = code << (16 - length);
            code <<= 1;
        }
        self.is_defined = place == symbols.len() && place > 0;
        self.is_defined.then_some(())
    }

    pub(super) const fn forget(&mut self) {
        self.is_defined = false;
    }

    pub(super) const fn is_defined(&self) -> bool {
        self.is_defined
    }

    /// The length and the symbol of the code at the top of `bits`; none if there is no such code.
    #[inline]
    pub(super) fn at(&self, bits: u64) -> Option<(u32, u8)> {
        let entry = self.lookup[entry_of(bits, SIZE)];
        if entry == 0 {
            return self.long(bits);
        }
        let [symbol, length] = entry.to_le_bytes();
        Some((u32::from(length), symbol))
    }

    #[cold]
    #[inline(never)]
    fn long(&self, bits: u64) -> Option<(u32, u8)> {
        let next = (bits >> 48) as u32;
        let longer = (1_u32..).zip(self.ends.iter().zip(&self.offsets).skip(1)).skip(Self::LOOK as usize);
        for (length, (&end, &offset)) in longer {
            if next < end {
                #[expect(clippy::cast_possible_wrap, reason = "16 bits")]
                let place = usize::try_from((next >> (16 - length)) as i32 + offset).ok()?;
                return self.symbols.get(place).map(|&symbol| (length, symbol));
            }
        }
        None
    }

    /// The symbol at the top of the `known` bits, if they suffice.
    fn within(&self, bits: usize, known: u32) -> Option<(u32, u8)> {
        let entry = self.lookup[bits << (Self::LOOK - known) & (SIZE - 1)];
        let [symbol, length] = entry.to_le_bytes();
        (entry != 0 && u32::from(length) <= known).then_some((u32::from(length), symbol))
    }
}

/// The value of `size` bits: a JPEG writes negative ones as the value less one, without the leading ones.
#[inline]
pub(super) const fn extend(bits: u32, size: u32) -> i32 {
    #[expect(clippy::cast_possible_wrap, reason = "16 bits at most")]
    let bits = bits as i32;
    if size == 0 || bits >> (size - 1) != 0 { bits } else { bits - (1 << size) + 1 }
}

/// What lies over the next coefficients, for whoever wants none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skip {
    /// Bits to pass over: 0 if not even one coefficient is complete.
    pub(super) bits: u32,
    /// Coefficients passed over, zeros included; fewer than 64.
    pub(super) count: usize,
    /// Whether the block then ends.
    pub(super) ends: bool,
}

impl Skip {
    /// Passes over all coefficients that are complete in the low `known` bits of `bits`; or only an end of block.
    fn over<const SIZE: usize>(ac: &Symbols<SIZE>, bits: usize, known: u32, only_end: bool) -> Self {
        let mut skip = Self::default();
        while let Some((length, symbol)) = ac.within(bits & ((1 << (known - skip.bits)) - 1), known - skip.bits) {
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if symbol == 0 {
                return Self { bits: skip.bits + length, ends: true, ..skip };
            }
            // Runs of end-of-block belong to progressive files; here they are no code, which the plain way says.
            let is_code = size > 0 || run == 15;
            if only_end || !is_code || skip.bits + length + size > known || skip.count + run + 1 > 63 {
                break;
            }
            skip.bits += length + size;
            skip.count += run + 1;
        }
        skip
    }

    /// In 12 bits: bits, end, count.
    #[expect(clippy::cast_possible_truncation, reason = "below 64")]
    const fn packed(self) -> u16 {
        self.bits as u16 | (self.ends as u16) << 4 | (self.count as u16) << 5
    }

    #[inline]
    const fn unpacked(packed: u16) -> Self {
        Self { bits: (packed & 15) as u32, ends: packed & 16 != 0, count: (packed >> 5 & 63) as usize }
    }
}

/// Skips, by the next bits.
#[derive(Clone, Debug)]
pub(super) struct Skips<const SIZE: usize>([u16; SIZE]);

impl<const SIZE: usize> Skips<SIZE> {
    pub(super) const EMPTY: Self = Self([0; SIZE]);

    pub(super) fn define(&mut self, ac: &Symbols<SIZE>) {
        for (bits, entry) in self.0.iter_mut().enumerate() {
            *entry = Skip::over(ac, bits, look(SIZE), false).packed();
        }
    }

    #[inline]
    pub(super) fn at(&self, bits: u64) -> Skip {
        Skip::unpacked(self.0[entry_of(bits, SIZE)])
    }
}

/// What the next bits say about a coefficient that may be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Bits to pass over: 0 if the coefficient is not complete.
    pub(super) bits: u32,
    /// Zeros before it.
    pub(super) run: usize,
    /// Never zero, unless the block ends here.
    pub(super) value: i32,
}

/// Values, by the next bits.
#[derive(Clone, Debug)]
pub(super) struct Values<const SIZE: usize>([u32; SIZE]);

impl<const SIZE: usize> Values<SIZE> {
    pub(super) const EMPTY: Self = Self([0; SIZE]);

    pub(super) fn define(&mut self, ac: &Symbols<SIZE>) {
        for (bits, entry) in self.0.iter_mut().enumerate() {
            *entry = Self::of(ac, bits).unwrap_or(0);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a value of fewer than 16 bits")]
    fn of(ac: &Symbols<SIZE>, bits: usize) -> Option<u32> {
        let (length, symbol) = ac.within(bits, look(SIZE))?;
        if symbol == 0 {
            return Some(length);
        }
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let rest = look(SIZE).checked_sub(length + size).filter(|_| size > 0)?;
        let value = extend((bits >> rest) as u32 & ((1 << size) - 1), size);
        Some(u32::from((value as i16).cast_unsigned()) << 16 | run << 4 | (length + size))
    }

    #[inline]
    pub(super) fn at(&self, bits: u64) -> Value {
        let entry = self.0[entry_of(bits, SIZE)];
        #[expect(clippy::cast_possible_wrap, reason = "the sign is in the top bit")]
        let value = entry as i32 >> 16;
        Value { bits: entry & 15, run: (entry >> 4 & 15) as usize, value }
    }
}

/// What the next bits say about the beginning of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Of the DC to that of the block before.
    pub(super) difference: i32,
    /// What is passed over, the DC included in `bits` but not in `count`; `bits` is 0 if the DC is not complete.
    pub(super) skip: Skip,
}

/// Starts, by the next bits.
#[derive(Clone, Debug)]
pub(super) struct Starts<const SIZE: usize>([u32; SIZE]);

impl<const SIZE: usize> Starts<SIZE> {
    pub(super) const EMPTY: Self = Self([0; SIZE]);

    /// Prepares for blocks of which AC coefficients are wanted, and only an end of block is passed over, or not.
    pub(super) fn define(&mut self, dc: &Symbols<SIZE>, ac: &Symbols<SIZE>, wants_ac: bool) {
        for (bits, entry) in self.0.iter_mut().enumerate() {
            *entry = Self::of(dc, ac, wants_ac, bits).unwrap_or(0);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a value of fewer than 16 bits")]
    fn of(dc: &Symbols<SIZE>, ac: &Symbols<SIZE>, wants_ac: bool, bits: usize) -> Option<u32> {
        let (length, size) = dc.within(bits, look(SIZE))?;
        let size = u32::from(size);
        let rest = look(SIZE).checked_sub(length + size)?;
        let difference = extend((bits >> rest) as u32 & ((1 << size) - 1), size);
        let skip = Skip::over(ac, bits & ((1 << rest) - 1), rest, wants_ac);
        let skip = Skip { bits: skip.bits + length + size, ..skip };
        Some(u32::from((difference as i16).cast_unsigned()) << 16 | u32::from(skip.packed()))
    }

    #[inline]
    pub(super) fn at(&self, bits: u64) -> Start {
        let entry = self.0[entry_of(bits, SIZE)];
        #[expect(clippy::cast_possible_wrap, reason = "the sign is in the top bit")]
        let difference = entry as i32 >> 16;
        #[expect(clippy::cast_possible_truncation, reason = "the low half")]
        let skip = Skip::unpacked(entry as u16);
        Start { difference, skip }
    }
}
