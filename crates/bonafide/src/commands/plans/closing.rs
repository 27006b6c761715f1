//! `bonafide plans close` and `reopen`: whether a plan is sold.

use bonafide_store::organisation::NotFound;
use bonafide_store::plans;

use crate::book::Book;
use crate::commands::named;
use crate::commands::plans::answer;
use crate::failure::Failure;

/// Stop selling a plan. What was sold runs on, and is renewed where its terms say so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans close Month")]
pub(crate) struct CloseArgs {
    /// The plan, by name or id.
    pub(super) plan: String,
}

/// Sell a plan again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans reopen Month")]
pub(crate) struct ReopenArgs {
    /// The plan, by name or id.
    pub(super) plan: String,
}

/// Runs `close`, or `reopen`.
///
/// # Errors
/// `no_plan` and `ambiguous` for what is not found, and the keys of faults.
pub(super) fn run(text: &str, closed: bool, book: &Book, json: bool) -> Result<(), Failure> {
    let (acting, id) = (book.acting(), named::plan(book, text)?.id);
    match book.store.write(move |work| plans::set_archived(work, &acting, id, closed))? {
        Ok(true) => answer::print(if closed { "closed" } else { "reopened" }, id, book, json),
        Ok(false) => answer::print("unchanged", id, book, json),
        Err(NotFound) => Err(Failure::new("no_plan", "the plan is not there any more")),
    }
}
