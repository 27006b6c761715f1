//! `bonafide memberships thaw`: a freeze ends early.

use bonafide_domain::membership::Change;
use bonafide_store::id::Id;
use bonafide_store::memberships::command;
use jiff::civil::Date;

use crate::book::Book;
use crate::commands::memberships::history::span_words;
use crate::commands::memberships::operation::{AskedArgs, Operation, print_done};
use crate::commands::memberships::refusals::{not_done, thaw_refused};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// End a freeze: from the date on it is valid again, and the days that were left are taken from the end. On its first day or
/// before, the freeze is withdrawn as a whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide memberships thaw 17\n  \
    bonafide memberships thaw 17 --freeze 01890f3e-7b2a-7c11-9d4e-2f6a5b3c1d00 --on 2027-02-07")]
pub(crate) struct ThawArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// The operation that made the freeze, as `show` tells it. Not needed where only one freeze is not over.
    #[arg(long, value_name = "UUID")]
    freeze: Option<String>,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], `bad_operation`, `no_freeze` and `ambiguous` for the freeze, each refusal by its key, and the keys of
/// faults.
pub(super) fn run(args: &ThawArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let freeze = freeze(args.freeze.as_deref(), &operation, &target, asked.on)?;
    let thawed = book.store.write(move |work| command::thaw(work, &acting, id, asked, freeze))?;
    print_done(book, json, id, asked, &thawed.map_err(|why| not_done(why, thaw_refused))?)
}

/// The freeze that is meant: the one that is said, the one of the first time, or the only one that is not over.
fn freeze(text: Option<&str>, operation: &Operation, target: &Target, on: Date) -> Result<Id, Failure> {
    if let Some(text) = text {
        let bad =
            || Failure::new("bad_operation", format!("--freeze {text} is no UUID: `show` lists the freezes"));
        return Id::parse(text).ok_or_else(bad);
    }
    if let Some((_, event)) = operation.before()
        && let Change::Thawed { freeze } = event.change
    {
        return Ok(Id::from_bytes(freeze.0));
    }
    let freezes = target.held.membership.freezes().filter(|(_, span)| on < span.until());
    let freezes: Vec<_> = freezes.map(|(by, span)| (Id::from_bytes(by.0), span)).collect();
    match freezes.as_slice() {
        [] => Err(Failure::new("no_freeze", format!("no freeze runs on {on} or is planned after it"))),
        [(freeze, _)] => Ok(*freeze),
        many => {
            let line = |(freeze, span): &(Id, _)| format!("\n  {freeze}  {}", span_words(*span));
            let lines: String = many.iter().map(line).collect();
            let words = format!("{} freezes are not over: say which with --freeze{lines}", many.len());
            Err(Failure::new("ambiguous", words))
        }
    }
}
