//! `bonafide memberships extend`: further days, as a gift.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{extend_refused, not_done};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Add days as a gift: they are used last, and worth nothing when it is cancelled.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships extend 17 5")]
pub(crate) struct ExtendArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// How many days.
    days: u16,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, and the keys of faults.
pub(super) fn run(args: &ExtendArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let days = args.days;
    let extended = book.store.write(move |work| command::extend(work, &acting, id, asked, days))?;
    print_done(book, json, id, asked, &extended.map_err(|why| not_done(why, extend_refused))?)
}
