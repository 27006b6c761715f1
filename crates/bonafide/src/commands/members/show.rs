//! `bonafide members show`: everything about one member.

use bonafide_store::members::note_view;
use serde::Serialize;

use crate::book::Book;
use crate::commands::members::answer::MemberAnswer;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Show a member. Looking is traced in the audit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members show 17 --data club")]
pub(crate) struct ShowArgs {
    /// The member's number or id.
    member: String,
}

#[derive(Serialize)]
#[serde(transparent)]
struct ShowAnswer(MemberAnswer);

impl Answer for ShowAnswer {
    fn text(&self) -> String {
        self.0.lines()
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, and the keys of faults.
pub(super) fn run(args: &ShowArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = member(book, &args.member)?;
    let (acting, id) = (book.acting(), found.id);
    // First the trace, then the picture: a view that was not written down does not happen.
    book.write(move |work| note_view(work, &acting, id))?;
    output::print(&ShowAnswer(MemberAnswer::of(&found, book)?), json)
}
