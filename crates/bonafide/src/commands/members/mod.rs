//! `bonafide members`: add, change, show, search, list, link, merge.

mod add;
pub(crate) mod answer;
mod card;
mod change;
mod enrol_face;
mod face_twins;
pub(crate) mod fields;
pub(crate) mod filters;
mod link;
mod list;
mod merge;
mod photo;
mod search;
mod show;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be asked about members.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum MembersCommand {
    Add(Box<add::AddArgs>),
    Change(Box<change::ChangeArgs>),
    Show(show::ShowArgs),
    Search(search::SearchArgs),
    List(Box<list::ListArgs>),
    /// Keep filters for lists under a name.
    #[command(subcommand)]
    Filters(Box<filters::FiltersCommand>),
    Link(link::LinkArgs),
    Unlink(link::UnlinkArgs),
    Merge(merge::MergeArgs),
    Unmerge(merge::UnmergeArgs),
    Photo(photo::PhotoArgs),
    EnrolFace(enrol_face::EnrolFaceArgs),
    Card(card::CardArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &MembersCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        MembersCommand::Add(args) => add::run(args, &book, json),
        MembersCommand::Change(args) => change::run(args, &book, json),
        MembersCommand::Show(args) => show::run(args, &book, json),
        MembersCommand::Search(args) => search::run(args, &book, json),
        MembersCommand::List(args) => list::run(args, &book, json),
        MembersCommand::Filters(command) => filters::run(command, &book, json),
        MembersCommand::Link(args) => link::run(args, &book, json),
        MembersCommand::Unlink(args) => link::undo_run(args, &book, json),
        MembersCommand::Merge(args) => merge::run(args, &book, json),
        MembersCommand::Photo(args) => photo::run(args, &book, json),
        MembersCommand::EnrolFace(args) => enrol_face::run(args, &book, json),
        MembersCommand::Card(args) => card::run(args, &book, json),
        MembersCommand::Unmerge(args) => merge::undo_run(args, &book, json),
    }
}
