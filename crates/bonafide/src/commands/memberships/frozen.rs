//! `bonafide memberships frozen`: whose membership rests.

use bonafide_store::memberships::list::frozen;
use jiff::civil::Date;

use crate::book::Book;
use crate::clock;
use crate::commands::memberships::listed::print_pages;
use crate::failure::Failure;

/// List the memberships that are frozen on a day, with the last day of the freeze, the soonest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships frozen --on 2027-02-01")]
pub(crate) struct FrozenArgs {
    /// The day. Today when it is not said.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
}

/// Runs the command.
///
/// # Errors
/// The keys of faults.
pub(super) fn run(args: &FrozenArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let on = args.on.unwrap_or_else(|| clock::utc_date(clock::now_us()));
    print_pages(book, json, |tx, after, limit| frozen(tx, on, after, limit))
}
