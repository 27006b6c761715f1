//! `bonafide consents`: the texts, what members agreed to, and what the law asks.

mod due;
mod enrolling;
mod give;
mod giver;
mod place;
mod show;
mod texts;
mod withdraw;
mod words;

pub(crate) use enrolling::EnrollingArgs;
pub(crate) use place::{BranchArgs, Place};
pub(crate) use texts::hex;
pub(crate) use words::{About, all_about, not_enrolled, not_in_force};

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be done with consents.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConsentsCommand {
    /// The texts that members agree to.
    #[command(subcommand)]
    Texts(texts::TextsCommand),
    Give(Box<give::GiveArgs>),
    Withdraw(withdraw::WithdrawArgs),
    Show(show::ShowArgs),
    Due(due::DueArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &ConsentsCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        ConsentsCommand::Texts(command) => texts::run(command, &book, json),
        ConsentsCommand::Give(args) => give::run(args, &book, json),
        ConsentsCommand::Withdraw(args) => withdraw::run(args, &book, json),
        ConsentsCommand::Show(args) => show::run(args, &book, json),
        ConsentsCommand::Due(args) => due::run(args, &book, json),
    }
}
