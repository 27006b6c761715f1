//! `bonafide memberships guest`: a guest visit.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{guest_refused, not_done};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Let a guest come along.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships guest 17")]
pub(crate) struct GuestArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, and the keys of faults.
pub(super) fn run(args: &GuestArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let done = book.store.write(move |work| command::use_guest_pass(work, &acting, id, asked))?;
    print_done(book, json, id, asked, &done.map_err(|why| not_done(why, guest_refused))?)
}
