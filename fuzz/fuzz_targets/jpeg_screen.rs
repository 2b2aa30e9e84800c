//! JPEGs screened from arbitrary bytes: no panic, in pieces as in one, in the caller's memory as in ours; and what a whole file of
//! screening says is a picture that has the measures announced.

#![no_main]

use std::cell::RefCell;
use std::io::{BufReader, Read};

use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::hash::Dihedral;
use lookalike::jpeg::{self, Block, Buffered, History, JpegError, Memory, Needs, Opened, Tables};

/// Bytes in pieces of a length that changes.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 % 13 + 1;
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fuzz_target!(|bytes: &[u8]| -> Corpus { TABLES.with_borrow_mut(|tables| screen(bytes, tables)) });

thread_local! {
    static TABLES: RefCell<Box<Tables>> = RefCell::new(Box::new(Tables::new()));
}

fn screen(bytes: &[u8], tables: &mut Tables) -> Corpus {
    let Ok(opened) = Opened::new(bytes, tables) else { return Corpus::Keep };
    let turn = Dihedral::ALL[bytes.len() % 8];
    let Needs { sums, weights, blocks, history, .. } = opened.needs(turn);
    // a header of a hundred bytes may announce 4 gigapixels: what is taken for them is what the caller offers
    if history > 1 << 16 || u64::from(opened.width()) * u64::from(opened.height()) > 1 << 20 {
        return Corpus::Reject;
    }
    let (mut sums, mut weights, mut blocks) = (vec![0.0; sums], vec![0.0; weights], vec![Block::default(); blocks]);
    let mut history = vec![History::default(); history];
    let memory = Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut history };
    match opened.screen_in(tables, memory, turn) {
        Ok((stored, turned)) => {
            assert!(stored.spectrum().quality() <= 100 && turned.spectrum().quality() <= 100);
            assert!(stored.bytes_read() <= bytes.len() as u64);
            assert!(stored.edge_contrast() >= 0.0);
            let pieces = BufReader::with_capacity(7, Pieces(bytes, 0));
            let again = jpeg::screen(Buffered(pieces)).expect("pieces of a file are the file");
            assert_eq!(again.spectrum().pdq().hash, stored.spectrum().pdq().hash);
            assert_eq!(again.bytes_read(), stored.bytes_read());
        }
        Err(JpegError::Corrupt { offset, .. }) => assert!(offset <= bytes.len() as u64),
        Err(_) => {}
    }
    Corpus::Keep
}
