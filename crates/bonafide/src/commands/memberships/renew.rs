//! `bonafide memberships renew`: a further period.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{not_done, renew_refused};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Add a period at the end, for the price that its branch asks now, or else for that of its terms. What was left of the old period
/// is gone with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships renew 17")]
pub(crate) struct RenewArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, and the keys of faults.
pub(super) fn run(args: &RenewArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let done = book.store.write(move |work| command::renew(work, &acting, id, asked))?;
    print_done(book, json, id, asked, &done.map_err(|why| not_done(why, renew_refused))?)
}
