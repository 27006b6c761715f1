//! `bonafide memberships freeze`: it rests, and ends so much later.

use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_store::memberships::command;
use jiff::civil::Date;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{freeze_refused, not_done};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Freeze a membership on days that are past, present or planned: it ends so much later.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide memberships freeze 17 --from 2027-02-01 --days 14\n  \
    bonafide memberships freeze 17 --from 2027-02-01 --to 2027-02-14")]
#[group(id = "end", required = true, multiple = false, args = ["days", "to"])]
pub(crate) struct FreezeArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// The first frozen day. Today when it is not said.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// How many days.
    #[arg(long)]
    days: Option<u16>,
    /// The last frozen day.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    #[command(flatten)]
    operation: AskedArgs,
}

impl FreezeArgs {
    /// The days that are to be frozen.
    fn span(&self, today: Date) -> Result<DateSpan, Failure> {
        let from = self.from.unwrap_or(today);
        let until = match (self.days, self.to) {
            (Some(days), _) => days_after(from, i64::from(days)),
            (None, Some(last)) => last.tomorrow().ok(),
            (None, None) => None,
        };
        let bad = || {
            Failure::new(
                "bad_span",
                "a freeze has at least one day: give --days, or a --to that is not before --from",
            )
        };
        until.and_then(|until| DateSpan::parse(from, until).ok()).ok_or_else(bad)
    }
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], `bad_span`, each refusal by its key, and the keys of faults.
pub(super) fn run(args: &FreezeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let span = args.span(asked.on)?;
    let frozen = book.store.write(move |work| command::freeze(work, &acting, id, asked, span))?;
    print_done(book, json, id, asked, &frozen.map_err(|why| not_done(why, freeze_refused))?)
}
