//! `bonafide export limit`: how many members may leave in a day without a reason.

use bonafide_store::members::export::{MEMBERS_MAX, limit, set_limit};
use serde::Serialize;

use crate::book::Book;
use crate::failure::Failure;
use crate::listing::counted;
use crate::output::{self, Answer};

/// Show how many members may be exported in 24 hours without a reason; with a number, set it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide export limit --data club\n  bonafide export limit 500 --data club"
)]
pub(crate) struct LimitArgs {
    /// The new limit; 0 asks for a reason each time.
    #[arg(value_parser = clap::value_parser!(u32).range(..=i64::from(MEMBERS_MAX)))]
    members: Option<u32>,
}

#[derive(Serialize)]
struct LimitAnswer {
    members_per_day: u32,
}

impl Answer for LimitAnswer {
    fn text(&self) -> String {
        let members = counted(u64::from(self.members_per_day), "member");
        format!("{members} may be exported in 24 hours without a reason")
    }
}

/// Runs the command.
///
/// # Errors
/// The keys of faults.
pub(super) fn run(args: &LimitArgs, book: &Book, json: bool) -> Result<(), Failure> {
    if let Some(members) = args.members {
        let acting = book.acting();
        book.write(move |work| set_limit(work, &acting, members))?;
    }
    output::print(&LimitAnswer { members_per_day: book.store.read(limit)? }, json)
}
