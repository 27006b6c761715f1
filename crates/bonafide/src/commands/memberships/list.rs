//! `bonafide memberships list`: all that a member has and had.

use bonafide_store::members::note_view;
use bonafide_store::memberships;
use serde::Serialize;

use crate::book::Book;
use crate::commands::memberships::answer::MembershipAnswer;
use crate::commands::memberships::target::Target;
use crate::commands::named;
use crate::failure::Failure;
use crate::listing;
use crate::output::{self, Answer};

/// List the memberships of a member, in the order of their sale. Looking is traced in the audit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships list 17")]
pub(crate) struct ListArgs {
    /// The member, by number or id.
    member: String,
}

#[derive(Serialize)]
struct ListAnswer {
    memberships: Vec<MembershipAnswer>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        if self.memberships.is_empty() {
            return "none".to_owned();
        }
        listing::table(&self.memberships.iter().map(MembershipAnswer::cells).collect::<Vec<_>>())
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, and the keys of faults.
pub(super) fn run(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let member = named::member(book, &args.member)?;
    let (acting, id) = (book.acting(), member.id);
    // First the trace, then the page: a view that was not written down does not happen.
    book.write(move |work| note_view(work, &acting, id))?;
    let all = book.store.read(|tx| memberships::of_member(tx, id))?;
    let all: Vec<Target> = all.into_iter().map(|held| Target::held(book, held)).collect::<Result<_, _>>()?;
    let memberships = book
        .store
        .read(|tx| all.iter().map(|target| MembershipAnswer::of(tx, book.store.vault(), target)).collect())?;
    output::print(&ListAnswer { memberships }, json)
}
