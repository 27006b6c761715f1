//! `bonafide members merge` and `unmerge`: two profiles of one person.

use bonafide_domain::merging::{MergingRefusal, UndoRefusal};
use bonafide_store::members::merging::{NotMerged, merge, undo};
use serde::Serialize;

use crate::book::Book;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Let one profile absorb another of the same person. Nothing is lost, and it can be undone for 30 days.
#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// The member who stays: number or id.
    kept: String,
    /// The profile that is absorbed.
    absorbed: String,
}

/// Take a merging back.
#[derive(Debug, clap::Args)]
pub(crate) struct UnmergeArgs {
    /// The profile that was absorbed: number or id.
    absorbed: String,
}

#[derive(Serialize)]
struct MergeAnswer {
    /// `merged` or `separate`.
    state: &'static str,
    absorbed: String,
}

impl Answer for MergeAnswer {
    fn text(&self) -> String {
        match self.state {
            "merged" => "merged; `bonafide members unmerge` takes it back for 30 days".to_owned(),
            _ => "two members again".to_owned(),
        }
    }
}

/// Runs `merge`.
///
/// # Errors
/// `not_merged` with the reason, `no_member`, and the keys of faults.
pub(super) fn run(args: &MergeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (kept, absorbed) = (member(book, &args.kept)?.id, member(book, &args.absorbed)?.id);
    let acting = book.acting();
    let refused = |words: &str| Err(Failure::new("not_merged", words));
    match book.store.write(move |work| merge(work, &acting, kept, absorbed))? {
        Ok(()) => output::print(&MergeAnswer { state: "merged", absorbed: absorbed.to_string() }, json),
        Err(NotMerged::NotFound(_)) => refused("one of them does not exist any more"),
        Err(NotMerged::Refused(MergingRefusal::SameMember)) => refused("both are the same member"),
        Err(NotMerged::Refused(MergingRefusal::AlreadyAbsorbed { .. })) => {
            refused("the second one was absorbed before: unmerge it first")
        }
        Err(NotMerged::Refused(MergingRefusal::KeptIsAbsorbed { .. })) => {
            refused("the first one was itself absorbed: merge into the member who absorbed it")
        }
    }
}

/// Runs `unmerge`.
///
/// # Errors
/// `not_undone` with the reason, `no_member`, and the keys of faults.
pub(super) fn undo_run(args: &UnmergeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let absorbed = member(book, &args.absorbed)?.id;
    let acting = book.acting();
    let refused = |words: &str| Err(Failure::new("not_undone", words));
    match book.store.write(move |work| undo(work, &acting, absorbed))? {
        Ok(()) => output::print(&MergeAnswer { state: "separate", absorbed: absorbed.to_string() }, json),
        Err(UndoRefusal::NotMerged) => refused("this profile is not merged into another"),
        Err(UndoRefusal::MergedFurther { .. }) => {
            refused("the member who stayed was absorbed too: unmerge that first")
        }
        Err(UndoRefusal::TooLate { .. }) => refused("the 30 days are over"),
    }
}
