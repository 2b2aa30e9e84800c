//! JPEGs screened from arbitrary bytes: no panic, in pieces as in one, in the caller's memory as in ours; and what a whole file of
//! screening says is a picture that has the measures announced.

#![no_main]

use std::io::{BufReader, Read};

use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::hash::Dihedral;
use lookalike::jpeg::{self, Buffered, JpegError, Opened, Tables};

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

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let mut tables = Box::new(Tables::new());
    let Ok(opened) = Opened::new(bytes, &mut tables) else {
        return Corpus::Keep;
    };
    let needs = opened.needs();
    // a header of a hundred bytes may announce 4 gigapixels: what is taken for them is what the caller offers
    if needs.history > 1 << 16 || u64::from(opened.width()) * u64::from(opened.height()) > 1 << 24 {
        return Corpus::Reject;
    }
    let turn = Dihedral::ALL[bytes.len() % 8];
    match jpeg::screen_turned(bytes, turn) {
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
});
