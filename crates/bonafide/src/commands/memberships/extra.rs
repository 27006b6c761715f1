//! `bonafide memberships extra`: something of an included extra.

use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{extra_refused, not_done};
use crate::commands::memberships::target::Target;
use crate::commands::named;
use crate::failure::Failure;

/// Use so many of an included extra.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships extra 17 'minute of solarium' 12")]
pub(crate) struct ExtraArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// The extra, by name or id.
    extra: String,
    /// How many.
    #[arg(default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], `no_extra`, each refusal by its key, and the keys of faults.
pub(super) fn run(args: &ExtraArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (extra, _) = named::extra(book, &args.extra)?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let count = args.count;
    let used = book.store.write(move |work| command::use_extra(work, &acting, id, asked, extra, count))?;
    print_done(book, json, id, asked, &used.map_err(|why| not_done(why, extra_refused))?)
}
