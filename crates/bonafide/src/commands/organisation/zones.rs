//! `bonafide organisation zones`: parts of a branch that a plan may open.

use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::access_point;
use bonafide_store::organisation::branch;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind, ZoneRefusal, zone_kind};
use serde::Serialize;

use crate::book::Book;
use crate::commands::organisation::access_points::methods_words;
use crate::commands::organisation::answer::{Done, List, Row, closed_cell};
use crate::commands::organisation::{gone, listed, nothing_to_change, set_closed};
use crate::commands::{named, typed};
use crate::failure::Failure;
use crate::output;

/// What can be done with zones.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ZonesCommand {
    Add(AddArgs),
    List(ListArgs),
    Change(ChangeArgs),
    Close(CloseArgs),
    Reopen(ReopenArgs),
}

/// Add a zone to a branch.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide organisation zones add Pool --branch Arbat --kind pool --capacity 40"
)]
pub(crate) struct AddArgs {
    /// What the club calls it.
    name: String,
    /// The branch, by name or id. Not needed where there is only one.
    #[arg(long)]
    branch: Option<String>,
    /// What it is for: this settles what may be shown at its doors.
    #[arg(long, value_enum)]
    kind: KindArg,
    /// How many people may be in it at once, or `unlimited`.
    #[arg(long, value_name = "PEOPLE", default_value = "unlimited", value_parser = capacity)]
    capacity: Capacity,
}

/// List the zones that are in use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation zones list --branch Arbat")]
pub(crate) struct ListArgs {
    /// Of this branch only.
    #[arg(long)]
    branch: Option<String>,
    /// The closed ones too.
    #[arg(long)]
    closed: bool,
}

/// Change a zone: what is not named stays. It never moves to another branch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation zones change Arbat/Pool --capacity 30")]
pub(crate) struct ChangeArgs {
    /// Its name, branch and name (`Arbat/Pool`), or id.
    zone: String,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Another purpose. It must suit the doors that the zone has.
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// Another capacity, or `unlimited`.
    #[arg(long, value_name = "PEOPLE", value_parser = capacity)]
    capacity: Option<Capacity>,
}

/// Take a zone out of use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation zones close Arbat/Pool")]
pub(crate) struct CloseArgs {
    /// Its name, branch and name, or id.
    zone: String,
}

/// Take a zone into use again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation zones reopen Arbat/Pool")]
pub(crate) struct ReopenArgs {
    /// Its name, branch and name, or id.
    zone: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum KindArg {
    /// Machines and weights.
    Gym,
    /// A pool.
    Pool,
    /// A hall, a court, a studio.
    Hall,
    /// Sauna, solarium, massage.
    Spa,
    /// For those who pay more.
    Vip,
    /// Anything else that members enter.
    Other,
    /// A changing room or toilet: no camera there.
    ChangingRoom,
    /// For the staff.
    Staff,
    /// A safe or cash office.
    Safe,
}

impl From<KindArg> for ZoneKind {
    fn from(arg: KindArg) -> ZoneKind {
        match arg {
            KindArg::Gym => ZoneKind::Gym,
            KindArg::Pool => ZoneKind::Pool,
            KindArg::Hall => ZoneKind::Hall,
            KindArg::Spa => ZoneKind::Spa,
            KindArg::Vip => ZoneKind::Vip,
            KindArg::Other => ZoneKind::Other,
            KindArg::ChangingRoom => ZoneKind::ChangingRoom,
            KindArg::Staff => ZoneKind::Staff,
            KindArg::Safe => ZoneKind::Safe,
        }
    }
}

/// How many people; nothing when that is not limited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capacity(Option<u32>);

fn capacity(text: &str) -> Result<Capacity, String> {
    if text == "unlimited" {
        return Ok(Capacity(None));
    }
    let people = text.parse().ok().filter(|&people| people > 0);
    people
        .map(|people| Capacity(Some(people)))
        .ok_or_else(|| "write a number from 1, or 'unlimited'".to_owned())
}

/// A zone in an answer.
#[derive(Serialize)]
struct ZoneAnswer {
    id: Id,
    name: String,
    branch: String,
    branch_id: Id,
    kind: &'static str,
    /// Nothing when it is not limited.
    capacity: Option<u32>,
    closed_us: Option<i64>,
}

impl ZoneAnswer {
    fn of(tx: &mut Tx<'_>, kept: &Kept<Zone>) -> Result<ZoneAnswer, Fault> {
        let zone = &kept.content;
        let branch = branch::get(tx, zone.branch)?;
        Ok(ZoneAnswer {
            id: kept.id,
            name: zone.name.as_str().to_owned(),
            branch: branch.map_or_else(String::new, |branch| branch.content.name.as_str().to_owned()),
            branch_id: zone.branch,
            kind: zone_kind(zone.kind),
            capacity: zone.capacity,
            closed_us: kept.closed_us,
        })
    }
}

impl Row for ZoneAnswer {
    fn cells(&self) -> Vec<String> {
        let capacity =
            self.capacity.map_or_else(|| "unlimited".to_owned(), |people| format!("{people} people"));
        let kind = self.kind.replace('_', " ");
        vec![self.name.clone(), self.branch.clone(), kind, capacity, closed_cell(self.closed_us)]
    }
}

/// What is to be changed.
#[derive(Clone)]
struct Changes {
    name: Option<Title>,
    kind: Option<ZoneKind>,
    capacity: Option<Capacity>,
}

impl Changes {
    fn made_to(&self, before: Zone) -> Zone {
        let change = self.clone();
        Zone {
            branch: before.branch,
            name: change.name.unwrap_or(before.name),
            kind: change.kind.unwrap_or(before.kind),
            capacity: change.capacity.map_or(before.capacity, |Capacity(people)| people),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for what is no name, `no_branch`, `no_zone` and `ambiguous` for what is not found, each refusal by its key, and
/// the keys of faults.
pub(super) fn run(command: &ZonesCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        ZonesCommand::Add(args) => add(args, book, json),
        ZonesCommand::List(args) => list(args, book, json),
        ZonesCommand::Change(args) => change(args, book, json),
        ZonesCommand::Close(args) => close(&args.zone, true, book, json),
        ZonesCommand::Reopen(args) => close(&args.zone, false, book, json),
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let branch = named::branch_or_only(book, args.branch.as_deref())?.id;
    let name = typed::title(&args.name)?;
    let zone = Zone { branch, name, kind: args.kind.into(), capacity: args.capacity.0 };
    let acting = book.acting();
    let id = book.store.write(move |work| zone::add(work, &acting, &zone))?;
    print("added", id.map_err(|refusal| refused(book, refusal))?, book, json)
}

fn list(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let rows = listed(book, args.branch.as_deref(), args.closed, zone::list, ZoneAnswer::of)?;
    output::print(&List { key: "zones", rows }, json)
}

fn change(args: &ChangeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = named::zone(book, &args.zone)?;
    let changes = Changes {
        name: args.name.as_deref().map(typed::title).transpose()?,
        kind: args.kind.map(ZoneKind::from),
        capacity: args.capacity,
    };
    if changes.made_to(found.content.clone()) == found.content {
        return Err(nothing_to_change());
    }
    let (acting, id) = (book.acting(), found.id);
    let changed = book.store.write(move |work| match zone::get(work.tx, id)? {
        Some(kept) => zone::change(work, &acting, id, &changes.made_to(kept.content)),
        None => Ok(Err(ZoneRefusal::NotFound)),
    })?;
    changed.map_err(|refusal| refused(book, refusal))?;
    print("changed", id, book, json)
}

fn close(text: &str, closed: bool, book: &Book, json: bool) -> Result<(), Failure> {
    let id = named::zone(book, text)?.id;
    print(set_closed(book, id, closed, zone::set_closed)?, id, book, json)
}

fn print(done: &'static str, id: Id, book: &Book, json: bool) -> Result<(), Failure> {
    let kept = book.store.read(|tx| zone::get(tx, id))?.ok_or_else(|| gone("the zone"))?;
    let thing = book.store.read(|tx| ZoneAnswer::of(tx, &kept))?;
    output::print(&Done { done, thing }, json)
}

fn refused(book: &Book, refusal: ZoneRefusal) -> Failure {
    match refusal {
        ZoneRefusal::NotFound => gone("the zone"),
        ZoneRefusal::NoBranch => gone("the branch"),
        ZoneRefusal::OtherBranch => {
            Failure::new("other_branch", "a zone never moves to another branch: add a new one there")
        }
        ZoneRefusal::Door { access_point, refusal } => {
            match book.store.read(|tx| access_point::get(tx, access_point)) {
                Ok(door) => {
                    let name = door.map_or_else(String::new, |door| door.content.name.as_str().to_owned());
                    let why = methods_words(refusal);
                    let words = format!(
                        "its access point '{name}' does not suit such a zone: {why}. Change that first"
                    );
                    Failure::new("door_does_not_suit", words)
                }
                Err(fault) => fault.into(),
            }
        }
    }
}
