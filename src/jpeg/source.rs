//! Sources of a file's bytes.

#![expect(clippy::indexing_slicing, reason = "counts of bytes at hand")]

use core::convert::Infallible;

/// A buffered source of bytes, like `std::io::BufRead` without `std`.
pub trait Source {
    /// Error of reading.
    type Error;

    /// Returns buffered bytes, reading more if there are none; empty only at the end.
    ///
    /// # Errors
    ///
    /// If reading fails.
    fn fill(&mut self) -> Result<&[u8], Self::Error>;

    /// Removes the first `count` bytes at hand, which [`Source::fill`] returned. May panic if it returned fewer.
    fn consume(&mut self, count: usize);
}

impl Source for &[u8] {
    type Error = Infallible;

    fn fill(&mut self) -> Result<&[u8], Infallible> {
        Ok(self)
    }

    fn consume(&mut self, count: usize) {
        *self = &self[count..];
    }
}

/// A buffered reader of the standard library as a [`Source`].
///
/// ```
/// use lookalike::jpeg::{self, Buffered, JpegError};
///
/// let file = std::io::BufReader::new(&b"\xff\xd8 and no more"[..]);
/// let error = jpeg::screen(Buffered(file)).unwrap_err();
/// assert!(matches!(error, JpegError::Corrupt { .. }));
/// ```
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper and nothing else")]
pub struct Buffered<R>(pub R);

#[cfg(feature = "std")]
impl<R: std::io::BufRead> Source for Buffered<R> {
    type Error = std::io::Error;

    fn fill(&mut self) -> Result<&[u8], std::io::Error> {
        loop {
            match self.0.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // The borrow of the first call cannot leave the loop; the second call finds the buffer full.
                Ok(_) => return self.0.fill_buf(),
                Err(error) => return Err(error),
            }
        }
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

/// Counts the bytes read from a source.
#[derive(Debug)]
pub(super) struct Input<S> {
    pub(super) source: S,
    /// Bytes consumed.
    pub(super) offset: u64,
}

impl<S: Source> Input<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, offset: 0 }
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.source.consume(count);
        self.offset += count as u64;
    }

    /// Reads the next byte; returns none at the end.
    pub(super) fn byte(&mut self) -> Result<Option<u8>, S::Error> {
        let byte = self.source.fill()?.first().copied();
        self.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// Skips `count` bytes; returns how many of them were missing.
    pub(super) fn skip(&mut self, mut count: usize) -> Result<usize, S::Error> {
        while count > 0 {
            let step = self.source.fill()?.len().min(count);
            if step == 0 {
                break;
            }
            self.consume(step);
            count -= step;
        }
        Ok(count)
    }

    /// Skips the data of a scan; returns the marker after it, or none at the end of the file.
    pub(super) fn skip_scan(&mut self) -> Result<Option<u8>, S::Error> {
        loop {
            let window = self.source.fill()?;
            if window.is_empty() {
                return Ok(None);
            }
            let Some(at) = find_ff(window) else {
                let all = window.len();
                self.consume(all);
                continue;
            };
            self.consume(at + 1);
            loop {
                match self.byte()? {
                    None => return Ok(None),
                    Some(0xff) => {}
                    Some(0 | 0xd0..=0xd7) => break,
                    Some(marker) => return Ok(Some(marker)),
                }
            }
        }
    }
}

/// Returns the position of the first byte 0xff.
pub(crate) fn find_ff(bytes: &[u8]) -> Option<usize> {
    let (blocks, _) = bytes.as_chunks::<32>();
    let whole = blocks.iter().take_while(|block| !block.iter().fold(false, |found, &byte| found | (byte == 0xff)));
    let start = 32 * whole.count();
    bytes[start..].iter().position(|&byte| byte == 0xff).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn the_first_byte_of_ones_is_found_at_every_place() {
        for len in [0, 1, 31, 32, 33, 64, 100] {
            let mut bytes = vec![0xfe_u8; len];
            assert_eq!(find_ff(&bytes), None);
            for at in (0..len).rev() {
                bytes[at] = 0xff;
                assert_eq!(find_ff(&bytes), Some(at), "{len}");
            }
        }
    }

    #[test]
    fn a_scan_is_passed_over_up_to_its_marker() {
        let mut bytes = Vec::from([1, 2, 0xff, 0, 3, 0xff, 0xd3, 4, 0xff, 0xff, 0xff, 0xd9, 7]);
        for split in 0..bytes.len() {
            let mut input = Input::new(Halves { halves: [&bytes[..split], &bytes[split..]] });
            assert_eq!(input.skip_scan(), Ok(Some(0xd9)));
            assert_eq!(input.byte(), Ok(Some(7)));
            assert_eq!(input.offset, 13);
        }
        bytes.truncate(11);
        assert_eq!(Input::new(&bytes[..]).skip_scan(), Ok(None));
        assert_eq!(Input::new(&bytes[..]).skip(12), Ok(1));
    }

    /// Bytes in two pieces.
    struct Halves<'a> {
        halves: [&'a [u8]; 2],
    }

    impl Source for Halves<'_> {
        type Error = Infallible;

        fn fill(&mut self) -> Result<&[u8], Infallible> {
            let [first, second] = self.halves;
            Ok(if first.is_empty() { second } else { first })
        }

        fn consume(&mut self, count: usize) {
            let which = usize::from(self.halves[0].is_empty());
            self.halves[which] = &self.halves[which][count..];
        }
    }
}
