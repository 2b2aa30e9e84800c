//! The words of `lookalike list test`.

use std::path::PathBuf;

use clap::Args;

/// Write the safe test list: harmless pictures by which a whole installation can be tried
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TestListArgs {
    /// The directory to write pictures and list into; without it the list alone goes to standard output
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Replace files of these names
    #[arg(long)]
    pub(crate) force: bool,
}

const EXAMPLES: &str = "\
What EICAR's file is to virus scanners, these pictures are to hash matching: eight mosaics with the
words HARMLESS PICTURE on them, the same on every machine and in every version. Their list has the
role `test`: what matches it has the outcome `test`, never `match`, in production too. So put
it into every index, upload the pictures, and see whether the alarm comes.

  lookalike-test-1.png ... -8.png   found by perceptual hash and by digest
  lookalike-test-1-small.jpg        the first one smaller and saved as a JPEG: by perceptual hash only
  lookalike-test-sheet.png          a plain sheet: by digest only, because its hash would mean nothing
  lookalike-test.jsonl              the list

Examples:
  lookalike list test --output test-pictures
  lookalike index build -o my.idx --test-list my-list.csv
  lookalike scan --index my.idx test-pictures
  lookalike list test | lookalike index build -o test.idx jsonl:-,list=lookalike-test";
