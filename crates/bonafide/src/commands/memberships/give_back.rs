//! `bonafide memberships give-back`: a visit that was not used after all.

use bonafide_domain::membership::{Change, Membership, MembershipEvent};
use bonafide_store::id::Id;
use bonafide_store::memberships::command;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, Operation, print_done};
use crate::commands::memberships::refusals::{give_back_refused, not_done};
use crate::commands::memberships::target::Target;
use crate::failure::Failure;

/// Give a used visit back to the period that it was used in.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide memberships give-back 17\n  \
    bonafide memberships give-back 17 --visit 01890f3e-7b2a-7c11-9d4e-2f6a5b3c1d00")]
pub(crate) struct GiveBackArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// The operation that used the visit, as `show` tells it. The last one that was not given back when it is not said.
    #[arg(long, value_name = "UUID")]
    visit: Option<String>,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], `bad_operation` and `no_visit` for the visit, each refusal by its key, and the keys of faults.
pub(super) fn run(args: &GiveBackArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    let visit = visit(args.visit.as_deref(), &operation, &target.held.membership)?;
    let given_back =
        book.store.write(move |work| command::give_back_visit(work, &acting, id, asked, visit))?;
    print_done(book, json, id, asked, &given_back.map_err(|why| not_done(why, give_back_refused))?)
}

/// The visit that is meant: the one that is said, the one of the first time, or the last that was not given back.
fn visit(text: Option<&str>, operation: &Operation, membership: &Membership) -> Result<Id, Failure> {
    if let Some(text) = text {
        let bad =
            || Failure::new("bad_operation", format!("--visit {text} is no UUID: `show` lists the visits"));
        return Id::parse(text).ok_or_else(bad);
    }
    if let Some((_, event)) = operation.before()
        && let Change::VisitGivenBack { visit } = event.change
    {
        return Ok(Id::from_bytes(visit.0));
    }
    let history = membership.history();
    let given_back = |used: &MembershipEvent| {
        history.iter().any(|event| event.change == Change::VisitGivenBack { visit: used.operation })
    };
    let used = history.iter().rfind(|event| event.change == Change::VisitUsed && !given_back(event));
    let none = || Failure::new("no_visit", "no visit was used that could be given back");
    used.map(|event| Id::from_bytes(event.operation.0)).ok_or_else(none)
}
