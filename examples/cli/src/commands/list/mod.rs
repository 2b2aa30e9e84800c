//! `lookalike list`: what lists hold, lists in the documented form, and lists that are signed.

mod check;
mod convert;
mod manifest;
pub(crate) mod signed;
mod trust;
mod verify;

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
        ListCommand::Manifest(args) => manifest::run(args),
        ListCommand::Trust(args) => trust::run(args),
        ListCommand::Verify(args) => verify::run(args),
        ListCommand::Test(args) => super::test_list::run(args),
    }
}
