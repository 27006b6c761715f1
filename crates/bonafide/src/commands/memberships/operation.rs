//! One operation on a membership: its id, the date that it counts for, and the answer.

use bonafide_domain::membership::{Answer as Outcome, MembershipEvent};
use bonafide_store::id::Id;
use bonafide_store::memberships::{self, Asked};
use jiff::civil::Date;
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::memberships::answer::MembershipAnswer;
use crate::commands::memberships::history::{EventAnswer, Names};
use crate::commands::memberships::target::Target;
use crate::commands::operation;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// What each operation may be given.
#[derive(Debug, clap::Args)]
pub(super) struct AskedArgs {
    /// The date that it counts for, as 2027-01-31: today in the branch's calendar when it is not said.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    #[command(flatten)]
    operation: operation::OperationArgs,
}

/// An operation with its id, and what it did when it was done before.
pub(super) struct Operation {
    id: Id,
    on: Option<Date>,
    before: Option<(Id, MembershipEvent)>,
}

impl AskedArgs {
    /// The operation, looked up in the book.
    ///
    /// # Errors
    /// The keys of faults.
    pub(super) fn look_up(&self, book: &Book) -> Result<Operation, Failure> {
        let id = self.operation.id(clock::now_us())?;
        let before = book.store.read(|tx| memberships::of_operation(tx, id))?;
        Ok(Operation { id, on: self.on, before })
    }
}

impl Operation {
    /// The membership that it was done to, and what it did.
    pub(super) fn before(&self) -> Option<&(Id, MembershipEvent)> {
        self.before.as_ref()
    }

    /// The asking: the date is what is said, or that of the first time, or today.
    pub(super) fn asked(&self, today: Date) -> Asked {
        let first = self.before.as_ref().map(|(_, event)| event.on);
        Asked { operation: self.id, on: self.on.or(first).unwrap_or(today) }
    }
}

/// The answer to an operation.
#[derive(Serialize)]
struct DoneAnswer {
    /// `new`, or `repeated` when it was done before and nothing was done again.
    done: &'static str,
    operation: Id,
    event: EventAnswer,
    /// As it stands now.
    membership: MembershipAnswer,
}

impl Answer for DoneAnswer {
    fn text(&self) -> String {
        let repeated = if self.done == "repeated" { "done before, and nothing was done again: " } else { "" };
        let mut lines = vec![format!("{repeated}{}", self.event.line())];
        lines.extend(self.membership.lines());
        lines.push(format!("  operation  {}", self.operation));
        lines.join("\n")
    }
}

/// Prints what an operation did, and how the membership stands after it.
///
/// # Errors
/// The keys of faults.
pub(super) fn print_done(
    book: &Book,
    json: bool,
    membership: Id,
    asked: Asked,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let target = Target::of(book, membership)?;
    // What is new has its entry; who only repeats himself looks at it.
    if matches!(outcome, Outcome::AlreadyDone(_)) {
        target.note_view(book)?;
    }
    let answer = book.store.read(|tx| {
        let names = Names::of(tx, book.store.vault(), &target.held)?;
        Ok(DoneAnswer {
            done: match outcome {
                Outcome::New(_) => "new",
                Outcome::AlreadyDone(_) => "repeated",
            },
            operation: asked.operation,
            event: EventAnswer::of(outcome.event(), None, &target.held.membership, &names),
            membership: MembershipAnswer::of(tx, book.store.vault(), &target)?,
        })
    })?;
    output::print(&answer, json)
}
