//! `bonafide credentials`: what members carry, are or know to be recognised by.

mod answer;
mod change;
mod content;
mod find;
mod issue;
mod list;
pub(crate) mod moments;
mod pin;
mod refusals;
mod replace;

pub(crate) use answer::told_block;
pub(crate) use content::made_club_number;
pub(crate) use refusals::not_issued;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be done with credentials.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CredentialsCommand {
    Issue(Box<issue::IssueArgs>),
    List(list::ListArgs),
    Find(find::FindArgs),
    Limit(change::LimitArgs),
    LiftLimit(change::LiftLimitArgs),
    Block(change::BlockArgs),
    Unblock(change::UnblockArgs),
    ReportLost(change::ReportLostArgs),
    ReportFound(change::ReportFoundArgs),
    Renew(change::RenewArgs),
    Expire(change::ExpireArgs),
    Replace(replace::ReplaceArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &CredentialsCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        CredentialsCommand::Issue(args) => issue::run(args, &book, json),
        CredentialsCommand::List(args) => list::run(args, &book, json),
        CredentialsCommand::Find(args) => find::run(args, &book, json),
        CredentialsCommand::Limit(args) => change::limit(args, &book, json),
        CredentialsCommand::LiftLimit(args) => change::lift_limit(args, &book, json),
        CredentialsCommand::Block(args) => change::block(args, &book, json),
        CredentialsCommand::Unblock(args) => change::unblock(args, &book, json),
        CredentialsCommand::ReportLost(args) => change::report_lost(args, &book, json),
        CredentialsCommand::ReportFound(args) => change::report_found(args, &book, json),
        CredentialsCommand::Renew(args) => change::renew(args, &book, json),
        CredentialsCommand::Expire(args) => change::expire(args, &book, json),
        CredentialsCommand::Replace(args) => replace::run(args, &book, json),
    }
}
