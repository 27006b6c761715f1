//! `bonafide memberships`: what is sold to members, and everything that is done with it.
//!
//! Each command that changes something is one operation with an id. Whoever repeats it with the same id gets the answer of the
//! first time, and nothing is done twice; what is left out of the repetition is taken from the first time.

mod answer;
mod cancel;
mod ending;
mod extend;
mod extra;
mod freeze;
mod frozen;
mod give_back;
mod guest;
mod history;
mod list;
mod listed;
mod operation;
mod refusals;
mod renew;
mod sell;
mod show;
mod start;
mod target;
mod thaw;
mod transfer;
mod use_visit;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be done with memberships.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum MembershipsCommand {
    Sell(sell::SellArgs),
    Show(show::ShowArgs),
    List(list::ListArgs),
    Ending(ending::EndingArgs),
    Frozen(frozen::FrozenArgs),
    Start(start::StartArgs),
    Use(use_visit::UseArgs),
    GiveBack(give_back::GiveBackArgs),
    Guest(guest::GuestArgs),
    Extra(extra::ExtraArgs),
    Freeze(freeze::FreezeArgs),
    Thaw(thaw::ThawArgs),
    Extend(extend::ExtendArgs),
    Renew(renew::RenewArgs),
    Transfer(transfer::TransferArgs),
    Cancel(cancel::CancelArgs),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &MembershipsCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        MembershipsCommand::Sell(args) => sell::run(args, &book, json),
        MembershipsCommand::Show(args) => show::run(args, &book, json),
        MembershipsCommand::List(args) => list::run(args, &book, json),
        MembershipsCommand::Ending(args) => ending::run(args, &book, json),
        MembershipsCommand::Frozen(args) => frozen::run(args, &book, json),
        MembershipsCommand::Start(args) => start::run(args, &book, json),
        MembershipsCommand::Use(args) => use_visit::run(args, &book, json),
        MembershipsCommand::GiveBack(args) => give_back::run(args, &book, json),
        MembershipsCommand::Guest(args) => guest::run(args, &book, json),
        MembershipsCommand::Extra(args) => extra::run(args, &book, json),
        MembershipsCommand::Freeze(args) => freeze::run(args, &book, json),
        MembershipsCommand::Thaw(args) => thaw::run(args, &book, json),
        MembershipsCommand::Extend(args) => extend::run(args, &book, json),
        MembershipsCommand::Renew(args) => renew::run(args, &book, json),
        MembershipsCommand::Transfer(args) => transfer::run(args, &book, json),
        MembershipsCommand::Cancel(args) => cancel::run(args, &book, json),
    }
}
