//! `bonafide memberships ending`: whose membership ends soon.

use bonafide_domain::calendar::days_after;
use bonafide_store::memberships::list::ending;
use jiff::civil::Date;

use crate::book::Book;
use crate::clock;
use crate::commands::memberships::listed::print_pages;
use crate::failure::Failure;

/// List the memberships that end soon, the soonest first: to be renewed, or sold anew. The cancelled ones are not among them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships ending --within-days 14")]
pub(crate) struct EndingArgs {
    /// Their last day is among so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    within_days: u16,
    /// The first of these days. Today when it is not said.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
}

/// Runs the command.
///
/// # Errors
/// `beyond_last_date` for days after the last date of the calendar, and the keys of faults.
pub(super) fn run(args: &EndingArgs, book: &Book, json: bool) -> Result<(), Failure> {
    // The branches of a chain have calendars of their own; the list is by dates, so that a day more or less is in view.
    let from = args.from.unwrap_or_else(|| clock::utc_date(clock::now_us()));
    let beyond = || Failure::new("beyond_last_date", "the calendar ends before that: choose an earlier day");
    let before = days_after(from, i64::from(args.within_days)).ok_or_else(beyond)?;
    print_pages(book, json, |tx, after, limit| ending(tx, from, before, after, limit))
}
