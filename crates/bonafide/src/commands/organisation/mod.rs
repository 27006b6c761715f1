//! `bonafide organisation`: branches and what is in them.

mod access_points;
mod answer;
mod branches;
mod lockers;
mod tills;
mod zones;

use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::{Kept, NotFound};
use bonafide_store::store::Work;

use crate::book::{Book, BookArgs};
use crate::commands::named;
use crate::failure::Failure;

/// What the organisation consists of.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum OrganisationCommand {
    /// Branches: places with a calendar, a currency and a law of their own.
    #[command(subcommand)]
    Branches(branches::BranchesCommand),
    /// Zones: parts of a branch that a plan may open.
    #[command(subcommand)]
    Zones(zones::ZonesCommand),
    /// Access points: doors, turnstiles and gates, each into or out of one zone.
    #[command(subcommand)]
    AccessPoints(access_points::AccessPointsCommand),
    /// Tills: where a branch takes money.
    #[command(subcommand)]
    Tills(tills::TillsCommand),
    /// Lockers, each in a zone.
    #[command(subcommand)]
    Lockers(lockers::LockersCommand),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &OrganisationCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        OrganisationCommand::Branches(command) => branches::run(command, &book, json),
        OrganisationCommand::Zones(command) => zones::run(command, &book, json),
        OrganisationCommand::AccessPoints(command) => access_points::run(command, &book, json),
        OrganisationCommand::Tills(command) => tills::run(command, &book, json),
        OrganisationCommand::Lockers(command) => lockers::run(command, &book, json),
    }
}

/// The refusal of a change that changes nothing.
fn nothing_to_change() -> Failure {
    Failure::new(
        "nothing_to_change",
        "nothing would change: say what is to be otherwise, `--help` shows the flags",
    )
}

/// The store's function that lists the things of a branch, with those out of use or without.
type ListOf<T> = fn(&mut Tx<'_>, Id, bool) -> Result<Vec<Kept<T>>, Fault>;

/// The things of one branch or of all, each as a row.
///
/// # Errors
/// As [`named::branches_or_all`], and the keys of faults.
fn listed<T, R>(
    book: &Book,
    branch: Option<&str>,
    closed: bool,
    list: ListOf<T>,
    row: fn(&mut Tx<'_>, &Kept<T>) -> Result<R, Fault>,
) -> Result<Vec<R>, Failure> {
    let branches = named::branches_or_all(book, branch, closed)?;
    let rows = book.store.read(|tx| {
        let mut rows = Vec::new();
        for branch in branches {
            for kept in list(tx, branch, closed)? {
                rows.push(row(tx, &kept)?);
            }
        }
        Ok(rows)
    })?;
    Ok(rows)
}

/// The store's function that closes or opens a thing, and tells whether it was otherwise before.
type SetClosed = fn(&mut Work<'_, '_>, &Acting, Id, bool) -> Result<Result<bool, NotFound>, Fault>;

/// Takes something out of use, or into use again, and tells with one word what was done.
///
/// # Errors
/// `not_there` when it went meanwhile; the keys of faults.
fn set_closed(book: &Book, id: Id, closed: bool, set: SetClosed) -> Result<&'static str, Failure> {
    let acting = book.acting();
    match book.store.write(move |work| set(work, &acting, id, closed))? {
        Ok(true) => Ok(if closed { "closed" } else { "reopened" }),
        Ok(false) => Ok("unchanged"),
        Err(NotFound) => Err(gone("it")),
    }
}

/// What was there a moment ago is not there any more.
fn gone(what: &str) -> Failure {
    Failure::new("not_there", format!("{what} is not there any more: look at the list again"))
}
