//! `bonafide export`: members out of the book, into a file. Each time it is written down first.

mod limit;
mod member;
mod members;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be exported.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ExportCommand {
    Members(Box<members::ExportMembersArgs>),
    Member(member::ExportMemberArgs),
    Limit(limit::LimitArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &ExportCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        ExportCommand::Members(args) => members::run(args, &book, json),
        ExportCommand::Member(args) => member::run(args, &book, json),
        ExportCommand::Limit(args) => limit::run(args, &book, json),
    }
}
