//! The chain in the book: its branches with zones, doors, tills and lockers, written by the ways that everybody has.

use bonafide_domain::access_method::{AccessMethods, Method};
use bonafide_domain::admission::rules::{AntiPassback, Passing, Times, WhenCheckDue};
use bonafide_domain::calendar::Calendar;
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::schedule::{Schedule, WindowSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::locker::{self, Locker};
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::organisation::zone::{self, Zone};
use bonafide_store::passages::door::{self, Door, Setting};
use bonafide_store::store::Work;
use jiff::civil::Weekday;

use super::sites::{DoorOf, House, Room, Site, Strictness, ZoneOf};
use super::stop::{Allowed, Known, Stop};

/// Once a day: as long as a solarium asks for between two visits.
const ONCE_A_DAY_US: i64 = 20 * 3_600_000_000;

/// A branch in the book.
#[derive(Clone)]
pub(super) struct Branched {
    pub(super) branch: Id,
    pub(super) calendar: Calendar,
    pub(super) zones: Vec<(Room, Id)>,
    pub(super) doors: Vec<(Room, Door)>,
    pub(super) lockers: Vec<Id>,
}

impl Branched {
    /// The doors into a room that are in use.
    pub(super) fn entrances(&self, room: Room) -> impl Iterator<Item = &Door> {
        let fits = move |door: &&(Room, Door)| {
            use bonafide_domain::admission::facts::UseOfDoor::Entrance;
            door.0 == room && door.1.use_of_door() == Entrance
        };
        self.doors.iter().filter(fits).map(|(_, door)| door)
    }

    /// The door to leave a room by.
    pub(super) fn exit(&self, room: Room) -> Option<&Door> {
        self.doors.iter().find(|(other, door)| *other == room && door.is_exit()).map(|(_, door)| door)
    }
}

/// The chain, in the order of [`House::ALL`].
#[derive(Clone)]
pub(super) struct Chain {
    houses: Vec<Branched>,
}

impl Chain {
    pub(super) fn house(&self, house: House) -> &Branched {
        &self.houses[house as usize]
    }
}

/// Lets a moment go by and tells who acts now. Lists have the oldest first, by their ids, which know milliseconds: what is added
/// within one would stand there in any order.
pub(super) fn next(acting: &mut Acting) -> &Acting {
    acting.now_us += 1_000;
    acting
}

/// Writes the chain into an empty book.
pub(super) fn build(work: &mut Work<'_, '_>, acting: &mut Acting) -> Result<Chain, Stop> {
    let houses = House::ALL.into_iter().map(|house| branched(work, acting, house));
    Ok(Chain { houses: houses.collect::<Result<_, _>>()? })
}

fn branched(work: &mut Work<'_, '_>, acting: &mut Acting, house: House) -> Result<Branched, Stop> {
    let site = house.site();
    let content = content(house, site)?;
    let calendar = content.time_zone.calendar();
    let branch = branch::add(work, next(acting), &content)?;
    let mut built = Branched { branch, calendar, zones: Vec::new(), doors: Vec::new(), lockers: Vec::new() };
    for name in site.tills {
        let till = Till { branch, name: Title::parse(name).known("a name")? };
        till::add(work, next(acting), &till).allowed("a till")?;
    }
    for spec in site.zones {
        with_doors(work, acting, &mut built, spec)?;
    }
    Ok(built)
}

fn content(house: House, site: &Site) -> Result<Branch, Stop> {
    let weekdays: Vec<Weekday> = Weekday::Monday.cycle_forward().take(7).collect();
    let opening = match site.opening {
        None => Schedule::any_time(),
        Some((from_minute, until_minute)) => {
            Schedule::parse(&[WindowSpec { weekdays, from_minute, until_minute }]).known("the hours")?
        }
    };
    Ok(Branch {
        name: Title::parse(site.name).known("a name")?,
        time_zone: TimeZoneName::parse(site.time_zone).known("a time zone")?,
        currency: Currency::parse(site.currency).known("a currency")?,
        jurisdiction: house.jurisdiction(),
        language: site.language,
        opening,
    })
}

fn with_doors(
    work: &mut Work<'_, '_>,
    acting: &mut Acting,
    built: &mut Branched,
    spec: &ZoneOf,
) -> Result<(), Stop> {
    let (branch, name) = (built.branch, Title::parse(spec.name).known("a name")?);
    let content = Zone { branch, name, kind: spec.kind, capacity: spec.capacity };
    let zone = zone::add(work, next(acting), &content).allowed("a zone")?;
    built.zones.push((spec.room, zone));
    for number in 1..=spec.lockers {
        let locker = Locker { zone, name: Title::parse(&format!("{number:02}")).known("a name")? };
        built.lockers.push(locker::add(work, next(acting), &locker).allowed("a locker")?);
    }
    for one in spec.doors {
        let methods = AccessMethods::new(spec.kind.place(), one.methods).known("the methods of a door")?;
        built.doors.push((spec.room, with_rules(work, acting, (zone, methods), one)?));
    }
    Ok(())
}

fn with_rules(
    work: &mut Work<'_, '_>,
    acting: &mut Acting,
    (zone, methods): (Id, AccessMethods),
    spec: &DoorOf,
) -> Result<Door, Stop> {
    // Without the book a way out opens all the same, and so does the turnstile, which notes it in its journal.
    let keeps_admitting = spec.direction == Direction::Exit || spec.strictness == Strictness::Hard;
    let when_unwritable = if keeps_admitting { WhenUnwritable::KeepAdmitting } else { WhenUnwritable::Deny };
    let (name, direction) = (Title::parse(spec.name).known("a name")?, spec.direction);
    let point = AccessPoint { zone, name, direction, methods, when_unwritable };
    let id = access_point::add(work, next(acting), &point).allowed("a door")?;
    if let Some(setting) = setting(spec.strictness) {
        door::set_rules(work, next(acting), id, &setting).allowed("the rules of a door")?;
    }
    if spec.strictness == Strictness::Closed {
        access_point::set_closed(work, next(acting), id, true).allowed("a closed door")?;
    }
    door::get(work.tx, id)?.known("a door")
}

/// How the door decides; nothing when as a door that nobody has set.
fn setting(strictness: Strictness) -> Option<Setting> {
    let standard = Setting {
        combinations: Vec::new(),
        anti_passback: AntiPassback::Soft,
        when_check_due: WhenCheckDue::Mark,
        passing: Passing::Reported,
        times: Times::STANDARD,
    };
    let Setting { times, .. } = standard;
    match strictness {
        Strictness::Standard | Strictness::Closed => None,
        Strictness::Hard => Some(Setting { anti_passback: AntiPassback::Hard, ..standard }),
        Strictness::ProfileFirst => Some(Setting { when_check_due: WhenCheckDue::Refuse, ..standard }),
        Strictness::NoTurnstile => Some(Setting { passing: Passing::Assumed, ..standard }),
        Strictness::Two => {
            let combinations = [Method::Face, Method::Pin].map(|second| vec![Method::CardNumber, second]);
            Some(Setting { combinations: combinations.to_vec(), ..standard })
        }
        Strictness::ProofAndPin => {
            let combinations = vec![vec![Method::CardProof, Method::Pin]];
            Some(Setting { combinations, anti_passback: AntiPassback::Hard, ..standard })
        }
        Strictness::OnceADay => {
            let times = Times::new(times.double_tap_us(), times.grant_us(), ONCE_A_DAY_US).ok()?;
            Some(Setting { anti_passback: AntiPassback::Off, times, ..standard })
        }
    }
}
