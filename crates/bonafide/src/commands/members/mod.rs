//! `bonafide members`: add, show, search, list, merge, erase.

mod add;
mod answer;
mod card;
mod enrol_face;
mod erase;
mod face_twins;
mod list;
mod merge;
mod photo;
mod qr;
mod search;
mod show;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be asked about members.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum MembersCommand {
    Add(Box<add::AddArgs>),
    Show(show::ShowArgs),
    Search(search::SearchArgs),
    List(list::ListArgs),
    Merge(merge::MergeArgs),
    Unmerge(merge::UnmergeArgs),
    Erase(erase::EraseArgs),
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
        MembersCommand::Show(args) => show::run(args, &book, json),
        MembersCommand::Search(args) => search::run(args, &book, json),
        MembersCommand::List(args) => list::run(args, &book, json),
        MembersCommand::Merge(args) => merge::run(args, &book, json),
        MembersCommand::Erase(args) => erase::run(args, &book, json),
        MembersCommand::Photo(args) => photo::run(args, &book, json),
        MembersCommand::EnrolFace(args) => enrol_face::run(args, &book, json),
        MembersCommand::Card(args) => card::run(args, &book, json),
        MembersCommand::Unmerge(args) => merge::undo_run(args, &book, json),
    }
}
