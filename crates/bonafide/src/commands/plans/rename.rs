//! `bonafide plans rename`: another name and note.

use bonafide_store::organisation::NotFound;
use bonafide_store::plans::{self, Plan};

use crate::book::Book;
use crate::commands::plans::answer;
use crate::commands::{named, typed};
use crate::failure::Failure;

/// Give a plan another name or note. They are no terms: what was sold is called so too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans rename Month --name 'Calendar month' --note 'was: Month'")]
pub(crate) struct RenameArgs {
    /// The plan, by name or id.
    plan: String,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Another note; an empty one takes it away.
    #[arg(long)]
    note: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for what is no name or note, `nothing_to_change`, `no_plan` and `ambiguous`, and the keys of faults.
pub(super) fn run(args: &RenameArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let kept = named::plan(book, &args.plan)?;
    let name = args.name.as_deref().map(typed::title).transpose()?;
    let note = match args.note.as_deref() {
        None => kept.plan.note.clone(),
        Some(text) if text.trim().is_empty() => None,
        Some(text) => Some(typed::note(text)?),
    };
    let plan = Plan { name: name.unwrap_or_else(|| kept.plan.name.clone()), note };
    if plan == kept.plan {
        return Err(Failure::new("nothing_to_change", "say what is to be changed: --name or --note"));
    }
    let (acting, id) = (book.acting(), kept.id);
    match book.store.write(move |work| plans::rename(work, &acting, id, &plan))? {
        Ok(()) => answer::print("renamed", id, book, json),
        Err(NotFound) => Err(Failure::new("no_plan", "the plan is not there any more")),
    }
}
