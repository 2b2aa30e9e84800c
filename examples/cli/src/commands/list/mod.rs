//! `lookalike list`: what lists hold, and lists in the documented form.

mod check;
mod convert;

use crate::args::ListCommand;
use crate::exit::{Exit, Failure};

/// Runs one of the subcommands.
///
/// # Errors
///
/// When a list cannot be read, or the result cannot be written.
pub(crate) fn run(command: &ListCommand) -> Result<Exit, Failure> {
    match command {
        ListCommand::Check(args) => check::run(args),
        ListCommand::Convert(args) => convert::run(args),
        ListCommand::Test(args) => super::test_list::run(args),
    }
}
