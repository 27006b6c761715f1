//! `bonafide memberships start`: the first visit begins it.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{not_done, start_refused};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Begin a membership that waits for its first visit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships start 17")]
pub(crate) struct StartArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, and the keys of faults.
pub(super) fn run(args: &StartArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let started = book.store.write(move |work| command::start(work, &acting, id, asked))?;
    print_done(book, json, id, asked, &started.map_err(|why| not_done(why, start_refused))?)
}
