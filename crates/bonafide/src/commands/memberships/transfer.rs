//! `bonafide memberships transfer`: to another member.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::not_transferred;
use crate::commands::memberships::target::Target;
use crate::commands::named;
use crate::failure::Failure;

/// Give a membership to another member, with all that is left of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships transfer 17 23")]
pub(crate) struct TransferArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// The member who gets it, by number or id.
    to: String,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, and the keys of faults.
pub(super) fn run(args: &TransferArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let to = named::member(book, &args.to)?.id;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let given = book.store.write(move |work| command::transfer(work, &acting, id, asked, to))?;
    print_done(book, json, id, asked, &given.map_err(not_transferred)?)
}
