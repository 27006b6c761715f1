//! `bonafide organisation access-points`: doors, turnstiles and gates.

use bonafide_domain::access_method::{AccessMethods, Method, MethodsRefusal, Place};
use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{
    self, AccessPoint, AccessPointRefusal, Direction, WhenUnwritable, direction, method, when_unwritable,
};
use bonafide_store::organisation::{Kept, branch, zone};
use serde::Serialize;

use crate::book::Book;
use crate::commands::organisation::answer::{Done, List, Row, closed_cell};
use crate::commands::organisation::{gone, listed, nothing_to_change, set_closed};
use crate::commands::{named, typed};
use crate::failure::Failure;
use crate::output;

/// What can be done with access points.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AccessPointsCommand {
    Add(AddArgs),
    List(ListArgs),
    Change(ChangeArgs),
    Close(CloseArgs),
    Reopen(ReopenArgs),
}

/// Add an access point to a zone. There is always a way in without biometrics.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation access-points add 'Turnstile 1' --zone Arbat/Gym \
    --method card-number --method face --when-unwritable keep-admitting")]
pub(crate) struct AddArgs {
    /// What the club calls it.
    name: String,
    /// The zone behind it: name, branch and name (`Arbat/Gym`), or id.
    #[arg(long)]
    zone: String,
    /// Which way one passes.
    #[arg(long, value_enum, default_value = "both")]
    direction: DirectionArg,
    /// What may be shown there; given once for each.
    #[arg(long, value_enum, required = true)]
    method: Vec<MethodArg>,
    /// What an entrance does while the book cannot be written. Leaving is never refused.
    #[arg(long, value_enum, default_value = "deny")]
    when_unwritable: WhenUnwritableArg,
}

/// List the access points that are in use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation access-points list --branch Arbat")]
pub(crate) struct ListArgs {
    /// Of this branch only.
    #[arg(long)]
    branch: Option<String>,
    /// The closed ones too.
    #[arg(long)]
    closed: bool,
}

/// Change an access point: what is not named stays.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide organisation access-points change 'Turnstile 1' --method card-proof --method face"
)]
pub(crate) struct ChangeArgs {
    /// Its name, zone or branch and name (`Gym/Turnstile 1`), or id.
    access_point: String,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Another zone.
    #[arg(long)]
    zone: Option<String>,
    /// Another direction.
    #[arg(long, value_enum)]
    direction: Option<DirectionArg>,
    /// What may be shown instead; given once for each.
    #[arg(long, value_enum)]
    method: Vec<MethodArg>,
    /// What it does while the book cannot be written.
    #[arg(long, value_enum)]
    when_unwritable: Option<WhenUnwritableArg>,
}

/// Take an access point out of use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation access-points close 'Gym/Turnstile 1'")]
pub(crate) struct CloseArgs {
    /// Its name, zone or branch and name, or id.
    access_point: String,
}

/// Take an access point into use again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation access-points reopen 'Gym/Turnstile 1'")]
pub(crate) struct ReopenArgs {
    /// Its name, zone or branch and name, or id.
    access_point: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum DirectionArg {
    /// In only.
    Entry,
    /// Out only.
    Exit,
    /// Both ways.
    Both,
}

impl From<DirectionArg> for Direction {
    fn from(arg: DirectionArg) -> Direction {
        match arg {
            DirectionArg::Entry => Direction::Entry,
            DirectionArg::Exit => Direction::Exit,
            DirectionArg::Both => Direction::Both,
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum WhenUnwritableArg {
    /// Admit whom the emergency journal can note.
    KeepAdmitting,
    /// Admit nobody.
    Deny,
}

impl From<WhenUnwritableArg> for WhenUnwritable {
    fn from(arg: WhenUnwritableArg) -> WhenUnwritable {
        match arg {
            WhenUnwritableArg::KeepAdmitting => WhenUnwritable::KeepAdmitting,
            WhenUnwritableArg::Deny => WhenUnwritable::Deny,
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum MethodArg {
    /// A number of the club's own, printed or in a wallet.
    ClubNumber,
    /// The number of a card or bracelet, which any copier copies.
    CardNumber,
    /// A card or bracelet that answers a challenge with a key.
    CardProof,
    /// The key in a member's device: a rotating QR code.
    DeviceKey,
    /// A one-time code to the member's phone.
    PhoneCode,
    /// The face.
    Face,
    /// The voice.
    Voice,
    /// Fingerprint or palm.
    FingerprintOrPalm,
    /// A PIN.
    Pin,
}

impl From<MethodArg> for Method {
    fn from(arg: MethodArg) -> Method {
        match arg {
            MethodArg::ClubNumber => Method::ClubNumber,
            MethodArg::CardNumber => Method::CardNumber,
            MethodArg::CardProof => Method::CardProof,
            MethodArg::DeviceKey => Method::DeviceKey,
            MethodArg::PhoneCode => Method::PhoneCode,
            MethodArg::Face => Method::Face,
            MethodArg::Voice => Method::Voice,
            MethodArg::FingerprintOrPalm => Method::FingerprintOrPalm,
            MethodArg::Pin => Method::Pin,
        }
    }
}

/// An access point in an answer.
#[derive(Serialize)]
struct AccessPointAnswer {
    id: Id,
    name: String,
    branch: String,
    zone: String,
    zone_id: Id,
    direction: &'static str,
    methods: Vec<&'static str>,
    when_unwritable: &'static str,
    closed_us: Option<i64>,
}

impl AccessPointAnswer {
    fn of(tx: &mut Tx<'_>, kept: &Kept<AccessPoint>) -> Result<AccessPointAnswer, Fault> {
        let point = &kept.content;
        let zone = zone::get(tx, point.zone)?;
        let branch = match &zone {
            Some(zone) => branch::get(tx, zone.content.branch)?,
            None => None,
        };
        Ok(AccessPointAnswer {
            id: kept.id,
            name: point.name.as_str().to_owned(),
            branch: branch.map_or_else(String::new, |branch| branch.content.name.as_str().to_owned()),
            zone: zone.map_or_else(String::new, |zone| zone.content.name.as_str().to_owned()),
            zone_id: point.zone,
            direction: direction(point.direction),
            methods: point.methods.methods().iter().map(|&one| method(one)).collect(),
            when_unwritable: when_unwritable(point.when_unwritable),
            closed_us: kept.closed_us,
        })
    }
}

impl Row for AccessPointAnswer {
    fn cells(&self) -> Vec<String> {
        let methods: Vec<String> = self.methods.iter().map(|word| word.replace('_', "-")).collect();
        vec![
            self.name.clone(),
            format!("{}/{}", self.branch, self.zone),
            self.direction.to_owned(),
            methods.join(", "),
            self.when_unwritable.replace('_', "-"),
            closed_cell(self.closed_us),
        ]
    }
}

/// What is to be changed.
#[derive(Clone)]
struct Changes {
    name: Option<Title>,
    zone: Option<Id>,
    direction: Option<Direction>,
    methods: Vec<Method>,
    when_unwritable: Option<WhenUnwritable>,
    /// Of the zone that it belongs to afterwards.
    place: Place,
}

impl Changes {
    fn made_to(&self, before: AccessPoint) -> Result<AccessPoint, MethodsRefusal> {
        let change = self.clone();
        let methods = if change.methods.is_empty() { before.methods.methods() } else { &change.methods };
        Ok(AccessPoint {
            methods: AccessMethods::new(change.place, methods)?,
            zone: change.zone.unwrap_or(before.zone),
            name: change.name.unwrap_or(before.name),
            direction: change.direction.unwrap_or(before.direction),
            when_unwritable: change.when_unwritable.unwrap_or(before.when_unwritable),
        })
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for what is no name, `bad_methods` for methods that do not suit the zone, `no_zone`, `no_access_point` and
/// `ambiguous` for what is not found, each refusal by its key, and the keys of faults.
pub(super) fn run(command: &AccessPointsCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        AccessPointsCommand::Add(args) => add(args, book, json),
        AccessPointsCommand::List(args) => list(args, book, json),
        AccessPointsCommand::Change(args) => change(args, book, json),
        AccessPointsCommand::Close(args) => close(&args.access_point, true, book, json),
        AccessPointsCommand::Reopen(args) => close(&args.access_point, false, book, json),
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let zone = named::zone(book, &args.zone)?;
    let methods: Vec<Method> = args.method.iter().map(|&arg| arg.into()).collect();
    let point = AccessPoint {
        zone: zone.id,
        name: typed::title(&args.name)?,
        direction: args.direction.into(),
        methods: AccessMethods::new(zone.content.kind.place(), &methods).map_err(bad_methods)?,
        when_unwritable: args.when_unwritable.into(),
    };
    let acting = book.acting();
    let id = book.store.write(move |work| access_point::add(work, &acting, &point))?;
    print("added", id.map_err(refused)?, book, json)
}

fn list(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let rows = listed(book, args.branch.as_deref(), args.closed, access_point::list, AccessPointAnswer::of)?;
    output::print(&List { key: "access_points", rows }, json)
}

fn change(args: &ChangeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = named::access_point(book, &args.access_point)?;
    let zone = args.zone.as_deref().map(|text| named::zone(book, text)).transpose()?;
    let changes = Changes {
        name: args.name.as_deref().map(typed::title).transpose()?,
        direction: args.direction.map(Direction::from),
        methods: args.method.iter().map(|&arg| arg.into()).collect(),
        when_unwritable: args.when_unwritable.map(WhenUnwritable::from),
        place: zone.as_ref().map_or(found.content.methods.place(), |zone| zone.content.kind.place()),
        zone: zone.map(|zone| zone.id),
    };
    if changes.made_to(found.content.clone()).map_err(bad_methods)? == found.content {
        return Err(nothing_to_change());
    }
    let (acting, id) = (book.acting(), found.id);
    let changed = book.store.write(move |work| match access_point::get(work.tx, id)? {
        None => Ok(Err(AccessPointRefusal::NotFound)),
        Some(kept) => match changes.made_to(kept.content) {
            Ok(point) => access_point::change(work, &acting, id, &point),
            // The zone became another kind of place meanwhile.
            Err(_) => Ok(Err(AccessPointRefusal::OtherPlace)),
        },
    })?;
    changed.map_err(refused)?;
    print("changed", id, book, json)
}

fn close(text: &str, closed: bool, book: &Book, json: bool) -> Result<(), Failure> {
    let id = named::access_point(book, text)?.id;
    print(set_closed(book, id, closed, access_point::set_closed)?, id, book, json)
}

fn print(done: &'static str, id: Id, book: &Book, json: bool) -> Result<(), Failure> {
    let kept = book.store.read(|tx| access_point::get(tx, id))?.ok_or_else(|| gone("the access point"))?;
    let thing = book.store.read(|tx| AccessPointAnswer::of(tx, &kept))?;
    output::print(&Done { done, thing }, json)
}

fn refused(refusal: AccessPointRefusal) -> Failure {
    match refusal {
        AccessPointRefusal::NotFound => gone("the access point"),
        AccessPointRefusal::NoZone => gone("the zone"),
        AccessPointRefusal::OtherPlace => Failure::new(
            "bad_methods",
            "the zone was changed meanwhile: look at it, and give the methods anew",
        ),
        AccessPointRefusal::Demanded(_) => Failure::new(
            "methods_demanded",
            "the door demands methods that it would not take any more: set what it demands first",
        ),
    }
}

fn bad_methods(refusal: MethodsRefusal) -> Failure {
    Failure::new("bad_methods", format!("the methods do not suit the zone: {}", methods_words(refusal)))
}

/// Why methods do not suit a place.
pub(super) fn methods_words(refusal: MethodsRefusal) -> String {
    match refusal {
        MethodsRefusal::Empty => "there is none".to_owned(),
        MethodsRefusal::NotAdmissible { method: one } => {
            format!("{} counts for nothing at this kind of zone", method(one).replace('_', "-"))
        }
        MethodsRefusal::BiometricsOnly => {
            "whoever refuses biometrics could not get in; add card-number, card-proof, device-key or phone-code".to_owned()
        }
        MethodsRefusal::NeverEnough => {
            "nobody could show enough; add card-proof or device-key, or two that are enough together".to_owned()
        }
    }
}
