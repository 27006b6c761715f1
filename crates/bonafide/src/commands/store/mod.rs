//! `bonafide store`: the database under the book.

mod check;
mod jobs;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be asked of the store.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum StoreCommand {
    /// Look through everything: the database's own check, the audit, every key and profile, memberships and credentials
    /// against their histories, dead jobs. Exit code 0 only when nothing is damaged or lost.
    Check,
    Jobs(jobs::JobsArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &StoreCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        StoreCommand::Check => check::run(&book, json),
        StoreCommand::Jobs(args) => jobs::run(args, &book, json),
    }
}
