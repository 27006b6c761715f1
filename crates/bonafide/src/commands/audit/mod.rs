//! `bonafide audit`: what was done, by whom; and whether anybody has changed the trace.

mod check_proof;
mod show;
mod verify;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be asked about the audit.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AuditCommand {
    Verify(verify::VerifyArgs),
    Show(Box<show::ShowArgs>),
    CheckProof(check_proof::CheckProofArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &AuditCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify(args) => verify::run(args, &book.open()?, json),
        AuditCommand::Show(args) => show::run(args, &book.open()?, json),
        // Anybody may check a proof, without a book and its key.
        AuditCommand::CheckProof(args) => check_proof::run(args, json),
    }
}
