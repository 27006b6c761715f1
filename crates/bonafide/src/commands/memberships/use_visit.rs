//! `bonafide memberships use`: a counted visit.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{not_done, visit_refused};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Use one of the counted visits.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships use 17")]
pub(crate) struct UseArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, and the keys of faults.
pub(super) fn run(args: &UseArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let done = book.store.write(move |work| command::use_visit(work, &acting, id, asked))?;
    print_done(book, json, id, asked, &done.map_err(|why| not_done(why, visit_refused))?)
}
