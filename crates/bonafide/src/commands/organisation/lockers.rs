//! `bonafide organisation lockers`: lockers, each in a zone.

use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::locker::{self, Locker, LockerRefusal};
use bonafide_store::organisation::{Kept, LIST_MAX, branch, zone};
use serde::Serialize;

use crate::book::Book;
use crate::commands::organisation::answer::{Done, List, Row, closed_cell};
use crate::commands::organisation::{gone, nothing_to_change, set_closed};
use crate::commands::{named, typed};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// What can be done with lockers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum LockersCommand {
    Add(AddArgs),
    List(ListArgs),
    Change(ChangeArgs),
    Close(CloseArgs),
    Reopen(ReopenArgs),
}

/// Add lockers to a zone: all of them, or none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide organisation lockers add 17 --zone 'Arbat/Changing room'\n  \
    bonafide organisation lockers add 1 2 3 4 --zone 'Arbat/Changing room'")]
pub(crate) struct AddArgs {
    /// What the club calls each of them.
    #[arg(required = true, num_args = 1..=LIST_MAX as usize)]
    name: Vec<String>,
    /// The zone: name, branch and name, or id.
    #[arg(long)]
    zone: String,
}

/// List the lockers that are in use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation lockers list --zone 'Arbat/Changing room'")]
pub(crate) struct ListArgs {
    /// Of this branch only.
    #[arg(long)]
    branch: Option<String>,
    /// Of this zone only.
    #[arg(long, conflicts_with = "branch")]
    zone: Option<String>,
    /// The closed ones too.
    #[arg(long)]
    closed: bool,
}

/// Change a locker: what is not named stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation lockers change 'Changing room/17' --name 17a")]
pub(crate) struct ChangeArgs {
    /// Its name, zone or branch and name (`Changing room/17`), or id.
    locker: String,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Another zone.
    #[arg(long)]
    zone: Option<String>,
}

/// Take a locker out of use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation lockers close 'Changing room/17'")]
pub(crate) struct CloseArgs {
    /// Its name, zone or branch and name, or id.
    locker: String,
}

/// Take a locker into use again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation lockers reopen 'Changing room/17'")]
pub(crate) struct ReopenArgs {
    /// Its name, zone or branch and name, or id.
    locker: String,
}

/// A locker in an answer.
#[derive(Serialize)]
struct LockerAnswer {
    id: Id,
    name: String,
    branch: String,
    zone: String,
    zone_id: Id,
    closed_us: Option<i64>,
}

impl LockerAnswer {
    fn of(tx: &mut Tx<'_>, kept: &Kept<Locker>) -> Result<LockerAnswer, Fault> {
        let zone = zone::get(tx, kept.content.zone)?;
        let branch = match &zone {
            Some(zone) => branch::get(tx, zone.content.branch)?,
            None => None,
        };
        Ok(LockerAnswer {
            id: kept.id,
            name: kept.content.name.as_str().to_owned(),
            branch: branch.map_or_else(String::new, |branch| branch.content.name.as_str().to_owned()),
            zone: zone.map_or_else(String::new, |zone| zone.content.name.as_str().to_owned()),
            zone_id: kept.content.zone,
            closed_us: kept.closed_us,
        })
    }
}

impl Row for LockerAnswer {
    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), format!("{}/{}", self.branch, self.zone), closed_cell(self.closed_us)]
    }
}

/// The lockers that were added.
#[derive(Serialize)]
struct AddedAnswer {
    added: Vec<LockerAnswer>,
}

impl Answer for AddedAnswer {
    fn text(&self) -> String {
        let names: Vec<&str> = self.added.iter().map(|locker| locker.name.as_str()).collect();
        let place = self
            .added
            .first()
            .map_or_else(String::new, |locker| format!("{}/{}", locker.branch, locker.zone));
        format!("added to {place}: {}", names.join(", "))
    }
}

/// What is to be changed.
#[derive(Clone)]
struct Changes {
    name: Option<Title>,
    zone: Option<Id>,
}

impl Changes {
    fn made_to(&self, before: Locker) -> Locker {
        let change = self.clone();
        Locker { zone: change.zone.unwrap_or(before.zone), name: change.name.unwrap_or(before.name) }
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for what is no name, `no_zone`, `no_locker` and `ambiguous` for what is not found, each refusal by its key, and
/// the keys of faults.
pub(super) fn run(command: &LockersCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        LockersCommand::Add(args) => add(args, book, json),
        LockersCommand::List(args) => list(args, book, json),
        LockersCommand::Change(args) => change(args, book, json),
        LockersCommand::Close(args) => close(&args.locker, true, book, json),
        LockersCommand::Reopen(args) => close(&args.locker, false, book, json),
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let zone = named::zone(book, &args.zone)?.id;
    let names = args.name.iter().map(|name| typed::title(name)).collect::<Result<Vec<_>, _>>()?;
    let acting = book.acting();
    let added = book.store.write(move |work| {
        let mut ids = Vec::new();
        for name in &names {
            match locker::add(work, &acting, &Locker { zone, name: name.clone() })? {
                Ok(id) => ids.push(id),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        Ok(Ok(ids))
    })?;
    let added = added.map_err(refused)?;
    let rows = book.store.read(|tx| {
        let kept =
            added.iter().filter_map(|&id| locker::get(tx, id).transpose()).collect::<Result<Vec<_>, _>>()?;
        kept.iter().map(|kept| LockerAnswer::of(tx, kept)).collect()
    })?;
    output::print(&AddedAnswer { added: rows }, json)
}

fn list(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let one = args.zone.as_deref().map(|text| named::zone(book, text)).transpose()?;
    let branches = named::branches_or_all(book, args.branch.as_deref(), args.closed)?;
    let rows = book.store.read(|tx| {
        let mut zones = Vec::new();
        match one {
            Some(zone) => zones.push(zone.id),
            None => {
                for branch in &branches {
                    zones.extend(zone::list(tx, *branch, args.closed)?.iter().map(|zone| zone.id));
                }
            }
        }
        let mut rows = Vec::new();
        for zone in zones {
            let mut lockers = locker::list(tx, zone, args.closed)?;
            lockers.sort_by_cached_key(|kept| in_order(kept.content.name.as_str()));
            for kept in lockers {
                rows.push(LockerAnswer::of(tx, &kept)?);
            }
        }
        Ok(rows)
    })?;
    output::print(&List { key: "lockers", rows }, json)
}

/// Lockers stand in the order of their numbers, those with other names after them.
fn in_order(name: &str) -> (u64, String) {
    (name.parse().unwrap_or(u64::MAX), name.to_owned())
}

fn change(args: &ChangeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = named::locker(book, &args.locker)?;
    let zone = args.zone.as_deref().map(|text| named::zone(book, text)).transpose()?;
    let changes =
        Changes { name: args.name.as_deref().map(typed::title).transpose()?, zone: zone.map(|zone| zone.id) };
    if changes.made_to(found.content.clone()) == found.content {
        return Err(nothing_to_change());
    }
    let (acting, id) = (book.acting(), found.id);
    let changed = book.store.write(move |work| match locker::get(work.tx, id)? {
        Some(kept) => locker::change(work, &acting, id, &changes.made_to(kept.content)),
        None => Ok(Err(LockerRefusal::NotFound)),
    })?;
    changed.map_err(refused)?;
    print("changed", id, book, json)
}

fn close(text: &str, closed: bool, book: &Book, json: bool) -> Result<(), Failure> {
    let id = named::locker(book, text)?.id;
    print(set_closed(book, id, closed, locker::set_closed)?, id, book, json)
}

fn print(done: &'static str, id: Id, book: &Book, json: bool) -> Result<(), Failure> {
    let kept = book.store.read(|tx| locker::get(tx, id))?.ok_or_else(|| gone("the locker"))?;
    let thing = book.store.read(|tx| LockerAnswer::of(tx, &kept))?;
    output::print(&Done { done, thing }, json)
}

fn refused(refusal: LockerRefusal) -> Failure {
    match refusal {
        LockerRefusal::NotFound => gone("the locker"),
        LockerRefusal::NoZone => gone("the zone"),
    }
}
