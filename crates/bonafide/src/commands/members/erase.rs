//! `bonafide members erase`: a person goes for good.

use bonafide_store::erasure::{Cause, NotErased, erase};
use bonafide_store::id::Id;
use serde::Serialize;

use crate::book::Book;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Erase a member with all profiles merged into one: the keys first, then the rows. It cannot be undone. A certificate
/// without personal data stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members erase 17 --cause persons-wish --yes --data club")]
pub(crate) struct EraseArgs {
    /// The member's number or id.
    member: String,
    /// Why.
    #[arg(long, value_enum)]
    cause: CauseArg,
    /// Really: without it nothing is done.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum CauseArg {
    /// The person asked for it.
    PersonsWish,
    /// Nothing is left to keep it for.
    RetentionEnded,
    /// It should not have been entered.
    EnteredByMistake,
}

#[derive(Serialize)]
struct EraseAnswer {
    certificate: String,
    /// Who outside still has to be told: doors and providers. The program does not tell them yet.
    to_be_told: Vec<String>,
}

impl Answer for EraseAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!("erased; certificate {}", self.certificate)];
        lines.extend(self.to_be_told.iter().map(|who| format!("  still to be told: {who}")));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `not_confirmed` without --yes, `no_member`, and the keys of faults.
pub(super) fn run(args: &EraseArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = member(book, &args.member)?.id;
    if !args.yes {
        return Err(Failure::new("not_confirmed", "nothing was erased: this cannot be undone; add --yes"));
    }
    let cause = match args.cause {
        CauseArg::PersonsWish => Cause::PersonsWish,
        CauseArg::RetentionEnded => Cause::RetentionEnded,
        CauseArg::EnteredByMistake => Cause::EnteredByMistake,
    };
    let acting = book.acting();
    let operation = Id::new(acting.now_us)?;
    let gone = || Failure::new("no_member", "the member is gone already");
    match book.store.write(move |work| erase(work, &acting, operation, found, cause))? {
        Ok(erased) => {
            // What was overwritten leaves the log too, and not only with the next checkpoint.
            book.store.forget_overwritten()?;
            let to_be_told = erased.tell.iter().map(|tell| format!("{tell:?}")).collect();
            output::print(&EraseAnswer { certificate: erased.certificate.to_string(), to_be_told }, json)
        }
        Err(NotErased::NotFound | NotErased::OtherOperation) => Err(gone()),
    }
}
