//! `bonafide memberships cancel`: it ends, and the unused part is paid back.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::OperationId;
use bonafide_domain::membership::{Answer as Outcome, Change, Request};
use bonafide_domain::money::Money;
use bonafide_store::id::Id;
use bonafide_store::memberships::{Asked, command};
use serde::Serialize;

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, print_done};
use crate::commands::memberships::refusals::{cancel_refused, not_done};
use crate::commands::memberships::target::Target;
use crate::commands::typed::{MoneyAnswer, money_words};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Cancel a membership: from the date on it is not valid any more, and the unused part is paid back by the rule of its plan.
/// Without --yes it only shows what would be paid back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide memberships cancel 17\n  \
    bonafide memberships cancel 17 --on 2027-02-01 --yes")]
pub(crate) struct CancelArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
    /// Really: without it nothing is done.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    operation: AskedArgs,
}

/// What a cancellation would do.
#[derive(Serialize)]
struct PreviewAnswer {
    /// Always `preview`.
    done: &'static str,
    membership: Id,
    /// The first date on which it would not be valid.
    on: String,
    refund: MoneyAnswer,
    #[serde(skip)]
    words: String,
}

impl Answer for PreviewAnswer {
    fn text(&self) -> String {
        format!(
            "nothing is done yet: cancelled from {} on, {} would be paid back. Add --yes to cancel it",
            self.on, self.words
        )
    }
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], each refusal by its key, without --yes too, and the keys of faults.
pub(super) fn run(args: &CancelArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let target = Target::find(book, &args.membership, Some(&operation))?;
    let (acting, id, asked) = (book.acting(), target.held.id, operation.asked(target.today));
    if !args.yes && operation.before().is_none() {
        let refund = previewed(&target, acting.now_us, asked)?;
        target.note_view(book)?;
        let preview = PreviewAnswer {
            done: "preview",
            membership: id,
            on: asked.on.to_string(),
            refund: MoneyAnswer::of(refund),
            words: money_words(refund),
        };
        return output::print(&preview, json);
    }
    let cancelled = book.store.write(move |work| command::cancel(work, &acting, id, asked))?;
    let cancelled = cancelled.map_err(|why| not_done(why, cancel_refused))?;
    print_done(book, json, id, asked, &cancelled.answer)
}

/// What the rules say to it now.
fn previewed(target: &Target, now_us: i64, asked: Asked) -> Result<Money, Failure> {
    let at = UtcMicros::parse(now_us);
    let at = at.map_err(|_| Failure::new("clock_not_set", "the clock of this machine is not set: set it"))?;
    let request = Request { operation: OperationId(*asked.operation.bytes()), at, on: asked.on };
    match target.held.membership.cancel(&request).map_err(cancel_refused)? {
        Outcome::New(event) | Outcome::AlreadyDone(event) => match event.change {
            Change::Cancelled { refund } => Ok(refund),
            _ => Ok(target.held.membership.unused_part(asked.on)),
        },
    }
}
