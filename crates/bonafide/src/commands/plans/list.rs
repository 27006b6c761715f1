//! `bonafide plans list`: the plans that are sold.

use bonafide_store::plans;
use serde::Serialize;

use crate::book::Book;
use crate::commands::plans::answer::PlanAnswer;
use crate::failure::Failure;
use crate::listing;
use crate::output::{self, Answer};

/// List the plans that are sold, with the terms of today.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans list --closed")]
pub(crate) struct ListArgs {
    /// Those that are not sold any more too.
    #[arg(long)]
    closed: bool,
}

#[derive(Serialize)]
struct ListAnswer {
    plans: Vec<PlanAnswer>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        if self.plans.is_empty() {
            return "none".to_owned();
        }
        listing::table(&self.plans.iter().map(PlanAnswer::cells).collect::<Vec<_>>())
    }
}

/// Runs the command.
///
/// # Errors
/// The keys of faults.
pub(super) fn run(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let plans = book.store.read(|tx| {
        let kept = plans::list(tx, args.closed)?;
        kept.iter().map(|plan| PlanAnswer::of(tx, plan)).collect()
    })?;
    output::print(&ListAnswer { plans }, json)
}
